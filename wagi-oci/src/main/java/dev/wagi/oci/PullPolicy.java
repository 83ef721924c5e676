// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

/** When a registry is asked for an image. A reference by digest needs no registry once the image is here. */
public enum PullPolicy {
    /** Each time, whether the tag still means the same; what is here already is not fetched again. Needs the registry. */
    ALWAYS,
    /** Only if the image is not here. */
    IF_NOT_PRESENT,
    /** Never: it is here, or that is an error. */
    NEVER;

    /** What holds where nothing is said, as in Kubernetes: {@link #ALWAYS} for {@code :latest}, else {@link #IF_NOT_PRESENT}. */
    public static PullPolicy defaultFor(OciReference reference) {
        boolean latest =
                reference.digest().isEmpty() && reference.tag().orElse("").equals("latest");
        return latest ? ALWAYS : IF_NOT_PRESENT;
    }
}
