// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The Maven modules that programs embed, as the parent POM lists them: without the command, samples and measurements.
 */
final class Libraries {

    static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static final Pattern OTHERS = Pattern.compile(
            "wagi-(bom|cli|dist|bench|fuzz|it|testing)|samples/.*|extensions/(.*-tests|wagi-maven-plugin)");

    private Libraries() {}

    /** Their directories. */
    static List<Path> directories() throws IOException {
        return MODULE.matcher(Files.readString(ROOT.resolve("pom.xml")))
                .results()
                .map(module -> module.group(1))
                .filter(module -> !OTHERS.matcher(module).matches())
                .map(ROOT::resolve)
                .toList();
    }
}
