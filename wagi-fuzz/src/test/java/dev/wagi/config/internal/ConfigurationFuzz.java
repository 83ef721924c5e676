// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.config.WagiConfig;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.config.Sources;
import dev.wagi.core.internal.config.WagiConfiguration;
import dev.wagi.fuzz.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Configuration files. The first byte chooses between TOML, JSON and YAML, the rest is the file. */
public final class ConfigurationFuzz {

    private static final List<String> NAMES = List.of("modules.toml", "modules.json", "modules.yaml");
    private static final Path DIRECTORY = directory();

    private ConfigurationFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() throws IOException {
        for (String text : List.of("ta=1", "u{}", "va: 1")) {
            fuzzerTestOneInput(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        Path file = DIRECTORY.resolve(NAMES.get(Math.floorMod(input[0] - 't', NAMES.size())));
        byte[] content = Arrays.copyOfRange(input, 1, input.length);
        Files.write(file, content);
        Problems problems = Problems.none();
        WagiConfiguration configuration = Sources.check(WagiConfig.of(file), problems);
        try {
            problems.throwIfAny();
        } catch (WagiConfigException e) {
            for (String problem : e.problems()) {
                Promise.that(
                        !problem.endsWith("null") || new String(content, StandardCharsets.UTF_8).contains("null"),
                        "a problem says what it is: " + problem);
            }
            return;
        }
        Promise.that(!configuration.modules().isEmpty(), "a configuration has modules");
        for (ModuleConfiguration module : configuration.modules()) {
            Promise.that(module.name().matches("[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}"), "a name can be a directory");
            module.environment()
                    .forEach((name, value) -> Promise.that(
                            !name.isEmpty()
                                    && name.indexOf('=') < 0
                                    && name.indexOf('\0') < 0
                                    && value.indexOf('\0') < 0
                                    && !name.equals("REQUEST_METHOD"),
                            "variables can be set"));
        }
    }

    private static Path directory() {
        try {
            Path directory = Files.createTempDirectory("wagi-fuzz");
            NAMES.forEach(name -> directory.resolve(name).toFile().deleteOnExit());
            directory.toFile().deleteOnExit();
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
