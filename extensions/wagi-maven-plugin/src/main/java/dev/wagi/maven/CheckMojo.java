// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.maven;

import dev.wagi.core.Wagi;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;

/**
 * Checks the configuration and the modules that it names, as the server would when it starts. All problems are
 * reported, and the build fails.
 */
@Mojo(name = "check", defaultPhase = LifecyclePhase.PROCESS_CLASSES, threadSafe = true)
public final class CheckMojo extends WagiMojo {

    /** Does not compile the modules; problems that only compiling finds are not reported. */
    @Parameter(property = "wagi.fast", defaultValue = "false")
    private boolean fast;

    /** Made by Maven. */
    public CheckMojo() {}

    @Override
    void run() throws MojoExecutionException {
        Wagi.Builder builder = configured()
                .engine(fast ? Wagi.Engine.INTERPRETER : Wagi.Engine.COMPILER)
                .lazy(false);
        try (Wagi wagi = builder.build()) {
            long count =
                    wagi.routes().stream().filter(route -> !route.isFiles()).count();
            getLog().info(count + (count == 1 ? " module, ok" : " modules, ok"));
        }
    }
}
