// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.manual;

import dev.wagi.cli.option.Constants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What completions offer for an argument. */
final class Words {

    /** What an argument's value is. */
    enum Kind {
        FLAG,
        FILE,
        DIRECTORY,
        WORD
    }

    private Words() {}

    /** Makes the values of enums those that the command accepts: Picocli would offer the names of the constants. */
    static void offerAsTyped(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        for (OptionSpec option : List.copyOf(spec.options())) {
            if (option.type().isEnum()) {
                spec.remove(option);
                spec.addOption(OptionSpec.builder(option)
                        .completionCandidates(constants(option.type()))
                        .build());
            }
        }
        for (PositionalParamSpec parameter : List.copyOf(spec.positionalParameters())) {
            if (parameter.type().isEnum()) {
                spec.remove(parameter);
                spec.addPositional(PositionalParamSpec.builder(parameter)
                        .completionCandidates(constants(parameter.type()))
                        .build());
            }
        }
        command.getSubcommands().values().forEach(Words::offerAsTyped);
    }

    private static List<String> constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> Constants.typed((Enum<?>) constant))
                .toList();
    }

    /** The commands, in the order of the help. */
    static Collection<CommandLine> commands(CommandLine command) {
        return command.getSubcommands().entrySet().stream()
                .filter(entry ->
                        !entry.getValue().getCommandSpec().usageMessage().hidden())
                .map(Map.Entry::getValue)
                .toList();
    }

    static List<OptionSpec> options(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !option.hidden())
                .toList();
    }

    /** The words to choose from; empty if any value will do. */
    static List<String> values(CommandLine command, ArgSpec argument) {
        if (command.getCommandSpec().userObject() instanceof HelpCommand && argument.isPositional()) {
            return commands(command.getParent()).stream()
                    .map(CommandLine::getCommandName)
                    .toList();
        }
        List<String> values = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(values::add);
        }
        return values;
    }

    static Kind kind(ArgSpec argument) {
        if (argument.arity().max() == 0) {
            return Kind.FLAG;
        }
        List<String> alternatives =
                Stream.of(argument.paramLabel().split("\\|", -1)).toList();
        if (alternatives.contains("DIR")) {
            return Kind.DIRECTORY;
        }
        return alternatives.contains("FILE") ? Kind.FILE : Kind.WORD;
    }

    /** Whether it may be given again. */
    static boolean isRepeatable(ArgSpec argument) {
        return argument.isMultiValue();
    }

    static String summary(CommandLine command) {
        UsageMessageSpec help = command.getCommandSpec().usageMessage();
        return firstSentence(help.header().length > 0 ? help.header() : help.description());
    }

    static String summary(ArgSpec argument) {
        return firstSentence(argument.description());
    }

    private static String firstSentence(String... description) {
        String text = String.join(" ", description);
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }
}
