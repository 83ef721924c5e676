// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * The protocols of a listener with TLS: HTTP/2 for clients that ask for it by ALPN, HTTP/1.1 for all others. The
 * certificate can be replaced while it is in use. Thread-safe.
 */
final class Tls {

    private final Path certificateChain;
    private final Path privateKey;
    private final SslContextFactory.Server context = new SslContextFactory.Server();

    /**
     * Reads the files.
     *
     * @throws WagiServerException if one of them is not what it should be, or this Java does not know the kind of the
     *     key
     */
    Tls(Path certificateChain, Path privateKey) {
        this.certificateChain = certificateChain;
        this.privateKey = privateKey;
        context.setKeyStore(store());
        context.setKeyStorePassword(Identity.STORE_PASSWORD);
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        context.setRenegotiationAllowed(false); // RFC 9113, section 9.2.1
        context.setCipherComparator(HTTP2Cipher.COMPARATOR);
        context.setUseCipherSuitesOrder(true);
    }

    /**
     * From the outermost to the innermost.
     *
     * @param http1 with the settings of both versions; this marks their requests as secure
     */
    ConnectionFactory[] protocols(HttpConnectionFactory http1) {
        HttpConfiguration http = http1.getHttpConfiguration();
        // Whether the Host field fits the certificate is the client's to judge: there is only this one certificate, and
        // servers are also asked for by address, or by a name that only a proxy knows.
        http.addCustomizer(new SecureRequestCustomizer(false));
        HTTP2ServerConnectionFactory http2 = new HTTP2ServerConnectionFactory(http);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol(http1.getProtocol());
        return new ConnectionFactory[] {new Connections(context, alpn.getProtocol()), alpn, http2, http1};
    }

    /**
     * Reads the files again; new connections get the new certificate.
     *
     * @throws WagiServerException as the constructor; the certificate from before stays in use
     */
    void reload() {
        KeyStore store = store();
        try {
            context.reload(factory -> factory.setKeyStore(store));
        } catch (Exception e) {
            throw refused(e);
        }
    }

    private KeyStore store() {
        try {
            return Identity.load(certificateChain, privateKey).store();
        } catch (GeneralSecurityException | IOException e) {
            throw refused(e);
        }
    }

    private static WagiServerException refused(Exception cause) {
        return new WagiServerException(
                "Cannot serve with TLS: this Java does not take the key: " + cause.getMessage()
                        + ". Use an RSA or EC key.",
                cause);
    }

    /** What {@link ClientEndPoint} promises, above TLS. */
    private static final class Connections extends SslConnectionFactory {

        Connections(SslContextFactory.Server context, String next) {
            super(context, next);
        }

        @Override
        protected SslConnection newSslConnection(Connector connector, EndPoint endPoint, SSLEngine engine) {
            return new WholeBodies(connector, getSslContextFactory(), endPoint, engine, this);
        }
    }

    /** A connection that says that it ends only when what it sends is whole. */
    private static final class WholeBodies extends SslConnection {

        WholeBodies(
                Connector connector,
                SslContextFactory.Server context,
                EndPoint endPoint,
                SSLEngine engine,
                SslConnectionFactory factory) {
            super(
                    connector.getByteBufferPool(),
                    connector.getExecutor(),
                    context,
                    endPoint,
                    engine,
                    factory.isDirectBuffersForEncryption(),
                    factory.isDirectBuffersForDecryption());
        }

        @Override
        protected SslEndPoint newSslEndPoint() {
            return new Plain();
        }

        /** Its side that is not encrypted. */
        private final class Plain extends SslEndPoint {
            @Override
            public void doShutdownOutput() {
                closeUnlessWhole();
                super.doShutdownOutput();
            }

            @Override
            public void doClose() {
                closeUnlessWhole();
                super.doClose();
            }

            /** After that there is no way for the close_notify, which would be taken for the end of the body. */
            private void closeUnlessWhole() {
                ClientEndPoint client = ClientEndPoint.of(unwrap());
                if (client != null && client.isUnfinished()) {
                    client.close();
                }
            }
        }
    }
}
