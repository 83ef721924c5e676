// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.IoThreads;
import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import dev.wagi.transport.Http2Client.Kind;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.eclipse.jetty.http.HttpFields;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link WagiServer} with TLS. */
class WagiServerTlsTest {

    private static final String DAMAGED = "KEY: the key is damaged or of an unknown kind. RSA, EC and EdDSA keys are"
            + " known; convert it with 'openssl pkey -in KEY -out PKCS8'.";
    private static final String SECRET = "KEY: the key is encrypted, and there is nobody to ask for its password."
            + " Decrypt it with 'openssl pkey -in KEY -out PLAIN', and let only the server's user read it.";
    private static final String MISMATCH = "KEY: the key does not belong to the first certificate in CERT. Name the key"
            + " that this certificate was made for, and put the server's own certificate before those of its issuers.";

    @TempDir
    static Path folder;

    private static WagiServer serve(Wagi wagi) throws Exception {
        Certificates.Pair pair = Certificates.local();
        return WagiServer.builder(wagi)
                .port(0)
                .tls(pair.write(folder), pair.keyFile(folder))
                .start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void version_recent_isServed(String version) throws Exception {
        try (WagiServer server = serve(Guests.hello());
                SSLSocket socket = connect(server, version)) {
            socket.startHandshake();

            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1", "TLSv1.1"})
    @SuppressWarnings("try") // the socket is only to be opened
    void version_old_isRefused(String version) throws Exception {
        try (WagiServer server = serve(Guests.hello());
                SSLSocket socket = connect(server, version)) {
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    private static SSLSocket connect(WagiServer server, String version) throws Exception {
        SSLSocket socket =
                (SSLSocket) Certificates.careless().getSocketFactory().createSocket("127.0.0.1", server.port());
        socket.setEnabledProtocols(new String[] {version});
        return socket;
    }

    @Test
    void reloadCertificate_files_areReadAgain() throws Exception {
        Path file = folder.resolve("renewed.pem");
        Certificates.Pair first = Certificates.local();
        Certificates.Pair second = Certificates.nameOnly();
        Files.writeString(file, first.certificatePem() + first.keyPem());
        try (WagiServer server = WagiServer.builder(Guests.hello())
                        .port(0)
                        .tls(file, file)
                        .start();
                RawClient before = new RawClient(server.uri())) {
            assertThat(certificateOf(server)).isEqualTo(first.certificate());

            Files.writeString(file, second.certificatePem());
            assertThatThrownBy(server::reloadCertificate)
                    .isInstanceOf(WagiServerException.class)
                    .hasMessageContaining("no private key is in it");
            assertThat(certificateOf(server)).isEqualTo(first.certificate());

            Files.writeString(file, second.certificatePem() + second.keyPem());
            server.reloadCertificate();
            assertThat(certificateOf(server)).isEqualTo(second.certificate());

            before.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(before.read().body()).isEqualTo("hello world\n");
        }
    }

    private static Certificate certificateOf(WagiServer server) throws Exception {
        try (SSLSocket socket = connect(server, "TLSv1.3")) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void uri_isHttps() throws Exception {
        try (WagiServer server = serve(Guests.hello())) {
            assertThat(server.uri()).hasToString("https://127.0.0.1:" + server.port());
        }
    }

    /** The certificate is for localhost; requests by address and for other hosts are no less served. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]:3000", "localhost", "example.com"})
    void host_otherThanTheCertificates_isServed(String host) throws Exception {
        Certificates.Pair named = Certificates.nameOnly();
        Files.writeString(folder.resolve("named.pem"), named.certificatePem() + named.keyPem());
        try (WagiServer server = WagiServer.builder(Guests.hello())
                        .port(0)
                        .tls(folder.resolve("named.pem"), folder.resolve("named.pem"))
                        .start();
                RawClient raw = new RawClient(server.uri())) {
            raw.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    @Test
    void handshake_twentyThatStall_blockNobody() throws Exception {
        List<Socket> stalled = new ArrayList<>();
        try (WagiServer server = serve(Guests.hello())) {
            for (int i = 0; i < 20; i++) {
                Socket socket = new Socket("127.0.0.1", server.port());
                stalled.add(socket);
                socket.getOutputStream().write(new byte[] {22, 3, 1, 2}, 0, i % 5); // a client hello that breaks off
            }
            try (RawClient raw = new RawClient(server.uri())) {
                raw.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");

                assertThat(raw.read().body()).isEqualTo("hello world\n");
            }
        } finally {
            for (Socket socket : stalled) {
                socket.close();
            }
        }
    }

    @Test
    void handshake_garbageAndPlainHttp_endNothing() throws Exception {
        try (WagiServer server = serve(Guests.hello())) {
            for (String garbage :
                    List.of("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n", "\u0016\u0003\u0001xxxxxxxx", "\u0000")) {
                try (RawClient plain = new RawClient(URI.create("http://127.0.0.1:" + server.port()))) {
                    plain.send(garbage);
                    plain.finishSending();

                    assertThat(plain.readAll()).doesNotContain("hello");
                }
            }
            try (RawClient raw = new RawClient(server.uri())) {
                raw.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");

                assertThat(raw.read().body()).isEqualTo("hello world\n");
            }
        }
    }

    /** A pair of files; what is wrong is said after the name of one of them. */
    record Bad(String name, String certificate, String key, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Bad> badFiles() {
        String certificate = Certificates.local().certificatePem();
        String key = Certificates.local().keyPem();
        return Stream.of(
                new Bad(
                        "certificate missing",
                        null,
                        key,
                        "CERT: there is no such file. Name the PEM file that holds the certificate."),
                new Bad(
                        "key missing",
                        certificate,
                        null,
                        "KEY: there is no such file. Name the PEM file that holds the private key."),
                new Bad(
                        "certificate empty",
                        "",
                        key,
                        "CERT: no certificate is in it. It must hold -----BEGIN CERTIFICATE----- blocks: the server's"
                                + " own, then those of its issuers."),
                new Bad(
                        "key instead of a certificate",
                        key,
                        key,
                        "CERT: no certificate is in it. It must hold -----BEGIN CERTIFICATE----- blocks: the server's"
                                + " own, then those of its issuers."),
                new Bad(
                        "certificate of garbage",
                        certificate + Certificates.pem("CERTIFICATE", new byte[] {1, 2, 3}),
                        key,
                        "CERT: certificate 2 is damaged. Export it as PEM again."),
                new Bad(
                        "certificate not Base64",
                        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
                        key,
                        "CERT: certificate 1 is damaged. Export it as PEM again."),
                new Bad(
                        "certificate instead of a key",
                        certificate,
                        certificate,
                        "KEY: no private key is in it. It must hold a -----BEGIN PRIVATE KEY----- block (or RSA PRIVATE"
                                + " KEY, or EC PRIVATE KEY)."),
                new Bad("key of garbage", certificate, Certificates.pem("PRIVATE KEY", new byte[] {1}), DAMAGED),
                new Bad("RSA of garbage", certificate, Certificates.pem("RSA PRIVATE KEY", new byte[] {1}), DAMAGED),
                new Bad("EC of garbage", certificate, Certificates.pem("EC PRIVATE KEY", new byte[] {48, 9}), DAMAGED),
                new Bad("DSA", certificate, Certificates.pem("DSA PRIVATE KEY", new byte[] {48, 0}), DAMAGED),
                new Bad(
                        "key of another certificate",
                        certificate,
                        Certificates.nameOnly().keyPem(),
                        MISMATCH),
                new Bad(
                        "encrypted PKCS#8",
                        certificate,
                        Certificates.pem("ENCRYPTED PRIVATE KEY", new byte[9]),
                        SECRET),
                new Bad(
                        "encrypted PKCS#1",
                        certificate,
                        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
                                + "-----END RSA PRIVATE KEY-----\n",
                        SECRET));
    }

    @ParameterizedTest
    @MethodSource
    void badFiles(Bad bad, @TempDir Path own) throws Exception {
        Path certificate = own.resolve("chain.pem");
        Path key = own.resolve("private.pem");
        if (bad.certificate != null) {
            Files.writeString(certificate, bad.certificate);
        }
        if (bad.key != null) {
            Files.writeString(key, bad.key);
        }

        assertThatThrownBy(WagiServer.builder(Guests.hello()).port(0).tls(certificate, key)::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve with TLS: "
                        + bad.message
                                .replaceFirst(
                                        "^KEY|^CERT", "'" + (bad.message.startsWith("K") ? key : certificate) + "'")
                                .replace("in CERT.", "in '" + certificate + "'."));
    }

    @Test
    void folderAsFile_isRefused(@TempDir Path own) {
        assertThatThrownBy(WagiServer.builder(Guests.hello()).port(0).tls(own, own)::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve with TLS: '" + own
                        + "': it cannot be read. It must be a file that the server's user may read.");
    }

    /** A form of key file, for a certificate. */
    record Form(String name, Certificates.Pair pair, String key) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Form> keyForms() {
        Certificates.Pair rsa = Certificates.local();
        Certificates.Pair ec = Certificates.nameOnly();
        return Stream.of(
                new Form("PKCS#8 RSA", rsa, rsa.keyPem()),
                new Form("PKCS#1", rsa, Certificates.pem("RSA PRIVATE KEY", Certificates.pkcs1(rsa.key()))),
                new Form("PKCS#8 EC", ec, ec.keyPem()),
                new Form("SEC 1", ec, Certificates.pem("EC PRIVATE KEY", Certificates.sec1(ec.key()))),
                new Form(
                        "SEC 1 after its parameters, lines ending in CRLF",
                        ec,
                        (Certificates.pem("EC PARAMETERS", new byte[] {6, 1, 0})
                                        + Certificates.pem("EC PRIVATE KEY", Certificates.sec1(ec.key())))
                                .replace("\n", "\r\n")),
                new Form(
                        "expired certificate",
                        Certificates.expired(),
                        Certificates.expired().keyPem()),
                new Form(
                        "beside the certificate, with comments",
                        rsa,
                        "# mine\n" + rsa.certificatePem() + rsa.keyPem()));
    }

    @ParameterizedTest
    @MethodSource
    void keyForms(Form form, @TempDir Path own) throws Exception {
        Path certificate = Files.writeString(own.resolve("c"), form.pair.certificatePem());
        Path key = Files.writeString(own.resolve("k"), form.key);
        try (WagiServer server = WagiServer.builder(Guests.hello())
                        .port(0)
                        .tls(certificate, key)
                        .start();
                RawClient raw = new RawClient(server.uri())) {
            raw.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    /** What did not issue the certificate before it is left out instead of being sent to clients. */
    @Test
    void chain_unrelatedCertificateAfterTheFirst_isLeftOut(@TempDir Path own) throws Exception {
        Certificates.Pair pair = Certificates.local();
        Path chain = Files.writeString(
                own.resolve("c"),
                pair.certificatePem() + Certificates.unrelated().certificatePem());
        try (WagiServer server = WagiServer.builder(Guests.hello())
                        .port(0)
                        .tls(chain, Files.writeString(own.resolve("k"), pair.keyPem()))
                        .start();
                SSLSocket socket = connect(server, "TLSv1.3")) {
            assertThat(socket.getSession().getPeerCertificates()).containsExactly(pair.certificate());
        }
    }

    static Stream<Configuration> otherSystems() {
        return Stream.of(Configuration.windows(), Configuration.osX());
    }

    /** Certificate and key are read through their own file system. */
    @ParameterizedTest
    @MethodSource("otherSystems")
    void files_ofOtherSystems_areReadAndReadAgain(Configuration configuration) throws Exception {
        try (FileSystem system = Jimfs.newFileSystem(configuration)) {
            Path own = Files.createDirectories(system.getRootDirectories()
                    .iterator()
                    .next()
                    .resolve("Program Files")
                    .resolve("tls"));
            Certificates.Pair pair = Certificates.local();
            Path chain = pair.write(own);
            try (WagiServer server = WagiServer.builder(Guests.hello())
                    .port(0)
                    .tls(chain, pair.keyFile(own))
                    .start()) {
                try (SSLSocket socket = connect(server, "TLSv1.3")) {
                    assertThat(socket.getSession().getPeerCertificates()).containsExactly(pair.certificate());
                }
                server.reloadCertificate();
                Files.delete(chain);

                assertThatThrownBy(server::reloadCertificate)
                        .isInstanceOf(WagiServerException.class)
                        .hasMessageContaining(chain.toString());
            }
        }
    }

    /** Else a client that keeps its connection takes the end for an attack that cuts something off. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @SuppressWarnings("try") // closed before, too
    void close_keptConnections_endWithCloseNotify(boolean shared) throws Exception {
        Certificates.Pair pair = Certificates.local();
        try (IoThreads io = IoThreads.start()) {
            WagiServer.Builder builder =
                    WagiServer.builder(Guests.hello()).port(0).tls(pair.write(folder), pair.keyFile(folder));
            try (WagiServer server = (shared ? builder.ioThreads(io) : builder).start();
                    SSLSocket socket = connect(server, "TLSv1.3")) {
                socket.getOutputStream().write("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(US_ASCII));
                InputStream in = socket.getInputStream();
                StringBuilder response = new StringBuilder();
                while (response.indexOf("hello world\n") < 0) {
                    response.append((char) in.read());
                }

                server.close();

                assertThat(in.readAllBytes()).isEmpty(); // without close_notify it throws
            }
        }
    }

    /** A stream whose client stops sending what its guest waits for; the guest ends with it. */
    @Test
    void idleTimeout_ofAStream_resetsIt() throws Exception {
        Certificates.Pair pair = Certificates.local();
        EndedRequests ended = new EndedRequests();
        try (Wagi wagi = Guests.builder(Limits.defaults().withMinRequestBodyRate(0))
                        .addListener(ended)
                        .build();
                WagiServer server = WagiServer.builder(wagi)
                        .port(0)
                        .tls(pair.write(folder), pair.keyFile(folder))
                        .idleTimeout(Duration.ofSeconds(3)) // longer than a handshake takes on a busy machine
                        .start();
                Http2Client frames = new Http2Client(server.uri())) {
            Http2Client.Exchange exchange = frames.open("POST", "/converse", HttpFields.EMPTY, true);

            assertThat(exchange.readTo(new StringBuilder()).kind()).isEqualTo(Kind.RESET);
            assertThat(ended.take().isBrokenOff()).isTrue();
        }
    }

    @Nested
    class Http1 extends WireContract {

        private WagiServer server;

        @Override
        URI start() throws Exception {
            server = serve(host());
            return server.uri();
        }

        @Override
        void stop() {
            server.close();
        }
    }

    @Nested
    class Http2 extends TransportContract {

        private WagiServer server;
        private JdkClient client;

        @Override
        URI start() throws Exception {
            server = serve(host());
            return server.uri();
        }

        @BeforeAll
        void openClient() {
            client = new JdkClient(base(), HttpClient.Version.HTTP_2);
        }

        @Override
        void stop() {
            server.close();
        }

        @Override
        String protocol() {
            return "HTTP/2.0";
        }

        @Override
        Answer exchange(Ask ask) throws Exception {
            return client.exchange(ask);
        }

        /** The JDK's client does not read before it has sent everything. */
        @Override
        byte[] echo(byte[] body) throws Exception {
            try (Http2Client frames = new Http2Client(base())) {
                Http2Client.Exchange exchange = frames.open("POST", "/env/echo", HttpFields.EMPTY, true);
                exchange.send(body, true);
                StringBuilder received = new StringBuilder();
                assertThat(exchange.readTo(received).kind()).isEqualTo(Kind.END);
                return octets(received.toString());
            }
        }

        @Test
        void conversation_guestPrintsBeforeItReads_clientSeesItBeforeItSends() throws Exception {
            try (Http2Client frames = new Http2Client(base())) {
                Http2Client.Exchange exchange = frames.open("POST", "/converse", HttpFields.EMPTY, true);
                exchange.readUntil("first\n");
                exchange.send(octets("second\n"), false);
                exchange.readUntil("second\n");
                exchange.send(octets("third\n"), true);
                exchange.readUntil("third\n");

                assertThat(exchange.readTo(new StringBuilder()).kind()).isEqualTo(Kind.END);
            }
        }

        @Test
        void brokenBody_isReset() throws Exception {
            try (Http2Client frames = new Http2Client(base())) {
                Http2Client.Exchange exchange = frames.open("GET", "/broken", HttpFields.EMPTY, false);

                assertThat(exchange.next()).isEqualTo(new Http2Client.Event(Kind.HEADERS, "200"));
                assertThat(exchange.readTo(new StringBuilder()).kind()).isEqualTo(Kind.RESET);

                Http2Client.Exchange next = frames.open("GET", "/hello", HttpFields.EMPTY, false);
                assertThat(next.readUntil("\n")).isEqualTo("hello world\n");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"/env/%FF", "*"})
        void badPath_is400(String path) throws Exception {
            try (Http2Client frames = new Http2Client(base())) {
                assertThat(frames.open("GET", path, HttpFields.EMPTY, false).next())
                        .isEqualTo(new Http2Client.Event(Kind.HEADERS, "400"));
            }
        }
    }
}
