// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wagi health}: asks a running server whether it is healthy, for container images, which have no curl. */
@Command(
        name = "health",
        description = {
            "Asks a server whether it is healthy, for health checks of containers.",
            "Exits with 0 if the answer is 200, otherwise says what it is and exits with 1."
        },
        customSynopsis = "wagi health [URL]",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  wagi health",
            "  wagi health http://127.0.0.1:9090/readyz    with 'wagi serve --admin-listen 127.0.0.1:9090'"
        })
final class HealthCommand implements Callable<Integer> {

    private static final String DEFAULT = "http://" + ListenAddress.DEFAULT + "/healthz";

    private static final int TIMEOUT_MILLIS = 5_000;

    @Parameters(
            paramLabel = "URL",
            arity = "0..1",
            defaultValue = DEFAULT,
            description = "What to request; by default " + DEFAULT + ".")
    private RequestUrl url = RequestUrl.parse(DEFAULT);

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        common.apply();
        if (url.host().isEmpty()) {
            throw Failures.usage(spec, "the URL has no host; write for instance " + DEFAULT);
        }
        URL address =
                URI.create(url.scheme() + "://" + url.host() + url.target()).toURL();
        int status;
        try {
            // This machine is asked, so no proxy; and where a redirect leads to is another server's health.
            HttpURLConnection connection = (HttpURLConnection) address.openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            connection.setInstanceFollowRedirects(false);
            status = connection.getResponseCode();
        } catch (IOException e) {
            throw new IOException(address + " does not answer: " + e.getMessage(), e);
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IOException(address + " answered " + status + " instead of 200");
        }
        return 0;
    }
}
