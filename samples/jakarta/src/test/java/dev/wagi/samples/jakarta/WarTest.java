// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The WAR behaves as the README describes. */
class WarTest {

    private static final String WAR = System.getProperty("war", "");

    interface Running {
        void stop() throws Exception;
    }

    enum Container {
        TOMCAT {
            @Override
            Running start(Path directory) throws Exception {
                Tomcat tomcat = new Tomcat();
                tomcat.setBaseDir(directory.toString());
                Files.createDirectories(directory.resolve("webapps"));
                Connector connector = new Connector();
                connector.setPort(0);
                connector.setProperty("address", "127.0.0.1");
                tomcat.setConnector(connector);
                tomcat.addWebapp("/demo", WAR);
                tomcat.start();
                port = connector.getLocalPort();
                return () -> {
                    tomcat.stop();
                    tomcat.destroy();
                };
            }
        },
        JETTY {
            @Override
            Running start(Path directory) throws Exception {
                Server server = new Server();
                ServerConnector connector = new ServerConnector(server);
                connector.setHost("127.0.0.1");
                server.addConnector(connector);
                WebAppContext context = new WebAppContext(WAR, "/demo");
                context.setTempDirectory(directory.toFile());
                server.setHandler(context);
                server.start();
                port = connector.getLocalPort();
                return server::stop;
            }
        };

        int port;

        abstract Running start(Path directory) throws Exception;

        HttpResponse<String> get(String path) throws Exception {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                    .build(),
                            BodyHandlers.ofString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void war_inAContainer_servesItsModules(Container container, @TempDir Path directory) throws Exception {
        Running running = container.start(directory);
        try {
            assertThat(container.get("/demo/").body()).contains("Modules in a WAR");
            assertThat(container.get("/demo/guests/hello/x").body()).isEqualTo("hello world\n");
            assertThat(container.get("/demo/guests/env").body())
                    .contains("SCRIPT_NAME=/demo/guests/env", "GREETING=from a WAR");
            assertThat(container.get("/demo/guests/nothing").statusCode()).isEqualTo(404);
            assertThat(container.get("/demo/WEB-INF/modules/env.wasm").statusCode())
                    .isEqualTo(404);
        } finally {
            running.stop();
        }
    }
}
