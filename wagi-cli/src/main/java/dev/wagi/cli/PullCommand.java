// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.option.Constants;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.client.OciModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code wagi pull}: fetches a module from a registry, to be there when it is served. */
@Command(
        name = "pull",
        description = {
            "Pulls a module from a registry into the module cache.",
            "Prints the reference with the digest that it was resolved to."
        },
        customSynopsis = "wagi pull [OPTION]... REFERENCE",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  wagi pull example.org/hello:v1.0.0",
            "  wagi pull -o hello.wasm example.org/hello@sha256:..."
        })
final class PullCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "REFERENCE",
            description = "An image, for instance example.org/hello:v1; oci: before it is fine.")
    private @Nullable OciReference reference;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Also write the module to a file.")
    private @Nullable Path output;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            defaultValue = "always",
            description =
                    "always, if-not-present or never; by default always asks the registry what the tag means now.")
    private PullPolicy policy = PullPolicy.ALWAYS;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    private boolean quiet;

    @Mixin
    private ModuleCacheOptions cache = new ModuleCacheOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() throws IOException {
        common.apply();
        OciModule module = cache.client(TransferProgress.standard(quiet))
                .pull(Objects.requireNonNull(reference), cache.isOffline() ? PullPolicy.NEVER : policy);
        if (output != null) {
            try {
                Files.write(output, module.bytes());
            } catch (IOException e) {
                throw new IOException("cannot write " + output + ", given with -o: " + e, e);
            }
        }
        System.out.println(module.reference().withDigest(module.manifest()));
        return 0;
    }

    static PullPolicy policy(String text) {
        return Constants.parse(PullPolicy.class, text, "is not a policy; write always, if-not-present or never");
    }

    /** A reference as in a configuration, or as other tools write it. */
    static OciReference reference(String text) {
        return OciReference.parse(text.startsWith("oci:") ? text.substring("oci:".length()) : text);
    }
}
