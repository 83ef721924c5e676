// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.manual;

import dev.wagi.cli.option.Constants;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.AutoComplete;
import picocli.CommandLine;

/** A shell that can complete the command's options. */
public enum Shell {
    /** Bash, with or without the package bash-completion. */
    BASH("bash-completion/completions/wagi", Shell::bash),
    /** Zsh, after {@code compinit}. */
    ZSH("zsh/site-functions/_wagi", ZshCompletion::script),
    /** Fish. */
    FISH("fish/vendor_completions.d/wagi.fish", FishCompletion::script);

    private final Path file;
    private final Function<CommandLine, String> generator;

    Shell(String file, Function<CommandLine, String> generator) {
        this.file = Path.of(file);
        this.generator = generator;
    }

    /** The name as it is typed. */
    public String text() {
        return Constants.typed(this);
    }

    /** Where distributions keep the script, below {@code /usr/share}. */
    Path file() {
        return file;
    }

    /**
     * The script that completes a command.
     *
     * @param command a command of the caller's own; it is changed
     */
    public String completion(CommandLine command) {
        Words.offerAsTyped(command);
        return generator.apply(command);
    }

    private static String bash(CommandLine command) {
        return AutoComplete.bash(command.getCommandName(), command).replace("\r\n", "\n");
    }
}
