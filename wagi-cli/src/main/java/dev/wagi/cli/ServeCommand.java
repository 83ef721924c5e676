// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiListener;
import dev.wagi.http.server.WagiServer;
import java.io.File;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi serve}: serves a configuration over HTTP until it is told to stop. */
@Command(
        name = ServeCommand.NAME,
        description = {
            "Serves the modules over HTTP until SIGINT (Ctrl-C) or SIGTERM.",
            "Prints 'Ready: serving on http://HOST:PORT' on standard output when it accepts requests."
        },
        customSynopsis = "wagi serve -c FILE [-l HOST:PORT] [OPTION]...",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  wagi serve -c modules.toml",
            "  wagi serve -c modules.toml -l 0.0.0.0:8080 --hostname www.example.org:80"
        })
final class ServeCommand implements Callable<Integer> {

    static final String NAME = "serve";

    /** Jetty starts JMX to find this number, which is 16 with compressed pointers, and that takes 0.1 s. */
    private static final String JETTY_CACHE_LINE = "org.eclipse.jetty.util.referencesPerCacheLine";

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "HOST:PORT",
            defaultValue = ListenAddress.DEFAULT,
            description =
                    "Where to listen; ${DEFAULT-VALUE} by default. 0.0.0.0 is every address, port 0 any free port.")
    private ListenAddress listen = ListenAddress.parse(ListenAddress.DEFAULT);

    @Option(
            names = {"--hostname", "--default-host"},
            paramLabel = "HOST[:PORT]",
            description =
                    "The server's name for requests without a Host header; by default what the configuration says, or"
                            + " else the address to listen on.")
    private @Nullable String defaultHost;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "compiler",
            description =
                    "compiler or interpreter; by default the compiler. The interpreter starts at once and runs 10 to"
                            + " 100 times slower.")
    private Wagi.Engine engine = Wagi.Engine.COMPILER;

    @Override
    public Integer call() throws InterruptedException {
        Wagi.Builder builder = options.builder(engine).listener(new Progress(System.err, engine));
        if (defaultHost != null) {
            builder.defaultHost(defaultHost);
        }
        if (listen.port() != 0) {
            builder.listenAddress(listen.toString());
        }
        Wagi wagi = builder.build();
        int routes = wagi.routes().size();
        System.err.println(routes + (routes == 1 ? " route" : " routes") + " from " + options.file());
        if (System.getProperty(JETTY_CACHE_LINE) == null) {
            System.setProperty(JETTY_CACHE_LINE, "16");
        }
        WagiServer server =
                WagiServer.builder(wagi).host(listen.host()).port(listen.port()).start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, wagi), "wagi-stop"));
        System.out.println("Ready: serving on " + server.uri());
        System.out.flush();
        // Signals end the JVM, and the hook above runs.
        new CountDownLatch(1).await();
        return 0;
    }

    private static void stop(WagiServer server, Wagi wagi) {
        System.err.println("Stopping: waiting for requests in flight");
        server.close();
        wagi.close(Duration.ZERO); // the server has waited
    }

    /** Tells of every module that was loaded. */
    private static final class Progress implements WagiListener {
        private final PrintStream err;
        private final String verb;

        Progress(PrintStream err, Wagi.Engine engine) {
            this.err = err;
            this.verb = engine == Wagi.Engine.COMPILER ? "compiled" : "loaded";
        }

        @Override
        public void moduleLoaded(String origin, Duration took) {
            err.println(String.format(Locale.ROOT, "%s %s in %.2f s", verb, relative(origin), took.toMillis() / 1e3));
        }

        /** A file below the working directory as the user would name it. */
        private static String relative(String origin) {
            String here = Path.of("").toAbsolutePath() + File.separator;
            return origin.startsWith(here) ? origin.substring(here.length()) : origin;
        }
    }
}
