// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.GuestInput;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.sandbox.Escape;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi env}: shows what a guest would see of a request. */
@Command(
        name = "env",
        description = {
            "Shows what a module would get for a request, without running it.",
            "That is its environment, its arguments and the size of its standard input. Values of",
            "variables that the configuration, --env and --env-file set are hidden, because they may be",
            "secrets; see --show-values."
        },
        customSynopsis = "wagi env {-c FILE|-f FILE|-b ID} [-X METHOD] [-H 'NAME: VALUE']... [-d DATA] [OPTION]... URL",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  wagi env -c modules.toml '/hello?name=you'",
            "  wagi env -c modules.toml -X DELETE -H 'Accept: text/html' --show-values /hello"
        })
final class EnvCommand implements Callable<Integer> {

    private static final String HIDDEN = "***";

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private RequestOptions asked = new RequestOptions();

    @Option(names = "--show-values", description = "Show the values that the configuration and --env set as well.")
    private boolean showValues;

    @Override
    public Integer call() throws IOException {
        WagiRequest request = asked.request();
        Wagi.Builder builder = options.builder(Wagi.Engine.INTERPRETER).loadOnDemand();
        try (Wagi wagi = builder.build()) {
            GuestInput input = wagi.preview(request)
                    .orElseThrow(() -> new IOException("no module answers " + request.method() + " of this path in "
                            + options.origin() + "; 'wagi routes' shows all routes"));
            System.out.print(describe(input));
        }
        return 0;
    }

    private String describe(GuestInput input) {
        StringBuilder text = new StringBuilder();
        line(text, "module " + input.module() + ", route " + input.route() + ", entrypoint " + input.entrypoint());
        line(text, "environment");
        input.environment().forEach((name, value) -> {
            boolean isHidden = !showValues && input.configured().contains(name);
            line(text, "  " + name + "=" + (isHidden ? HIDDEN : value));
        });
        line(text, "arguments");
        input.arguments().forEach(word -> line(text, "  " + word));
        line(text, "standard input");
        line(text, "  " + input.bodyBytes() + " bytes");
        return text.toString();
    }

    /** Appends a line that moves nothing on a terminal and turns no text around. */
    private static void line(StringBuilder text, String line) {
        text.append(Escape.line(line)).append(System.lineSeparator());
    }
}
