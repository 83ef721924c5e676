// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.option.Constants;
import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code wagi push}: uploads a module to a registry. */
@Command(
        name = "push",
        description = {
            "Pushes a module to a registry; WebAssembly text is assembled first.",
            "Prints the reference with the digest of the pushed image."
        },
        customSynopsis = "wagi push [OPTION]... FILE REFERENCE",
        sortOptions = false,
        footer = {"", "Example:", "  wagi push hello.wasm example.org/hello:v1.0.0"})
final class PushCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "FILE", description = "A module, .wasm or .wat.")
    private @Nullable Path file;

    @Parameters(index = "1", paramLabel = "REFERENCE", description = "The image, by tag; oci: before it is fine.")
    private @Nullable OciReference reference;

    @Option(
            names = "--layout",
            paramLabel = "LAYOUT",
            defaultValue = "wasm-to-oci",
            description =
                    "wasm-to-oci or cncf: how the module is laid out; by default wasm-to-oci, which Krustlet reads,"
                            + " too.")
    private ModuleLayout layout = ModuleLayout.WASM_TO_OCI;

    @Option(
            names = "--chunk-size",
            paramLabel = "BYTES",
            description = "Upload in requests of that many bytes; by default in one.")
    private int chunkSize;

    @Option(
            names = {"-q", "--quiet"},
            description = "Show no progress.")
    private boolean quiet;

    @Mixin
    private RegistryOptions registries = new RegistryOptions();

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        common.apply();
        OciReference target = Objects.requireNonNull(reference);
        if (target.digest().isPresent()) {
            throw Failures.usage(spec, "the reference has a digest, which follows from the module; push under a tag");
        }
        if (chunkSize < 0) {
            throw Failures.usage(spec, "--chunk-size is negative; write a number of bytes, or leave it out");
        }
        byte[] module = InputFile.module(Objects.requireNonNull(file));
        Digest digest = registries
                .client()
                .listener(TransferProgress.standard(quiet))
                .build()
                .push(module, target, layout, chunkSize);
        System.out.println(target.withDigest(digest));
        return 0;
    }

    static ModuleLayout layout(String text) {
        return Constants.parse(ModuleLayout.class, text, "is not a layout; write wasm-to-oci or cncf");
    }
}
