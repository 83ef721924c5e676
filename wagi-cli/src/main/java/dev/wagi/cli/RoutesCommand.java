// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code wagi routes}: shows the routing table. */
@Command(
        name = "routes",
        description = "Shows which module answers which route.",
        customSynopsis = "wagi routes {-c FILE|-f FILE|-b ID} [OPTION]...",
        sortOptions = false,
        footer = {"", "Example:", "  wagi routes -c modules.toml"})
final class RoutesCommand implements Callable<Integer> {

    private static final List<String> HEADINGS = List.of("ROUTE", "NAME", "MODULE", "ENTRYPOINT", "HOSTS", "METHODS");

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        try (Wagi wagi = options.builder(Wagi.Engine.INTERPRETER).build()) {
            if (json) {
                ObjectNode object = ConfigurationJson.of(options.origin());
                ConfigurationJson.addRoutes(wagi, object);
                ConfigurationJson.print(object);
                return 0;
            }
            table(wagi.routes()).forEach(System.out::println);
        }
        return 0;
    }

    /** One line per route below a heading, columns aligned; columns that are empty in every line are left out. */
    static List<String> table(List<RouteInfo> routes) {
        List<List<String>> rows = new ArrayList<>();
        for (RouteInfo route : routes) {
            rows.add(List.of(
                    route.route(),
                    route.isFiles() ? "(static)" : route.module(),
                    route.source(),
                    route.entrypoint(),
                    String.join(",", route.hosts()),
                    String.join(",", route.methods())));
        }
        List<StringBuilder> lines = new ArrayList<>();
        for (int row = -1; row < rows.size(); row++) {
            lines.add(new StringBuilder());
        }
        for (int column = 0; column < HEADINGS.size(); column++) {
            int index = column;
            if (rows.stream().allMatch(row -> row.get(index).isEmpty())) {
                continue;
            }
            int start = lines.stream().mapToInt(StringBuilder::length).max().orElse(0);
            start = start == 0 ? 0 : start + 2;
            for (int line = 0; line < lines.size(); line++) {
                StringBuilder text = lines.get(line);
                text.append(" ".repeat(start - text.length()))
                        .append(
                                line == 0
                                        ? HEADINGS.get(column)
                                        : rows.get(line - 1).get(column));
            }
        }
        return lines.stream().map(line -> line.toString().stripTrailing()).toList();
    }
}
