// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What describes a request on the command line, as in curl. */
final class RequestOptions {

    @Parameters(paramLabel = "URL", description = "A path, or a URL whose scheme and host the module sees.")
    private @Nullable RequestUrl url;

    @Option(
            names = {"-X", "--request"},
            paramLabel = "METHOD",
            description = "The method; by default GET, or POST with -d.")
    private @Nullable String method;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME: VALUE",
            description = "A header field; may be given several times.")
    private List<String> fields = new ArrayList<>();

    @Option(
            names = {"-d", "--data"},
            paramLabel = "DATA|@FILE|@-",
            description = "The body: the text itself, a file's bytes, or those of standard input. Its type is"
                    + " application/x-www-form-urlencoded if -H gives no Content-Type.")
    private @Nullable String data;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** The request, with its whole body. */
    WagiRequest request() throws IOException {
        byte[] body = data == null ? null : body(data);
        String verb = method != null ? method : body == null ? "GET" : "POST";
        try {
            return RequestText.request(verb, Objects.requireNonNull(url), fields, body);
        } catch (IllegalArgumentException e) {
            throw Failures.usage(spec, String.valueOf(e.getMessage()));
        }
    }

    /** The whole body: most modules want to know its length before they read it. */
    private static byte[] body(String data) throws IOException {
        if (!data.startsWith("@")) {
            return data.getBytes(StandardCharsets.UTF_8);
        }
        String file = data.substring(1);
        if (file.equals("-")) {
            return InputFile.body(System.in, "standard input");
        }
        if (Files.isDirectory(InputFile.path("-d", file))) {
            throw new IOException(file + ", given with -d, is a directory; name a file in it");
        }
        try (InputStream in = Files.newInputStream(InputFile.path("-d", file))) {
            return InputFile.body(in, file);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file + "; check the path given with -d", e);
        } catch (FileSystemException e) {
            throw new IOException("cannot read " + file + ", given with -d: " + e, e);
        }
    }
}
