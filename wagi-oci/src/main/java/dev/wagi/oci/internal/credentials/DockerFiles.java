// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.credentials;

import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the credentials in the files of Podman and Docker. The files are read each time, so a new login takes effect at
 * once.
 */
public final class DockerFiles implements CredentialSource {

    private static final long MAX_BYTES = 4L << 20;

    private final List<Path> files;
    private final boolean required;
    private final CredentialHelper helper;

    private DockerFiles(List<Path> files, boolean required, CredentialHelper helper) {
        this.files = List.copyOf(files);
        this.required = required;
        this.helper = helper;
    }

    /**
     * Returns the files that Podman and Docker use, Podman's first: {@code $REGISTRY_AUTH_FILE}, otherwise
     * {@code $XDG_RUNTIME_DIR/containers/auth.json}; then {@code $DOCKER_CONFIG/config.json}, otherwise
     * {@code ~/.docker/config.json}. Files that do not exist are skipped.
     *
     * @param environment the environment variables of this process
     */
    public static DockerFiles standard(Map<String, String> environment, Path home) {
        return standard(environment, home, new CredentialHelper());
    }

    static DockerFiles standard(Map<String, String> environment, Path home, CredentialHelper helper) {
        List<Path> files = new ArrayList<>();
        String named = environment.getOrDefault("REGISTRY_AUTH_FILE", "");
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!named.isEmpty()) {
            files.add(path("REGISTRY_AUTH_FILE", named));
        } else if (!runtime.isEmpty()) {
            files.add(path("XDG_RUNTIME_DIR", runtime).resolve("containers").resolve("auth.json"));
        }
        String docker = environment.getOrDefault("DOCKER_CONFIG", "");
        files.add(
                docker.isEmpty()
                        ? home.resolve(".docker/config.json")
                        : path("DOCKER_CONFIG", docker).resolve("config.json"));
        return new DockerFiles(files, false, helper);
    }

    /**
     * Returns the user's home directory: {@code HOME}, otherwise {@code user.home}, which Java takes from the user
     * database.
     */
    public static Path home(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "");
        return home.isEmpty() ? Path.of(System.getProperty("user.home", "")) : path("HOME", home);
    }

    private static Path path(String variable, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new OciException.BadCredentials(
                    "the path in the environment variable " + variable
                            + " has a character that file names do not have in this locale; set LC_ALL, for instance to"
                            + " C.UTF-8",
                    e);
        }
    }

    /** Returns a source that reads one file, which must exist when credentials are needed. */
    public static DockerFiles of(Path file) {
        return new DockerFiles(List.of(file), true, new CredentialHelper());
    }

    @Override
    public List<Credentials> credentials(String registry, String repository) {
        Set<Credentials> found = new LinkedHashSet<>();
        for (Path file : files) {
            if (required || Files.exists(file)) {
                found.addAll(DockerConfig.parse(file.toString(), read(file)).find(registry, repository, helper));
            }
        }
        return List.copyOf(found);
    }

    private static byte[] read(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
                throw new OciException.BadCredentials("there are no credentials in " + file
                        + ": it is not a regular file of at most 4 MiB; name another");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new OciException.BadCredentials(
                    "the credentials in " + file + " cannot be read (" + e.getMessage() + "); check its permissions",
                    e);
        }
    }
}
