// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Variables: those of this process that stand in for options, and those of {@code -e} for guests. */
final class Environment {

    /** What the name of a guest's variable may be. */
    static final String NAME = "[^\\s=#'\"\\p{Cntrl}]+";

    private static final Pattern VARIABLE = Pattern.compile("(" + NAME + ")=(.*)", Pattern.DOTALL);

    private Environment() {}

    /** The option if it was given, else the variable of this process if it is not empty. */
    static @Nullable String orElse(@Nullable String option, String variable) {
        if (option != null) {
            return option;
        }
        String value = System.getenv(variable);
        return value == null || value.isEmpty() ? null : value;
    }

    /**
     * Reads {@code NAME=VALUE}; the value begins after the first {@code =}. Quotes around all of it are left out, as
     * WAGI does for those who keep variables with their quotes in scripts and files.
     *
     * @return null if it is something else
     */
    static Map.@Nullable Entry<String, String> parse(String text) {
        Matcher matcher = VARIABLE.matcher(text);
        return matcher.matches() ? Map.entry(matcher.group(1), withoutQuotes(matcher.group(2))) : null;
    }

    private static String withoutQuotes(String value) {
        boolean quoted = value.length() > 1
                && (value.startsWith("\"") && value.endsWith("\"") || value.startsWith("'") && value.endsWith("'"));
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    /**
     * Takes the words after {@code -e} as WAGI does: all of them up to the next option. Where a positional parameter
     * may follow, all that are variables.
     */
    static final class Words implements IParameterConsumer {

        /** A URL is none of these, whatever its query is. */
        private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_]+=.*", Pattern.DOTALL);

        @Override
        public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
            if (arguments.isEmpty()) {
                throw new ParameterException(
                        command.commandLine(), "missing required parameter for option '--env' (NAME=VALUE)");
            }
            List<String> before = option.getValue();
            List<String> words = new ArrayList<>(before);
            words.add(arguments.pop());
            boolean greedy = command.positionalParameters().isEmpty();
            while (!arguments.isEmpty()
                    && (greedy
                            ? !arguments.peek().startsWith("-")
                            : PLAIN.matcher(arguments.peek()).matches())) {
                words.add(arguments.pop());
            }
            option.setValue(words);
        }
    }
}
