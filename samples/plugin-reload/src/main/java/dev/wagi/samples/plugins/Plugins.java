// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.plugins;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The plugins of an application: the modules of a directory, by the names of their files. Thread-safe. */
public final class Plugins implements AutoCloseable {
    private final Path directory;
    private final Wagi wagi;
    private volatile Map<String, Path> files;

    public Plugins(Path directory) throws IOException {
        this.directory = directory;
        this.files = list(directory);
        this.wagi = builder(files).build();
    }

    /** Reads the directory again. Calls in flight finish with the old modules, which stay if a new one has a fault. */
    public synchronized Set<String> reload() throws IOException {
        Map<String, Path> now = list(directory);
        wagi.reload(builder(now));
        files = now;
        return now.keySet();
    }

    /** Runs a plugin with an input, and returns what it prints. */
    public String run(String name, String input) {
        if (!files.containsKey(name)) {
            throw new IllegalArgumentException("there is no plugin " + name + "; there are " + files.keySet());
        }
        WagiResponse response = wagi.handle(WagiRequest.builder("POST", "/" + name)
                .body(input.getBytes(StandardCharsets.UTF_8))
                .build());
        if (response.status() != 200) {
            throw new IllegalStateException("the plugin " + name + " failed with status " + response.status());
        }
        return response.text();
    }

    @Override
    public void close() {
        wagi.close();
    }

    private static Map<String, Path> list(Path directory) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        try (DirectoryStream<Path> modules = Files.newDirectoryStream(directory, "*.{wasm,wat}")) {
            modules.forEach(file -> files.put(file.getFileName().toString().replaceFirst("\\.[a-z]+$", ""), file));
        }
        return files;
    }

    private static Wagi.Builder builder(Map<String, Path> files) {
        Wagi.Builder builder = Wagi.builder();
        files.forEach((name, file) -> builder.addModule(m -> m.route("/" + name).source(file)));
        return builder;
    }
}
