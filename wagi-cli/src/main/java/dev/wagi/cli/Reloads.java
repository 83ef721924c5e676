// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads again what a running server was started with: configuration, modules, files of variables, and the certificate.
 * What is wrong is reported on standard error, and what was served before stays in service. Thread-safe; one reload at
 * a time.
 */
final class Reloads {

    /** Reads the configuration. */
    interface Configuration {
        /**
         * The settings as they are now.
         *
         * @throws IOException if a file cannot be read
         */
        Wagi.Builder read() throws IOException;
    }

    private final Wagi wagi;
    private final WagiServer server;
    private final Configuration configuration;
    private final Supplier<Optional<String>> listenAddress;
    private final Supplier<String> description;
    private final boolean verbose;

    private Optional<String> address; // guarded by this

    /**
     * For a server that has started.
     *
     * @param listenAddress what the configuration says now about where to listen, which only a restart changes
     * @param description what is served now, for messages
     * @param verbose whether stack traces are printed
     */
    Reloads(
            Wagi wagi,
            WagiServer server,
            Configuration configuration,
            Supplier<Optional<String>> listenAddress,
            Supplier<String> description,
            boolean verbose) {
        this.wagi = wagi;
        this.server = server;
        this.configuration = configuration;
        this.listenAddress = listenAddress;
        this.description = description;
        this.verbose = verbose;
        this.address = listenAddress.get();
    }

    /** Reloads all of it, certificate first: it may be good although the configuration is not. Never throws. */
    synchronized void run() {
        ServiceManager.reloading();
        boolean isGood = attempt(server::reloadCertificate);
        isGood &= attempt(() -> {
            wagi.reload(configuration.read());
            Optional<String> now = listenAddress.get();
            if (!address.equals(now)) {
                CommandLog.complain("wagi: the manifest's default-host was changed; restart to listen there", null);
            }
            address = now;
        });
        String serving = description.get();
        if (isGood) {
            System.err.println("Reloaded: " + serving);
        }
        // Without the reasons, which the log has: a status can be read by everyone.
        ServiceManager.ready(
                (isGood ? "" : "Not reloaded, see the log. ") + ServiceManager.serving(serving, server.uri()));
    }

    private interface Step {
        void run() throws IOException;
    }

    private boolean attempt(Step step) {
        try {
            step.run();
            return true;
        } catch (IOException | RuntimeException | Error e) {
            List<String> texts = Failures.texts(e);
            for (int i = 0; i < texts.size(); i++) {
                boolean isLast = i == texts.size() - 1;
                CommandLog.complain("Not reloaded: " + texts.get(i), verbose && isLast ? e : null);
            }
            return false;
        }
    }
}
