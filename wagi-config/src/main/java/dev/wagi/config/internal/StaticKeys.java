// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.StaticFilesBuilder;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The keys of files that are served without a module. */
final class StaticKeys {

    private static final Set<String> KEYS =
            new TreeSet<>(Set.of("route", "path", "hosts", "index", "types", "cache_control", "precompressed"));

    private StaticKeys() {}

    /** Reads an entry of {@code static}. */
    static void read(String where, JsonNode node, StaticFilesBuilder files, Problems problems) {
        Table entry = new Table(where, node, problems);
        entry.checkKeys(KEYS);
        entry.text("route", files::route);
        entry.text("path", files::path);
        entry.texts("hosts", files::hosts);
        entry.text("index", files::index);
        entry.text("cache_control", files::cacheControl);
        entry.flag("precompressed", files::precompressed);
        JsonNode types = node.path("types");
        if (types.isObject()) {
            Table table = new Table(where + ", types", types, problems);
            types.fieldNames().forEachRemaining(name -> table.text(name, text -> files.addTypes(Map.of(name, text))));
        } else if (!types.isMissingNode()) {
            entry.problem("types", "is not a table; write types = { glb = \"model/gltf-binary\" }");
        }
    }
}
