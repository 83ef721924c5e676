// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A file of a bindle, as its invoice describes it.
 *
 * @param name the label's name, often a path
 * @param sha256 what its bytes hash to, lower-case hexadecimal
 * @param mediaType as written
 * @param size in bytes, or -1 if the label does not say
 * @param memberOf the groups it belongs to; none: the global one
 * @param requires the groups it needs
 * @param features those for WAGI, by name; known ones in snake_case
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

    /** Whether it is WebAssembly and there without being asked for. */
    boolean isModule() {
        return mediaType.equals(WASM) && memberOf.isEmpty();
    }

    /** Whether modules that require it shall see it as a file. */
    boolean isFile() {
        return feature("file").filter("true"::equals).isPresent();
    }

    Optional<String> feature(String name) {
        return Optional.ofNullable(features.get(name));
    }
}
