// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Builds the same environment and writes the same response in a Java method. */
final class PlainJavaPeer implements Peer {

    private static final Headers TEXT = Headers.of("Content-Type", "text/plain");

    private final Guest guest;
    private final WagiRequest request = Requests.get();

    PlainJavaPeer(Guest guest) {
        this.guest = guest;
    }

    @Override
    public void answer(BodySink sink) {
        Map<String, String> environment = environment(request);
        byte[] body = body(environment).getBytes(StandardCharsets.UTF_8);
        sink.start(200, TEXT, body.length);
        sink.write(body, 0, body.length);
        sink.end();
    }

    private String body(Map<String, String> environment) {
        String method = environment.get("REQUEST_METHOD");
        return switch (guest) {
            case HELLO -> "hello world\n";
            case C -> "hello from " + "C" + ", " + method + " request number " + 1 + "\n";
            case RUST -> {
                StringBuilder text = new StringBuilder(1024);
                new TreeMap<>(environment)
                        .forEach((name, value) ->
                                text.append(name).append(" = ").append(value).append('\n'));
                yield text.toString();
            }
            case GO -> "hello from Go\n" + method + " " + environment.get("PATH_INFO") + "\n";
        };
    }

    private static Map<String, String> environment(WagiRequest request) {
        String target = request.target();
        int mark = target.indexOf('?');
        String path = target.substring(0, mark);
        String info = path.substring("/app".length());
        String host = request.headers().first("Host").orElse("127.0.0.1");
        Map<String, String> variables = new HashMap<>(64);
        variables.put("AUTH_TYPE", request.authType().orElse(""));
        variables.put("CONTENT_LENGTH", Long.toString(request.contentLength()));
        variables.put("CONTENT_TYPE", request.headers().first("Content-Type").orElse(""));
        variables.put("GATEWAY_INTERFACE", "CGI/1.1");
        variables.put("PATH_INFO", info);
        variables.put("PATH_TRANSLATED", info);
        variables.put("QUERY_STRING", target.substring(mark + 1));
        variables.put("REMOTE_ADDR", request.remoteAddress());
        variables.put("REMOTE_HOST", request.remoteAddress());
        variables.put("REMOTE_USER", request.remoteUser().orElse(""));
        variables.put("REQUEST_METHOD", request.method());
        variables.put("REQUEST_SCHEME", request.scheme());
        variables.put("REQUEST_URI", target);
        variables.put("SCRIPT_NAME", "/app");
        variables.put("SERVER_NAME", host);
        variables.put("SERVER_PORT", "3000");
        variables.put("SERVER_PROTOCOL", request.protocol());
        variables.put("SERVER_SOFTWARE", "WAGI/1");
        variables.put("X_FULL_URL", request.scheme() + "://" + host + ":3000" + target);
        variables.put("X_MATCHED_ROUTE", Requests.ROUTE);
        variables.put("X_RAW_PATH_INFO", info);
        variables.put("X_REQUEST_ID", "0123456789abcdef");
        for (Headers.Field field : request.headers().fields()) {
            if (!field.name().equals("Connection")) {
                variables.put("HTTP_" + field.name().toUpperCase(Locale.ROOT).replace('-', '_'), field.value());
            }
        }
        return variables;
    }

    @Override
    public void close() {
        // No resources are held.
    }
}
