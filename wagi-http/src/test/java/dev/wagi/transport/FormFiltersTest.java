// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.web.filter.FormContentFilter;
import org.springframework.web.filter.HiddenHttpMethodFilter;

/**
 * Spring's filters, and ones like those of others, that read a form before the servlet: its guest has it all the same.
 */
class FormFiltersTest {

    /** Kept, since loggers that nobody holds are forgotten with their handlers. */
    private static final Logger LOG = Logger.getLogger(WagiServlet.class.getName());

    private static final String FORM = "application/x-www-form-urlencoded";

    /** What protection against forged requests does. */
    private static final Filter ASKS = (request, response, chain) -> {
        request.getParameter("_csrf");
        chain.doFilter(request, response);
    };

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void formContentFilter_put_guestHasTheForm(FilteredContainer container) throws Exception {
        assertEchoed(container, new FormContentFilter(), "PUT", "a=2&b=x+y%26&c=&d=%C3%A9&%E2%82%AC=1");
    }

    @ParameterizedTest
    @EnumSource
    void hiddenMethodFilter_post_guestHasTheForm(FilteredContainer container) throws Exception {
        assertEchoed(container, new HiddenHttpMethodFilter(), "POST", "a=2&b=x+y%26&c=&d=%C3%A9");
    }

    /** What protection against forged requests does. */
    @ParameterizedTest
    @EnumSource
    void filterThatAsksForAParameter_post_guestHasTheForm(FilteredContainer container) throws Exception {
        assertEchoed(container, ASKS, "POST", "a=2&a=3&_csrf=t");
    }

    /** The guest sees the octets that the client has sent, whatever charset the container has read them in. */
    @ParameterizedTest
    @CsvSource({
        "'', POST, d=%C3%A9",
        "'', POST, %C3%A9=%C3%83%C2%A9",
        "'', POST, d=%E2%82%AC&e=%C3%A9",
        "; charset=UTF-8, POST, d=%C3%A9",
        "; charset=utf-8, POST, d=%E2%82%AC",
        "; charset=ISO-8859-1, POST, d=%E9",
        "; charset=iso-8859-1, POST, %E9=%C3%A9",
    })
    void form_notAscii_guestHasItsOctets(String charset, String method, String form) throws Exception {
        for (FilteredContainer container : FilteredContainer.values()) {
            URI uri = start(container, ASKS);

            assertThat(send(uri, method, "/env/echo", FORM + charset, form).body())
                    .as(container.name())
                    .isEqualTo(form);
        }
    }

    /** Of unknown length: what it was read in is what the container takes without being told. */
    @ParameterizedTest
    @EnumSource
    void form_chunkedNotAscii_guestHasItsOctets(FilteredContainer container) throws Exception {
        try (RawClient client = new RawClient(start(container, ASKS))) {
            RawClient.Response response = client.send("POST /env/echo HTTP/1.1\r\nHost: h\r\nContent-Type: " + FORM
                            + "\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nd=%C3%A9\r\n0\r\n\r\n")
                    .read();

            assertThat(response.body()).isEqualTo("d=%C3%A9");
        }
    }

    @ParameterizedTest
    @EnumSource
    void filterThatReadsNothing_otherType_guestHasTheBody(FilteredContainer container) throws Exception {
        URI uri = start(container, new FormContentFilter());

        assertThat(send(uri, "POST", "/env/echo", "text/plain", "a=1").body()).isEqualTo("a=1");
    }

    /** What cannot be made again is not the client's fault. */
    @ParameterizedTest
    @EnumSource
    void filterThatReadsAnotherBody_is500(FilteredContainer container) throws Exception {
        Filter reads = (request, response, chain) -> {
            request.getInputStream().readAllBytes();
            chain.doFilter(request, response);
        };
        Filter readsCharacters = (request, response, chain) -> {
            request.getReader().read();
            chain.doFilter(request, response);
        };
        Filter readsAPart = (request, response, chain) -> {
            request.getInputStream().read();
            chain.doFilter(request, response);
        };
        for (Filter filter : List.of(reads, readsCharacters, readsAPart)) {
            assertIs500AndSaidOnce(container, filter, "application/json", "{\"a\": 1}");
        }
    }

    /** Parts were read, but not the body that they came in. */
    @ParameterizedTest
    @EnumSource
    void filterThatAsksForParts_is500(FilteredContainer container) throws Exception {
        Filter parts = (request, response, chain) -> {
            ((HttpServletRequest) request).getParts();
            chain.doFilter(request, response);
        };

        assertIs500AndSaidOnce(
                container,
                parts,
                "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n");
    }

    /** A client that ends too early is still to blame itself. */
    @ParameterizedTest
    @EnumSource
    void client_endsItsBodyEarly_isNotTakenForAFilter(FilteredContainer container) throws Exception {
        List<String> said = logged();
        try (RawClient client =
                new RawClient(start(container, (request, response, chain) -> chain.doFilter(request, response)))) {
            client.send("POST /env/body HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
            client.finishSending();

            assertThat(client.readAll()).doesNotContain(" 200 ", " 500 ");
        }
        assertThat(said).isEmpty();
    }

    private void assertIs500AndSaidOnce(FilteredContainer container, Filter filter, String type, String body)
            throws Exception {
        List<String> said = logged();
        URI uri = start(container, filter);
        for (int i = 0; i < 3; i++) {
            assertThat(send(uri, "POST", "/env/body", type, body).status()).isEqualTo(500);
        }
        assertThat(said).hasSize(1);
        assertThat(said.get(0)).contains("spring.servlet.multipart.enabled=false");
    }

    /** What the servlet says from now on. */
    private List<String> logged() {
        List<String> said = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                said.add(entry.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        LOG.setLevel(Level.SEVERE);
        LOG.setUseParentHandlers(false);
        LOG.addHandler(handler);
        opened.add(() -> {
            LOG.removeHandler(handler);
            LOG.setLevel(null);
            LOG.setUseParentHandlers(true);
        });
        return said;
    }

    private void assertEchoed(FilteredContainer container, Filter filter, String method, String form) throws Exception {
        URI uri = start(container, filter);

        // Values of the query stand before those of the body.
        RawClient.Response echo = send(uri, method, "/env/echo?a=1&e=%C3%A9", FORM, form);
        RawClient.Response shown = send(uri, method, "/env?a=1", FORM + "; charset=UTF-8", form);

        assertThat(echo.body()).isEqualTo(form);
        assertThat(shown.body())
                .contains("QUERY_STRING=a=1\n", "CONTENT_LENGTH=" + form.length() + "\n", "length = " + form.length());
    }

    private static RawClient.Response send(URI uri, String method, String path, String type, String body)
            throws Exception {
        try (RawClient client = new RawClient(uri)) {
            return client.send(method + " " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: " + type
                            + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .read();
        }
    }

    private URI start(FilteredContainer container, Filter filter) throws Exception {
        return container.start(Guests.env(), filter, Set.of(DispatcherType.REQUEST), folder, opened);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }
}
