// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.maven;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.util.concurrent.CountDownLatch;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.Execute;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Builds the application's classes and resources, then serves the configuration until Maven is stopped, with Ctrl-C.
 */
@Mojo(name = "run")
@Execute(phase = LifecyclePhase.PROCESS_CLASSES)
public final class RunMojo extends WagiMojo {

    /** The port on 127.0.0.1; 0 for one that is free. */
    @Parameter(property = "wagi.port", defaultValue = "3000")
    private int port;

    /** Made by Maven. */
    public RunMojo() {}

    @Override
    void run() throws MojoExecutionException {
        try (Wagi wagi = configured().build();
                WagiServer server = WagiServer.builder(wagi).port(port).start()) {
            getLog().info("serving on " + server.uri() + "; stop it with Ctrl-C");
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
