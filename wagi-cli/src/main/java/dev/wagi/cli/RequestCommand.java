// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.GuestInput;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi request}: answers one request without a server. */
@Command(
        name = "request",
        description = {
            "Runs one request in this process, without a server, and prints the response.",
            "-X, -H, -d and --fail are as in curl."
        },
        customSynopsis = "wagi request {-c FILE|-f FILE|-b ID} [-X METHOD] [-H 'NAME: VALUE']... [-d DATA|@FILE|@-]"
                + " [OPTION]... URL",
        sortOptions = false,
        footer = {
            "",
            "Exits with 0 when there was a response, whatever its status; see --fail. Loads only the module",
            "that answers, and those that declare routes; exits with 1 if it cannot be loaded. With -v, standard",
            "error shows the module's exit code and what took how long.",
            "",
            "Examples:",
            "  wagi request -c modules.toml '/hello?name=you'",
            "  wagi request -c modules.toml -d @photo.png -H 'Content-Type: image/png' /upload",
            "  wagi request -c modules.toml -s http://example.org/report > report.pdf"
        })
final class RequestCommand implements Callable<Integer> {

    /** As in curl. */
    static final int EXIT_HTTP_ERROR = 22;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RequestOptions asked = new RequestOptions();

    @Option(
            names = {"-s", "--body-only"},
            description = "Print the body only.")
    private boolean bodyOnly;

    @Option(names = "--fail", description = "Exit with 22 if the status is 400 or higher.")
    private boolean fail;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "interpreter",
            description = "compiler or interpreter; by default the interpreter, which starts at once.")
    private Wagi.Engine engine = Wagi.Engine.INTERPRETER;

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Override
    public Integer call() throws IOException {
        WagiRequest request = asked.request();
        Wagi.Builder builder = options.builder(engine);
        // Other modules are checked only: they could take longer than the request.
        builder.loadOnDemand();
        cache.directory().ifPresent(builder::compileCache);
        if (options.isVerbose()) {
            builder.addListener(new Report(System.err));
        }
        try (Wagi wagi = builder.build()) {
            // Not as part of the request: loading may take longer than its timeout, and must not be the module's
            // answer.
            wagi.preview(request).map(GuestInput::module).ifPresent(wagi::loadModule);
            return print(wagi, request, new FileOutputStream(FileDescriptor.out));
        }
    }

    private int print(Wagi wagi, WagiRequest request, OutputStream out) throws IOException {
        ResponsePrinter printer = new ResponsePrinter(new BufferedOutputStream(out), bodyOnly);
        wagi.handle(request, printer);
        if (!printer.isComplete()) {
            throw new IOException(
                    "the response broke off: the module failed (see above), or standard output was closed");
        }
        return fail && printer.status() >= 400 ? EXIT_HTTP_ERROR : 0;
    }

    /** Says what loading and running took. */
    private record Report(PrintStream out) implements WagiListener {

        @Override
        public void moduleLoaded(ModuleLoaded event) {
            out.println("wagi: loaded " + event.origin() + " in " + millis(event.took())
                    + (event.isCached() ? ", compiled before" : ""));
        }

        @Override
        public void requestEnded(RequestEnded event) {
            StringBuilder line = new StringBuilder("wagi: ");
            event.module().ifPresent(module -> line.append("module ").append(module));
            event.route()
                    .ifPresent(route -> line.append(", route ").append(route).append(", "));
            line.append("status ").append(event.status());
            event.exitCode().ifPresent(code -> line.append(", exit code ").append(code));
            line.append(", ")
                    .append(event.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                    .append("; guest ")
                    .append(millis(event.guestTime()))
                    .append(", total ")
                    .append(millis(event.totalTime()))
                    .append(", ")
                    .append(event.bytesIn())
                    .append(" bytes in, ")
                    .append(event.bytesOut())
                    .append(" out");
            out.println(line);
        }

        private static String millis(Duration time) {
            return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
        }
    }
}
