// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The console in a browser, with a server as users start it. Needs Debian's {@code chromium}. With
 * {@code -Dwagi.screenshots=DIR} it also makes the pictures of the documentation.
 */
class ConsoleBrowserTest {

    private static final String EVIL =
            "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">";

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private Cli.Server server;
    private Chromium browser;
    private String console;

    /** Everything in one go, because browser and server take long to start. */
    @Test
    void console_works() throws Exception {
        Optional<Path> program = Chromium.program();
        assumeTrue(program.isPresent(), "SKIPPED: the console in a browser; chromium is not installed");
        Files.createDirectory(directory.resolve("data"));
        try (Cli.Server running = new Cli.Server(
                        directory, "-c", configuration(), "-l", ":0", "--keep-going", "--admin-listen", ":0");
                Chromium opened = new Chromium(program.get(), Files.createDirectory(directory.resolve("browser")))) {
            server = running;
            browser = opened;
            console = address("Console: ");
            browser.look(1280, 800, false);
            browser.open(console);

            numbersMoveUnderLoad();
            everythingIsReachableWithTheKeyboard();
            formWorksWithTheKeyboard();
            whatGuestsSay_isText();
            pause_stopsUpdates();
            link_fillsTheForm();
            stalledServer_isSaid();
            assertThat(browser.complaints()).isEmpty();

            for (boolean dark : new boolean[] {false, true}) {
                rulesForAccessiblePages(dark);
                screenshots(dark);
            }
            withoutScripts_isWhole();
            assertThat(browser.complaints()).isEmpty();
            browser.evaluate("console.error('heard')");
            browser.afterwards(() -> browser.call("Page.reload", Map.of()));
            assertThat(browser.complaints()).singleElement().asString().contains("heard");
        }
    }

    private String configuration() throws IOException {
        Path modules = Cli.ROOT.resolve("samples/modules");
        Path trap = Files.writeString(directory.resolve("reports.wat"), """
                (module
                  (memory (export "memory") 1)
                  (func $average (param $sum i32) (param $count i32) (result i32)
                    (i32.div_u (local.get $sum) (local.get $count)))
                  (func $report (drop (call $average (i32.const 42) (i32.const 0))))
                  (func (export "_start") (call $report)))
                """);
        StringBuilder line = new StringBuilder();
        for (byte octet :
                ("Content-Type: text/html\nX-Evil: " + EVIL + "\n\n" + EVIL).getBytes(StandardCharsets.UTF_8)) {
            line.append(String.format("\\%02x", octet));
        }
        int length = line.length() / 3;
        Path evil = Files.writeString(directory.resolve("comments.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 64) "%s")
                  (func (export "_start")
                    (i32.store (i32.const 0) (i32.const 64))
                    (i32.store (i32.const 4) (i32.const %d))
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))
                """.formatted(line, length));
        return Files.writeString(directory.resolve("modules.toml"), """
                [[module]]
                route = "/hello/..."
                module = "%1$s/hello/hello.wasm"
                [[module]]
                route = "/orders/..."
                name = "orders"
                module = "%1$s/env/env.wasm"
                hosts = ["shop.example.org"]
                environment = { CURRENCY = "secret", REGION = "secret" }
                volumes = { "/prices" = { path = "data" } }
                allowed_hosts = ["https://api.example.org", "https://*.example.net"]
                timeout = "5s"
                max_memory = "64MiB"
                [[module]]
                route = "/log"
                module = "%1$s/log/log.wasm"
                [[module]]
                route = "/reports"
                module = "%2$s"
                [[module]]
                route = "/comments"
                load = "lazy"
                module = "%3$s"
                [[module]]
                route = "/invoices/..."
                module = "invoices.wasm"
                methods = ["GET", "POST"]
                [[static]]
                route = "/files/..."
                path = "data"
                """.formatted(modules, trap, evil))
                .toString();
    }

    private String address(String prefix) {
        return server.stderr()
                .lines()
                .filter(line -> line.startsWith(prefix))
                .findFirst()
                .orElseThrow()
                .substring(prefix.length());
    }

    private void get(String path) throws IOException, InterruptedException {
        client.send(
                HttpRequest.newBuilder(URI.create(server.uri() + path)).build(),
                HttpResponse.BodyHandlers.discarding());
    }

    private void numbersMoveUnderLoad() throws Exception {
        assertThat(browser.evaluate("document.title").asText()).isEqualTo("WAGI console");
        browser.evaluate("window.same = true");
        String requests = "[...document.querySelectorAll('#routes-rows tr')].find(row =>"
                + " row.cells[0].textContent == '/hello/...').cells[4].textContent";
        assertThat(browser.evaluate(requests).asText()).isEqualTo("0");

        for (int i = 0; i < 30; i++) {
            get("/hello/" + i);
        }
        get("/log");
        get("/reports");
        get("/nowhere");

        browser.await(requests + " == '30'");
        // These are of the last seconds only: whenever the page is updated there must be requests.
        String rate = "Number(document.querySelector('#figures dd').firstChild.nodeValue) > 0";
        String chart = "[...document.querySelectorAll('#chart rect.good')].some(bar => bar.getAttribute('height') > 0)";
        do {
            get("/hello/more");
        } while (!browser.evaluate(rate + " && " + chart).asBoolean());
        browser.await("document.querySelector('#errors-list pre').textContent.includes('trapped')");
        browser.await("document.querySelector('#stderr-list pre').textContent.includes('log: ')");
        assertThat(browser.evaluate("window.same").asBoolean())
                .as("not a new page")
                .isTrue();
    }

    private void everythingIsReachableWithTheKeyboard() {
        browser.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges();"
                + " document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')");
        List<String> reached = new ArrayList<>();
        String focus = "(e => e.id || e.name || e.getAttribute('aria-label') || e.textContent)(document.activeElement)";
        while (!reached.contains("Send") && reached.size() < 300) {
            browser.press("Tab");
            reached.add(browser.evaluate(focus).asText());
        }

        assertThat(reached)
                .startsWith("Skip to content", "Overview")
                .contains("Test request", "pause", "Table of routes", "Table of modules", "Source", "5 s, 64 MiB")
                .contains("2 hosts, 1 volume, 2 variables")
                .containsSubsequence("method", "path", "headers", "body", "Send");
        assertThat(browser.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                        .asText())
                .isEqualTo("solid");
    }

    private void formWorksWithTheKeyboard() {
        browser.evaluate("document.getElementById('path').select(); document.getElementById('path').focus()");
        browser.write("/hello/you");
        browser.press("Enter");

        browser.await("document.querySelector('#result #status')?.textContent == '200'");
        assertThat(browser.evaluate("document.getElementById('response-body').textContent")
                        .asText())
                .contains("hello world");
        assertThat(browser.evaluate("document.getElementById('response-headers').textContent")
                        .asText())
                .contains("Content-Type");
        assertThat(browser.evaluate("document.activeElement.id").asText()).isEqualTo("result-title");
        assertThat(browser.evaluate("window.same").asBoolean())
                .as("not a new page")
                .isTrue();
    }

    private void whatGuestsSay_isText() {
        browser.evaluate("document.getElementById('path').value = '/comments';"
                + " document.querySelector('#test-form button').click()");

        browser.await("document.getElementById('response-body')?.textContent.includes('hacked')");
        assertThat(browser.evaluate("document.getElementById('response-body').textContent.trim()")
                        .asText())
                .isEqualTo(EVIL);
        assertThat(browser.evaluate("document.getElementById('response-headers').textContent")
                        .asText())
                .contains(EVIL);
        browser.await("document.getElementById('stderr-list').textContent.includes('hacked')");
        assertThat(browser.evaluate("document.querySelectorAll('script').length")
                        .asInt())
                .isEqualTo(1);
        assertThat(browser.evaluate("document.querySelectorAll('main img').length")
                        .asInt())
                .isZero();
        assertThat(browser.evaluate("document.title").asText()).isEqualTo("WAGI console");
    }

    private void pause_stopsUpdates() {
        browser.evaluate("document.getElementById('pause').click()");
        assertThat(browser.evaluate("document.getElementById('pause').getAttribute('aria-pressed')")
                        .asText())
                .isEqualTo("true");
        browser.evaluate("document.getElementById('pause').click()");
        String before = browser.evaluate("document.getElementById('updated').textContent")
                .asText();
        browser.await("document.getElementById('updated').textContent != '" + before + "'");
    }

    private void link_fillsTheForm() {
        browser.evaluate("document.querySelector('a.try[data-path$=\"/orders\"]').click()");
        assertThat(browser.evaluate("document.getElementById('path').value").asText())
                .isEqualTo("http://shop.example.org/orders");
        assertThat(browser.evaluate("document.activeElement.id").asText()).isEqualTo("path");
    }

    /** The requests of the page are held back. */
    private void stalledServer_isSaid() {
        String connection = "document.getElementById('connection').textContent";
        browser.call("Fetch.enable", Map.of("patterns", List.of(Map.of("resourceType", "XHR"))));
        browser.await(connection + " == 'The server does not answer. What you see is old.'");

        browser.call("Fetch.disable", Map.of());
        browser.await(connection + " == ''");
    }

    /** With everything open that can be opened, and a response. */
    private void rulesForAccessiblePages(boolean dark) throws IOException {
        // The page allows no script but its own.
        browser.call("Page.setBypassCSP", Map.of("enabled", true));
        browser.look(1280, 800, dark);
        browser.open(console);
        browser.evaluate("document.getElementById('path').value = '/comments';"
                + " document.querySelector('#test-form button').click()");
        browser.await("document.querySelector('#result #status') != null");
        browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)");

        assertThat(browser.complaints()).isEmpty();
        browser.evaluate(axe());
        JsonNode violations = browser.evaluate(
                "axe.run().then(found => found.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html +"
                        + " ' ' + node.failureSummary).join('; ')))");

        assertThat(violations).as(dark ? "dark" : "light").isEmpty();
        browser.evaluate("document.querySelector('label[for=path]').remove()");
        assertThat(browser.evaluate("axe.run().then(found => found.violations.map(one => one.id))"))
                .as("the rules are applied")
                .anyMatch(rule -> rule.asText().equals("label"));
        browser.call("Page.setBypassCSP", Map.of("enabled", false));
        browser.complaints().clear(); // those of the rules, which look at pixels
    }

    private static String axe() throws IOException {
        Properties about = new Properties();
        try (InputStream in = ConsoleBrowserTest.class.getResourceAsStream(
                "/META-INF/maven/org.webjars.npm/axe-core/pom.properties")) {
            about.load(in);
        }
        try (InputStream in = ConsoleBrowserTest.class.getResourceAsStream(
                "/META-INF/resources/webjars/axe-core/" + about.getProperty("version") + "/axe.min.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void screenshots(boolean dark) throws Exception {
        String target = System.getProperty("wagi.screenshots");
        if (target == null) {
            return;
        }
        browser.look(1280, 1180, dark);
        browser.open(console);
        for (int second = 0; second < 40; second++) {
            for (int i = 0; i < 6 + second % 7 * 3; i++) {
                get(second % 9 == 4 && i % 6 == 0 ? "/reports" : i % 5 == 0 ? "/log" : "/hello/" + i);
            }
            browser.evaluate("new Promise(done => setTimeout(done, 1000))");
        }
        browser.await("document.querySelector('#figures dd').firstChild.nodeValue != '0 '");
        Files.write(Path.of(target, "console" + (dark ? "-dark.png" : "-light.png")), browser.screenshot());
        if (dark) {
            return;
        }
        browser.evaluate("document.getElementById('path').value = '/log';"
                + " document.querySelector('#test-form button').click()");
        browser.await("document.querySelector('#result #status') != null");
        browser.look(1280, 960, dark);
        browser.evaluate("document.getElementById('test').scrollIntoView()");
        Files.write(Path.of(target, "console-test.png"), browser.screenshot());
    }

    private void withoutScripts_isWhole() {
        browser.call("Emulation.setScriptExecutionDisabled", Map.of("value", true));
        browser.open(console + "?path=/hello%22x");
        assertThat(browser.evaluate("document.getElementById('path').value").asText())
                .isEqualTo("/hello\"x");
        assertThat(browser.evaluate("document.getElementById('pause').hidden").asBoolean())
                .isTrue();
        assertThat(browser.evaluate("document.querySelectorAll('#modules-rows tr').length")
                        .asInt())
                .isEqualTo(6);
        browser.evaluate(
                "document.getElementById('path').value = '/hello/you'; document.getElementById('path').focus()");
        browser.afterwards(() -> browser.press("Enter"));
        assertThat(browser.evaluate("document.getElementById('status').textContent")
                        .asText())
                .isEqualTo("200");
        assertThat(browser.evaluate("location.pathname").asText()).isEqualTo("/test");
        assertThat(browser.evaluate("document.getElementById('response-body').textContent")
                        .asText())
                .contains("hello world");
    }
}
