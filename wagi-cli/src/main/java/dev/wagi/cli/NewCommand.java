// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.option.Constants;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wagi new}: writes a module to begin with. */
@Command(
        name = "new",
        description = {
            "Creates a directory with a module to begin with.",
            "It has the source, the command that builds it, a configuration and a test request. What is there",
            "already is not changed."
        },
        customSynopsis = "wagi new NAME --lang LANG",
        sortOptions = false,
        footer = {"", "Example:", "  wagi new hello --lang rust && cd hello && sh build.sh && wagi request /hello/world"
        })
final class NewCommand implements Callable<Integer> {

    /** What is a file's name, a route, and in AssemblyScript the name of a source. */
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    /** Windows has devices of these names in every directory. */
    private static final Pattern DEVICE = Pattern.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]");

    @Parameters(
            paramLabel = "NAME",
            description = "The name of the directory, the module and its route: small letters, digits and hyphens.")
    private String name = "";

    @Option(
            names = "--lang",
            paramLabel = "LANG",
            required = true,
            description = "rust, c, go, tinygo, assemblyscript, zig or wat.")
    private @Nullable Skeleton language;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        common.apply();
        if (!NAME.matcher(name).matches() || DEVICE.matcher(name).matches()) {
            throw Failures.usage(
                    spec,
                    "\"" + name
                            + "\" cannot be the name of a module; write small letters, digits and hyphens, at most 40,"
                            + " for instance hello");
        }
        Skeleton skeleton = Objects.requireNonNull(language);
        Map<String, String> files = skeleton.files(name);
        write(Path.of(name), files);
        System.out.println("Created " + name + ": " + String.join(", ", files.keySet()));
        System.out.println("Next:");
        System.out.println("  cd " + name);
        if (!skeleton.commands(name).isEmpty()) {
            System.out.println("  sh build.sh");
        }
        System.out.println("  wagi request /" + name + "/world");
        System.out.println("  wagi serve --watch");
        return 0;
    }

    /** Writes files into a directory that is created; it must not exist, so nothing can be overwritten. */
    static void write(Path directory, Map<String, String> files) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(directory + " exists already; choose another name, or remove it", e);
        } catch (IOException e) {
            throw new IOException(
                    "cannot create the directory " + directory + ": " + e
                            + "; change to a directory that you can write to",
                    e);
        }
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(directory.resolve(file.getKey()), file.getValue());
        }
    }

    static Skeleton skeleton(String text) {
        return Constants.parse(
                Skeleton.class, text, "is not a known language; write rust, c, go, tinygo, assemblyscript, zig or wat");
    }
}
