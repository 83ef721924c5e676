// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.core.api.Headers;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page: whole without a script. A script asks for it again and takes over what is in elements with the attribute
 * {@code data-live}.
 */
final class Page {

    /** How many rows a table has at most; the JSON has all. */
    static final int MOST_ROWS = 200;

    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final int CHART_HEIGHT = 64;
    private static final int BAR = 10;

    private static final int KIBI = 1 << 10;

    private final Html html = new Html();
    private final Snapshot now;

    private final boolean several;

    private Page(Snapshot now, boolean several) {
        this.now = now;
        this.several = several;
    }

    /**
     * The form, and what became of it.
     *
     * @param token proves that the form is ours
     * @param draft what is in it
     * @param problem why it was not sent; empty if nothing is wrong
     * @param result null if nothing was sent
     * @param errors what the log said of the request
     * @param stderr what its guest wrote
     */
    record Form(
            String token,
            Draft draft,
            String problem,
            @Nullable TestResult result,
            List<Notes.Note> errors,
            List<Notes.Note> stderr) {

        /** A form that was not sent. */
        static Form of(String token, Draft draft, String problem) {
            return new Form(token, draft, problem, null, List.of(), List.of());
        }
    }

    /**
     * Writes the page.
     *
     * @param several whether there may be several hosts, so that a route needs its address
     * @param form null if requests cannot be sent
     */
    static String of(Snapshot now, boolean several, @Nullable Form form) {
        Page page = new Page(now, several);
        page.head(form != null);
        page.overview();
        page.routes(form != null);
        page.modules();
        page.reasons();
        page.errors();
        page.stderr();
        if (form != null) {
            page.form(form);
        }
        return page.html.raw("</main>\n</body>\n</html>\n").toString();
    }

    private void head(boolean form) {
        html.raw("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>WAGI console</title>
                <link rel="icon" href="/console.svg" type="image/svg+xml">
                <link rel="stylesheet" href="/console.css">
                <script src="/console.js" defer></script>
                </head>
                <body>
                <a class="skip" href="#main">Skip to content</a>
                <header>
                <h1><img src="/console.svg" alt="" width="28" height="28">WAGI console</h1>
                """);
        html.raw("<p id=\"state\" data-live class=\"badge ").text(now.state()).raw("\">");
        html.text(now.state()).raw("</p>\n<nav aria-label=\"Sections\"><ul>");
        link("overview", "Overview");
        link("routes", "Routes");
        link("modules", "Modules");
        link("failures", "Failures");
        link("errors", "Errors");
        link("stderr", "Standard error");
        if (form) {
            link("test", "Test request");
        }
        html.raw("""
                </ul></nav>
                <p class="updated"><span id="updated" data-live>""");
        time(now.time());
        html.raw("""
                 UTC</span> <button type="button" id="pause" aria-pressed="false" hidden>Pause</button></p>
                <p id="connection" role="status"></p>
                </header>
                <main id="main">
                """);
    }

    private void link(String id, String text) {
        html.raw("<li><a href=\"#").text(id).raw("\">").text(text).raw("</a></li>");
    }

    private void section(String id, String title, String note) {
        html.raw("<section id=\"")
                .text(id)
                .raw("\" aria-labelledby=\"")
                .text(id)
                .raw("-title\">\n<h2 id=\"");
        html.text(id).raw("-title\">").text(title).raw("</h2>\n");
        if (!note.isEmpty()) {
            html.raw("<p class=\"note\">").text(note).raw("</p>\n");
        }
    }

    private void overview() {
        section("overview", "Overview", "");
        Snapshot.Traffic all = now.requests();
        Snapshot.Usage usage = now.usage();
        html.raw("<dl id=\"figures\" data-live class=\"figures\">");
        figure("Requests per second", number(all.perSecond()), count(all.count(), "request") + " in all");
        figure("Median time", millis(all.p50()), "last minute");
        figure("95th percentile", millis(all.p95()), "99th " + millis(all.p99()));
        figure(
                "Running",
                Integer.toString(usage.running()),
                "of " + usage.maxRunning() + ", " + usage.waiting() + " waiting");
        figure("Guest memory", bytes(usage.guestBytes()), bytes(usage.pooledBytes()) + " in idle instances");
        figure("Failed", Long.toString(all.failures()), share(all.failures(), all.count()));
        html.raw("</dl>\n");
        chart(all);
        html.raw("</section>\n");
    }

    private void figure(String name, String value, String note) {
        html.raw("<div><dt>")
                .text(name)
                .raw("</dt><dd>")
                .text(value)
                .raw(" <small>")
                .text(note);
        html.raw("</small></dd></div>");
    }

    private void chart(Snapshot.Traffic all) {
        int most = 1;
        for (int count : all.history()) {
            most = Math.max(most, count);
        }
        int width = all.history().length * BAR;
        html.raw("<figure class=\"chart\"><div id=\"chart\" data-live>");
        html.raw("<svg viewBox=\"0 0 ").text(width).raw(" ").text(CHART_HEIGHT);
        html.raw("\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Requests in each of the last ");
        html.text(all.history().length).raw(" seconds, at most ").text(most).raw(" in one\">");
        for (int i = 0; i < all.history().length; i++) {
            int failures = Math.min(all.failureHistory()[i], all.history()[i]);
            bar("good", i, all.history()[i], most);
            bar("bad", i, failures, most);
        }
        html.raw("</svg><p class=\"peak\">peak ").text(most).raw(" per second</p></div>");
        html.raw("<figcaption>Requests in each second of the last minute; <span class=\"bad-key\">failed ones</span>"
                + " at the bottom. Newest on the right.</figcaption></figure>\n");
    }

    private void bar(String kind, int at, int count, int most) {
        long height = count == 0 ? 0 : Math.max(2, (long) count * CHART_HEIGHT / most);
        html.raw("<rect class=\"")
                .text(kind)
                .raw("\" x=\"")
                .text((long) at * BAR)
                .raw("\" y=\"");
        html.text(CHART_HEIGHT - height).raw("\" width=\"").text(BAR - 2).raw("\" height=\"");
        html.text(height).raw("\"/>");
    }

    /** Begins a table that may be wider than the window. */
    private void table(String label, String caption, String id, String... columns) {
        html.raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .text(label);
        html.raw("\"><table><caption>").text(caption).raw("</caption><thead><tr>");
        for (String column : columns) {
            boolean number = column.startsWith("#");
            html.raw(number ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">");
            html.text(number ? column.substring(1) : column).raw("</th>");
        }
        html.raw("</tr></thead><tbody id=\"").text(id).raw("\" data-live>");
    }

    private void endTable(int columns, int rows, String none) {
        if (rows == 0) {
            html.raw("<tr><td class=\"none\" colspan=\"")
                    .text(columns)
                    .raw("\">")
                    .text(none)
                    .raw("</td></tr>");
        } else if (rows > MOST_ROWS) {
            html.raw("<tr><td class=\"none\" colspan=\"")
                    .text(columns)
                    .raw("\">")
                    .text(rows - MOST_ROWS);
            html.raw(" more are in <a href=\"/console.json\">/console.json</a></td></tr>");
        }
        html.raw("</tbody></table></div>\n");
    }

    private void routes(boolean form) {
        section("routes", "Routes", "");
        List<String> columns = new ArrayList<>(List.of(
                "Route",
                "Module",
                "Hosts",
                "Methods",
                "#Requests",
                "#Per second",
                "#Failed",
                "#Median",
                "#95 %",
                "#99 %"));
        if (several) {
            columns.add(1, "Address");
        }
        if (form) {
            columns.add("Test");
        }
        table(
                "Table of routes",
                (several ? "By address" : "In the order of the configuration") + "; times are of the last minute",
                "routes-rows",
                columns.toArray(String[]::new));
        for (Snapshot.Route route :
                now.routes().subList(0, Math.min(MOST_ROWS, now.routes().size()))) {
            route(route, form);
        }
        endTable(columns.size(), now.routes().size(), "None yet.");
        html.raw("</section>\n");
    }

    private void route(Snapshot.Route route, boolean form) {
        Snapshot.Traffic traffic = route.requests();
        html.raw("<tr><th scope=\"row\"><code>").text(route.route()).raw("</code></th><td>");
        if (several) {
            html.text(route.address()).raw("</td><td>");
        }
        if (route.module().isEmpty()) {
            html.raw("<em>files</em>");
        } else {
            html.text(route.module());
        }
        cell("", route.hosts().isEmpty() ? "all" : String.join(", ", route.hosts()));
        cell("", route.methods().isEmpty() ? "all" : String.join(", ", route.methods()));
        cell("number", Long.toString(traffic == null ? 0 : traffic.count()));
        cell("number", number(traffic == null ? 0 : traffic.perSecond()));
        long failures = traffic == null ? 0 : traffic.failures();
        cell(failures > 0 ? "number alarm" : "number", Long.toString(failures));
        cell("number", millis(traffic == null ? 0 : traffic.p50()));
        cell("number", millis(traffic == null ? 0 : traffic.p95()));
        cell("number", millis(traffic == null ? 0 : traffic.p99()));
        if (form) {
            String path = path(route);
            html.raw("</td><td><a class=\"try\" href=\"/?path=")
                    .text(query(path))
                    .raw("#test\" data-path=\"");
            html.text(path).raw("\">Try<span class=\"hidden\"> ").text(path).raw("</span></a>");
        }
        html.raw("</td></tr>\n");
    }

    /** What a request for a route may look like. */
    private static String path(Snapshot.Route route) {
        String path = route.route().endsWith("/...")
                ? route.route().substring(0, route.route().length() - "/...".length())
                : route.route();
        String host =
                route.hosts().stream().findFirst().map(name -> "http://" + name).orElse("");
        return host + (path.isEmpty() ? "/" : path);
    }

    private static String query(String path) {
        return URLEncoder.encode(path, StandardCharsets.UTF_8);
    }

    /** Ends a cell and begins the next. */
    private void cell(String kind, String text) {
        html.raw(kind.isEmpty() ? "</td><td>" : "</td><td class=\"").raw(kind).raw(kind.isEmpty() ? "" : "\">");
        html.text(text);
    }

    private void modules() {
        section("modules", "Modules", "");
        String[] columns = {
            "Module",
            "Made by",
            "State",
            "#Size",
            "#Instances",
            "#Idle memory",
            "#Reused",
            "#Waiting",
            "May do",
            "Limits"
        };
        table(
                "Table of modules",
                "What is loaded, its instances, and what its guests may do; of variables only the names are shown",
                "modules-rows",
                columns);
        for (Snapshot.Module module :
                now.modules().subList(0, Math.min(MOST_ROWS, now.modules().size()))) {
            module(module);
        }
        endTable(columns.length, now.modules().size(), "None yet.");
        html.raw("</section>\n");
    }

    private void module(Snapshot.Module module) {
        html.raw("<tr><th scope=\"row\">").text(module.module());
        html.raw("<details><summary>Source</summary><p class=\"source\">").text(module.source());
        if (module.sha256() != null) {
            html.raw("<br>SHA-256 <code>").text(module.sha256()).raw("</code>");
        }
        html.raw("</p></details></th><td>");
        made(module);
        html.raw("</td><td><span class=\"badge ").text(module.state()).raw("\">");
        html.text(module.state().equals("unloaded") ? "on demand" : module.state())
                .raw("</span>");
        cell("number", module.bytes() == null ? "–" : bytes(module.bytes()));
        Snapshot.Pool pool = module.pool();
        if (pool == null) {
            for (int i = 0; i < 4; i++) {
                cell("number", "–");
            }
        } else {
            cell("number", pool.used() + " used, " + pool.idle() + " idle");
            cell("number", bytes(pool.idleBytes()));
            long lent = pool.created() + pool.reused();
            html.raw("</td><td class=\"number\">").text(lent == 0 ? "–" : pool.reused() * 100 / lent + " %");
            if (!pool.discarded().isEmpty()) {
                html.raw("<details><summary>Discarded</summary><ul>");
                pool.discarded()
                        .forEach((reason, count) -> html.raw("<li>")
                                .text(reason.replace('_', ' '))
                                .raw(" ")
                                .text(count)
                                .raw("</li>"));
                html.raw("</ul></details>");
            }
            cell("number", Integer.toString(pool.waiting()));
        }
        html.raw("</td><td>");
        grants(module);
        html.raw("</td><td><details><summary>")
                .text(millis((double) module.limits().getOrDefault("timeout", 0L)));
        html.raw(", ").text(bytes(module.limits().getOrDefault("max_memory", 0L)));
        html.raw("</summary><dl class=\"limits\">");
        for (Map.Entry<String, Long> limit : module.limits().entrySet()) {
            html.raw("<div><dt>")
                    .text(limit.getKey())
                    .raw("</dt><dd>")
                    .text(limit(limit))
                    .raw("</dd></div>");
        }
        html.raw("</dl></details></td></tr>\n");
    }

    /** The module says so itself, and may lie. */
    private void made(Snapshot.Module module) {
        html.text(module.toolchain().isEmpty() ? "–" : String.join(", ", module.toolchain()));
        if (!module.imports().isEmpty()) {
            html.raw("<details><summary>")
                    .text(count(module.imports().size(), "import"))
                    .raw("</summary><ul>");
            for (String name : module.imports()) {
                html.raw("<li><code>").text(name).raw("</code></li>");
            }
            html.raw("</ul></details>");
        }
    }

    private static String limit(Map.Entry<String, Long> limit) {
        long value = limit.getValue();
        return switch (limit.getKey()) {
            case "timeout" -> millis((double) value);
            case "max_memory",
                    "max_request_body",
                    "max_response_body",
                    "max_header_bytes",
                    "max_stderr",
                    "http_max_response_body" -> bytes(value);
            case "min_request_body_rate" -> bytes(value) + "/s";
            default -> Long.toString(value);
        };
    }

    private void grants(Snapshot.Module module) {
        int all = module.allowedHosts().size()
                + module.volumes().size()
                + module.environmentNames().size();
        if (all == 0) {
            html.raw("answer only");
            return;
        }
        List<String> words = new ArrayList<>();
        words(words, module.allowedHosts().size(), "host");
        words(words, module.volumes().size(), "volume");
        words(words, module.environmentNames().size(), "variable");
        html.raw("<details><summary>").text(String.join(", ", words)).raw("</summary><dl class=\"grants\">");
        grant(
                "Call hosts",
                module.allowedHosts().stream()
                        .map(host -> host.host() + (host.allowPrivate() ? " (private addresses too)" : ""))
                        .toList());
        grant(
                "Use volumes",
                module.volumes().stream()
                        .map(volume -> volume.path() + (volume.writable() ? " (read and write)" : " (read)"))
                        .toList());
        grant("Read variables", module.environmentNames());
        html.raw("</dl></details>");
    }

    private static void words(List<String> words, int count, String what) {
        if (count > 0) {
            words.add(count(count, what));
        }
    }

    private void grant(String title, List<String> values) {
        if (!values.isEmpty()) {
            html.raw("<div><dt>").text(title).raw("</dt>");
            for (String value : values.subList(0, Math.min(MOST_ROWS, values.size()))) {
                html.raw("<dd><code>").text(value).raw("</code></dd>");
            }
            html.raw("</div>");
        }
    }

    private void reasons() {
        section("failures", "Failures and limits", "");
        String[] columns = {"Reason", "Module", "#Requests", "Last (UTC)", "Last request id"};
        table(
                "Table of failures",
                "Why requests were refused, failed or reached a limit, the last first",
                "reasons-rows",
                columns);
        for (Snapshot.Reason reason :
                now.reasons().subList(0, Math.min(MOST_ROWS, now.reasons().size()))) {
            html.raw("<tr><th scope=\"row\">").text(reason.reason()).raw("</th><td>");
            html.text(reason.module().isEmpty() ? "–" : reason.module());
            cell("number", Long.toString(reason.count()));
            html.raw("</td><td>");
            time(reason.last());
            html.raw("</td><td><code>").text(reason.requestId()).raw("</code></td></tr>\n");
        }
        endTable(columns.length, now.reasons().size(), "None so far.");
        html.raw("</section>\n");
    }

    private void errors() {
        section("errors", "Last errors", "");
        html.raw("<div id=\"errors-list\" data-live>");
        int shown = notes("without a module", now.unrouted(), true);
        for (Snapshot.Module module : now.modules()) {
            shown += notes(module.module(), module.errors(), true);
        }
        if (shown == 0) {
            html.raw("<p class=\"none\">None so far.</p>");
        }
        html.raw("</div></section>\n");
    }

    private void stderr() {
        section("stderr", "Standard error", "");
        html.raw("<div id=\"stderr-list\" data-live>");
        int shown = 0;
        for (Snapshot.Module module : now.modules()) {
            shown += notes(module.module(), module.stderr(), false);
        }
        if (shown == 0) {
            html.raw("<p class=\"none\">No module has written anything so far.</p>");
        }
        html.raw("</div></section>\n");
    }

    /** Shows the texts about a module; returns 1 if there are any. */
    private int notes(String title, List<Notes.Note> notes, boolean errors) {
        if (notes.isEmpty()) {
            return 0;
        }
        html.raw("<details open class=\"notes\"><summary>").text(title).raw(" <small>");
        html.text(count(notes.size(), errors ? "error" : "line")).raw(", newest first</small></summary>");
        notesTable((errors ? "Errors of " : "Standard error of ") + title, notes, errors);
        html.raw("</details>\n");
        return 1;
    }

    private void notesTable(String label, List<Notes.Note> notes, boolean errors) {
        html.raw("<div class=\"scroll lines\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .text(label);
        html.raw("\"><table><thead><tr><th scope=\"col\">Time (UTC)</th><th scope=\"col\">Request id</th>");
        html.raw(errors ? "<th scope=\"col\">Request</th><th scope=\"col\">Error</th>" : "<th scope=\"col\">Line</th>");
        html.raw("</tr></thead><tbody>");
        for (Notes.Note note : notes) {
            html.raw("<tr><td>");
            time(note.time());
            html.raw("</td><td><code>").text(note.requestId()).raw("</code></td>");
            if (errors) {
                html.raw("<td><code>").text(note.request()).raw("</code></td>");
            }
            html.raw("<td><pre>").lines(note.text()).raw("</pre></td></tr>\n");
        }
        html.raw("</tbody></table></div>");
    }

    private void form(Form form) {
        section(
                "test",
                "Test request",
                "Runs in this process, past the listener and what is in front of it, and counts like any other"
                        + " request.");
        html.raw("<form method=\"post\" action=\"/test\" id=\"test-form\" accept-charset=\"utf-8\">"
                + "<input type=\"hidden\" name=\"token\" id=\"token\" value=\"");
        html.text(form.token()).raw("\">\n<div class=\"line\"><p><label for=\"method\">Method</label>");
        html.raw("<input id=\"method\" name=\"method\" list=\"methods\" required autocomplete=\"off\" maxlength=\"");
        html.text(Draft.MOST_METHOD)
                .raw("\" value=\"")
                .edited(form.draft().method())
                .raw("\">");
        html.raw("<datalist id=\"methods\"><option value=\"GET\"><option value=\"POST\"><option value=\"PUT\">"
                + "<option value=\"PATCH\"><option value=\"DELETE\"><option value=\"HEAD\"></datalist></p>\n");
        html.raw("<p class=\"wide\"><label for=\"path\">Path, or a URL whose host the module sees</label>");
        html.raw("<input id=\"path\" name=\"path\" required autocomplete=\"off\" spellcheck=\"false\" maxlength=\"");
        html.text(Draft.MOST_PATH)
                .raw("\" value=\"")
                .edited(form.draft().path())
                .raw("\"></p></div>\n");
        area(
                "headers",
                "Header fields, one on each line",
                "Name: value",
                form.draft().headers());
        area("body", "Body", "", form.draft().body());
        html.raw("<p><button type=\"submit\">Send</button></p></form>\n<div id=\"result\">");
        if (!form.problem().isEmpty()) {
            html.raw("<p class=\"problem\" role=\"alert\">")
                    .text(form.problem())
                    .raw("</p>");
        }
        if (form.result() != null) {
            result(form.result(), form);
        }
        html.raw("</div></section>\n");
    }

    private void area(String id, String label, String hint, String value) {
        html.raw("<p><label for=\"")
                .text(id)
                .raw("\">")
                .text(label)
                .raw("</label><textarea id=\"")
                .text(id);
        html.raw("\" name=\"")
                .text(id)
                .raw("\" rows=\"3\" spellcheck=\"false\" placeholder=\"")
                .text(hint);
        html.raw("\">\n").edited(value).raw("</textarea></p>\n"); // the first line end does not count
    }

    private void result(TestResult result, Form form) {
        html.raw("<h3 id=\"result-title\" tabindex=\"-1\">Response: <span id=\"status\" class=\"badge ");
        html.text(result.status() >= 500 ? "failed" : result.status() >= 400 ? "loading" : "ready")
                .raw("\">");
        html.text(result.status() == 0 ? "none" : Integer.toString(result.status()))
                .raw("</span> <small>in ");
        html.text(millis(result.nanos() / 1e6)).raw(", ").text(bytes(result.length()));
        if (result.exitCode() != null) {
            html.raw(", exit code ").text(result.exitCode());
        }
        html.raw("</small></h3>\n");
        if (!result.whole()) {
            html.raw("<p class=\"problem\">The response broke off.</p>\n");
        }
        html.raw("<h4>Header</h4><div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Header of the"
                + " response\">");
        html.raw("<table id=\"response-headers\"><thead><tr><th scope=\"col\">Field</th><th"
                + " scope=\"col\">Value</th></tr></thead><tbody>");
        for (Headers.Field field : result.headers()) {
            html.raw("<tr><th scope=\"row\">")
                    .text(field.name())
                    .raw("</th><td><code>")
                    .text(Recorder.decode(field.value()));
            html.raw("</code></td></tr>");
        }
        html.raw("</tbody></table></div>\n<h4>Body</h4>");
        if (result.length() == 0) {
            html.raw("<p class=\"none\">Empty.</p>\n");
        } else {
            html.raw("<pre id=\"response-body\" class=\"body\" tabindex=\"0\" role=\"region\" aria-label=\"Body of"
                    + " the response\">\n");
            html.lines(result.text()).raw("</pre>\n");
        }
        if (result.length() > result.body().length) {
            html.raw("<p class=\"note\">The first ")
                    .text(bytes(result.body().length))
                    .raw(" are shown.</p>\n");
        }
        if (!form.errors().isEmpty()) {
            html.raw("<h4>Errors</h4>");
            notesTable("Errors of the test request", form.errors(), true);
        }
        html.raw("<h4>Standard error</h4>");
        if (form.stderr().isEmpty()) {
            html.raw("<p class=\"none\">Nothing.</p>");
        } else {
            notesTable("Standard error of the test request", form.stderr(), false);
        }
    }

    private void time(Instant time) {
        html.raw("<time datetime=\"")
                .text(time.toString())
                .raw("\">")
                .text(CLOCK.format(time))
                .raw("</time>");
    }

    private static String count(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String share(long part, long all) {
        return all == 0 ? "no requests yet" : String.format(Locale.ROOT, "%.1f %% of all", part * 100.0 / all);
    }

    /** For instance {@code 0.3}, {@code 27}. */
    private static String number(double value) {
        return String.format(Locale.ROOT, value > 0 && value < 10 ? "%.1f" : "%.0f", value);
    }

    private static String millis(double millis) {
        if (millis == 0) {
            return "–";
        }
        if (millis >= 1000) {
            double seconds = millis / 1e3;
            return String.format(Locale.ROOT, seconds == Math.rint(seconds) ? "%.0f s" : "%.1f s", seconds);
        }
        return String.format(Locale.ROOT, millis < 1 ? "%.2f ms" : millis < 10 ? "%.1f ms" : "%.0f ms", millis);
    }

    private static String bytes(long bytes) {
        if (bytes == Long.MAX_VALUE) {
            return "no limit";
        }
        if (bytes < KIBI) {
            return bytes + " B";
        }
        double kibi = bytes / (double) KIBI;
        return kibi < KIBI
                ? size(kibi, "KiB")
                : kibi < KIBI * KIBI ? size(kibi / KIBI, "MiB") : size(kibi / KIBI / KIBI, "GiB");
    }

    private static String size(double value, String unit) {
        return String.format(Locale.ROOT, value < 10 && value != Math.rint(value) ? "%.1f %s" : "%.0f %s", value, unit);
    }
}
