// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi compile}: compiles modules for an application that is being built. */
@Command(
        name = "compile",
        description = {
            "Compiles the modules of a configuration for a Java application that is being built.",
            "Writes files below META-INF/wagi/compiled in a directory that becomes part of the class path;",
            "the application then starts without compiling, if it uses the same version of WAGI.",
            "In a Maven build, wagi-maven-plugin does the same. To fill the cache of 'wagi serve', use 'wagi check'."
        },
        customSynopsis = "wagi compile {-c FILE|-f FILE|-b ID} -o DIRECTORY",
        sortOptions = false,
        footer = {"", "Example:", "  wagi compile -c modules.toml -o build/resources/main"})
final class CompileCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIRECTORY",
            description = "A root of the class path that is being built. It is created if it does not exist.")
    private Path output = Path.of(".");

    @Override
    public Integer call() {
        int files = options.builder(Wagi.Engine.COMPILER).precompile(output);
        System.out.println(
                options.origin() + ": " + files + (files == 1 ? " file" : " files") + " of compiled code in " + output);
        return 0;
    }
}
