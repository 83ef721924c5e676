// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A module to begin with, in one language. The commands are those of docs/guide.md, which tests compare. Commands that
 * download name a version, and run nothing that is not installed.
 */
enum Skeleton {
    RUST(
            "NAME.rs",
            "Rust, with the target wasm32-wasip1: rustup target add wasm32-wasip1. Before Rust 1.78, as in Debian 12,"
                    + " it is called wasm32-wasi.",
            "rustc --edition 2021 --target wasm32-wasip1 -C opt-level=z -C lto -C codegen-units=1 -C panic=abort"
                    + " -C strip=symbols -o NAME.wasm NAME.rs"),
    C(
            "NAME.c",
            "clang and a C library for WASI: wasi-sdk, or on Debian the packages clang, lld, wasi-libc and"
                    + " libclang-rt-14-dev-wasm32.",
            "clang --target=wasm32-wasi -Oz -Wl,--strip-all -o NAME.wasm NAME.c"),
    GO(
            "main.go",
            "Go 1.21 or newer.",
            "GOOS=wasip1 GOARCH=wasm go build -trimpath -ldflags='-s -w -buildid=' -o NAME.wasm main.go"),
    TINYGO(
            "main.go",
            "TinyGo 0.35 or newer, and Go.",
            "tinygo build -target=wasip1 -opt=z -no-debug -o NAME.wasm main.go"),
    ASSEMBLYSCRIPT(
            "NAME.ts",
            "Node.js with npm. The first command downloads the compiler into this directory; the second runs it, and"
                    + " nothing else of that name.",
            "npm install --save-exact assemblyscript@0.28.20",
            "npx --no-install asc NAME.ts --runtime stub --exportStart _start --use abort=NAME/wasiAbort"
                    + " --optimizeLevel 3 --shrinkLevel 2 --converge --outFile NAME.wasm"),
    ZIG("NAME.zig", "Zig 0.14 or newer.", "zig build-exe NAME.zig -target wasm32-wasi -O ReleaseSmall --name NAME"),
    WAT("NAME.wat", "");

    private static final String PLACEHOLDER = "NAME";

    private final String source;
    private final String needs;
    private final List<String> commands;

    Skeleton(String source, String needs, String... commands) {
        this.source = source;
        this.needs = needs;
        this.commands = List.of(commands);
    }

    /** The commands that build the module, in a shell; none if it needs no build. */
    List<String> commands(String name) {
        return commands.stream().map(command -> named(command, name)).toList();
    }

    /** The texts of the files by their names. */
    Map<String, String> files(String name) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        files.put(named(source, name), text());
        if (!commands.isEmpty()) {
            files.put(
                    "build.sh",
                    "#!/bin/sh\n# Builds " + name + ".wasm.\nset -eu\n" + String.join("\n", commands(name)) + "\n");
        }
        files.put("modules.toml", configuration(name));
        files.put("README.md", readme(name));
        return files;
    }

    private String text() throws IOException {
        String file = "skeleton/" + name().toLowerCase(Locale.ROOT) + "/" + source;
        try (InputStream in = Objects.requireNonNull(Skeleton.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String configuration(String name) {
        return """
                # 'wagi serve', 'wagi request' and 'wagi check' read this file if no other is named.
                [[module]]
                route = "/NAME/..."
                module = "MODULE"
                """.replace(PLACEHOLDER, name).replace("MODULE", this == WAT ? name + ".wat" : name + ".wasm");
    }

    private String readme(String name) {
        String build = commands.isEmpty()
                ? "It needs no build: it is assembled when it is loaded.\n"
                : "To build it you need " + needs + "\n\n```sh\n" + String.join("\n", commands(name)) + "\n```\n";
        return "# " + name + "\n\nA module for WAGI.\n\n" + build + """

                To test it without a server, to serve it, and to check the configuration:

                ```sh
                wagi request /NAME/world
                wagi serve --watch
                wagi check
                ```
                """.replace(PLACEHOLDER, name);
    }

    private static String named(String text, String name) {
        return text.replace(PLACEHOLDER, name);
    }
}
