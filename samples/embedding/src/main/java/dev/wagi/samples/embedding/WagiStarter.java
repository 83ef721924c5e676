// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.annotation.WebListener;

/** {@link WagiServlet} in a WAR. */
@WebListener
public final class WagiStarter implements ServletContextListener {

    private Wagi wagi;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        wagi = Wagi.builder()
                .addModule(m -> m.route("/hello/...").source("classpath:/guests/hello.wasm"))
                .build();
        ServletRegistration.Dynamic servlet = event.getServletContext().addServlet("wagi", new WagiServlet(wagi));
        servlet.setAsyncSupported(true);
        servlet.addMapping("/wagi/*");
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        if (wagi != null) {
            wagi.close();
        }
    }
}
