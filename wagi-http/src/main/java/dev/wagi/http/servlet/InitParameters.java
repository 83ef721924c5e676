// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.servlet;

import dev.wagi.core.Wagi;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code web.xml}, an annotation or a deployer says about a {@link WagiServlet}. Messages list everything that is
 * wrong.
 */
final class InitParameters {

    private static final String CONFIGURATION = "configuration";
    private static final String COMPILE_CACHE = "compile-cache";
    private static final String LOG_DIRECTORY = "log-directory";
    private static final String ENGINE = "engine";
    private static final String KEEP_GOING = "keep-going";
    private static final String GRACE = "grace";

    private static final List<String> NAMES =
            List.of(CONFIGURATION, COMPILE_CACHE, LOG_DIRECTORY, ENGINE, KEEP_GOING, GRACE);

    private static final String CLASS_PATH = "classpath:";

    private final ServletConfig config;
    private final ServletContext context;
    private final List<String> problems = new ArrayList<>();

    InitParameters(ServletConfig config) {
        this.config = config;
        this.context = config.getServletContext();
    }

    /**
     * A builder that has been told all of it.
     *
     * @throws IllegalArgumentException if something is wrong
     */
    Wagi.Builder builder() {
        for (String name : Collections.list(config.getInitParameterNames())) {
            if (!NAMES.contains(name) && name.indexOf('.') < 0) {
                problems.add("there is no init parameter '" + name + "'; there are " + String.join(", ", NAMES));
            }
        }
        Wagi.Builder builder = Wagi.builder();
        String location = value(CONFIGURATION);
        Path file = location == null ? null : configuration(location);
        if (file != null) {
            builder.addConfiguration(file);
        }
        Path cache = directory(COMPILE_CACHE);
        if (cache != null) {
            builder.compileCache(cache);
        }
        Path logs = directory(LOG_DIRECTORY);
        if (logs != null) {
            builder.logDirectory(logs);
        }
        builder.engine(choice(ENGINE, "compiler", "interpreter") ? Wagi.Engine.COMPILER : Wagi.Engine.INTERPRETER);
        builder.keepGoing(!choice(KEEP_GOING, "false", "true"));
        grace();
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join(System.lineSeparator(), problems));
        }
        return builder;
    }

    /** How long to wait for requests in flight. */
    Duration grace() {
        String text = value(GRACE);
        if (text == null) {
            return Wagi.DEFAULT_GRACE;
        }
        if (text.matches("[0-9]{1,5}")) {
            return Duration.ofSeconds(Integer.parseInt(text));
        }
        problem(GRACE, text, "is not a number of seconds, such as 30");
        return Wagi.DEFAULT_GRACE;
    }

    private @Nullable String value(String name) {
        String value = config.getInitParameter(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** Whether it is the first of two words, which it is by default. */
    private boolean choice(String name, String usual, String other) {
        String text = value(name);
        if (text != null && !text.equals(usual) && !text.equals(other)) {
            problem(name, text, "is neither " + usual + " nor " + other);
        }
        return !other.equals(text);
    }

    private @Nullable Path directory(String name) {
        String text = value(name);
        if (text == null) {
            return null;
        }
        Path path = Path.of(text);
        if (path.isAbsolute()) {
            return path;
        }
        if (context.getAttribute(ServletContext.TEMPDIR) instanceof File folder) {
            return folder.toPath().resolve(path);
        }
        problem(name, text, "is relative, and this container has no temporary directory; write an absolute path");
        return null;
    }

    private @Nullable Path configuration(String location) {
        try {
            URL url;
            if (location.startsWith("/")) {
                url = context.getResource(location);
                String path = context.getRealPath(location);
                if (url != null && path != null) {
                    return Path.of(path);
                }
            } else if (location.startsWith(CLASS_PATH)) {
                String name = location.substring(CLASS_PATH.length()).replaceFirst("^/+", "");
                ClassLoader application = Thread.currentThread().getContextClassLoader();
                url = (application == null ? InitParameters.class.getClassLoader() : application).getResource(name);
            } else {
                url = new URL(location);
            }
            if (url == null) {
                problem(
                        CONFIGURATION,
                        location,
                        "is not there; a path that begins with / is looked for in the web application, classpath:name"
                                + " among its classes and jars");
                return null;
            }
            return Path.of(new URI(url.toExternalForm()));
        } catch (MalformedURLException | URISyntaxException e) {
            problem(
                    CONFIGURATION,
                    location,
                    "is no location; write /WEB-INF/modules.toml, classpath:modules.toml or a URL such as"
                            + " file:/etc/wagi/modules.toml");
        } catch (IllegalArgumentException | FileSystemNotFoundException e) {
            problem(
                    CONFIGURATION,
                    location,
                    "is not a file; let the container unpack the web application, name a file, or call"
                            + " builder.addSource(WagiConfig.ofResource(...)) in a subclass");
        }
        return null;
    }

    private void problem(String name, String text, String reason) {
        problems.add("init parameter '" + name + "': " + text + " " + reason);
    }
}
