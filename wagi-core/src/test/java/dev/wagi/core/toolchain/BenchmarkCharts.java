// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws charts of tables in docs/benchmarks.md: bars on a logarithmic scale, each with its figure as text. All rows of
 * a table are drawn.
 */
final class BenchmarkCharts {

    private static final int LEFT = 250;
    private static final int WIDTH = 420;
    private static final int RIGHT = 70;
    private static final int TOP = 78;
    private static final int BAR = 15;
    private static final int GAP = 5;
    private static final int GROUP = 12;

    private BenchmarkCharts() {}

    /**
     * A bar.
     *
     * @param ours whether it is this project's, or in our favour
     */
    private record Bar(String label, double value, boolean ours) {}

    /** A group of bars with a heading, which may be empty. */
    private record Group(String heading, List<Bar> bars) {}

    /** Returns the charts by their names below docs/images. */
    static Map<String, String> draw(Path root) throws IOException {
        List<String> lines = Files.readAllLines(root.resolve("docs/benchmarks.md"));
        Map<String, String> charts = new LinkedHashMap<>();
        charts.put("benchmark-requests.svg", requests(table(lines, "### Peers", "| peer |")));
        charts.put(
                "benchmark-wasmtime.svg",
                wasmtime(
                        table(lines, "JDK 17.0.15, 3 rounds", "| guest |"),
                        table(lines, "Temurin 25.0.3, 3 rounds", "| guest |")));
        return charts;
    }

    private static String requests(List<List<String>> rows) {
        List<Group> groups = new ArrayList<>();
        List<String> head = rows.get(0);
        for (int column = 1; column < head.size(); column++) {
            if (!head.get(column).endsWith(" 25")) {
                continue;
            }
            List<Bar> bars = new ArrayList<>();
            for (List<String> row : rows.subList(1, rows.size())) {
                if (column < row.size() && !row.get(column).isEmpty()) {
                    String peer = row.get(0).replace("`", "");
                    bars.add(new Bar(peer, number(row.get(column)), peer.equals("WAGI")));
                }
            }
            groups.add(new Group(head.get(column).replace(" 25", ""), bars));
        }
        return svg(
                "Microseconds for a request, in the process",
                "JDK 25, logarithmic: shorter is better. WASMTIME is wasmtime-java 0.19; PLAIN_JAVA runs no guest.",
                groups,
                0.1,
                "");
    }

    private static String wasmtime(List<List<String>> on17, List<List<String>> on25) {
        List<Group> groups = new ArrayList<>();
        for (List<String> row : on17.subList(1, on17.size())) {
            List<Bar> bars = new ArrayList<>();
            bars.add(ratio("JDK 17", row));
            on25.stream()
                    .filter(other -> other.get(0).equals(row.get(0)))
                    .forEach(other -> bars.add(ratio("JDK 25", other)));
            groups.add(new Group(row.get(0).replace("`", ""), bars));
        }
        return svg(
                "Processor time with WAGI over that with Wasmtime 50",
                "Logarithmic: above 1 Wasmtime is faster, below 1 WAGI is. Warm; the time to load is not in it.",
                groups,
                1,
                "\u00d7");
    }

    private static Bar ratio(String label, List<String> row) {
        double value = number(row.get(row.size() - 1).replaceFirst(" .*", ""));
        return new Bar(label, value, value <= 1);
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace(" ", ""));
    }

    /** The cells of the first table that begins so after a line that begins so. */
    private static List<List<String>> table(List<String> lines, String after, String head) {
        int at = 0;
        while (!lines.get(at).startsWith(after)) {
            at++;
        }
        while (!lines.get(at).startsWith(head)) {
            at++;
        }
        List<List<String>> rows = new ArrayList<>();
        for (; at < lines.size() && lines.get(at).startsWith("|"); at++) {
            if (!lines.get(at).startsWith("|---")) {
                List<String> cells = new ArrayList<>();
                for (String cell : lines.get(at).substring(1).split("\\|")) {
                    cells.add(cell.strip());
                }
                rows.add(cells);
            }
        }
        return rows;
    }

    private static String svg(String title, String note, List<Group> groups, double origin, String unit) {
        double least = origin;
        double most = origin;
        int height = TOP;
        for (Group group : groups) {
            height += GROUP + BAR + GAP + group.bars.size() * (BAR + GAP);
            for (Bar bar : group.bars) {
                least = Math.min(least, bar.value);
                most = Math.max(most, bar.value);
            }
        }
        double from = Math.log10(least);
        double scale = WIDTH / (Math.log10(most) - from);
        StringBuilder svg = new StringBuilder();
        int width = LEFT + WIDTH + RIGHT;
        append(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                        + " aria-labelledby=\"title note\">\n",
                width,
                height + 10,
                width,
                height + 10);
        append(
                svg,
                "<title id=\"title\">%s</title>\n<desc id=\"note\">%s %s</desc>\n",
                title,
                note,
                words(groups, unit));
        svg.append("""
                <style>
                svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
                .page { fill: #ffffff; } text { fill: #1b1e2b; } .note { fill: #555b70; font-size: 12px; }
                .head { font-weight: 600; font-size: 16px; } .group { font-weight: 600; }
                .ours { fill: #5146d9; } .other { fill: #8a8fa3; } line { stroke: #555b70; }
                @media (prefers-color-scheme: dark) {
                .page { fill: #12141c; } text { fill: #e8eaf2; } .note { fill: #a8aec4; }
                .ours { fill: #8b83ff; } .other { fill: #6c7288; } line { stroke: #a8aec4; }
                }
                </style>
                """);
        append(svg, "<rect class=\"page\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", width, height + 10);
        append(svg, "<text class=\"head\" x=\"20\" y=\"32\">%s</text>\n", title);
        append(svg, "<text class=\"note\" x=\"20\" y=\"54\">%s</text>\n", note);
        double zero = LEFT + (Math.log10(origin) - from) * scale;
        append(svg, "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", zero, TOP - 8, zero, height);
        int y = TOP;
        for (Group group : groups) {
            y += GROUP;
            append(svg, "<text class=\"group\" x=\"20\" y=\"%d\">%s</text>\n", y + BAR - 3, group.heading);
            y += BAR + GAP;
            for (Bar bar : group.bars) {
                double end = LEFT + (Math.log10(bar.value) - from) * scale;
                append(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LEFT - 10, y + BAR - 3, bar.label);
                append(
                        svg,
                        "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>",
                        bar.ours ? "ours" : "other",
                        Math.min(zero, end),
                        y,
                        Math.max(1, Math.abs(end - zero)),
                        BAR);
                append(
                        svg,
                        "<text x=\"%.1f\" y=\"%d\">%s</text>\n",
                        Math.max(zero, end) + 8,
                        y + BAR - 3,
                        text(bar.value) + unit);
                y += BAR + GAP;
            }
        }
        return svg.append("</svg>\n").toString();
    }

    /** The figures, for those who do not see the chart. */
    private static String words(List<Group> groups, String unit) {
        List<String> all = new ArrayList<>();
        for (Group group : groups) {
            List<String> bars = new ArrayList<>();
            group.bars.forEach(bar -> bars.add(bar.label + " " + text(bar.value) + unit));
            all.add(group.heading + ": " + String.join(", ", bars) + ".");
        }
        return String.join(" ", all);
    }

    private static String text(double value) {
        return value >= 10 ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
    }

    private static void append(StringBuilder svg, String form, Object... values) {
        svg.append(String.format(Locale.ROOT, form, values));
    }
}
