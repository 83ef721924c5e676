// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.NativeDetector;
import org.springframework.core.env.Environment;

/**
 * Initialises the classes of a host on a thread of its own while Spring begins, as Spring Boot does with some of its
 * own: if there is more than one processor, and {@code spring.backgroundpreinitializer.ignore} is not {@code true}. The
 * first application of a JVM does this, when logging has been set up.
 */
final class BackgroundInitialization implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

    private static final AtomicBoolean BEGUN = new AtomicBoolean();

    BackgroundInitialization() {}

    @Override
    public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
        if (isWanted(event.getEnvironment()) && BEGUN.compareAndSet(false, true)) {
            Thread thread = new Thread(BackgroundInitialization::initialize, "wagi-initialization");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static boolean isWanted(Environment environment) {
        return Runtime.getRuntime().availableProcessors() > 1
                && !NativeDetector.inNativeImage()
                && "true".equalsIgnoreCase(environment.getProperty("wagi.enabled", "true"))
                && !"true".equalsIgnoreCase(environment.getProperty("spring.backgroundpreinitializer.ignore"));
    }

    /** What fails here fails again, and is reported, where it is needed. */
    private static void initialize() {
        try {
            ClassLoader loader = BackgroundInitialization.class.getClassLoader();
            for (String name : classes()) {
                Class.forName(name, true, loader);
            }
        } catch (IOException | ClassNotFoundException | RuntimeException | LinkageError e) {
            // The application's own thread loads the rest.
        }
    }

    /** The names of classes whose static initialisers do not wait for each other in circles: two threads run them. */
    static List<String> classes() throws IOException {
        try (InputStream list = Objects.requireNonNull(
                        BackgroundInitialization.class.getResourceAsStream("preinitialized-classes.txt"));
                BufferedReader lines = new BufferedReader(new InputStreamReader(list, StandardCharsets.US_ASCII))) {
            return lines.lines()
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        }
    }
}
