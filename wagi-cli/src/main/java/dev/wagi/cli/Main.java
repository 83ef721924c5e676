// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.console.ConsoleMode;
import dev.wagi.cli.log.LogFormat;
import dev.wagi.cli.manual.Shell;
import dev.wagi.cli.option.Constants;
import dev.wagi.core.Wagi;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code wagi}: finds the subcommand and runs it. */
@Command(
        name = "wagi",
        description = "Serves WebAssembly modules (WASI) as CGI programs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ServeCommand.class,
            RoutesCommand.class,
            CheckCommand.class,
            CompileCommand.class,
            RequestCommand.class,
            EnvCommand.class,
            HealthCommand.class,
            PullCommand.class,
            InspectCommand.class,
            PushCommand.class,
            NodeCommand.class,
            CompletionCommand.class,
            NewCommand.class,
            DoctorCommand.class,
            TrainCommand.class,
            CommandLine.HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "With options only, as in 'wagi -c modules.toml', the command is serve.",
            "",
            "Examples:",
            "  wagi serve -c modules.toml",
            "  wagi serve -f pod.yaml",
            "  wagi request -c modules.toml '/hello?name=you'",
            "",
            "Exit codes: 0 done, 1 a problem with the configuration or while running, 2 wrong usage, 3 the heap",
            "is exhausted or stopping took too long.",
            "WAGI_JAVA_OPTS sets options of the JVM, for instance -Xmx1g."
        })
final class Main implements Callable<Integer> {

    private static final String TUNNELING = "jdk.http.auth.tunneling.disabledSchemes";
    private static final Set<String> OWN_OPTIONS = Set.of("-h", "--help", "-V", "--version");

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        // Java sends no password to a proxy for https otherwise, and reads this once, before the first request.
        if (System.getProperty(TUNNELING) == null) {
            System.setProperty(TUNNELING, "");
        }
        System.exit(commandLine().execute(withCommand(args)));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .registerConverter(ListenAddress.class, Failures.converter(ListenAddress::ofOption))
                .registerConverter(Count.class, Failures.converter(Count::parse))
                .registerConverter(HeaderBytes.class, Failures.converter(HeaderBytes::parse))
                .registerConverter(Wagi.Engine.class, Failures.converter(Main::engine))
                .registerConverter(AccessLogFormat.class, Failures.converter(AccessLogFormat::parse))
                .registerConverter(ConsoleMode.class, Failures.converter(ConsoleMode::parse))
                .registerConverter(LogFormat.class, Failures.converter(LogFormat::parse))
                .registerConverter(Path.class, Failures.converter(InputFile::path))
                .registerConverter(OciReference.class, Failures.converter(PullCommand::reference))
                .registerConverter(PullPolicy.class, Failures.converter(PullCommand::policy))
                .registerConverter(ModuleLayout.class, Failures.converter(PushCommand::layout))
                .registerConverter(Skeleton.class, Failures.converter(NewCommand::skeleton))
                .registerConverter(Shell.class, Failures.converter(CompletionCommand::shell))
                .registerConverter(RequestUrl.class, Failures.converter(RequestUrl::parse))
                .setParameterExceptionHandler(Failures::usage)
                .setExecutionExceptionHandler(Failures::execution)
                .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF))
                .setExpandAtFiles(false) // request -d @FILE is another thing
                .setUsageHelpWidth(100);
    }

    /** The original has no subcommands: what begins with an option is {@code serve}. */
    static String[] withCommand(String... args) {
        if (args.length == 0 || !args[0].startsWith("-") || OWN_OPTIONS.contains(args[0])) {
            return args;
        }
        String[] all = new String[args.length + 1];
        all[0] = ServeCommand.NAME;
        System.arraycopy(args, 0, all, 1, args.length);
        return all;
    }

    private static Wagi.Engine engine(String text) {
        return Constants.parse(Wagi.Engine.class, text, "is not an engine; write compiler or interpreter");
    }

    @Override
    public Integer call() {
        throw Failures.usage(spec, "the command is missing; write for instance 'wagi serve -c modules.toml'");
    }

    /** The versions of what was built, and of what runs it. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            try (InputStream in = Objects.requireNonNull(Main.class.getResourceAsStream("version.txt"))) {
                return new String[] {
                    new String(in.readAllBytes(), StandardCharsets.UTF_8).strip() + ", Java " + Runtime.version()
                };
            }
        }
    }
}
