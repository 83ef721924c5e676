// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * The fastest response that the same Jetty can give, for {@code load.sh}: constant bytes from a handler that never
 * blocks.
 *
 * <pre>
 * java -cp wagi-bench/target/benchmarks.jar dev.wagi.bench.StaticServer DIRECTORY
 * </pre>
 *
 * serves each file of the directory at {@code /name} on any free port of 127.0.0.1, and prints {@code Ready: serving on
 * http://127.0.0.1:PORT} as the command does.
 */
public final class StaticServer extends Handler.Abstract.NonBlocking {

    private static final HttpField TEXT = new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "text/plain");

    private final Map<String, ByteBuffer> bodies = new HashMap<>();
    private final Map<String, HttpField> lengths = new HashMap<>();

    private StaticServer(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                byte[] bytes = Files.readAllBytes(file);
                String path = "/" + file.getFileName();
                bodies.put(path, ByteBuffer.wrap(bytes).asReadOnlyBuffer());
                lengths.put(path, new PreEncodedHttpField(HttpHeader.CONTENT_LENGTH, Integer.toString(bytes.length)));
            }
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = request.getHttpURI().getPath();
        ByteBuffer body = bodies.get(path);
        if (body == null) {
            return false;
        }
        response.getHeaders().put(TEXT);
        response.getHeaders().put(lengths.get(path));
        response.write(true, body.duplicate(), callback);
        return true;
    }

    /** Starts the server, which runs until the process ends. */
    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: StaticServer DIRECTORY");
            System.exit(2);
        }
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
        connector.setHost("127.0.0.1");
        server.setConnectors(List.of(connector).toArray(ServerConnector[]::new));
        server.setHandler(new StaticServer(Path.of(args[0])));
        server.start();
        System.out.println("Ready: serving on http://127.0.0.1:" + connector.getLocalPort());
        server.join();
    }
}
