// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.TransferListener;
import dev.wagi.oci.internal.auth.Authenticator;
import dev.wagi.oci.internal.auth.Scope;
import dev.wagi.oci.internal.http.Answer;
import dev.wagi.oci.internal.http.Deadline;
import dev.wagi.oci.internal.http.Origin;
import dev.wagi.oci.internal.http.Request;
import dev.wagi.oci.internal.http.Retry;
import dev.wagi.oci.internal.http.Timing;
import dev.wagi.oci.internal.http.TransferException;
import dev.wagi.oci.internal.manifest.Descriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One repository, for one pull or push, which has a deadline. For one thread. */
public final class Repository {

    private final OciReference reference;
    private final Remote remote;
    private final Scope scope;
    private final Authenticator authenticator;
    private final Authenticator.Candidates candidates;
    private final Timing timing;
    private final Deadline deadline;
    private final TransferListener listener;
    private final Set<Optional<Credentials>> accepted = new HashSet<>();
    private boolean hadCredentials;

    /**
     * Creates the access to a repository.
     *
     * @param isPush whether content is pushed
     * @param candidates the credentials for it
     */
    public Repository(
            OciReference reference,
            Remote remote,
            boolean isPush,
            Authenticator authenticator,
            Authenticator.Candidates candidates,
            Timing timing,
            Deadline deadline,
            TransferListener listener) {
        this.reference = reference;
        this.remote = remote;
        this.scope = new Scope(remote.origin().toString(), remote.repository(), isPush);
        this.authenticator = authenticator;
        this.candidates = new Authenticator.Candidates() {
            @Override
            public List<Credentials> get() {
                List<Credentials> found = candidates.get();
                hadCredentials = !found.isEmpty();
                return found;
            }

            @Override
            public void accepted(@Nullable Credentials credentials) {
                accepted.add(Optional.ofNullable(credentials));
            }
        };
        this.timing = timing;
        this.deadline = deadline;
        this.listener = listener;
    }

    /** Returns the registry that is contacted, by which credentials are looked up. */
    public String registry() {
        return remote.registry();
    }

    /** Returns the credentials for the registry, the preferred ones first. */
    public List<Credentials> credentials() {
        return candidates.get();
    }

    /**
     * Returns the credentials of the requests that the registry answered so far; an empty element stands for an
     * anonymous request.
     */
    public Set<Optional<Credentials>> accepted() {
        return Set.copyOf(accepted);
    }

    /** Checks that the registry grants access to a manifest. */
    public void check(Digest digest) {
        // Without HEAD support, or a digest in the response, the manifest itself must be fetched.
        if (!digest(digest.toString()).equals(Optional.of(digest))) {
            manifest(digest);
        }
    }

    /** Resolves a tag; empty if the manifest must be fetched for that. */
    public Optional<Digest> digest(String tag) {
        return call(new ManifestCheck(tag));
    }

    /** Fetches the manifest of a tag. */
    public RawManifest manifest(String tag) {
        return call(new ManifestPull(tag, null));
    }

    /** Fetches the manifest with a digest. */
    public RawManifest manifest(Digest digest) {
        return call(new ManifestPull(digest.toString(), digest));
    }

    /** Whether the registry confirms that a blob is in the repository. */
    public boolean has(Digest digest) {
        return call(new BlobCheck(digest));
    }

    /** Fetches a blob into a sink, which must not be complete, and commits it. */
    public void blob(Descriptor blob, BlobSink sink) {
        if (isWhole(blob, sink)) {
            return;
        }
        Progress progress = new Progress(listener, timing, reference, blob.digest(), blob.size());
        call(new BlobPull(blob, sink, progress));
        progress.end();
    }

    /**
     * Whether an earlier process received the whole blob before it was killed. It may have had other credentials, so
     * the registry is asked.
     */
    private boolean isWhole(Descriptor blob, BlobSink sink) {
        if (sink.have() == 0 || sink.have() < blob.size()) {
            return false;
        }
        if (!has(blob.digest())) {
            sink.restart();
            return false;
        }
        try {
            sink.commit();
            return true;
        } catch (OciException.DigestMismatch e) {
            sink.restart();
            return false;
        }
    }

    /** Fetches a blob of unknown size, at most this many bytes. */
    public byte[] smallBlob(Digest digest, int maxBytes) {
        return call(new SmallBlob(digest, maxBytes));
    }

    /** Fetches the index of manifests that refer to a manifest; empty if the registry does not support it. */
    public Optional<byte[]> referrers(Digest digest, int maxBytes) {
        return call(new ReferrersPull(digest, maxBytes));
    }

    /**
     * Uploads a blob unless the registry has it.
     *
     * @param chunkBytes the size of the chunks in bytes; 0 for a single request
     */
    public void upload(Digest digest, byte[] bytes, int chunkBytes) {
        if (has(digest)) {
            return;
        }
        Progress progress = new Progress(listener, timing, reference, digest, bytes.length);
        Retry retry = retry();
        while (true) {
            try {
                check(uploadOnce(digest, bytes, chunkBytes, progress), digest);
                progress.end();
                return;
            } catch (OciException.NotFound e) {
                // The registry lost the upload; or it completed the upload, and the response was lost.
                again(
                        retry,
                        "uploading the blob " + digest,
                        "the registry does not know the upload any more",
                        Optional.empty(),
                        e);
            } catch (IOException e) {
                again(retry, "uploading the blob " + digest, String.valueOf(e.getMessage()), Optional.empty(), e);
            }
            if (has(digest)) {
                progress.end();
                return;
            }
        }
    }

    private Digest uploadOnce(Digest digest, byte[] bytes, int chunkBytes, Progress progress) throws IOException {
        UploadStart.Session session = once(new UploadStart());
        java.net.URI location = session.location();
        int done = 0;
        if (chunkBytes > 0) {
            int part = Math.max(chunkBytes, session.minimumChunk());
            while (done < bytes.length) {
                int length = Math.min(part, bytes.length - done);
                location = once(new UploadChunk(location, new Request.Body(bytes, done, length)));
                done += length;
                progress.at(done);
            }
        }
        return once(new UploadEnd(location, digest, new Request.Body(bytes, done, bytes.length - done)));
    }

    /** Pushes a manifest under a tag, or under its own digest. */
    public void push(String target, String mediaType, byte[] manifest) {
        check(call(new ManifestPush(target, mediaType, manifest)), Digest.sha256(manifest));
    }

    private static void check(Digest said, Digest ours) {
        if (!said.equals(ours)) {
            throw new OciException.DigestMismatch("the registry says that it received " + said + ", but " + ours
                    + " was sent; a proxy or the registry changed it, so do not use what was pushed");
        }
    }

    private Retry retry() {
        return new Retry(
                timing,
                deadline,
                (reason, pause) -> listener.retrying(TransferListener.Retrying.of(reference, reason, pause)));
    }

    /** Sends a request, with retries, until it succeeds or fails permanently. */
    private <T> T call(Endpoint<T> endpoint) {
        Retry retry = retry();
        while (true) {
            try {
                return once(endpoint);
            } catch (Passing e) {
                again(retry, endpoint.action(), String.valueOf(e.getMessage()), e.retryAfter, e);
            } catch (IOException e) {
                again(retry, endpoint.action(), String.valueOf(e.getMessage()), Optional.empty(), e);
            }
        }
    }

    private static void again(Retry retry, String action, String reason, Optional<String> retryAfter, Exception cause) {
        try {
            boolean reached = !(cause instanceof TransferException failure) || failure.isReached();
            if (!(cause instanceof InterruptedIOException) && retry.again(reason, reached, retryAfter)) {
                return;
            }
        } catch (InterruptedIOException e) {
            throw new OciException.Unavailable(action + " was interrupted; try again", e);
        } catch (IOException e) {
            throw new IllegalStateException("waiting does no I/O", e);
        }
        if (cause instanceof InterruptedIOException) {
            throw new OciException.Unavailable(action + " was interrupted; try again", cause);
        }
        if (cause instanceof Passing passing) {
            throw passing.failure.during(action + " failed repeatedly: ");
        }
        throw new OciException.Unavailable(
                action + " failed repeatedly: " + reason + "; try again later, or check the network and the registry",
                cause);
    }

    /** An error response that may be temporary. */
    private static final class Passing extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient OciException failure;
        private final transient Optional<String> retryAfter;

        Passing(String message, OciException failure, Optional<String> retryAfter) {
            super(message);
            this.failure = failure;
            this.retryAfter = retryAfter;
        }
    }

    private <T> T once(Endpoint<T> endpoint) throws IOException {
        try {
            Request request = endpoint.request(remote);
            Answer answer = send(request);
            try {
                if (endpoint.accepts(answer.status())) {
                    T result = endpoint.read(answer);
                    answer.close();
                    return result;
                }
                Failures.Refusal refusal = Failures.read(answer);
                OciException failure = Failures.of(refusal, remote.registry(), hadCredentials);
                if (Retry.isPassing(answer.status())) {
                    throw new Passing(refusal.text(), failure, answer.field("Retry-After"));
                }
                throw failure;
            } finally {
                answer.abandon();
            }
        } catch (OciException e) {
            throw e.during(endpoint.action() + " failed: ");
        }
    }

    /** Sends a request. An upload may continue on another host, which receives no credentials. */
    private Answer send(Request request) throws IOException {
        Origin origin = Origin.of(request.uri());
        if (origin.equals(remote.origin())) {
            return authenticator.send(request, scope, candidates, deadline);
        }
        if (origin.isPlain() && !remote.isPlain()) {
            throw new OciException.Insecure("the registry redirects the upload to " + origin
                    + ", over plain http; ask its operator to use https");
        }
        return authenticator.sendAsNobody(request, deadline);
    }
}
