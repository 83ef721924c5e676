// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.annotation.WebServlet;

@SuppressWarnings("serial")
@WebServlet(urlPatterns = "/wagi/*", asyncSupported = true, loadOnStartup = 1)
public class Guests extends WagiServlet {

    @Override
    protected void configure(Wagi.Builder builder) {
        builder.addModule(m -> m.route("/hello/...").source("classpath:/guests/hello.wasm"));
    }
}
