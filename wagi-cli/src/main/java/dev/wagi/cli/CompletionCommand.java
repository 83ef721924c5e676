// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.manual.ManPages;
import dev.wagi.cli.manual.Shell;
import dev.wagi.cli.option.Constants;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code wagi completion}: prints the script with which a shell completes commands and options. */
@Command(
        name = "completion",
        description = {
            "Prints a script with which a shell completes the command.",
            "Packages and archives have the same scripts in share/."
        },
        customSynopsis = "wagi completion bash|zsh|fish",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  source <(wagi completion bash)                                  in ~/.bashrc",
            "  source <(wagi completion zsh)                                   in ~/.zshrc, after compinit",
            "  wagi completion fish > ~/.config/fish/completions/wagi.fish     once"
        })
final class CompletionCommand implements Callable<Integer> {

    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
    private @Nullable Shell shell;

    @Mixin
    private CommonOptions common = new CommonOptions();

    /** For the build: writes man pages and completions below the directory that is the argument. */
    public static void main(String[] args) throws IOException {
        String version = new Main.Version().getVersion()[0];
        ManPages.write(Path.of(args[0]), Main::commandLine, version.substring(0, version.indexOf(',')));
    }

    @Override
    public Integer call() {
        common.apply();
        System.out.print(Objects.requireNonNull(shell).completion(Main.commandLine()));
        return 0;
    }

    static Shell shell(String text) {
        return Constants.parse(Shell.class, text, "is not a known shell; write bash, zsh or fish");
    }
}
