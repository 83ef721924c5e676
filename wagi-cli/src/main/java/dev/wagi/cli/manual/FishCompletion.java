// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.manual;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Completions of fish.
 *
 * @see <a href="https://fishshell.com/docs/current/completions.html">fish, Writing your own completions</a>
 */
final class FishCompletion {

    private FishCompletion() {}

    static String script(CommandLine command) {
        String name = command.getCommandName();
        StringBuilder script = new StringBuilder();
        script.append("""
                function __%1$s_command_is --description 'whether the first argument is that command, or missing'
                    set -l words (commandline -opc)
                    test "$words[2]" = "$argv[1]"
                end

                complete -c %1$s -f
                """.formatted(name));
        String none = "complete -c " + name + " -n \"__" + name + "_command_is ''\"";
        Words.options(command)
                .forEach(option ->
                        script.append(none).append(option(command, option)).append('\n'));
        for (CommandLine sub : Words.commands(command)) {
            script.append(none)
                    .append(" -a ")
                    .append(sub.getCommandName())
                    .append(" -d ")
                    .append(quote(Words.summary(sub)))
                    .append('\n');
        }
        for (CommandLine sub : Words.commands(command)) {
            String given = "complete -c " + name + " -n '__" + name + "_command_is " + sub.getCommandName() + "'";
            Words.options(sub)
                    .forEach(option ->
                            script.append(given).append(option(sub, option)).append('\n'));
            sub.getCommandSpec().positionalParameters().stream()
                    .map(parameter -> value(sub, parameter, false))
                    .filter(value -> !value.isEmpty())
                    .distinct()
                    .forEach(value -> script.append(given).append(value).append('\n'));
        }
        return script.toString();
    }

    private static String option(CommandLine command, OptionSpec option) {
        StringBuilder line = new StringBuilder();
        for (String name : option.names()) {
            line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
        }
        return line.append(Words.kind(option) == Words.Kind.FLAG ? "" : value(command, option, true))
                .append(" -d ")
                .append(quote(Words.summary(option)))
                .toString();
    }

    private static String value(CommandLine command, ArgSpec argument, boolean isOption) {
        List<String> values = Words.values(command, argument);
        return switch (Words.kind(argument)) {
            case FILE -> isOption ? " -r -F" : " -F";
            case DIRECTORY -> (isOption ? " -x" : "") + " -a '(__fish_complete_directories)'";
            default -> (isOption ? " -x" : "") + (values.isEmpty() ? "" : " -a " + quote(String.join(" ", values)));
        };
    }

    private static String quote(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
