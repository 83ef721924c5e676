// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.registry.Repository;
import dev.wagi.oci.internal.signature.SignatureDecision;
import dev.wagi.oci.internal.signature.SignaturePolicy;
import dev.wagi.oci.internal.signature.SignatureSource;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits images whose signatures satisfy the policy. Signatures are looked up in the image's own repository, and valid
 * ones are stored with the image, so that a stored image needs no registry. Stored signatures are verified on each use
 * with the keys trusted at that time.
 */
public final class SignatureGate implements ModulePull.ManifestGate {

    private static final Logger LOG = LoggerFactory.getLogger(SignatureGate.class);

    private final SignaturePolicy policy;
    private final ImageStore store;

    /** Creates a gate with a policy and the store for signatures. */
    public SignatureGate(SignaturePolicy policy, ImageStore store) {
        this.policy = policy;
        this.store = store;
    }

    @Override
    public void check(OciReference reference, Digest manifest, Repository repository, ModulePull.Asking asking) {
        String name = reference.registry() + "/" + reference.repository();
        SignatureDecision decision = null;
        if (asking != ModulePull.Asking.REGISTRY) {
            decision = policy.decide(
                    name,
                    manifest,
                    new KeptSignatures(
                            store, reference, store.names(reference, repository.registry(), repository::credentials)));
        }
        if (decision == null
                || decision.mode() != SignaturePolicy.Mode.OFF
                        && !decision.result().isVerified()
                        && asking != ModulePull.Asking.STORE_ONLY) {
            SeenSignatures seen = new SeenSignatures(new Source(repository), manifest);
            decision = policy.decide(name, manifest, seen);
            if (decision.result().isVerified()) {
                keep(reference, seen, repository);
            }
        }
        judge(name, decision, asking);
    }

    private static void judge(String name, SignatureDecision decision, ModulePull.Asking asking) {
        String text = decision.result().text()
                + (asking == ModulePull.Asking.STORE_ONLY
                        ? " (only stored signatures were checked, because the policy is to never pull)"
                        : "");
        if (!decision.isAllowed()) {
            throw new OciException.Unsigned(
                    text + ", but a signature is required; sign it, or change the signature policy for " + name);
        }
        if (decision.isWarning()) {
            LOG.warn("{}", text);
        }
    }

    /** Stores a valid signature. If that fails, the signature is fetched again next time. */
    private void keep(OciReference reference, SeenSignatures seen, Repository repository) {
        try {
            seen.good(reference, repository.registry(), Holders.accepted(repository.accepted()))
                    .ifPresent(store::keep);
        } catch (OciException e) {
            LOG.warn("the signature of {} cannot be stored: {}", reference, e.getMessage());
        }
    }

    private record Source(Repository repository) implements SignatureSource {
        @Override
        public Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException {
            Optional<byte[]> found = found(() -> tagOrDigest.indexOf(':') > 0
                    ? repository.manifest(Digest.parse(tagOrDigest)).bytes()
                    : repository.manifest(tagOrDigest).bytes());
            if (found.isPresent() && found.get().length > maxBytes) {
                throw new IOException("the manifest " + tagOrDigest + " has more than " + maxBytes + " bytes");
            }
            return found;
        }

        @Override
        public Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException {
            return found(() -> repository.smallBlob(digest, maxBytes));
        }

        @Override
        public Optional<byte[]> referrers(Digest digest, int maxBytes) throws IOException {
            try {
                return repository.referrers(digest, maxBytes);
            } catch (OciException e) {
                throw new IOException(e.getMessage(), e);
            }
        }

        private static Optional<byte[]> found(Supplier<byte[]> request) throws IOException {
            try {
                return Optional.of(request.get());
            } catch (OciException.NotFound e) {
                return Optional.empty();
            } catch (OciException | IllegalArgumentException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
