// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.http.servlet.WagiServlet;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A web application that names {@link WagiServlet} in its {@code web.xml}, with libraries of its own, deployed and
 * undeployed as operators do: nothing of it may stay.
 */
class WebApplicationTest {

    /** What a web application brings: everything but the containers, the servlet API, and what tests are made with. */
    private static final List<String> LIBRARIES =
            List.of("wagi-core", "wagi-config", "chicory", "/asm", "slf4j", "jackson", "snakeyaml", "jspecify");

    private static final String MODULES = """
            [[module]]
            route = "/hello/..."
            module = "hello.wasm"
            """;

    /** Whether this is the run with Jetty's EE11, which needs a newer servlet API than EE10. */
    private static final boolean EE11 = "11".equals(System.getProperty("wagi.jakarta-ee"));

    /** A container in which web applications come and go. */
    enum Container {
        TOMCAT {
            @Override
            void start(Path folder) throws Exception {
                Tomcat tomcat = new Tomcat();
                tomcat.setBaseDir(folder.resolve("tomcat").toString());
                Connector connector = WagiServletInTomcatTest.connector();
                tomcat.setConnector(connector);
                tomcat.getHost();
                tomcat.start();
                stop = () -> {
                    tomcat.stop();
                    tomcat.destroy();
                };
                uri = URI.create("http://127.0.0.1:" + connector.getLocalPort());
                deploy = application -> {
                    Context context = tomcat.addWebapp("/app", application.toString());
                    context.setParentClassLoader(WebApplicationTest.class.getClassLoader());
                    return new Deployed(context.getLoader().getClassLoader(), () -> {
                        context.stop();
                        tomcat.getHost().removeChild(context);
                        context.destroy();
                    });
                };
            }
        },
        JETTY {
            @Override
            void start(Path folder) throws Exception {
                startJetty(Ee10::context);
            }
        },
        JETTY_EE11 {
            @Override
            void start(Path folder) throws Exception {
                startJetty(Ee11::context);
            }
        };

        /** Those that this class path has. */
        static List<Container> present() {
            return EE11 ? List.of(JETTY_EE11) : List.of(TOMCAT, JETTY);
        }

        final void startJetty(Function<Path, ContextHandler> contextOf) throws Exception {
            Server server = new Server();
            ServerConnector connector = WagiServletTest.connector(server);
            server.addConnector(connector);
            ContextHandlerCollection contexts = new ContextHandlerCollection();
            server.setHandler(contexts);
            server.start();
            stop = server::stop;
            uri = URI.create("http://127.0.0.1:" + connector.getLocalPort());
            deploy = application -> {
                ContextHandler context = contextOf.apply(application);
                contexts.addHandler(context);
                context.start();
                return new Deployed(context.getContext().getClassLoader(), () -> {
                    context.stop();
                    contexts.removeHandler(context);
                    context.destroy();
                });
            };
        }

        URI uri;
        Step stop;
        Deploy deploy;

        abstract void start(Path folder) throws Exception;
    }

    /** Loaded only if Jetty's EE10 is there. */
    private static final class Ee10 {
        static ContextHandler context(Path application) {
            WebAppContext context = new WebAppContext(application.toString(), "/app");
            context.getServletHandler().setDecodeAmbiguousURIs(true);
            return context;
        }
    }

    /** Loaded only if Jetty's EE11 is there. */
    private static final class Ee11 {
        static ContextHandler context(Path application) {
            var context = new org.eclipse.jetty.ee11.webapp.WebAppContext(application.toString(), "/app");
            context.getServletHandler().setDecodeAmbiguousURIs(true);
            return context;
        }
    }

    static List<Container> containers() {
        return Container.present();
    }

    interface Step {
        void run() throws Exception;
    }

    interface Deploy {
        Deployed run(Path application) throws Exception;
    }

    /** An application that is served at {@code /app}. */
    record Deployed(ClassLoader loader, Step undeploy) {}

    @TempDir
    Path folder;

    private Path application;

    @BeforeEach
    void makeApplication() throws Exception {
        application = folder.resolve("application");
        make(application, LIBRARIES, HelloServlet.class);
        Path web = application.resolve("WEB-INF");
        Files.writeString(web.resolve("modules.toml"), MODULES);
        Files.copy(Guests.sample("hello/hello.wasm"), web.resolve("hello.wasm"));
    }

    /**
     * Makes a web application of libraries and classes.
     *
     * @param libraries parts of the names of entries of this class path
     */
    private static void make(Path application, List<String> wantedLibraries, Class<?>... own) throws Exception {
        Path web = Files.createDirectories(application.resolve("WEB-INF"));
        Path libraries = Files.createDirectories(web.resolve("lib"));
        int number = 0;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            boolean wanted = wantedLibraries.stream().anyMatch(entry::contains)
                    || entry.endsWith(Path.of("wagi-http", "target", "classes").toString());
            if (wanted && Files.isDirectory(path) && !entry.contains("test-classes")) {
                pack(path, libraries.resolve("classes-" + number++ + ".jar"));
            } else if (wanted
                    && entry.endsWith(".jar")
                    && (wantedLibraries.contains("wabt") || !entry.contains("wabt"))) {
                Files.copy(path, libraries.resolve(path.getFileName()));
            }
        }
        for (Class<?> type : own) {
            String name = type.getName().replace('.', '/') + ".class";
            Path file = web.resolve("classes").resolve(name);
            Files.createDirectories(file.getParent());
            try (InputStream code = type.getResourceAsStream("/" + name)) { // of a directory, or of a jar
                Files.copy(code, file);
            }
        }
    }

    /** The contract of transports, with everything but the container in the application. */
    abstract static class Contract extends WireContract {

        private final Container container;
        private final Set<Difference.Place> places;
        private Deployed deployed;

        @TempDir
        static Path folders;

        Contract(Container container, Difference.Place... places) {
            this.container = container;
            this.places = Set.of(places);
        }

        @Override
        final URI start() throws Exception {
            Path folder = Files.createTempDirectory(folders, "war");
            Path application = folder.resolve("application");
            List<String> libraries = new ArrayList<>(LIBRARIES);
            libraries.addAll(List.of("wagi-wat", "wabt"));
            make(application, libraries, GuestsServlet.class, Guests.class);
            declare(application, GuestsServlet.class, Map.of());
            container.start(folder);
            deployed = container.deploy.run(application);
            return URI.create(container.uri + "/app/wagi");
        }

        @Test
        void host_isTheApplicationsOwn() throws Exception {
            assertThat(deployed.loader.loadClass(Wagi.class.getName())).isNotSameAs(Wagi.class);
        }

        @Override
        final Set<Difference.Place> places() {
            return places;
        }

        @Override
        final void stop() throws Exception {
            deployed.undeploy.run();
            container.stop.run();
        }
    }

    @Nested
    @DisabledIfSystemProperty(named = "wagi.jakarta-ee", matches = "11")
    class ContractInTomcat extends Contract {
        ContractInTomcat() {
            super(Container.TOMCAT, Difference.Place.TOMCAT);
        }
    }

    @Nested
    @DisabledIfSystemProperty(named = "wagi.jakarta-ee", matches = "11")
    class ContractInJetty extends Contract {
        ContractInJetty() {
            super(Container.JETTY, Difference.Place.JETTY, Difference.Place.WAR_ON_JETTY);
        }
    }

    @Nested
    @EnabledIfSystemProperty(named = "wagi.jakarta-ee", matches = "11")
    class ContractInJettyEe11 extends Contract {
        ContractInJettyEe11() {
            super(Container.JETTY_EE11, Difference.Place.JETTY, Difference.Place.WAR_ON_JETTY);
        }
    }

    @ParameterizedTest
    @MethodSource("containers")
    void undeploy_severalTimes_keepsNoClassLoader(Container container) throws Exception {
        declare(HelloServlet.class, Map.of("configuration", "/WEB-INF/modules.toml"));
        ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        container.start(folder);
        try {
            for (int i = 0; i < 2; i++) {
                loaders.add(new WeakReference<>(deployAndUndeploy(container), gone));
            }
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            int left = loaders.size();
            while (left > 0 && System.nanoTime() - deadline < 0) {
                System.gc();
                left -= gone.remove(200) == null ? 0 : 1; // threads end a little later than what they were needed for
            }
        } finally {
            container.stop.run();
        }

        assertThat(loaders).extracting(WeakReference::get).containsOnlyNulls();
    }

    private ClassLoader deployAndUndeploy(Container container) throws Exception {
        Deployed deployed = container.deploy.run(application);
        try {
            assertThat(get(container, "/own").body()).isEqualTo("hello world\n");
            assertThat(deployed.loader.loadClass(Wagi.class.getName())).isNotSameAs(Wagi.class);
            return deployed.loader;
        } finally {
            deployed.undeploy.run();
        }
    }

    @ParameterizedTest
    @MethodSource("containers")
    void initParameters_nameAConfiguration_itIsServed(Container container) throws Exception {
        declare(WagiServlet.class, Map.of("configuration", "/WEB-INF/modules.toml", "compile-cache", "compiled"));
        container.start(folder);
        try {
            Deployed deployed = container.deploy.run(application);
            assertThat(get(container, "/hello").body()).isEqualTo("hello world\n");
            deployed.undeploy.run();
        } finally {
            container.stop.run();
        }
    }

    @ParameterizedTest
    @MethodSource("containers")
    void start_moduleIsMissing_servletIsUnavailable(Container container) throws Exception {
        declare(WagiServlet.class, Map.of("configuration", "/WEB-INF/modules.toml"));
        Files.delete(application.resolve("WEB-INF/hello.wasm"));
        container.start(folder);
        try {
            Deployed deployed = container.deploy.run(application);
            assertThat(get(container, "/hello").status()).isIn(404, 503);
            deployed.undeploy.run();
        } finally {
            container.stop.run();
        }
    }

    /** The connection does not stay: Jetty keeps with it what served it. */
    private static RawClient.Response get(Container container, String path) throws Exception {
        try (RawClient raw = new RawClient(container.uri)) {
            return raw.send("GET /app/wagi" + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                    .read();
        }
    }

    private void declare(Class<?> servlet, Map<String, String> parameters) throws IOException {
        declare(application, servlet, parameters);
    }

    private static void declare(Path application, Class<?> servlet, Map<String, String> parameters) throws IOException {
        StringBuilder declared = new StringBuilder();
        parameters.forEach((name, value) ->
                declared.append("<init-param><param-name>%s</param-name><param-value>%s</param-value></init-param>"
                        .formatted(name, value)));
        Files.writeString(application.resolve("WEB-INF/web.xml"), """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
                  <servlet>
                    <servlet-name>wagi</servlet-name>
                    <servlet-class>%s</servlet-class>
                    %s
                    <load-on-startup>1</load-on-startup>
                    <async-supported>true</async-supported>
                  </servlet>
                  <servlet-mapping>
                    <servlet-name>wagi</servlet-name>
                    <url-pattern>/wagi/*</url-pattern>
                  </servlet-mapping>
                </web-app>
                """.formatted(servlet.getName(), declared));
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(
                        new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                Files.copy(file, out);
            }
        }
    }
}
