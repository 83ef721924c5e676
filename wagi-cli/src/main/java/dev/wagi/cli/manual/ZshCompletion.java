// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.manual;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A completion function of zsh.
 *
 * @see <a href="https://zsh.sourceforge.io/Doc/Release/Completion-System.html">zsh, Completion System</a>
 */
final class ZshCompletion {

    private ZshCompletion() {}

    static String script(CommandLine command) {
        String name = command.getCommandName();
        StringBuilder script = new StringBuilder();
        script.append("#compdef ").append(name).append("\n\n_").append(name).append("() {\n");
        script.append("    local context state state_descr line\n    typeset -A opt_args\n");
        script.append("    local -a commands=(\n");
        for (CommandLine sub : Words.commands(command)) {
            script.append("        ")
                    .append(quote(sub.getCommandName() + ":" + escape(Words.summary(sub), ":\\")))
                    .append('\n');
        }
        script.append("    )\n    _arguments -S -C \\\n");
        for (OptionSpec option : Words.options(command)) {
            script.append("        ").append(argument(command, option)).append(" \\\n");
        }
        script.append("        '1:command:->command' '*::argument:->arguments' && return\n");
        script.append("    case $state in\n    command) _describe -t commands command commands ;;\n    arguments)\n");
        script.append("        case $line[1] in\n");
        for (CommandLine sub : Words.commands(command)) {
            script.append("        ").append(sub.getCommandName()).append(")\n            _arguments -S");
            Stream.concat(
                            Words.options(sub).stream().map(option -> argument(sub, option)),
                            sub.getCommandSpec().positionalParameters().stream()
                                    .map(parameter -> argument(sub, parameter)))
                    .forEach(argument -> script.append(" \\\n                ").append(argument));
            script.append("\n            ;;\n");
        }
        script.append("        esac\n        ;;\n    esac\n}\n\n");
        // Autoloaded it is called at once; read by hand it registers itself.
        script.append("if [ \"$funcstack[1]\" = _")
                .append(name)
                .append(" ]; then\n    _")
                .append(name)
                .append(" \"$@\"\nelse\n    compdef _")
                .append(name)
                .append(' ')
                .append(name)
                .append("\nfi\n");
        return script.toString();
    }

    private static String argument(CommandLine command, OptionSpec option) {
        boolean isFlag = Words.kind(option) == Words.Kind.FLAG;
        List<String> names = Stream.of(option.names())
                .map(each -> isFlag ? each : each.startsWith("--") ? each + "=" : each + "+")
                .toList();
        String before = Words.isRepeatable(option) ? "*" : "(" + String.join(" ", option.names()) + ")";
        String after = "[" + escape(Words.summary(option), "[]\\") + "]" + (isFlag ? "" : value(command, option));
        if (names.size() == 1) {
            return quote(before + names.get(0) + after);
        }
        return quote(before) + names.stream().collect(Collectors.joining(",", "{", "}")) + quote(after);
    }

    private static String argument(CommandLine command, PositionalParamSpec parameter) {
        return quote((parameter.index().max() == parameter.index().min() ? "" : "*") + value(command, parameter));
    }

    private static String value(CommandLine command, ArgSpec argument) {
        List<String> values = Words.values(command, argument);
        String action = switch (Words.kind(argument)) {
            case FILE -> "_files";
            case DIRECTORY -> "_files -/";
            default -> values.isEmpty() ? " " : "(" + String.join(" ", values) + ")";
        };
        return ":" + escape(argument.paramLabel(), ":\\") + ":" + action;
    }

    private static String escape(String text, String special) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (special.indexOf(text.charAt(i)) >= 0) {
                escaped.append('\\');
            }
            escaped.append(text.charAt(i));
        }
        return escaped.toString();
    }

    private static String quote(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
