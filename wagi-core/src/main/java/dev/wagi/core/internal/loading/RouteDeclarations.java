// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The routes that a module declares: lines that its function {@code _routes} prints, each a pattern below the module's
 * own route and an entrypoint.
 *
 * <pre>
 * route = "/shop/..."       /cart cart_page        ->  /shop/cart      calls cart_page
 *                           /item/... item_page    ->  /shop/item/...  calls item_page
 * </pre>
 */
public final class RouteDeclarations {

    /** The function that prints the routes. */
    static final String FUNCTION = "_routes";

    private static final int MAX_OUTPUT = 64 << 10;

    private RouteDeclarations() {}

    /**
     * One declared route.
     *
     * @param pattern the whole pattern
     * @param entrypoint the exported function
     */
    public record Declaration(RoutePattern pattern, String entrypoint) {}

    /**
     * Runs the function, if the module has it, with only the module's own environment.
     *
     * @param strays counts the thread that runs it, if it never ends
     * @return the declared routes in their order; empty if the module declares none
     * @throws ModuleLoadException if the function fails, prints anything else, or names a function that is not exported
     */
    static List<Declaration> read(ModuleConfiguration configuration, GuestModule module, Strays strays) {
        if (!module.exports(FUNCTION)) {
            return List.of();
        }
        String name = configuration.source().toString();
        if (!module.entrypoints().contains(FUNCTION)) {
            throw new ModuleLoadException(
                    name + " exports " + FUNCTION + " with parameters or results; it has neither");
        }
        List<Declaration> declarations = new ArrayList<>();
        int number = 0;
        String printed =
                InTime.call(configuration, InTime.Step.DECLARE_ROUTES, strays, () -> run(configuration, module, name));
        for (String line : printed.split("\n", -1)) {
            number++;
            if (!line.isBlank()) {
                declarations.add(parse(name + ", line " + number + " of " + FUNCTION, line, configuration, module));
            }
        }
        if (declarations.isEmpty()) {
            throw new ModuleLoadException(name + " exports " + FUNCTION
                    + " but prints no route in it; print lines of a pattern and an entrypoint, as in"
                    + " \"/cart cart_page\"");
        }
        return declarations;
    }

    private static Declaration parse(String where, String line, ModuleConfiguration configuration, GuestModule module) {
        String[] words = line.strip().split("\\s+");
        if (words.length != 2) {
            throw new ModuleLoadException(where + ": " + Escape.forLog(line)
                    + " is not a pattern and an entrypoint, as in \"/cart cart_page\"");
        }
        RoutePattern pattern;
        try {
            pattern = configuration.route().append(words[0]);
        } catch (IllegalArgumentException e) {
            throw new ModuleLoadException(where + ": the pattern " + Escape.forLog(words[0]) + " " + e.getMessage(), e);
        }
        if (!module.entrypoints().contains(words[1])) {
            throw new ModuleLoadException(where + ": the module exports no function " + Escape.forLog(words[1])
                    + " without parameters and results; it exports " + ModuleLoader.names(module.entrypoints()));
        }
        return new Declaration(pattern, words[1]);
    }

    private static String run(ModuleConfiguration configuration, GuestModule module, String name) {
        GuestStrings.Builder environment = new GuestStrings.Builder();
        configuration
                .environment()
                .forEach((key, value) ->
                        environment.text(key).text("=").text(value).end());
        Output stdout = new Output();
        GuestIo io = GuestIo.of(
                GuestStrings.of(FUNCTION), environment.build(), (buffer, offset, length) -> -1, stdout, new Output());
        try {
            int code = module.instantiate().run(FUNCTION, io);
            if (code != 0) {
                throw new ModuleLoadException(
                        name + " exits with code " + code + " in " + FUNCTION + "; return instead");
            }
        } catch (GuestTrapException | IOException e) {
            throw new ModuleLoadException(name + " fails in " + FUNCTION + ": " + e.getMessage(), e);
        }
        return stdout.bytes.toString(StandardCharsets.UTF_8);
    }

    /** Collects what the function prints, up to a limit. */
    private static final class Output implements GuestOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            if (bytes.size() + length > MAX_OUTPUT) {
                throw new IOException("it prints more than " + MAX_OUTPUT + " bytes");
            }
            bytes.write(buffer, offset, length);
        }

        @Override
        public void flush() {
            // There is nothing to flush.
        }
    }
}
