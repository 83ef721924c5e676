// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * A server on the loopback address for outbound calls: without TLS with HTTP/1.1, with TLS as {@code api.brigade.sh},
 * {@code a.test} and {@code localhost} with HTTP/1.1 only and with HTTP/2.
 */
public final class TestServer implements AutoCloseable {

    private final Server server = new Server();
    private final ServerConnector clear;
    private final ServerConnector tls;
    private final ServerConnector tls11;

    /** Every request: protocol, method, path and query. */
    public final List<String> requests = new CopyOnWriteArrayList<>();

    /** The remote port of each request: equal ones came over one connection. */
    public final List<Integer> connections = new CopyOnWriteArrayList<>();

    private TestServer(SSLContext context) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        HttpConfiguration plain = new HttpConfiguration();
        plain.setSendServerVersion(false);
        plain.setResponseHeaderSize(1 << 20);
        plain.setUriCompliance(UriCompliance.UNSAFE);
        clear = new ServerConnector(server, 1, 1, new HttpConnectionFactory(plain));
        HttpConfiguration secure = new HttpConfiguration(plain);
        secure.addCustomizer(new SecureRequestCustomizer(true));
        SslContextFactory.Server ssl = new SslContextFactory.Server();
        ssl.setSslContext(context);
        HttpConnectionFactory http = new HttpConnectionFactory(secure);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory("h2", "http/1.1");
        alpn.setDefaultProtocol("http/1.1");
        tls = new ServerConnector(
                server,
                1,
                1,
                new SslConnectionFactory(ssl, "alpn"),
                alpn,
                new HTTP2ServerConnectionFactory(secure),
                http);
        tls11 = new ServerConnector(server, 1, 1, new SslConnectionFactory(ssl, "http/1.1"), http);
        for (ServerConnector connector : List.of(clear, tls, tls11)) {
            connector.setHost(loopback.getHostAddress());
            server.addConnector(connector);
        }
        server.setHandler(new Answers());
        server.start();
    }

    public static TestServer start() {
        try {
            return new TestServer(Certificate.CONTEXT);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** HTTP/1.1 without TLS. */
    public int port() {
        return clear.getLocalPort();
    }

    /** TLS with HTTP/2 and HTTP/1.1. */
    public int tlsPort() {
        return tls.getLocalPort();
    }

    /** TLS with HTTP/1.1 only. */
    public int tls11Port() {
        return tls11.getLocalPort();
    }

    /** Trusts this server. */
    public static SSLContext trust() {
        return Certificate.CONTEXT;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The response for each path. */
    private final class Answers extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            requests.add(request.getConnectionMetaData().getProtocol() + " " + request.getMethod() + " "
                    + request.getHttpURI().getPathQuery());
            connections.add(Request.getRemotePort(request));
            Fields query = Request.extractQueryParameters(request);
            String path = request.getHttpURI().getPath();
            switch (path.startsWith("//") ? "/echo" : path) {
                case "/echo" -> {
                    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
                    Content.Sink.write(response, true, echo(request), callback);
                }
                case "/healthz" -> {
                    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
                    Content.Sink.write(response, true, "OK\n", callback);
                }
                case "/status" -> {
                    response.setStatus(Integer.parseInt(query.getValue("code")));
                    response.getHeaders().add("X-Twice", "one");
                    response.getHeaders().add("X-Twice", "two");
                    callback.succeeded();
                }
                case "/redirect" -> {
                    response.setStatus(Integer.parseInt(query.getValue("code")));
                    response.getHeaders().add(HttpHeader.LOCATION, query.getValue("to"));
                    Content.Sink.write(response, true, "over there", callback);
                }
                case "/gzip" -> {
                    response.getHeaders().put(HttpHeader.CONTENT_ENCODING, "gzip");
                    response.write(true, ByteBuffer.wrap(new byte[] {1, 2, 3}), callback);
                }
                case "/cookie" -> {
                    response.getHeaders().put(HttpHeader.SET_COOKIE, "a=b");
                    callback.succeeded();
                }
                case "/login" -> {
                    response.setStatus(401);
                    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Basic realm=\"x\"");
                    callback.succeeded();
                }
                case "/hang" -> {
                    // Never answered; the connection ends when the client closes it.
                }
                case "/drip" -> response.write(false, ByteBuffer.wrap(new byte[] {'x'}), Callback.NOOP);
                case "/endless" -> {
                    try {
                        while (true) {
                            Content.Sink.write(response, false, ByteBuffer.allocate(8192));
                        }
                    } catch (IOException e) {
                        callback.failed(e);
                    }
                }
                case "/headers" -> {
                    int count = Integer.parseInt(query.getValue("count"));
                    for (int i = 0; i < count; i++) {
                        response.getHeaders().add("X-" + i, "x".repeat(Integer.parseInt(query.getValue("size"))));
                    }
                    callback.succeeded();
                }
                default -> {
                    response.setStatus(404);
                    callback.succeeded();
                }
            }
            return true;
        }

        private String echo(Request request) throws IOException {
            StringBuilder text = new StringBuilder();
            text.append(request.getMethod())
                    .append(' ')
                    .append(request.getHttpURI().getPathQuery())
                    .append("\nauthority: ")
                    .append(request.getHttpURI().getAuthority())
                    .append('\n');
            for (HttpField field : request.getHeaders().asImmutable().stream()
                    .filter(field -> field.getHeader() != HttpHeader.HOST)
                    .toList()) {
                text.append(field.getLowerCaseName())
                        .append(": ")
                        .append(field.getValue())
                        .append('\n');
            }
            return text.append('\n')
                    .append(Content.Source.asString(request, StandardCharsets.UTF_8))
                    .toString();
        }
    }

    /** Created once, with the JDK's keytool. */
    private static final class Certificate {
        static final SSLContext CONTEXT = create();

        private static SSLContext create() {
            try {
                Path directory = Files.createTempDirectory("wagi-test");
                Path store = directory.resolve("keys.p12");
                Process keytool = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "a",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=test",
                                "-ext",
                                "san=dns:api.brigade.sh,dns:a.test,dns:localhost",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                "changeit")
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("keytool.txt").toFile())
                        .start();
                if (keytool.waitFor() != 0) {
                    throw new IllegalStateException(Files.readString(directory.resolve("keytool.txt")));
                }
                char[] password = "changeit".toCharArray();
                KeyStore keys = KeyStore.getInstance(store.toFile(), password);
                Files.delete(directory.resolve("keytool.txt"));
                Files.delete(store);
                Files.delete(directory);
                KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
                own.init(keys, password);
                KeyStore trusted = KeyStore.getInstance("PKCS12");
                trusted.load(null, null);
                trusted.setCertificateEntry("a", keys.getCertificate("a"));
                TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                trust.init(trusted);
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
                return context;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (GeneralSecurityException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
