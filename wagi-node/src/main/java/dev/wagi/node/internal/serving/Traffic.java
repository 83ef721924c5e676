// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import dev.wagi.core.api.WagiListener;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Counts the requests of containers while their pods are on the node, by route and class of status, for metrics.
 * Thread-safe.
 */
public final class Traffic implements WagiListener {

    /** A module may have any number of routes of its own. */
    private static final int MAX_SERIES = 100;

    /** The route of what is beyond that. */
    private static final String OTHERS = "others";

    private final Map<String, Counts> containers = new ConcurrentHashMap<>();

    /** Of a route, which is in the text of each of its series. */
    private static final int LONGEST_ROUTE = 200;

    private record Series(String route, String status) {
        Series {
            route = route.length() <= LONGEST_ROUTE ? route : route.substring(0, LONGEST_ROUTE) + "...";
        }
    }

    private record Sum(LongAdder requests, LongAdder nanos) {}

    private record Line(String labels, long requests, long nanos) {}

    private static final class Counts {
        private final String namespace;
        private final String pod;
        private final String name;
        private final Object owner;
        private final Map<Series, Sum> sums = new ConcurrentHashMap<>();

        Counts(String namespace, String pod, String name, Object owner) {
            this.namespace = namespace;
            this.pod = pod;
            this.name = name;
            this.owner = owner;
        }

        /** A few more than the maximum if several threads add one at the same time. */
        Sum sum(Series series) {
            Sum known = sums.get(series);
            if (known != null) {
                return known;
            }
            Series kept = sums.size() < MAX_SERIES ? series : new Series(OTHERS, series.status);
            return sums.computeIfAbsent(kept, none -> new Sum(new LongAdder(), new LongAdder()));
        }

        String labels(Series series) {
            return String.format(
                    "namespace=\"%s\",pod=\"%s\",container=\"%s\",route=\"%s\",status=\"%s\"",
                    escape(namespace), escape(pod), escape(name), escape(series.route), series.status);
        }
    }

    /**
     * Begins with a container.
     *
     * @param module the name of its module
     * @param owner to be given to {@link #remove}, as another pod may have the same name by then
     */
    public void add(String module, String namespace, String pod, String container, Object owner) {
        containers.put(module, new Counts(namespace, pod, container, owner));
    }

    /** Forgets a container. */
    public void remove(String module, Object owner) {
        containers.computeIfPresent(module, (name, counts) -> counts.owner == owner ? null : counts);
    }

    @Override
    public void requestEnded(RequestEnded event) {
        Counts counts = event.module().map(containers::get).orElse(null);
        if (counts != null) {
            int status = event.status();
            Sum sum = counts.sum(
                    new Series(event.route().orElse(""), status < 100 || status > 599 ? "none" : status / 100 + "xx"));
            sum.requests.increment();
            sum.nanos.add(event.totalTime().toNanos());
        }
    }

    /** Returns the number of containers, for tests. */
    public int size() {
        return containers.size();
    }

    /** Returns all counts in the text format of Prometheus. */
    public String text() {
        List<Line> lines = containers.values().stream()
                .flatMap(container -> container.sums.entrySet().stream()
                        .map(entry -> new Line(
                                container.labels(entry.getKey()),
                                entry.getValue().requests.sum(),
                                entry.getValue().nanos.sum())))
                .sorted(Comparator.comparing(Line::labels))
                .toList();
        StringBuilder text = new StringBuilder();
        append(text, "wagi_requests_total", "Requests of a container", lines, line -> String.valueOf(line.requests));
        append(
                text,
                "wagi_request_seconds_total",
                "Time from the arrival of requests of a container to the end of their responses",
                lines,
                line -> String.format(Locale.ROOT, "%.6f", line.nanos / 1e9));
        return text.toString();
    }

    private static void append(
            StringBuilder text, String name, String help, List<Line> lines, Function<Line, String> value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" counter\n");
        for (Line line : lines) {
            text.append(name)
                    .append('{')
                    .append(line.labels())
                    .append("} ")
                    .append(value.apply(line))
                    .append('\n');
        }
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
