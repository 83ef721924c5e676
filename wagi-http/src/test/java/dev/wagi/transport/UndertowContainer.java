// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.http.servlet.WagiServlet;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.function.Consumer;

/** {@link WagiServlet} in an Undertow on a port of its own. */
final class UndertowContainer implements AutoCloseable {

    private final DeploymentManager deployment;
    private final Undertow undertow;

    /**
     * Starts it.
     *
     * @param contextPath empty, or beginning with a slash
     * @param mapping of the servlet, which is called "wagi"
     * @param application changes the deployment
     * @param server changes the server
     */
    UndertowContainer(
            WagiServlet servlet,
            String contextPath,
            String mapping,
            Consumer<DeploymentInfo> application,
            Consumer<Undertow.Builder> server)
            throws Exception {
        DeploymentInfo info = Servlets.deployment()
                .setClassLoader(WagiServlet.class.getClassLoader())
                .setContextPath(contextPath.isEmpty() ? "/" : contextPath)
                .setDeploymentName("test")
                .addServlet(Servlets.servlet("wagi", WagiServlet.class, new ImmediateInstanceFactory<>(servlet))
                        .setAsyncSupported(true)
                        .addMapping(mapping));
        application.accept(info);
        deployment = Servlets.newContainer().addDeployment(info);
        deployment.deploy();
        Undertow.Builder builder = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(
                        Handlers.path().addPrefixPath(contextPath.isEmpty() ? "/" : contextPath, deployment.start()));
        server.accept(builder);
        undertow = builder.build();
        undertow.start();
    }

    /** Where it listens. */
    URI uri() {
        InetSocketAddress address =
                (InetSocketAddress) undertow.getListenerInfo().get(0).getAddress();
        return URI.create("http://127.0.0.1:" + address.getPort());
    }

    @Override
    public void close() throws ServletException {
        undertow.stop();
        deployment.stop();
        deployment.undeploy();
    }
}
