// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.time.Duration;
import java.util.Objects;

/**
 * Receives the progress of transfers. Every method has an empty default and a single event as its parameter, so that
 * both can grow. Methods are called on the transferring thread and should not block; an exception aborts the transfer.
 */
public interface TransferListener {

    /**
     * Called when the transfer of some content starts.
     *
     * @param event the event
     */
    default void started(Started event) {}

    /**
     * Called when part of the content has been transferred, at most ten times a second.
     *
     * @param event the event
     */
    default void progressed(Progressed event) {}

    /**
     * Called when the whole content has been transferred and its digest verified.
     *
     * @param event the event
     */
    default void finished(Finished event) {}

    /**
     * Called before a failed request is retried.
     *
     * @param event the event
     */
    default void retrying(Retrying event) {}

    /** The event of {@link #started}. Immutable. */
    final class Started {

        private final OciReference reference;
        private final Digest content;
        private final long totalBytes;

        private Started(OciReference reference, Digest content, long totalBytes) {
            this.reference = Objects.requireNonNull(reference, "reference");
            this.content = Objects.requireNonNull(content, "content");
            this.totalBytes = totalBytes;
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param reference as in {@link #reference()}
         * @param content as in {@link #content()}
         * @param totalBytes as in {@link #totalBytes()}
         * @return the event
         */
        public static Started of(OciReference reference, Digest content, long totalBytes) {
            return new Started(reference, content, totalBytes);
        }

        /** {@return the image that is pulled or pushed} */
        public OciReference reference() {
            return reference;
        }

        /** {@return the digest of the content} */
        public Digest content() {
            return content;
        }

        /** {@return the size of the content in bytes according to its descriptor} */
        public long totalBytes() {
            return totalBytes;
        }

        @Override
        public String toString() {
            return "Started[reference=" + reference + ", content=" + content + ", totalBytes=" + totalBytes + "]";
        }
    }

    /** The event of {@link #progressed}. Immutable. */
    final class Progressed {

        private final OciReference reference;
        private final Digest content;
        private final long bytes;
        private final long totalBytes;

        private Progressed(OciReference reference, Digest content, long bytes, long totalBytes) {
            this.reference = Objects.requireNonNull(reference, "reference");
            this.content = Objects.requireNonNull(content, "content");
            this.bytes = bytes;
            this.totalBytes = totalBytes;
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param reference as in {@link #reference()}
         * @param content as in {@link #content()}
         * @param bytes as in {@link #bytes()}
         * @param totalBytes as in {@link #totalBytes()}
         * @return the event
         */
        public static Progressed of(OciReference reference, Digest content, long bytes, long totalBytes) {
            return new Progressed(reference, content, bytes, totalBytes);
        }

        /** {@return the image that is pulled or pushed} */
        public OciReference reference() {
            return reference;
        }

        /** {@return the digest of the content} */
        public Digest content() {
            return content;
        }

        /** {@return the number of bytes transferred so far} */
        public long bytes() {
            return bytes;
        }

        /** {@return the size of the content in bytes according to its descriptor} */
        public long totalBytes() {
            return totalBytes;
        }

        @Override
        public String toString() {
            return "Progressed[reference=" + reference + ", content=" + content + ", bytes=" + bytes + ", totalBytes="
                    + totalBytes + "]";
        }
    }

    /** The event of {@link #finished}. Immutable. */
    final class Finished {

        private final OciReference reference;
        private final Digest content;

        private Finished(OciReference reference, Digest content) {
            this.reference = Objects.requireNonNull(reference, "reference");
            this.content = Objects.requireNonNull(content, "content");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param reference as in {@link #reference()}
         * @param content as in {@link #content()}
         * @return the event
         */
        public static Finished of(OciReference reference, Digest content) {
            return new Finished(reference, content);
        }

        /** {@return the image that is pulled or pushed} */
        public OciReference reference() {
            return reference;
        }

        /** {@return the digest of the content} */
        public Digest content() {
            return content;
        }

        @Override
        public String toString() {
            return "Finished[reference=" + reference + ", content=" + content + "]";
        }
    }

    /** The event of {@link #retrying}. Immutable. */
    final class Retrying {

        private final OciReference reference;
        private final String reason;
        private final Duration pause;

        private Retrying(OciReference reference, String reason, Duration pause) {
            this.reference = Objects.requireNonNull(reference, "reference");
            this.reason = Objects.requireNonNull(reason, "reason");
            this.pause = Objects.requireNonNull(pause, "pause");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param reference as in {@link #reference()}
         * @param reason as in {@link #reason()}
         * @param pause as in {@link #pause()}
         * @return the event
         */
        public static Retrying of(OciReference reference, String reason, Duration pause) {
            return new Retrying(reference, reason, pause);
        }

        /** {@return the image that is pulled or pushed} */
        public OciReference reference() {
            return reference;
        }

        /** {@return why the request failed, suitable for a log} */
        public String reason() {
            return reason;
        }

        /** {@return the time until the retry} */
        public Duration pause() {
            return pause;
        }

        @Override
        public String toString() {
            return "Retrying[reference=" + reference + ", reason=" + reason + ", pause=" + pause + "]";
        }
    }
}
