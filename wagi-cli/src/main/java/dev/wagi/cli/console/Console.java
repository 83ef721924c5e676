// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.FormFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/**
 * The console: {@code /}, {@code /console.json} and what the page needs, and in mode {@link ConsoleMode#FULL} the
 * form's {@code /test}. It trusts whoever can connect, but not the pages that such a person's browser shows: the
 * request must name this machine as its host (a name that was made to lead here by DNS is refused), and the form must
 * be one of this process. Thread-safe.
 */
public final class Console implements AutoCloseable {

    private static final String TYPE_HTML = "text/html; charset=utf-8";
    private static final String TYPE_TEXT = "text/plain; charset=utf-8";

    /** No script and no style but ours, nothing from elsewhere, and no text becomes a script in any other way. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
            + " require-trusted-types-for 'script'; trusted-types 'none'";

    private static final List<HttpField> FIELDS = List.of(
            new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store"),
            new PreEncodedHttpField("Content-Security-Policy", POLICY),
            new PreEncodedHttpField("X-Content-Type-Options", "nosniff"),
            new PreEncodedHttpField("X-Frame-Options", "DENY"),
            // Without a referrer the form's Origin would be null.
            new PreEncodedHttpField("Referrer-Policy", "same-origin"),
            new PreEncodedHttpField("Cross-Origin-Resource-Policy", "same-origin"),
            new PreEncodedHttpField("Cross-Origin-Opener-Policy", "same-origin"));

    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1");

    private static final Map<String, Asset> ASSETS = Map.of(
            "/console.css", Asset.of("console.css", "text/css; charset=utf-8"),
            "/console.js", Asset.of("console.js", "text/javascript; charset=utf-8"),
            "/console.svg", Asset.of("console.svg", "image/svg+xml"));

    /** More would keep threads and memory that others need. */
    private static final int MOST_TESTS = 2;

    /** An encoded form has at most nine bytes for a character, three of UTF-8 as {@code %xx}; with names and token. */
    private static final int MOST_FORM = 9 * (Draft.MOST_PATH + Draft.MOST_HEADERS + Draft.MOST_BODY) + (4 << 10);

    /** Of a longer form so much is read, because a browser that still sends does not see the response. */
    private static final int MOST_READ = 16 * MOST_FORM;

    private static final int MOST_FIELDS = 8;

    private final JsonMapper json = JsonMapper.builder()
            .addModule(new SimpleModule().addSerializer(Instant.class, ToStringSerializer.instance))
            .build();
    private final Clock clock;
    private final Recorder recorder;
    private final Supplier<String> state;
    private final String host;
    private final @Nullable RequestFactory requests;
    private final String token;
    private final ThreadPoolExecutor tests;
    private final boolean severalHosts;
    private volatile @Nullable Supplier<Map<String, Wagi>> hosts;

    Console(
            Clock clock,
            LongSupplier nanos,
            Supplier<String> state,
            String host,
            boolean severalHosts,
            @Nullable RequestFactory requests) {
        this.clock = clock;
        this.recorder = new Recorder(clock, nanos);
        this.state = state;
        this.host = host;
        this.severalHosts = severalHosts;
        this.requests = requests;
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        this.token = HexFormat.of().formatHex(secret);
        this.tests = new ThreadPoolExecutor(0, MOST_TESTS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "wagi-console");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Creates a console without a host.
     *
     * @param state {@code loading}, {@code ready} or {@code stopping}
     * @param host the address that was configured, by which it may be called as well
     * @param requests makes the requests of the form; null for no form
     */
    public static Console create(Supplier<String> state, String host, @Nullable RequestFactory requests) {
        return new Console(Clock.systemUTC(), System::nanoTime, state, host, false, requests);
    }

    /** Creates a console for several hosts, which has no form: there is no host to send a request to. */
    public static Console ofSeveral(Supplier<String> state, String host) {
        return new Console(Clock.systemUTC(), System::nanoTime, state, host, true, null);
    }

    /** Returns what the host has to call. */
    public WagiListener listener() {
        return recorder;
    }

    /** From now on it shows a host. */
    public void ready(Wagi wagi) {
        Map<String, Wagi> one = Map.of("", wagi);
        ready(() -> one);
    }

    /**
     * From now on it shows several hosts, if it was created for them.
     *
     * @param all asked for those there are, by address, whenever something is shown
     */
    public void ready(Supplier<Map<String, Wagi>> all) {
        recorder.hosts(all);
        hosts = all;
    }

    /** Ends test requests that run. */
    @Override
    public void close() {
        tests.shutdownNow();
    }

    /** Answers a request if it is for the console; otherwise returns false. */
    public boolean handle(Request request, Response response, Callback callback) {
        String path = Request.getPathInContext(request);
        Asset asset = ASSETS.get(path);
        boolean form = path.equals("/test") && requests != null;
        if (!path.equals("/") && !path.equals("/console.json") && asset == null && !form) {
            return false;
        }
        FIELDS.forEach(response.getHeaders()::add);
        boolean reads = HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
        if (!isThisMachine(request)) {
            answer(response, callback, HttpStatus.MISDIRECTED_REQUEST_421, TYPE_TEXT, text("""
                    The console answers to localhost and to the address that it was configured with only. Open it there, for \
                    instance through 'ssh -L' or 'kubectl port-forward'.
                    """));
        } else if (form && HttpMethod.POST.is(request.getMethod())) {
            post(request, response, callback);
        } else if (!reads) {
            response.getHeaders().put(HttpHeader.ALLOW, form ? "GET, HEAD, POST" : "GET, HEAD");
            answer(response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, TYPE_TEXT, text("Method Not Allowed\n"));
        } else if (asset != null) {
            answer(response, callback, HttpStatus.OK_200, asset.type, asset.bytes);
        } else if (path.equals("/console.json")) {
            answer(response, callback, HttpStatus.OK_200, "application/json", json());
        } else {
            page(response, callback, HttpStatus.OK_200, form(Draft.EMPTY.withPath(wanted(request)), ""));
        }
        return true;
    }

    /** The path that a link of the page puts into the form. */
    private static String wanted(Request request) {
        try {
            String path = Request.extractQueryParameters(request).getValue("path");
            // Another page can link here, and the form shows what it has as it is.
            return path == null || path.isEmpty() || path.length() > Draft.MOST_PATH || Html.hasHidden(path)
                    ? Draft.EMPTY.path()
                    : path;
        } catch (RuntimeException e) {
            return Draft.EMPTY.path(); // malformed
        }
    }

    private boolean isThisMachine(Request request) {
        String field = request.getHeaders().get(HttpHeader.HOST);
        String name = Request.getServerName(request);
        if (field == null || name == null) {
            return false;
        }
        String wanted = bare(name);
        return LOOPBACK.matcher(wanted).matches()
                || wanted.equals(bare(host))
                || request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress local
                        && wanted.equals(bare(local.getAddress().getHostAddress()));
    }

    /** Without brackets, zone and letter case. */
    private static String bare(String name) {
        String text = name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
        int zone = text.indexOf('%');
        return (zone < 0 ? text : text.substring(0, zone))
                .toLowerCase(Locale.ROOT)
                .replaceFirst("^0:0:0:0:0:0:0:1$", "::1");
    }

    /** Whether a page of this address sent it, as far as the browser says so. */
    private static boolean isSameOrigin(Request request) {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        String site = request.getHeaders().get("Sec-Fetch-Site");
        String own = "http://" + request.getHeaders().get(HttpHeader.HOST);
        return (site == null || site.equals("same-origin"))
                && (origin == null ? site == null : origin.equalsIgnoreCase(own));
    }

    private void post(Request request, Response response, Callback callback) {
        if (!isSameOrigin(request)) {
            answer(response, callback, HttpStatus.FORBIDDEN_403, TYPE_TEXT, text("""
                    This form was sent by another page. Open the console, and use the form there.
                    """));
            return;
        }
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")) {
            answer(response, callback, HttpStatus.UNSUPPORTED_MEDIA_TYPE_415, TYPE_TEXT, text("Not a form\n"));
            return;
        }
        long length = request.getLength();
        if (length < 0) {
            answer(response, callback, HttpStatus.LENGTH_REQUIRED_411, TYPE_TEXT, text("Length Required\n"));
            return;
        }
        if (length > MOST_FORM) {
            tooLong(length, request, response, callback);
            return;
        }
        FormFields.onFields(
                request,
                StandardCharsets.UTF_8,
                MOST_FIELDS,
                MOST_FORM,
                Promise.Invocable.from(
                        Invocable.InvocationType.BLOCKING,
                        fields -> submit(fields, request, response, callback),
                        failure -> answer(
                                response, callback, HttpStatus.BAD_REQUEST_400, TYPE_TEXT, text("Bad Request\n"))));
    }

    private void tooLong(long length, Request request, Response response, Callback callback) {
        Runnable answer = () ->
                page(response, callback, HttpStatus.PAYLOAD_TOO_LARGE_413, form(Draft.EMPTY, Draft.allTooLong(length)));
        if (length > MOST_READ) {
            answer.run();
        } else {
            Content.Source.consumeAll(request, Callback.from(answer, callback::failed));
        }
    }

    private void submit(Fields fields, Request request, Response response, Callback callback) {
        byte[] given = text(value(fields, "token"));
        if (!MessageDigest.isEqual(given, text(token))) {
            answer(response, callback, HttpStatus.FORBIDDEN_403, TYPE_TEXT, text("""
                    This form is not one of this process, which may have been restarted. Open the console again.
                    """));
            return;
        }
        Draft draft = new Draft(
                value(fields, "method"), value(fields, "path"), value(fields, "headers"), value(fields, "body"));
        String problem = draft.problem();
        if (!problem.isEmpty()) {
            page(response, callback, HttpStatus.BAD_REQUEST_400, Page.Form.of(token, Draft.EMPTY, problem));
            return;
        }
        Wagi host = current().get("");
        if (host == null) {
            page(
                    response,
                    callback,
                    HttpStatus.SERVICE_UNAVAILABLE_503,
                    form(draft, "Modules are being loaded; wait until the state is ready."));
            return;
        }
        CompletableFuture<TestResult> done = new CompletableFuture<>();
        try {
            var test = draft.request(Objects.requireNonNull(requests));
            request.addIdleTimeoutListener(late -> false); // the guest has a timeout
            tests.execute(() -> TestResult.run(host, test, recorder, done));
        } catch (IllegalArgumentException e) {
            page(response, callback, HttpStatus.BAD_REQUEST_400, form(draft, e.getMessage() + "."));
            return;
        } catch (RejectedExecutionException e) {
            page(
                    response,
                    callback,
                    HttpStatus.SERVICE_UNAVAILABLE_503,
                    form(draft, MOST_TESTS + " test requests are running; wait for one of them."));
            return;
        }
        done.whenComplete((result, failure) -> {
            if (result == null) {
                page(
                        response,
                        callback,
                        HttpStatus.INTERNAL_SERVER_ERROR_500,
                        form(draft, "The request failed; the log says why."));
            } else {
                page(response, callback, HttpStatus.OK_200, form(draft, result));
            }
        });
    }

    private static String value(Fields fields, String name) {
        return Objects.requireNonNullElse(fields.getValue(name), "");
    }

    private Page.@Nullable Form form(Draft draft, String problem) {
        return requests == null ? null : Page.Form.of(token, draft, problem);
    }

    private Page.Form form(Draft draft, TestResult result) {
        String id = result.requestId().orElse("");
        return new Page.Form(token, draft, "", result, recorder.errorsOf(id), recorder.linesOf(id));
    }

    private void page(Response response, Callback callback, int status, Page.@Nullable Form form) {
        answer(response, callback, status, TYPE_HTML, text(Page.of(snapshot(), severalHosts, form)));
    }

    /** None while modules are loaded. */
    private Map<String, Wagi> current() {
        Supplier<Map<String, Wagi>> known = hosts;
        return known == null ? Map.of() : known.get();
    }

    private Snapshot snapshot() {
        boolean begun = hosts != null; // looked at first, because it may begin between the two lines
        Map<String, Wagi> shown = current();
        if (begun) {
            recorder.retain(shown);
        }
        return Snapshot.of(state.get(), clock.instant(), recorder, shown);
    }

    private byte[] json() {
        try {
            return json.writeValueAsBytes(snapshot());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("BUG: a snapshot cannot be written", e);
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void answer(Response response, Callback callback, int status, String type, byte[] body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    /** A file of the page. */
    private record Asset(String type, byte[] bytes) {

        static Asset of(String name, String type) {
            try (InputStream in = Console.class.getResourceAsStream(name)) {
                return new Asset(
                        type,
                        Objects.requireNonNull(in, "BUG: a resource is missing").readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
