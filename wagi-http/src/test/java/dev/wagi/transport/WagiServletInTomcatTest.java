// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.http.servlet.WagiServlet;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.junit.jupiter.api.io.TempDir;

/** {@link WagiServlet} in Tomcat, which lets through every path that it can. */
class WagiServletInTomcatTest extends WireContract {

    /** Kept, since loggers that nobody holds are forgotten with their settings. */
    private static final Logger LOG = Logger.getLogger("org.apache");

    @TempDir
    static Path folder;

    private final Tomcat tomcat = new Tomcat();

    @Override
    URI start() throws Exception {
        LOG.setUseParentHandlers(false);
        tomcat.setBaseDir(folder.toString());
        Connector connector = connector();
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("/app", folder.toString());
        Wrapper wrapper = Tomcat.addServlet(context, "wagi", new WagiServlet(host()));
        wrapper.setAsyncSupported(true);
        wrapper.addMapping("/wagi/*");
        tomcat.start();
        return URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/app/wagi");
    }

    /** Lets through every path, and heads and bodies of any length. */
    static Connector connector() {
        Connector connector = new Connector("HTTP/1.1");
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxHttpResponseHeaderSize", Integer.toString(128 << 10));
        connector.setProperty("maxSwallowSize", "-1");
        connector.setProperty("maxHeaderCount", "1000");
        connector.setProperty("relaxedPathChars", "\"<>[\\]^`{|}");
        connector.setProperty("relaxedQueryChars", "\"<>[\\]^`{|}");
        connector.setEncodedSolidusHandling(EncodedSolidusHandling.DECODE.getValue());
        connector.setProperty("continueResponseTiming", "onRead");
        connector.setAllowTrace(true);
        return connector;
    }

    @Override
    Set<Difference.Place> places() {
        return Set.of(Difference.Place.TOMCAT);
    }

    @Override
    void stop() throws Exception {
        tomcat.stop();
        tomcat.destroy();
    }
}
