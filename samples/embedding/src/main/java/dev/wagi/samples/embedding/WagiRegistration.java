// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import jakarta.inject.Inject;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.annotation.WebListener;

/** {@link WagiServlet} with the host of the application's beans. */
@WebListener
public class WagiRegistration implements ServletContextListener {

    @Inject
    Wagi wagi;

    @Override
    public void contextInitialized(ServletContextEvent event) {
        ServletRegistration.Dynamic servlet = event.getServletContext().addServlet("wagi", new WagiServlet(wagi));
        servlet.setAsyncSupported(true);
        servlet.addMapping("/wagi/*");
    }
}
