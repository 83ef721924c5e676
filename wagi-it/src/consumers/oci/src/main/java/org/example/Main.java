// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.oci.client.OciClient;
import dev.wagi.oci.client.OciModuleResolver;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A module from a registry, which is in this program. */
public class Main {

    public static void main(String[] args) throws Exception {
        byte[] module;
        try (InputStream in = Main.class.getResourceAsStream("/hello.wasm")) {
            module = in.readAllBytes();
        }
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        byte[] manifest = ("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                        + "\"config\":" + descriptor("application/vnd.wasm.config.v0+json", config) + ","
                        + "\"layers\":[" + descriptor("application/wasm", module) + "]}")
                .getBytes(StandardCharsets.UTF_8);
        HttpServer registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            boolean isManifest = path.contains("/manifests/");
            byte[] body = isManifest ? manifest : path.endsWith(digest(module)) ? module : config;
            exchange.getResponseHeaders()
                    .set(
                            "Content-Type",
                            isManifest ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream");
            exchange.getResponseHeaders().set("Docker-Content-Digest", digest(body));
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
                exchange.sendResponseHeaders(200, -1);
            } else {
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        registry.start();
        String name = "127.0.0.1:" + registry.getAddress().getPort();
        OciClient client = OciClient.builder()
                .addInsecureRegistry(name)
                .store(Files.createTempDirectory("store").resolve("modules"))
                .build();
        try (Wagi wagi = Wagi.builder()
                .addResolver(OciModuleResolver.of(client))
                .addModule(m -> m.route("/").source("oci:" + name + "/team/hello:v1"))
                .build()) {
            System.out.print(wagi.handle(WagiRequest.get("/")).text());
        } finally {
            registry.stop(0);
        }
    }

    private static String descriptor(String type, byte[] content) {
        return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest(content) + "\",\"size\":" + content.length + "}";
    }

    private static String digest(byte[] content) {
        try {
            return "sha256:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
