// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** We do something else than the {@link Requirement} on purpose; the test asserts what we do instead. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Deviation {

    /** What we do, and why. */
    String value();
}
