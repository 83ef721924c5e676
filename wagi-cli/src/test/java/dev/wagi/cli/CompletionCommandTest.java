// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.cli.manual.Shell;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What is offered in a real shell, when the key Tab is pressed; shells that are not installed are skipped. */
class CompletionCommandTest {

    @TempDir
    private Path directory;

    /** A line that ends where Tab is pressed, and what is offered there, among other things. */
    static Stream<Arguments> lines() {
        return Stream.of(
                        Arguments.of("wagi che", List.of("check"), List.of("serve", "--help")),
                        Arguments.of("wagi serve --access-log-f", List.of("--access-log-format"), List.of("--listen")),
                        Arguments.of(
                                "wagi serve --engine ",
                                List.of("compiler", "interpreter"),
                                List.of("COMPILER", "text")),
                        Arguments.of(
                                "wagi serve --access-log-format ",
                                List.of("common", "combined", "json"),
                                List.of("JSON")),
                        Arguments.of("wagi pull --policy if", List.of("if-not-present"), List.of("always")),
                        Arguments.of("wagi check -c mod", List.of("modules.toml"), List.of("--config")),
                        Arguments.of("wagi completion f", List.of("fish"), List.of("zsh")))
                .flatMap(row -> Stream.of(Shell.values())
                        .map(shell -> Arguments.of(shell, row.get()[0], row.get()[1], row.get()[2])));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void tab_offersWhatTheCommandTakes(Shell shell, String line, List<String> offered, List<String> absent)
            throws Exception {
        Path script = installed(shell);
        Files.createFile(directory.resolve("modules.toml"));

        List<String> words = switch (shell) {
            case BASH -> bash(script, line);
            case ZSH -> zsh(script, line);
            case FISH -> fish(script, line);
        };

        assertThat(words).containsAll(offered).doesNotContainAnyElementsOf(absent);
    }

    @ParameterizedTest
    @EnumSource
    void script_hasEveryOption(Shell shell) {
        String script = Cli.run("completion", shell.text()).text();

        CommandLine command = Main.commandLine();
        command.getSubcommands().values().stream()
                .filter(sub -> !sub.getCommandSpec().usageMessage().hidden())
                .flatMap(sub -> sub.getCommandSpec().options().stream())
                .filter(option -> !option.hidden())
                .forEach(option ->
                        assertThat(script).contains(option.longestName().substring(2)));
    }

    @Test
    void zsh_scriptThatIsReadByHand_registersItself() throws Exception {
        Path script = installed(Shell.ZSH);

        Cli.Result zsh = run(
                "zsh", "-f", "-c", "autoload -Uz compinit && compinit -u -D; . " + script + "; print $_comps[wagi]");

        assertThat(zsh.text().strip()).as(zsh.stderr()).isEqualTo("_wagi");
    }

    @Test
    void manPages_areThereForEachCommand_andWellFormed() throws Exception {
        CompletionCommand.main(new String[] {directory.toString()});

        Path pages = directory.resolve("man/man1");
        assertThat(pages.resolve("wagi.1")).content().contains(".SH NAME\nwagi \\- Serves WebAssembly modules");
        for (String name : List.of("serve", "check", "completion")) {
            assertThat(pages.resolve("wagi-" + name + ".1")).isNotEmptyFile();
        }
        assertThat(pages.resolve("wagi-help.1")).doesNotExist();
        assertThat(directory.resolve("bash-completion/completions/wagi")).isNotEmptyFile();
        assertThat(directory.resolve("zsh/site-functions/_wagi")).isNotEmptyFile();
        assertThat(directory.resolve("fish/vendor_completions.d/wagi.fish")).isNotEmptyFile();
        assumeTrue(isInstalled("groff"), "the form of man pages is not checked: groff is not installed");
        try (Stream<Path> files = Files.list(pages)) {
            for (Path page : files.toList()) {
                Cli.Result groff = run("groff", "-man", "-Tutf8", "-wall", page.toString());
                assertThat(groff.stderr()).as(page.toString()).isEmpty();
            }
        }
    }

    private Path installed(Shell shell) throws IOException {
        assumeTrue(isInstalled(shell.text()), shell.text() + " is not installed");
        // as zsh wants a function of that name to be called
        return Files.writeString(directory.resolve("_wagi"), shell.completion(Main.commandLine()));
    }

    private List<String> bash(Path script, String line) {
        String program = """
                . "$1"
                read -r -a COMP_WORDS <<< "$2"
                [[ $2 != *' ' ]] || COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
                # only readline has it
                compopt() { :; }
                _complete_wagi
                printf '%s\\n' "${COMPREPLY[@]}"
                """;
        return run("bash", "-c", program, "bash", script.toString(), line)
                .text()
                .lines()
                .toList();
    }

    private List<String> fish(Path script, String line) {
        Cli.Result result = run("fish", "-N", "-c", "source $argv[1]; complete -C $argv[2]", script.toString(), line);
        assertThat(result.stderr()).isEmpty();
        return result.text().lines().map(word -> word.split("\t", 2)[0]).toList();
    }

    /** Zsh completes where there is a line editor, and that is only in a terminal. */
    private List<String> zsh(Path script, String line) throws IOException {
        Path inner = Files.writeString(directory.resolve("inner.zsh"), """
                fpath=(${0:h} $fpath)
                autoload -Uz compinit && compinit -u -D
                # what is offered goes to a file, a line each
                compadd() {
                    local -a offered
                    [[ " $* " = *" -"[OAD]" "* ]] || { builtin compadd -A offered "$@"; print -rl -- $offered >> offered }
                    builtin compadd "$@"
                }
                press_tab() {
                    BUFFER=$(<line) CURSOR=$#BUFFER
                    zle complete-word
                    exit
                }
                zle -C complete-word complete-word _main_complete
                zle -N zle-line-init press_tab
                """);
        Files.writeString(directory.resolve("line"), line);
        String outer = "zmodload zsh/zpty; zpty wagi zsh -f -i; zpty -w wagi '. " + inner
                + "'; while zpty -r wagi; do :; done";
        Cli.Result result = run("zsh", "-f", "-c", outer);
        Path offered = directory.resolve("offered");
        assertThat(offered).as(result.text() + result.stderr()).exists();
        return Files.readAllLines(offered);
    }

    private Cli.Result run(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("TERM", "dumb");
        return Cli.finish(Cli.start(builder), new byte[0]);
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
    }
}
