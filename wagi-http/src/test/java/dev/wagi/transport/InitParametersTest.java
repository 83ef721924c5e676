// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.http.servlet.WagiServlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.UnavailableException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link WagiServlet} says of init parameters that it cannot use. */
class InitParametersTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config | x | there is no init parameter 'config'; there are configuration, compile-cache,",
                "configuration | /WEB-INF/none.toml | /WEB-INF/none.toml is not there; a path that begins with /",
                "configuration | classpath:none.toml | classpath:none.toml is not there",
                "configuration | modules.toml | modules.toml is no location; write /WEB-INF/modules.toml,",
                "configuration | http://[ | is no location",
                "configuration | file:/none/modules.toml | /none/modules.toml",
                "engine | jit | init parameter 'engine': jit is neither compiler nor interpreter",
                "keep-going | yes | init parameter 'keep-going': yes is neither false nor true",
                "grace | soon | init parameter 'grace': soon is not a number of seconds, such as 30",
                "engine | interpreter | there is no module",
                "some.library | x | there is no module",
            })
    void init_wrongParameter_isUnavailable(String name, String value, String message) throws Exception {
        ServletContextHandler context = new ServletContextHandler("/");
        context.setBaseResourceAsPath(folder);
        WagiServlet servlet = new WagiServlet();

        assertThatThrownBy(() -> servlet.init(new ServletConfig() {
                    @Override
                    public String getServletName() {
                        return "guests";
                    }

                    @Override
                    public ServletContext getServletContext() {
                        return context.getServletContext();
                    }

                    @Override
                    public String getInitParameter(String asked) {
                        return asked.equals(name) ? value : null;
                    }

                    @Override
                    public Enumeration<String> getInitParameterNames() {
                        return Collections.enumeration(List.of(name));
                    }
                }))
                .isInstanceOf(UnavailableException.class)
                .hasMessageStartingWith("servlet guests cannot serve its modules: ")
                .hasMessageContaining(message);
    }
}
