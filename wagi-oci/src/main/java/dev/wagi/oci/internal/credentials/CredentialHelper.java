// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.credentials;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.internal.text.Foreign;
import dev.wagi.oci.internal.text.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs Docker credential helpers: {@code docker-credential-<name> get} reads the name of a registry from standard input
 * and prints {@code {"ServerURL": ..., "Username": ..., "Secret": ...}}. If a helper cannot be used, a warning is
 * logged and it counts as having no credentials, because many images need none. No message contains what a helper
 * prints.
 *
 * @see <a href="https://github.com/docker/docker-credential-helpers">docker-credential-helpers</a>
 */
final class CredentialHelper {

    private static final Logger LOG = LoggerFactory.getLogger(CredentialHelper.class);

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,63}");
    private static final int MAX_OUTPUT = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final @Nullable Path directory;
    private final Duration patience;

    /** Runs helpers on the PATH. */
    CredentialHelper() {
        this(null, PATIENCE);
    }

    /** Runs helpers in a directory, or on the PATH if it is null. */
    CredentialHelper(@Nullable Path directory, Duration patience) {
        this.directory = directory;
        this.patience = patience;
    }

    /** Returns the credentials that a helper has for a registry. */
    Optional<Credentials> get(String name, String server) {
        if (!NAME.matcher(name).matches()) {
            LOG.warn(
                    "the credential helper {} is ignored: its name may contain only letters, digits, '.', '_' and '-'",
                    Foreign.quoted(name));
            return Optional.empty();
        }
        String program = "docker-credential-" + name;
        Process process;
        try {
            process = new ProcessBuilder(
                            directory == null
                                    ? program
                                    : directory.resolve(program).toString(),
                            "get")
                    .start();
        } catch (IOException e) {
            LOG.warn(
                    "the credential helper '{}' cannot be run ({}); put it on the PATH, or remove it from the"
                            + " configuration",
                    program,
                    e.getMessage());
            return Optional.empty();
        }
        try {
            return answer(program, process, server);
        } catch (TimeoutException e) {
            LOG.warn(
                    "the credential helper '{}' did not end within {} s; is it waiting for input?",
                    program,
                    patience.toSeconds());
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private Optional<Credentials> answer(String program, Process process, String server)
            throws TimeoutException, InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        // Both pipes are read at once: a program that fills one while we wait for the other would never end.
        CompletableFuture<byte[]> output = reading(process.getInputStream());
        CompletableFuture<byte[]> errors = reading(process.getErrorStream());
        try (OutputStream input = process.getOutputStream()) {
            input.write(server.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.debug("the credential helper '{}' did not read its input", program, e);
        }
        byte[] printed;
        try {
            printed = output.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            errors.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            LOG.warn("the credential helper '{}' cannot be read", program, e.getCause());
            return Optional.empty();
        }
        if (printed.length > MAX_OUTPUT) {
            LOG.warn(
                    "the credential helper '{}' printed more than {} bytes; its output is ignored",
                    program,
                    MAX_OUTPUT);
            return Optional.empty();
        }
        if (!process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            throw new TimeoutException();
        }
        if (process.exitValue() != 0) {
            String text = new String(printed, StandardCharsets.UTF_8);
            if (text.contains("not found")) {
                LOG.debug("the credential helper '{}' has no credentials for {}", program, server);
            } else {
                LOG.warn(
                        "the credential helper '{}' failed with exit code {}; run it manually to see why",
                        program,
                        process.exitValue());
            }
            return Optional.empty();
        }
        return parse(program, printed);
    }

    private static Optional<Credentials> parse(String program, byte[] printed) {
        try {
            JsonNode answer = Json.read(printed);
            String user = answer.path("Username").asText("");
            String secret = answer.path("Secret").asText("");
            if (secret.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(
                    user.isEmpty() || user.equals(DockerConfig.TOKEN_USER)
                            ? Credentials.identityToken(secret)
                            : Credentials.of(user, secret));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            LOG.warn("the credential helper '{}' printed something that is not valid helper output", program);
            return Optional.empty();
        }
    }

    /** Reads one byte more than allowed, so that output which is too long can be detected. */
    private static CompletableFuture<byte[]> reading(InputStream stream) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try (stream) {
                        result.complete(stream.readNBytes(MAX_OUTPUT + 1));
                    } catch (IOException e) {
                        result.completeExceptionally(e);
                    }
                },
                "wagi-credential-helper");
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
