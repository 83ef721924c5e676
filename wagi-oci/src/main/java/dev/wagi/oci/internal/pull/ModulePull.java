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
 * Pulls one module: reference, manifest, perhaps one of an index, layer, module.
 *
 * <p>What the store has is not fetched, if it may be had from there: content comes out of it only through a name of the same
 * repository that is open to one of the credentials, or after the registry that it came from has said that it is in this
 * repository. Any other registry has to send it, as one that merely says so need not have it.
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
     * Of a reference.
     *
     * @param gate is asked before anything that a manifest names is fetched
     * @param maxModule how large it may be, in bytes
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
         * Lets a manifest or index pass that a reference led to.
         *
         * @param asking whether the registry is asked
         * @throws OciException if it may not be used
         */
        void check(OciReference reference, Digest manifest, Repository repository, Asking asking);
    }

    /** Where what decides about an image is looked for. */
    public enum Asking {
        /** The image was asked for there, so the rest is too. */
        REGISTRY,
        /** The image is of the store; the registry is needed only for what the store lacks. */
        STORE_FIRST,
        /** The registry must not be asked. */
        STORE_ONLY
    }

    /**
     * What was pulled.
     *
     * @param manifest the manifest or index that the reference led to
     * @param mediaType of the layer that it was in
     */
    public record Result(Digest manifest, String mediaType, byte[] module) {}

    /** Does it. */
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
                        "the index refers to another index, which is not followed; name an image in it by its digest");
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
                    + " bytes, which is more than a manifest may have; name another image");
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
     * Of the store, if it may be had from there; else of the registry.
     *
     * @param isConfirmed whether the registry has just said that it is in the repository
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
                    "it is here, but was fetched with other credentials than there are for " + repository.registry()
                            + ", and the policy is to pull never, so the registry is not asked whether"
                            + " these are good; log in as before, or change the policy");
        }
        refuseIfNever();
        if (!names.isOfRegistry(digest)) {
            return fetched(digest);
        }
        asked = true;
        repository.check(digest);
        return take(manifest);
    }

    /** Whether a name of this repository leads to it that is open to us. */
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

    /** The registry let us have it. */
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
                    "it is not here, and the policy is to pull never; pull it first, or change the policy");
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
        // It is here, but through no name that would make it ours.
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

    /** What the first bytes of a layer say goes before its media type, which is what the one who pushed it made of a name. */
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
        throw new OciException.Unsupported("no layer of the image holds "
                + path.map(dev.wagi.oci.internal.text.Foreign::quoted).orElse("plugin.wasm or any other .wasm file")
                + "; name an image that holds a WebAssembly module");
    }
}
