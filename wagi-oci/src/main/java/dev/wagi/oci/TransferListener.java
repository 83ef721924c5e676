// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.time.Duration;

/**
 * Is told how a transfer goes, for instance to show it. Called on the thread that transfers, so it must be quick; an exception
 * ends the transfer.
 */
public interface TransferListener {

    /**
     * Content begins to be transferred.
     *
     * @param reference what is pulled or pushed
     * @param content the digest of the content
     * @param totalBytes its size as its descriptor says
     */
    default void started(OciReference reference, Digest content, long totalBytes) {}

    /**
     * How much has been transferred; told ten times a second at most.
     *
     * @param reference what is pulled or pushed
     * @param content the digest of the content
     * @param bytes the bytes transferred so far
     * @param totalBytes its size as its descriptor says
     */
    default void progressed(OciReference reference, Digest content, long bytes, long totalBytes) {}

    /**
     * All of it has been transferred and checked.
     *
     * @param reference what is pulled or pushed
     * @param content the digest of the content
     */
    default void finished(OciReference reference, Digest content) {}

    /**
     * Something went wrong and is tried again.
     *
     * @param reference what is pulled or pushed
     * @param reason what went wrong, fit for a log
     * @param pause how long is waited before
     */
    default void retrying(OciReference reference, String reason, Duration pause) {}
}
