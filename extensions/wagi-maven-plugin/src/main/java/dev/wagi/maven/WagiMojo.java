// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.maven;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** What the goals have in common: where the configuration is, and what the application's class path has so far. */
abstract class WagiMojo extends AbstractMojo {

    /**
     * The configuration: {@code modules.toml}, JSON or YAML. By default {@code modules.toml} in the project's
     * directory, else at the root of the class path.
     */
    @Parameter(property = "wagi.configuration")
    private @Nullable File configuration;

    /** Does nothing. */
    @Parameter(property = "wagi.skip", defaultValue = "false")
    private boolean skip;

    @Parameter(defaultValue = "${project.basedir}", readonly = true, required = true)
    private @Nullable File directory;

    @Parameter(defaultValue = "${project.build.outputDirectory}", readonly = true, required = true)
    private @Nullable File classes;

    @Override
    public final void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("skipped: wagi.skip is set");
            return;
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // Finds what the plugin brings, and the application's resources.
        try (URLClassLoader application = new URLClassLoader(
                new URL[] {classes().toUri().toURL()}, getClass().getClassLoader())) {
            thread.setContextClassLoader(application);
            run();
        } catch (WagiConfigException e) {
            throw new MojoFailureException(e.getMessage(), e);
        } catch (IOException | RuntimeException e) {
            throw new MojoExecutionException(e.getMessage(), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    abstract void run() throws MojoExecutionException, MojoFailureException, IOException;

    /** Where the classes and resources of the application are. */
    final Path classes() {
        return path(classes);
    }

    /** The configuration, if there is one. */
    final Optional<Path> configuration() throws MojoExecutionException {
        if (configuration != null) {
            if (!configuration.isFile()) {
                throw new MojoExecutionException("the parameter 'configuration' is " + configuration
                        + ", and there is no such file; correct it");
            }
            return Optional.of(configuration.toPath());
        }
        return Stream.of(path(directory), classes())
                .map(place -> place.resolve("modules.toml"))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** A builder with the configuration. */
    final Wagi.Builder configured() throws MojoExecutionException {
        Path file = configuration()
                .orElseThrow(() -> new MojoExecutionException("there is no modules.toml in " + path(directory)
                        + " and none in " + classes() + "; set the parameter 'configuration'"));
        return Wagi.builder().addConfiguration(file);
    }

    private static Path path(@Nullable File file) {
        if (file == null) {
            throw new IllegalStateException("BUG: Maven has not set a parameter; please report this");
        }
        return file.toPath();
    }
}
