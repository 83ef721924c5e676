// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;

/** The servlet in Tomcat. */
public class Main {

    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("tomcat");
        Tomcat tomcat = new Tomcat();
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/...").source("classpath:/hello.wasm"))
                .build()) {
            tomcat.setBaseDir(directory.toString());
            tomcat.setPort(0);
            tomcat.getConnector().setProperty("address", "127.0.0.1");
            Context root = tomcat.addContext("", directory.toString());
            Tomcat.addServlet(root, "wagi", new WagiServlet(wagi)).addMapping("/*");
            tomcat.start();
            URI uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/x");
            System.out.print(HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body());
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }
}
