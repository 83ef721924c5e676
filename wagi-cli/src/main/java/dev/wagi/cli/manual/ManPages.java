// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;

/** A man page for each command, of what its help says, and the completions for all shells. */
public final class ManPages {

    private ManPages() {}

    /**
     * Writes everything below a directory that is laid out like {@code /usr/share}.
     *
     * @param command makes the command, again for each file
     * @param version what the pages show below
     */
    public static void write(Path directory, Supplier<CommandLine> command, String version) throws IOException {
        CommandLine main = command.get();
        write(directory.resolve("man/man1/" + main.getCommandName() + ".1"), page(main, version));
        for (CommandLine sub : Words.commands(main)) {
            if (!(sub.getCommandSpec().userObject() instanceof HelpCommand)) {
                String name = main.getCommandName() + "-" + sub.getCommandName();
                write(directory.resolve("man/man1/" + name + ".1"), page(sub, version));
            }
        }
        for (Shell shell : Shell.values()) {
            write(directory.resolve(shell.file()), shell.completion(command.get()));
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static String page(CommandLine command, String version) {
        List<String> help = command.getUsageMessage(Ansi.OFF).lines().toList();
        String name = command.getCommandSpec().qualifiedName("-");
        return ".TH " + roff(name.toUpperCase(Locale.ROOT)) + " 1 \"\" \"" + roff(version) + "\" \"User Commands\"\n"
                + ".SH NAME\n"
                + roff(name) + " \\- " + roff(Words.summary(command)) + "\n"
                + ".SH SYNOPSIS\n.nf\n"
                + roff(help.get(0).replaceFirst("^Usage: ", "")) + "\n"
                + ".fi\n.SH DESCRIPTION\n.nf\n"
                + help.stream().skip(1).map(line -> roff(line) + "\n").collect(Collectors.joining())
                + ".fi\n";
    }

    /** A line as text: neither a request nor an escape of roff. */
    private static String roff(String line) {
        String text = line.replace("\\", "\\e").replace("-", "\\-");
        return text.startsWith(".") || text.startsWith("'") ? "\\&" + text : text;
    }
}
