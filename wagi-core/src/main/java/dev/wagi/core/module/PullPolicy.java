// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

/** When the place that a module comes from is asked for it, as {@code imagePullPolicy} of Kubernetes. */
public enum PullPolicy {
    /** Each time: whether the reference still means the same. What is here already is not fetched again. */
    ALWAYS,
    /** Only if the module is not here. */
    IF_NOT_PRESENT,
    /** Never: it is here, or that is an error. */
    NEVER
}
