// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns failures into one line each, on standard error, and an exit code. */
final class Failures {

    private Failures() {}

    /** Lets picocli show the text of the parser's {@link IllegalArgumentException}. */
    static <T> ITypeConverter<T> converter(Function<String, T> parser) {
        return text -> {
            try {
                return parser.apply(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("\"" + text + "\" " + e.getMessage());
            }
        };
    }

    /** A wrong command line. */
    static int usage(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        print(
                command,
                describe(failure, command) + "; see '"
                        + command.getCommandSpec().qualifiedName() + " --help'",
                null);
        return ExitCode.USAGE;
    }

    private static String describe(ParameterException failure, CommandLine command) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            String argument = unmatched.getUnmatched().get(0);
            List<String> suggestions = unmatched.getSuggestions();
            if (unmatched.isUnknownOption()) {
                argument = argument.replaceFirst("(?s)=.*", ""); // the value may be a secret
            }
            String what = unmatched.isUnknownOption()
                    ? "there is no option '" + argument + "'"
                    : command.getParent() == null
                            ? "there is no command '" + argument + "'"
                            : "'" + argument + "' is one argument too many";
            return suggestions.isEmpty() ? what : what + ", did you mean " + String.join(" or ", suggestions) + "?";
        }
        String text = String.valueOf(failure.getMessage())
                .replaceFirst("^Unknown subcommand (.*)\\.$", "there is no command $1"); // of the command help
        return Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }

    /** Options that each are right but not together; printed like other wrong usage. */
    static ParameterException usage(@Nullable CommandSpec spec, String text) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), text);
    }

    /** Anything that went wrong while a command ran. */
    static int execution(Exception failure, CommandLine command, ParseResult parsed) {
        boolean isVerbose = parsed.subcommand() != null && parsed.subcommand().hasMatchedOption(CommonOptions.VERBOSE);
        List<String> texts = texts(failure);
        for (int i = 0; i < texts.size(); i++) {
            boolean isLast = i == texts.size() - 1;
            print(command, texts.get(i), isVerbose && isLast ? failure : null);
        }
        return ExitCode.SOFTWARE;
    }

    /** What to tell the user, a line or an indented block each. */
    static List<String> texts(Throwable failure) {
        List<String> texts = failure instanceof WagiConfigException configuration
                ? configuration.problems(Failures::option)
                : failure instanceof WagiException || failure instanceof IOException
                        ? List.of(String.valueOf(failure.getMessage()))
                        : List.of(failure + "; run it again with -v and report what it prints");
        return texts.stream().map(Failures::indent).toList();
    }

    /** What the user of the command can do. */
    static String option(Remedy remedy) {
        return switch (remedy) {
            case CHECK_CONFIGURATION -> "check the path given with -c";
            case CHECK_MANIFEST -> "check the path given with -f";
            case PASS_AS_MANIFEST -> "give it with -f";
            case PASS_AS_CONFIGURATION -> "give it with -c";
            case NAME_MODULES -> "name a configuration with -c, or a manifest with -f";
            case NAME_LISTEN_ADDRESS -> "name one address with --listen, or serve them apart";
            case NAME_BINDLE_SOURCE ->
                "name a bindle server with --bindle-url or the key bindle_server, or a directory of exported bindles"
                        + " with --bindle-path";
            case ADD_RESOLVER -> "name a file, or begin the reference with oci: or bindle:";
            case ADD_OCI, ADD_CONFIG, ADD_OUTBOUND_CLIENT -> "the command's file is incomplete; install it again";
            case CHECK_LOG_DIRECTORY -> "correct its permissions, or name another with --log-dir";
        };
    }

    private static String indent(String text) {
        return text.strip().replaceAll("\\R", System.lineSeparator() + "    ");
    }

    private static void print(CommandLine command, String text, @Nullable Throwable failure) {
        if (CommandLog.isJson()) {
            CommandLog.complain(indent(text), failure);
            return;
        }
        PrintWriter err = command.getErr();
        err.println("wagi: " + indent(text));
        if (failure != null) {
            failure.printStackTrace(err);
        }
        err.flush();
    }
}
