// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A file of a bindle, as its invoice describes it.
 *
 * @param name the name in the label, often a path
 * @param sha256 the SHA-256 of its bytes, in lower-case hexadecimal
 * @param mediaType the media type as written
 * @param size the size in bytes, or -1 if the label has none
 * @param memberOf the groups it belongs to; empty for the global group
 * @param requires the groups it requires
 * @param features the features for WAGI by name; known ones are in snake_case
 */
record Parcel(
        String name,
        String sha256,
        String mediaType,
        long size,
        Set<String> memberOf,
        Set<String> requires,
        Map<String, String> features) {

    private static final String WASM = "application/wasm";

    Parcel {
        memberOf = Set.copyOf(memberOf);
        requires = Set.copyOf(requires);
        features = Map.copyOf(features);
    }

    /** Whether it is WebAssembly in the global group. */
    boolean isModule() {
        return mediaType.equals(WASM) && memberOf.isEmpty();
    }

    /** Whether modules that require it see it as a file. */
    boolean isFile() {
        return feature("file").filter("true"::equals).isPresent();
    }

    Optional<String> feature(String name) {
        return Optional.ofNullable(features.get(name));
    }
}
