// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.maven;

import dev.wagi.core.Wagi;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Compiles modules into the application's jar, so that the application starts without compiling them: those that the
 * configuration names, or, without one, those among the application's resources. The code is only used by the same
 * version of WAGI, so keep the versions of this plugin and of WAGI equal.
 */
@Mojo(name = "compile", defaultPhase = LifecyclePhase.PROCESS_CLASSES, threadSafe = true)
public final class CompileMojo extends WagiMojo {

    /**
     * Without a configuration: which of the resources are modules; globs, by default all {@code .wasm} and
     * {@code .wat}.
     */
    @Parameter
    private @Nullable List<String> includes;

    /** Which of the resources are no modules all the same; globs. */
    @Parameter
    private @Nullable List<String> excludes;

    /** Made by Maven. */
    public CompileMojo() {}

    @Override
    void run() throws MojoExecutionException, IOException {
        Wagi.Builder builder;
        if (configuration().isPresent()) {
            builder = configured();
        } else {
            List<Path> modules = modules();
            if (modules.isEmpty()) {
                getLog().warn("no module was compiled: there is no modules.toml, and no .wasm or .wat in " + classes()
                        + "; set 'configuration' or 'includes'");
                return;
            }
            builder = Wagi.builder();
            for (Path module : modules) {
                String route = "/" + modules.indexOf(module);
                builder.addModule(m -> m.route(route).source(module));
            }
        }
        int files = builder.precompile(classes());
        getLog().info(files + (files == 1 ? " file" : " files") + " of compiled code in " + classes());
    }

    private List<Path> modules() throws IOException {
        if (!Files.isDirectory(classes())) {
            return List.of();
        }
        List<PathMatcher> included = matchers(includes == null ? List.of("**.wasm", "**.wat") : includes);
        List<PathMatcher> excluded = matchers(excludes == null ? List.of() : excludes);
        try (Stream<Path> all = Files.walk(classes())) {
            return all.filter(Files::isRegularFile)
                    .filter(file -> matches(file, included) && !matches(file, excluded))
                    .sorted()
                    .toList();
        }
    }

    private boolean matches(Path file, List<PathMatcher> matchers) {
        Path relative = classes().relativize(file);
        return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
    }

    private static List<PathMatcher> matchers(List<String> globs) {
        FileSystem files = FileSystems.getDefault();
        return globs.stream().map(glob -> files.getPathMatcher("glob:" + glob)).toList();
    }
}
