// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A bindle for tests, exported to a directory. */
final class Exported {

    static final String ID = "example.com/hello/1.0.0";

    static final String HEAD = """
            bindleVersion = "1.0.0"
            [bindle]
            name = "example.com/hello"
            version = "1.0.0"
            """;

    private Exported() {}

    /** Returns the entry of a parcel; more keys of the label can follow it. */
    static String parcel(String name, String mediaType, String content) {
        return """

                [[parcel]]
                [parcel.label]
                name = "%s"
                mediaType = "%s"
                size = %d
                sha256 = "%s"
                """.formatted(name, mediaType, content.length(), sha256(content));
    }

    static String wasm(String name, String content) {
        return parcel(name, "application/wasm", content);
    }

    static String route(String route) {
        return "feature.wagi.route = \"" + route + "\"\n";
    }

    static String sha256(String content) {
        return Intake.sha256(content.getBytes(UTF_8));
    }

    /** Writes an invoice for {@link #ID}. */
    static Path invoice(Path directory, String toml) throws IOException {
        Path bindle = Files.createDirectories(directory.resolve(sha256(ID)));
        return Files.writeString(bindle.resolve("invoice.toml"), toml);
    }

    /** Writes a parcel under the digest of some content, usually its own. */
    static Path content(Path directory, String key, String content) throws IOException {
        Path parcels = Files.createDirectories(directory.resolve(sha256(ID)).resolve("parcels"));
        return Files.writeString(parcels.resolve(sha256(key) + ".dat"), content);
    }

    static List<String> texts(Problems problems) {
        try {
            problems.throwIfAny();
            return List.of();
        } catch (WagiConfigException e) {
            return e.problems();
        }
    }
}
