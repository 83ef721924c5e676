// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import java.nio.file.Path;

/** A servlet of a web application's own, which adds to what init parameters say. */
public class HelloServlet extends WagiServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void configure(Wagi.Builder builder) {
        Path module = Path.of(getServletContext().getRealPath("/WEB-INF/hello.wasm"));
        builder.addModule(m -> m.route("/own/...").source(module));
    }
}
