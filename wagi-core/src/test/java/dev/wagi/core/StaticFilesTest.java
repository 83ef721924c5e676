// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.configuration.StaticFilesBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are served without a module: what RFC 9110 requires, and what a hostile client cannot have. */
class StaticFilesTest {

    private static final String CHANGED = "Wed, 01 Jan 2020 00:00:00 GMT";
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
    private static final int NO_LENGTH = -1;

    @TempDir
    Path directory;

    private Path root;

    @BeforeEach
    void files() throws IOException {
        root = Files.createDirectory(directory.resolve("public"));
        write("index.html", "home");
        write("letters.txt", "abcdefghij");
        write("empty.txt", "");
        write("docs/index.html", "docs");
        write("docs/a b.txt", "space");
        write("docs/é.txt", "accent");
        write("plain/x.txt", "no index here");
        write(".git/config", "secret");
        write(".env", "secret");
        write("docs/.hidden/x.txt", "secret");
        write("GIT~1/config", "secret"); // as Windows and macOS would find .git
        write("\u200c.git/config", "secret");
        write("back~up.txt", "tilde");
        write("report~2026.txt", "tilde");
        write("../outside.txt", "secret");
        write("app.js", "script");
        write("app.js.gz", "gzipped");
        write("app.js.br", "brotli");
        write("style.css", "style");
        write("style.css.gz", "gzipped");
        write("orphan.js.gz", "gzipped");
    }

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    }

    private Wagi host(UnaryOperator<StaticFilesBuilder> more) {
        return Wagi.builder()
                .addStaticFiles(s -> more.apply(s.route("/...").path(root)))
                .build();
    }

    private static WagiResponse get(Wagi wagi, String target, String... fields) {
        return send(wagi, "GET", target, fields);
    }

    private static WagiResponse send(Wagi wagi, String method, String target, String... fields) {
        return wagi.handle(WagiRequest.builder(method, target)
                .addHeaders(Headers.of(fields))
                .build());
    }

    private static String text(WagiResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Test
    void file_get_hasAllFields() {
        try (Wagi wagi = host(s -> s.cacheControl("public, max-age=60"))) {
            WagiResponse response = get(wagi, "/letters.txt");

            assertThat(response.status()).isEqualTo(200);
            assertThat(text(response)).isEqualTo("abcdefghij");
            Headers fields = response.headers();
            assertThat(fields.first("Content-Type")).contains("text/plain; charset=utf-8");
            assertThat(fields.first("Last-Modified")).contains(CHANGED);
            assertThat(fields.first("ETag").orElseThrow()).matches("\"[0-9a-f]+-[0-9a-f]+\"");
            assertThat(fields.first("Accept-Ranges")).contains("bytes");
            assertThat(fields.first("Cache-Control")).contains("public, max-age=60");
            assertThat(fields.first("Vary")).contains("Accept-Encoding");
            assertThat(fields.first("X-Content-Type-Options")).contains("nosniff");
            assertThat(fields.first("X-Request-Id")).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/,                      home",
        "/index.html,            home",
        "/?x=1,                  home",
        "/docs/,                 docs",
        "/docs/a%20b.txt,        space",
        "/docs/%C3%A9.txt,       accent",
        "/x/../letters.txt,      abcdefghij",
        "/%6cetters.txt,         abcdefghij",
        "/empty.txt,             ''",
        "/app.js.gz,             gzipped",
        "/back~up.txt,           tilde",
        "/report~2026.txt,       tilde",
    })
    void path_isServed(String target, String body) {
        try (Wagi wagi = host(s -> s)) {
            WagiResponse response = get(wagi, target);

            assertThat(response.status()).isEqualTo(200);
            assertThat(text(response)).isEqualTo(body);
        }
    }

    /** A request leaves the directory by no spelling, and each file has one name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nope",
                "/plain/",
                "/plain",
                "/letters.txt/",
                "/letters.txt/x",
                "//letters.txt",
                "/docs//index.html",
                "/docs%2findex.html",
                "/docs%2Findex.html",
                "/.git/config",
                "/%2egit/config",
                "/.env",
                "/docs/.hidden/x.txt",
                "/%2e%2e/outside.txt",
                "/%2e%2e%2foutside.txt",
                "/..%2foutside.txt",
                "/..%5coutside.txt",
                "/docs/..%5c..%5coutside.txt",
                "/docs%5cindex.html",
                "/docs/%2e%2e/letters.txt",
                "/%2e/letters.txt",
                "/%252e%252e/outside.txt",
                "/letters.txt%20",
                "/letters.txt.",
                "/letters.txt::$DATA",
                "/letters.txt:x",
                "/C:/outside.txt",
                "/C:%5coutside.txt",
                "/con",
                "/aux.txt",
                "/nul",
                "/letters.tx?",
                "/letters.tx%3f",
                "/*.txt",
                "/letters.txt%0a",
                "/letters.txt%7f",
                "/letters.txt%c2%85",
                "/GIT~1/config",
                "/%e2%80%8c.git/config",
                "/orphan.js",
            })
    void path_isNotServed(String target) {
        try (Wagi wagi = host(s -> s)) {
            WagiResponse response = get(wagi, target);

            assertThat(response.status()).isEqualTo(404);
            assertThat(text(response)).startsWith("Not Found\nrequest id: ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/letters.txt%00", "/%00", "/%ff", "/%c0%ae%c0%ae/outside.txt", "/%zz", "/%2"})
    void path_isMalformed(String target) {
        try (Wagi wagi = host(s -> s)) {
            assertThat(get(wagi, target).status()).isEqualTo(400);
        }
    }

    @Test
    void path_ofAnyLength_isNotServed() {
        try (Wagi wagi = host(s -> s)) {
            assertThat(get(wagi, "/" + "a/".repeat(2000)).status()).isEqualTo(404);
            assertThat(get(wagi, "/" + "a".repeat(300)).status()).isEqualTo(404);
            assertThat(get(wagi, "/" + "a".repeat(4000)).status()).isEqualTo(404);
        }
    }

    /** The reference is relative: a proxy or a container may have taken off what was in front of the route. */
    @ParameterizedTest
    @CsvSource({
        "/docs,          ./docs/",
        "/docs?q=//x,    ./docs/?q=//x",
        "/docs?,         ./docs/?",
        "/x/../docs,     ./docs/",
    })
    void directory_withoutSlash_isRedirected(String target, String location) {
        try (Wagi wagi = host(s -> s)) {
            WagiResponse response = get(wagi, target);

            assertThat(response.status()).isEqualTo(301);
            assertThat(response.headers().first("Location")).contains(location);
        }
    }

    @Test
    void directory_belowAnotherRoute_isRedirectedToo() {
        try (Wagi wagi = Wagi.builder()
                .addStaticFiles(s -> s.route("/assets/...").path(root))
                .build()) {
            assertThat(get(wagi, "/assets").headers().first("Location")).contains("./assets/");
            assertThat(text(get(wagi, "/assets/"))).isEqualTo("home");
            assertThat(get(wagi, "/letters.txt").status()).isEqualTo(404);
        }
    }

    @Test
    void mountPath_withoutSlash_isRedirected() {
        try (Wagi wagi = host(s -> s)) {
            WagiRequest request = WagiRequest.builder("GET", "/app/wagi")
                    .mountPath("/app/wagi")
                    .build();

            assertThat(wagi.handle(request).headers().first("Location")).contains("./wagi/");
        }
    }

    @Test
    void directory_withoutIndex_isNotListed() {
        try (Wagi wagi = host(s -> s.index(""))) {
            assertThat(get(wagi, "/").status()).isEqualTo(404);
            assertThat(get(wagi, "/docs").status()).isEqualTo(404);
            assertThat(get(wagi, "/docs/").status()).isEqualTo(404);
        }
    }

    @Test
    void exactRoute_isOneFile() {
        try (Wagi wagi = Wagi.builder()
                .addStaticFiles(s -> s.route("/robots").path(root.resolve("letters.txt")))
                .build()) {
            assertThat(text(get(wagi, "/robots"))).isEqualTo("abcdefghij");
            assertThat(get(wagi, "/robots/").status()).isEqualTo(404);
            assertThat(get(wagi, "/letters.txt").status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "index.html,     text/html; charset=utf-8",
        "app.js,         text/javascript; charset=utf-8",
        "pic.PNG,        image/png",
        "m.wasm,         application/wasm",
        "model.glb,      model/gltf-binary",
        "data.json,      application/x-own",
        "README,         application/octet-stream",
        "html,           application/octet-stream",
        "docs/svg,       application/octet-stream",
        "x.html/README,  application/octet-stream",
        "a.tar.gz,       application/gzip",
        "x.unknown,      application/octet-stream",
    })
    void type_isThatOfTheExtension(String name, String type) throws IOException {
        write(name, "x");
        try (Wagi wagi = host(s -> s.addTypes(Map.of("GLB", "model/gltf-binary", "json", "application/x-own")))) {
            assertThat(get(wagi, "/" + name).headers().first("Content-Type")).contains(type);
        }
    }

    @Test
    void head_hasTheFieldsOfGet_andNoBody() {
        try (Wagi wagi = host(s -> s)) {
            List<String> calls = new ArrayList<>();
            wagi.handle(WagiRequest.builder("HEAD", "/letters.txt").build(), recording(calls));

            assertThat(calls).containsExactly("start 200 10", "end");
            assertThat(send(wagi, "HEAD", "/letters.txt", "Range", "bytes=0-1").status())
                    .isEqualTo(200);
            assertThat(send(wagi, "HEAD", "/nope").status()).isEqualTo(404);
            assertThat(send(wagi, "HEAD", "/docs").headers().first("Location")).contains("./docs/");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"})
    void otherMethods_are405(String method) {
        try (Wagi wagi = host(s -> s)) {
            WagiResponse response = send(wagi, method, "/letters.txt");

            assertThat(response.status()).isEqualTo(405);
            assertThat(response.headers().first("Allow")).contains("GET, HEAD");
        }
    }

    /** TAG stands for the entity tag of the file. RFC 9110, section 13.2.2. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    If-None-Match       | TAG                               | 304
                    If-None-Match       | W/TAG                             | 304
                    If-None-Match       | *                                 | 304
                    If-None-Match       | "a", "b,c" , TAG                  | 304
                    If-None-Match       | "a"                               | 200
                    If-None-Match       | TA"G                              | 200
                    If-None-Match       | "                                 | 200
                    If-None-Match       | garbage TAG                       | 200
                    If-Modified-Since   | Wed, 01 Jan 2020 00:00:00 GMT     | 304
                    If-Modified-Since   | Wed, 01 Jan 2020 00:00:01 GMT     | 304
                    If-Modified-Since   | Tue, 31 Dec 2019 23:59:59 GMT     | 200
                    If-Modified-Since   | Wednesday, 01-Jan-20 00:00:00 GMT | 304
                    If-Modified-Since   | Wed Jan  1 00:00:00 2020          | 304
                    If-Modified-Since   | yesterday                         | 200
                    If-Match            | TAG                               | 200
                    If-Match            | *                                 | 200
                    If-Match            | W/TAG                             | 412
                    If-Match            | "a"                               | 412
                    If-Unmodified-Since | Wed, 01 Jan 2020 00:00:00 GMT     | 200
                    If-Unmodified-Since | Tue, 31 Dec 2019 23:59:59 GMT     | 412
                    If-Unmodified-Since | yesterday                         | 200
                    """)
    void precondition_isChecked(String field, String value, int status) {
        try (Wagi wagi = host(s -> s)) {
            String tag = tag(wagi, "/letters.txt");

            WagiResponse response = get(wagi, "/letters.txt", field, value.replace("TAG", tag));

            assertThat(response.status()).isEqualTo(status);
            if (status == 304) {
                assertThat(response.body()).isEmpty();
                assertThat(response.headers().first("ETag")).contains(tag);
                assertThat(response.headers().first("Content-Type")).isEmpty();
            }
        }
    }

    @Test
    void preconditions_ofTags_hideThoseOfDates() {
        try (Wagi wagi = host(s -> s)) {
            assertThat(get(wagi, "/letters.txt", "If-None-Match", "\"a\"", "If-Modified-Since", CHANGED)
                            .status())
                    .isEqualTo(200);
            assertThat(get(
                                    wagi,
                                    "/letters.txt",
                                    "If-Match",
                                    tag(wagi, "/letters.txt"),
                                    "If-Unmodified-Since",
                                    "Tue, 31 Dec 2019 23:59:59 GMT")
                            .status())
                    .isEqualTo(200);
        }
    }

    private static String tag(Wagi wagi, String target) {
        return get(wagi, target).headers().first("ETag").orElseThrow();
    }

    @Test
    void tag_changesWithTheFile() throws IOException {
        try (Wagi wagi = host(s -> s)) {
            String before = tag(wagi, "/letters.txt");
            write("letters.txt", "ABCDEFGHIJ");
            Files.setLastModifiedTime(root.resolve("letters.txt"), FileTime.from(LONG_AGO.plusNanos(1_000_000)));

            assertThat(tag(wagi, "/letters.txt")).isNotEqualTo(before).doesNotStartWith("W/");
        }
    }

    /** It could change once more with the same length and time. */
    @Test
    void tag_ofAFileThatHasJustChanged_isWeak() throws IOException {
        Files.setLastModifiedTime(
                root.resolve("letters.txt"), FileTime.from(Instant.now().plusSeconds(600)));
        try (Wagi wagi = host(s -> s)) {
            String tag = tag(wagi, "/letters.txt");

            assertThat(tag).startsWith("W/");
            assertThat(get(wagi, "/letters.txt", "If-None-Match", tag).status()).isEqualTo(304);
            assertThat(get(wagi, "/letters.txt", "If-Range", tag, "Range", "bytes=0-1")
                            .status())
                    .isEqualTo(200);
            Instant sent = Instant.from(java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME.parse(
                    get(wagi, "/letters.txt").headers().first("Last-Modified").orElseThrow()));
            assertThat(sent).isBefore(Instant.now().plusSeconds(1));
        }
    }

    /** Several parts, another unit and nonsense mean the whole file, which RFC 9110 allows. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    bytes=0-3                     | 206 | abcd       | bytes 0-3/10
                    bytes=3-3                     | 206 | d          | bytes 3-3/10
                    bytes=7-                      | 206 | hij        | bytes 7-9/10
                    bytes=-2                      | 206 | ij         | bytes 8-9/10
                    bytes=-99                     | 206 | abcdefghij | bytes 0-9/10
                    bytes=5-99999999999999999999  | 206 | fghij      | bytes 5-9/10
                    BYTES=0-3                     | 206 | abcd       | bytes 0-3/10
                    bytes=0000000000000000000000-3| 206 | abcd       | bytes 0-3/10
                    bytes=10-                     | 416 |            | bytes */10
                    bytes=99999999999999999999-   | 416 |            | bytes */10
                    bytes=-0                      | 416 |            | bytes */10
                    bytes=3-2                     | 200 | abcdefghij |
                    bytes=-                       | 200 | abcdefghij |
                    bytes=a-b                     | 200 | abcdefghij |
                    bytes=+1-2                    | 200 | abcdefghij |
                    bytes=1                       | 200 | abcdefghij |
                    bytes                         | 200 | abcdefghij |
                    lines=0-1                     | 200 | abcdefghij |
                    bytes=0-1,3-4                 | 200 | abcdefghij |
                    bytes=0-1,                    | 200 | abcdefghij |
                    """)
    void range_isThePart(String range, int status, String body, String part) {
        try (Wagi wagi = host(s -> s)) {
            WagiResponse response = get(wagi, "/letters.txt", "Range", range);

            assertThat(response.status()).isEqualTo(status);
            if (body != null) {
                assertThat(text(response)).isEqualTo(body);
            }
            assertThat(response.headers().first("Content-Range").orElse(null)).isEqualTo(part);
        }
    }

    @Test
    void ranges_ofAnyNumber_areOneFile() {
        try (Wagi wagi = host(s -> s)) {
            List<String> calls = new ArrayList<>();
            wagi.handle(
                    WagiRequest.builder("GET", "/letters.txt")
                            .addHeader("Range", "bytes=" + "0-,".repeat(20_000) + "0-")
                            .build(),
                    recording(calls));

            assertThat(calls).containsExactly("start 200 10", "write 10", "end");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    TAG                           | 206
                    W/TAG                         | 200
                    "a"                           | 200
                    TAG, TAG                      | 200
                    Wed, 01 Jan 2020 00:00:00 GMT | 206
                    Wed, 01 Jan 2020 00:00:01 GMT | 200
                    Tue, 31 Dec 2019 23:59:59 GMT | 200
                    nonsense                      | 200
                    """)
    void ifRange_mustBeExact(String value, int status) {
        try (Wagi wagi = host(s -> s)) {
            String tag = tag(wagi, "/letters.txt");

            assertThat(get(wagi, "/letters.txt", "Range", "bytes=0-1", "If-Range", value.replace("TAG", tag))
                            .status())
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    /app.js    |                         | script  |
                    /app.js    | identity                | script  |
                    /app.js    | gzip                    | gzipped | gzip
                    /app.js    | x-gzip                  | gzipped | gzip
                    /app.js    | GZIP, deflate           | gzipped | gzip
                    /app.js    | gzip, deflate, br       | brotli  | br
                    /app.js    | gzip;q=1.0, br;q=0.5    | gzipped | gzip
                    /app.js    | br;q=0, gzip            | gzipped | gzip
                    /app.js    | *                       | brotli  | br
                    /app.js    | *;q=0                   | script  |
                    /app.js    | br;q=0, *               | gzipped | gzip
                    /app.js    | gzip;q=2                | script  |
                    /app.js    | gzip;q=x                | script  |
                    /app.js    | gzip ; Q=0.001          | gzipped | gzip
                    /app.js    | ,,;;                    | script  |
                    /style.css | br                      | style   |
                    /style.css | br, gzip                | gzipped | gzip
                    /letters.txt | br, gzip              | abcdefghij |
                    """)
    void precompressed_isServedToThoseWhoAcceptIt(String target, String accepted, String body, String coding) {
        try (Wagi wagi = host(s -> s)) {
            WagiResponse response =
                    accepted == null ? get(wagi, target) : get(wagi, target, "Accept-Encoding", accepted);

            assertThat(text(response)).isEqualTo(body);
            assertThat(response.headers().first("Content-Encoding").orElse(null))
                    .isEqualTo(coding);
            assertThat(response.headers().first("Vary")).contains("Accept-Encoding");
            assertThat(response.headers().first("Content-Type").orElseThrow()).startsWith("text/");
            assertThat(get(wagi, target, "Accept-Encoding", "zstd")
                            .headers()
                            .first("ETag")
                            .equals(response.headers().first("ETag")))
                    .as("the tag of the file itself")
                    .isEqualTo(coding == null);
        }
    }

    @Test
    void precompressed_off_isNotLookedFor() {
        try (Wagi wagi = host(s -> s.precompressed(false))) {
            WagiResponse response = get(wagi, "/app.js", "Accept-Encoding", "br, gzip");

            assertThat(text(response)).isEqualTo("script");
            assertThat(response.headers().first("Vary")).isEmpty();
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making links needs a privilege there")
    void links_areFollowedWithinTheDirectoryOnly() throws IOException {
        link("release", "docs");
        link("out.txt", "../outside.txt");
        link("absolute.txt", directory.resolve("outside.txt").toString());
        link("inside.txt", "docs/../letters.txt");
        link("loop", "loop");
        link("up", "..");
        link("style.css.br", "../outside.txt");
        try (Wagi wagi = host(s -> s)) {
            assertThat(text(get(wagi, "/release/"))).isEqualTo("docs");
            assertThat(text(get(wagi, "/inside.txt"))).isEqualTo("abcdefghij");
            assertThat(text(get(wagi, "/style.css", "Accept-Encoding", "br"))).isEqualTo("style");
            for (String target : List.of("/out.txt", "/absolute.txt", "/loop", "/up", "/up/outside.txt")) {
                assertThat(get(wagi, target).status()).as(target).isEqualTo(404);
            }
        }
    }

    private void link(String name, String target) throws IOException {
        Files.createSymbolicLink(root.resolve(name), Path.of(target));
    }

    /** Opening one would wait for somebody who writes to it. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no named pipes in directories")
    void pipes_areNotOpened() throws Exception {
        for (String name : List.of("pipe", "style.css.br", "plain/index.html")) {
            assertThat(new ProcessBuilder("mkfifo", root.resolve(name).toString())
                            .start()
                            .waitFor())
                    .isZero();
        }
        try (Wagi wagi = host(s -> s)) {
            assertThat(get(wagi, "/pipe").status()).isEqualTo(404);
            assertThat(get(wagi, "/plain").status()).isEqualTo(404);
            assertThat(get(wagi, "/plain/").status()).isEqualTo(404);
            assertThat(text(get(wagi, "/style.css", "Accept-Encoding", "br"))).isEqualTo("style");
        }
        assertThatThrownBy(() -> Wagi.builder()
                        .addStaticFiles(s -> s.route("/pipe").path(root.resolve("pipe")))
                        .build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("is neither a directory nor a regular file");
    }

    /** A directory that becomes a link while requests walk through it does not lead them out. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "making links needs a privilege there")
    void directory_swappedForALink_leaksNothing() throws Exception {
        write("../elsewhere/index.html", "secret");
        Path swapped = root.resolve("docs");
        Path kept = directory.resolve("kept");
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Wagi wagi = host(s -> s)) {
            Future<?> swapping = executor.submit(() -> {
                while (!done.get()) {
                    Files.move(swapped, kept);
                    Files.createSymbolicLink(swapped, Path.of("../elsewhere"));
                    Files.delete(swapped);
                    Files.move(kept, swapped);
                }
                return null;
            });
            for (int i = 0; i < 2000; i++) {
                String body = text(get(wagi, "/docs/index.html"));
                assertThat(body).doesNotContain("secret");
            }
            done.set(true);
            swapping.get(1, TimeUnit.MINUTES);
        } finally {
            done.set(true);
            executor.shutdownNow();
        }
    }

    /** The response is of one file from its first field to its last byte, however often another takes its place. */
    @Test
    void file_replacedMeanwhile_isOneOrTheOther() throws Exception {
        String small = "a".repeat(1000);
        String large = "b".repeat(200_000);
        write("swap.txt", small);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Wagi wagi = host(s -> s)) {
            Future<?> swapping = executor.submit(() -> {
                for (int i = 0; !done.get(); i++) {
                    Path next = Files.writeString(directory.resolve("next"), i % 2 == 0 ? large : small);
                    try {
                        Files.move(next, root.resolve("swap.txt"), StandardCopyOption.ATOMIC_MOVE);
                    } catch (AtomicMoveNotSupportedException e) {
                        return null;
                    }
                }
                return null;
            });
            for (int i = 0; i < 500; i++) {
                WagiResponse response = get(wagi, "/swap.txt");
                assertThat(response.status()).isEqualTo(200);
                assertThat(text(response)).isIn(small, large);
            }
            done.set(true);
            swapping.get(1, TimeUnit.MINUTES);
        } finally {
            done.set(true);
            executor.shutdownNow();
        }
    }

    @Test
    void hugeFile_isReadInPieces() throws IOException {
        long size = 10L << 30;
        try (RandomAccessFile sparse =
                new RandomAccessFile(root.resolve("huge.bin").toFile(), "rw")) {
            sparse.setLength(size);
        }
        try (Wagi wagi = host(s -> s)) {
            List<String> calls = new ArrayList<>();
            wagi.handle(
                    WagiRequest.builder("GET", "/huge.bin")
                            .addHeader("Range", "bytes=" + (size - 100_000) + "-")
                            .build(),
                    recording(calls));
            assertThat(calls).startsWith("start 206 100000", "write 32768").endsWith("end");

            calls.clear();
            wagi.handle(WagiRequest.get("/huge.bin"), new Recording(calls) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    super.write(bytes, offset, length);
                    throw new IOException("the client is gone");
                }
            });
            assertThat(calls).containsExactly("start 200 " + size, "write 32768", "abort");
        }
    }

    @Test
    void file_thatShrinksMeanwhile_isBrokenOff() throws IOException {
        write("log.txt", "x".repeat(100_000));
        Path log = root.resolve("log.txt");
        try (Wagi wagi = host(s -> s)) {
            List<String> calls = new ArrayList<>();
            wagi.handle(WagiRequest.get("/log.txt"), new Recording(calls) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    super.write(bytes, offset, length);
                    Files.writeString(log, "");
                }
            });

            assertThat(calls).containsExactly("start 200 100000", "write 32768", "abort");
        }
    }

    /**
     * Files take no place of a guest, and guests none of a file; what is sent at the same time is bounded nevertheless.
     */
    @Test
    void slowClients_areBounded_andHoldNoGuestUp() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        int most = 128; // of the 200 threads that Tomcat and Jetty have by default
        CountDownLatch writing = new CountDownLatch(most);
        ExecutorService executor = Executors.newCachedThreadPool();
        try (Wagi wagi = Wagi.builder()
                .addStaticFiles(s -> s.route("/files/...").path(root))
                .addModule(m -> m.route("/hello").source(Guests.sample("hello")))
                .maxTotalConcurrency(1)
                .maxTotalQueue(0)
                .build()) {
            List<Future<?>> slow = new ArrayList<>();
            for (int i = 0; i < most; i++) {
                slow.add(executor.submit(() ->
                        wagi.handle(WagiRequest.get("/files/letters.txt"), new Recording(new ArrayList<>()) {
                            @Override
                            public void write(byte[] bytes, int offset, int length) throws IOException {
                                writing.countDown();
                                try {
                                    release.await();
                                } catch (InterruptedException e) {
                                    throw new IOException(e);
                                }
                            }
                        })));
            }
            assertThat(writing.await(5, TimeUnit.MINUTES)).isTrue();

            assertThat(get(wagi, "/files/letters.txt").status()).isEqualTo(503);
            assertThat(get(wagi, "/files/letters.txt").headers().first("Retry-After"))
                    .isPresent();
            assertThat(send(wagi, "HEAD", "/files/letters.txt").status()).isEqualTo(200);
            assertThat(get(wagi, "/hello").status()).isEqualTo(200);

            release.countDown();
            for (Future<?> one : slow) {
                one.get(5, TimeUnit.MINUTES);
            }
            assertThat(get(wagi, "/files/letters.txt").status()).isEqualTo(200);
            assertThat(wagi.close(Duration.ofMinutes(1))).isTrue();
        } finally {
            release.countDown();
            executor.shutdownNow();
        }
    }

    /** A guest decides who may have a file, and the host sends it. */
    @Test
    void guest_redirectsToAFile() throws IOException {
        Path guest = Guests.wat(directory, "gate", Guests.printing("Location: /files/letters.txt\n\n", ""));
        Path lost = Guests.wat(directory, "lost", Guests.printing("Location: /files/docs\n\n", ""));
        try (Wagi wagi = Wagi.builder()
                .addStaticFiles(s -> s.route("/files/...").path(root))
                .addModule(m -> m.route("/gate").source(guest))
                .addModule(m -> m.route("/lost").source(lost))
                .build()) {
            assertThat(text(get(wagi, "/gate"))).isEqualTo("abcdefghij");
            // A relative reference would be relative to what the client asked for.
            assertThat(get(wagi, "/lost").status()).isEqualTo(404);
        }
    }

    @Test
    void routes_followTheRulesOfModules() {
        try (Wagi wagi = Wagi.builder()
                .addStaticFiles(s -> s.route("/...").path(root))
                .addStaticFiles(
                        s -> s.route("/docs/...").path(root.resolve("plain")).hosts(List.of("a.example")))
                .addModule(m -> m.route("/docs/hello").source(Guests.sample("hello")))
                .addModule(m -> m.route("/...").methods("POST").source(Guests.sample("hello")))
                .build()) {
            assertThat(text(get(wagi, "/docs/"))).isEqualTo("docs");
            assertThat(text(get(wagi, "/docs/hello"))).isEqualTo("hello world\n");
            assertThat(text(get(wagi, "/docs/x.txt", "Host", "A.example"))).isEqualTo("no index here");
            assertThat(text(send(wagi, "POST", "/letters.txt"))).isEqualTo("hello world\n");
            assertThat(wagi.routes().stream().filter(RouteInfo::isFiles))
                    .containsExactly(
                            RouteInfo.ofFiles("/...", root.toString()).withMethods(List.of("GET")),
                            RouteInfo.ofFiles("/docs/...", root.resolve("plain").toString())
                                    .withHosts(List.of("a.example"))
                                    .withMethods(List.of("GET")));
        }
    }

    @Test
    void route_ofAModule_isAConflict() {
        assertThatThrownBy(() -> Wagi.builder()
                        .addModule(m -> m.route("/a/...").source(Guests.sample("hello")))
                        .addStaticFiles(s -> s.route("/a/...").path(root))
                        .build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("Wagi.builder(), static 1, key 'route': \"/a/...\" is already a route of"
                        + " Wagi.builder(), module 1; give them different routes, hosts or methods");
    }

    @Test
    void listeners_hearOfFiles() {
        List<WagiListener.RequestEnded> ended = Collections.synchronizedList(new ArrayList<>());
        List<String> started = Collections.synchronizedList(new ArrayList<>());
        Path guest = Guests.wat(directory, "gate", Guests.printing("Location: /letters.txt\n\n", ""));
        try (Wagi wagi = Wagi.builder()
                .addStaticFiles(s -> s.route("/...").path(root))
                .addModule(m -> m.route("/gate").source(guest))
                .addListener(new WagiListener() {
                    @Override
                    public void requestStarted(RequestStarted event) {
                        started.add(event.module() + " " + event.route());
                    }

                    @Override
                    public void requestEnded(RequestEnded event) {
                        ended.add(event);
                    }
                })
                .build()) {
            get(wagi, "/letters.txt");
            get(wagi, "/letters.txt", "If-None-Match", "*");
            get(wagi, "/nope");
            get(wagi, "/gate");
        }
        assertThat(ended)
                .extracting(
                        event -> event.outcome() + " " + event.status() + " " + event.module() + " " + event.route())
                .containsExactly(
                        RequestOutcome.FILE + " 200 Optional.empty Optional[/...]",
                        RequestOutcome.FILE + " 304 Optional.empty Optional[/...]",
                        RequestOutcome.NOT_FOUND + " 404 Optional.empty Optional[/...]",
                        RequestOutcome.FILE + " 200 Optional.empty Optional[/...]");
        assertThat(started)
                .containsExactly(
                        "Optional.empty Optional[/...]",
                        "Optional.empty Optional[/...]",
                        "Optional.empty Optional[/...]",
                        "Optional[gate] Optional[/gate]");
        assertThat(ended.get(0).bytesOut()).isEqualTo(10);
    }

    /** Disks may be slow. */
    @Test
    void tryHandle_leavesFilesToAThreadThatMayBlock() {
        try (Wagi wagi = host(s -> s)) {
            List<String> calls = new ArrayList<>();

            assertThat(wagi.tryHandle(WagiRequest.get("/letters.txt"), recording(calls)))
                    .isFalse();
            assertThat(calls).isEmpty();
        }
    }

    @Test
    void reload_replacesRoutes() throws IOException {
        write("../other/x.txt", "other");
        try (Wagi wagi = host(s -> s)) {
            wagi.reload(Wagi.builder().addStaticFiles(s -> s.route("/...").path(directory.resolve("other"))));

            assertThat(text(get(wagi, "/x.txt"))).isEqualTo("other");
            assertThat(get(wagi, "/letters.txt").status()).isEqualTo(404);
        }
    }

    private static ResponseSink recording(List<String> calls) {
        return new Recording(calls);
    }

    private static class Recording implements ResponseSink {
        private final List<String> calls;

        Recording(List<String> calls) {
            this.calls = calls;
        }

        @Override
        public void start(int status, Headers headers, long contentLength) {
            calls.add("start " + status + (contentLength == NO_LENGTH ? "" : " " + contentLength));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            calls.add("write " + length);
        }

        @Override
        public void flush() {
            calls.add("flush");
        }

        @Override
        public void end() {
            calls.add("end");
        }

        @Override
        public void abort() {
            calls.add("abort");
        }
    }
}
