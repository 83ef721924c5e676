// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.filters.RemoteIpFilter;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;

/** {@link WagiServlet} in an embedded Tomcat. */
final class InTomcat {

    private InTomcat() {}

    static Tomcat start(Wagi wagi, Path directory, int port) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(port);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context shop = tomcat.addContext("/shop", directory.toString());
        Wrapper servlet = Tomcat.addServlet(shop, "wagi", new WagiServlet(wagi));
        servlet.setAsyncSupported(true);
        servlet.addMapping("/wagi/*");
        believeProxy(shop);
        tomcat.start();
        return tomcat;
    }

    private static void believeProxy(Context context) {
        FilterDef filter = new FilterDef();
        filter.setFilterName("proxy");
        filter.setFilter(new RemoteIpFilter());
        filter.setAsyncSupported("true");
        context.addFilterDef(filter);
        FilterMap everywhere = new FilterMap();
        everywhere.setFilterName("proxy");
        everywhere.addURLPattern("/*");
        context.addFilterMap(everywhere);
    }
}
