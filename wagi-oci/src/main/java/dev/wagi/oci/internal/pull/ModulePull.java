// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.layer.LayerArchive;
import dev.wagi.oci.internal.layer.Overlay;
import dev.wagi.oci.internal.layer.WasmModule;
import dev.wagi.oci.internal.manifest.Descriptor;
import dev.wagi.oci.internal.manifest.ImageConfig;
import dev.wagi.oci.internal.manifest.Manifest;
import dev.wagi.oci.internal.manifest.ManifestReader;
import dev.wagi.oci.internal.manifest.ModuleChoice;
import dev.wagi.oci.internal.manifest.PlatformChoice;
import dev.wagi.oci.internal.registry.BlobSink;
import dev.wagi.oci.internal.registry.MemoryBlob;
import dev.wagi.oci.internal.registry.RawManifest;
import dev.wagi.oci.internal.registry.Repository;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Pulls one module: resolves the reference, reads the manifest, selects an entry if it is an index, and extracts the
 * module from a layer.
 *
 * <p>Stored content is not fetched again if the caller has access to it: through a name of the same repository that is
 * accessible to one of the credentials, or after the registry that the content came from has confirmed that it is in
 * this repository. Any other registry must send the content, because its confirmation does not prove that it has it.
 */
public final class ModulePull {

    private static final int MAX_MANIFEST = 4 << 20;
    private static final int MAX_CONFIG = 8 << 20;

    private final OciReference reference;
    private final PullPolicy policy;
    private final Repository repository;
    private final ImageStore store;
    private final ManifestGate gate;
    private final int maxModule;
    private final ImageStore.Names names;
    private final Set<Digest> content = new LinkedHashSet<>();
    private final Set<Digest> confirmed = new HashSet<>();
    private Holders holders = Holders.EVERYBODY;
    private boolean named;
    private boolean asked;

    /**
     * Creates the pull of a reference.
     *
     * @param gate is consulted before any content of a manifest is fetched
     * @param maxModule the maximum size of the module in bytes
     */
    public ModulePull(
            OciReference reference,
            PullPolicy policy,
            Repository repository,
            ImageStore store,
            ManifestGate gate,
            int maxModule) {
        this.reference = reference;
        this.policy = policy;
        this.repository = repository;
        this.store = store;
        this.gate = gate;
        this.maxModule = maxModule;
        this.names = store.names(reference, repository.registry(), repository::credentials);
    }

    /** Decides whether an image may be used, for instance by its signatures. */
    @FunctionalInterface
    public interface ManifestGate {
        /**
         * Checks the manifest or index that a reference points to.
         *
         * @param asking whether the registry may be contacted
         * @throws OciException if the image must not be used
         */
        void check(OciReference reference, Digest manifest, Repository repository, Asking asking);
    }

    /** Where the evidence for the decision is looked up. */
    public enum Asking {
        /** In the registry, where the image was looked up as well. */
        REGISTRY,
        /** In the store, where the image is; the registry is contacted only if the store lacks the evidence. */
        STORE_FIRST,
        /** In the store only; the registry must not be contacted. */
        STORE_ONLY
    }

    /**
     * A pulled module.
     *
     * @param manifest the manifest or index that the reference pointed to
     * @param mediaType the media type of the layer that contained the module
     */
    public record Result(Digest manifest, String mediaType, byte[] module) {}

    /** Pulls the module. */
    public Result run() {
        RawManifest top = manifest();
        gate.check(reference, top.digest(), repository, asking());
        Manifest parsed = ManifestReader.read(top.bytes(), top.contentType());
        Manifest.Image image;
        if (parsed instanceof Manifest.Index index) {
            Descriptor entry = PlatformChoice.of(index);
            checkManifestSize(entry);
            RawManifest chosen = manifest(entry.digest(), false);
            if (ManifestReader.read(chosen.bytes(), chosen.contentType()) instanceof Manifest.Image found) {
                image = found;
            } else {
                throw new OciException.Unsupported(
                        "the index refers to another index, which is not supported; name an image in it by its digest");
            }
        } else {
            image = (Manifest.Image) parsed;
        }
        ModuleChoice choice = ModuleChoice.of(image);
        byte[] module = module(image, choice);
        WasmModule.check(module);
        if (named || asked) {
            store.remember(new ImageStore.Pulled(
                    reference,
                    top.digest(),
                    parsed.mediaType(),
                    choice.kind().name(),
                    Digest.sha256(module),
                    List.copyOf(content),
                    repository.registry(),
                    holders.and(Holders.accepted(repository.accepted())),
                    named));
        }
        return new Result(top.digest(), choice.layers().get(0).mediaType(), module);
    }

    private Asking asking() {
        if (policy == PullPolicy.NEVER) {
            return Asking.STORE_ONLY;
        }
        return named || asked ? Asking.REGISTRY : Asking.STORE_FIRST;
    }

    private static void checkManifestSize(Descriptor entry) {
        if (entry.size() > MAX_MANIFEST) {
            throw new OciException.Unsupported("the index refers to a manifest of " + entry.size()
                    + " bytes, which is more than the limit for manifests; name another image");
        }
    }

    private RawManifest manifest() {
        if (reference.digest().isPresent()) {
            return manifest(reference.digest().get(), false);
        }
        String tag = reference.tag().orElseThrow();
        if (policy != PullPolicy.ALWAYS) {
            Optional<Digest> known = store.find(reference);
            if (known.isPresent()) {
                return manifest(known.get(), false);
            }
            refuseIfNever();
        }
        named = true;
        Optional<Digest> current = policy == PullPolicy.ALWAYS ? repository.digest(tag) : Optional.empty();
        return current.isPresent() ? manifest(current.get(), true) : take(repository.manifest(tag));
    }

    /**
     * Returns a manifest from the store if it is accessible there, otherwise from the registry.
     *
     * @param isConfirmed whether the registry has just confirmed that the manifest is in the repository
     */
    private RawManifest manifest(Digest digest, boolean isConfirmed) {
        Optional<byte[]> kept = store.read(digest, MAX_MANIFEST);
        if (kept.isEmpty()) {
            return fetched(digest);
        }
        RawManifest manifest = new RawManifest(kept.get(), "", digest);
        if (isConfirmed && names.isOfRegistry(digest)) {
            return take(manifest);
        }
        if (isOpen(digest)) {
            content.add(digest);
            return manifest;
        }
        if (policy == PullPolicy.NEVER && names.isKnown(digest)) {
            throw new OciException.Unauthorized(
                    "it is stored, but was fetched with credentials other than those for " + repository.registry()
                            + ", and the policy is to never pull, so the registry cannot be asked whether"
                            + " these are valid; log in as before, or change the policy");
        }
        refuseIfNever();
        if (!names.isOfRegistry(digest)) {
            return fetched(digest);
        }
        asked = true;
        repository.check(digest);
        return take(manifest);
    }

    /** Whether an accessible name of this repository holds the content. */
    private boolean isOpen(Digest digest) {
        Optional<Holders> known = names.holders(digest, confirmed);
        known.ifPresent(some -> holders = holders.and(some));
        return known.isPresent();
    }

    private RawManifest fetched(Digest digest) {
        refuseIfNever();
        asked = true;
        return take(repository.manifest(digest));
    }

    /** Stores a manifest to which the registry has granted access. */
    private RawManifest take(RawManifest manifest) {
        confirmed.add(manifest.digest());
        content.add(manifest.digest());
        try (BlobSink sink = store.begin(manifest.digest(), manifest.bytes().length, reference)) {
            sink.restart();
            sink.write(manifest.bytes(), 0, manifest.bytes().length);
            sink.commit();
        }
        return manifest;
    }

    private void refuseIfNever() {
        if (policy == PullPolicy.NEVER) {
            throw new OciException.NeverPulled(
                    "it is not stored, and the policy is to never pull; pull it first, or change the policy");
        }
    }

    private byte[] blob(Descriptor blob, int max) {
        if (blob.size() > max) {
            throw LayerArchive.tooLarge(blob.size(), max);
        }
        content.add(blob.digest());
        if (isOpen(blob.digest())) {
            Optional<byte[]> kept = store.read(blob.digest(), max);
            if (kept.isPresent()) {
                return kept.get();
            }
        }
        refuseIfNever();
        asked = true;
        try (BlobSink sink = store.begin(blob.digest(), (int) blob.size(), reference)) {
            if (!sink.isComplete()) {
                repository.blob(blob, sink);
                return sink.bytes();
            }
        }
        // The blob is stored, but not under a name that gives access to it.
        if (names.isOfRegistry(blob.digest()) && repository.has(blob.digest())) {
            Optional<byte[]> kept = store.read(blob.digest(), max);
            if (kept.isPresent()) {
                return kept.get();
            }
        }
        try (BlobSink sink = new MemoryBlob(blob.digest(), (int) blob.size())) {
            repository.blob(blob, sink);
            return sink.bytes();
        }
    }

    /**
     * Extracts the module. The first bytes of a layer take precedence over its media type, which pushing tools often
     * derive from a file name.
     */
    private byte[] module(Manifest.Image image, ModuleChoice choice) {
        byte[] first = blob(choice.layers().get(0), maxModule);
        if (WasmModule.isWasm(first) || choice.kind() == ModuleChoice.Kind.RAW && !LayerArchive.isArchive(first)) {
            return first;
        }
        Optional<String> path =
                image.config() == null ? Optional.empty() : ImageConfig.module(blob(image.config(), MAX_CONFIG));
        Overlay above = new Overlay();
        for (Descriptor layer : choice.layers()) {
            byte[] archive = layer == choice.layers().get(0) ? first : blob(layer, maxModule);
            if (WasmModule.isWasm(archive)) {
                return archive;
            }
            Optional<byte[]> module =
                    new LayerArchive(archive, LayerArchive.isGzip(archive), maxModule).module(path, above);
            if (module.isPresent()) {
                return module.get();
            }
        }
        throw new OciException.Unsupported("no layer of the image contains "
                + path.map(dev.wagi.oci.internal.text.Foreign::quoted).orElse("plugin.wasm or any other .wasm file")
                + "; name an image that contains a WebAssembly module");
    }
}
