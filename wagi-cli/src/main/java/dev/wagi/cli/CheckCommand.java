// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi check}: finds everything that is wrong with a configuration and its modules. */
@Command(
        name = "check",
        description = {
            "Checks a configuration and the modules that it names.",
            "Modules are loaded and compiled as 'wagi serve' does it.",
            "Shows every problem on a line of its own and exits with 1 if there is one."
        },
        customSynopsis = "wagi check {-c FILE|-f FILE|-b ID} [OPTION]...",
        sortOptions = false,
        footer = {"", "Examples:", "  wagi check -c modules.toml", "  wagi check -c modules.toml --json"})
final class CheckCommand implements Callable<Integer> {

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--fast",
            description = "Do not compile the modules; problems that only compiling finds are not reported.")
    private boolean fast;

    @Option(
            names = "--json",
            description =
                    "Print one JSON object: routes, modules with digest, toolchain, imports and what they may do, and"
                            + " problems.")
    private boolean json;

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Override
    public Integer call() {
        Wagi.Builder builder = options.builder(fast ? Wagi.Engine.INTERPRETER : Wagi.Engine.COMPILER)
                .lazy(false);
        cache.directory().ifPresent(builder::compileCache);
        List<String> problems = new ArrayList<>(ServerTable.of(options.file()).check(Set.of()));
        String found = "";
        ObjectNode object = ConfigurationJson.of(options.origin());
        try (Wagi wagi = builder.build()) {
            found = describe(wagi);
            ConfigurationJson.addRoutes(wagi, object);
            ConfigurationJson.addModules(wagi, object);
        } catch (WagiConfigException e) {
            problems.addAll(e.problems(Failures::option));
        }
        if (json) {
            ConfigurationJson.addTexts(object, "problems", problems);
            ConfigurationJson.print(object);
            return problems.isEmpty() ? 0 : 1;
        }
        if (!problems.isEmpty()) {
            throw new WagiConfigException(problems);
        }
        System.out.println(options.origin() + ": " + found);
        return 0;
    }

    private static String describe(Wagi wagi) {
        long files = wagi.routes().stream().filter(RouteInfo::isFiles).count();
        long modules = wagi.routes().size() - files;
        String text = files > 0 && modules == 0 ? "" : modules + (modules == 1 ? " module, " : " modules, ");
        if (files > 0) {
            text += files + (files == 1 ? " static route, " : " static routes, ");
        }
        return text + "ok";
    }
}
