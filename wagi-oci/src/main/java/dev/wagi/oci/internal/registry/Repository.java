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
     * What is needed to speak to it.
     *
     * @param isPush whether something is written to it
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

    /** What credentials are looked up by: the registry that is spoken to. */
    public String registry() {
        return remote.registry();
    }

    /** The credentials for it, the best first. */
    public List<Credentials> credentials() {
        return candidates.get();
    }

    /** Whose requests it answered so far; empty stands for nobody's. */
    public Set<Optional<Credentials>> accepted() {
        return Set.copyOf(accepted);
    }

    /** Asks whether a manifest may be had; its failures say why not. */
    public void check(Digest digest) {
        // Without HEAD, or a digest in its answer, only the manifest itself tells.
        if (!digest(digest.toString()).equals(Optional.of(digest))) {
            manifest(digest);
        }
    }

    /** What a tag means; empty if the manifest has to be fetched to know it. */
    public Optional<Digest> digest(String tag) {
        return call(new ManifestCheck(tag));
    }

    /** The manifest of a tag. */
    public RawManifest manifest(String tag) {
        return call(new ManifestPull(tag, null));
    }

    /** The manifest of a digest. */
    public RawManifest manifest(Digest digest) {
        return call(new ManifestPull(digest.toString(), digest));
    }

    /** Whether the registry says that a blob is in the repository. */
    public boolean has(Digest digest) {
        return call(new BlobCheck(digest));
    }

    /** Fetches a blob into a sink, which is not complete, and commits it. */
    public void blob(Descriptor blob, BlobSink sink) {
        if (isWhole(blob, sink)) {
            return;
        }
        Progress progress = new Progress(listener, timing, reference, blob.digest(), blob.size());
        call(new BlobPull(blob, sink, progress));
        progress.end();
    }

    /** All of it may have come before the process that fetched it was killed; but perhaps for others than we are. */
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

    /** A blob of unknown size, which must not have more bytes. */
    public byte[] smallBlob(Digest digest, int maxBytes) {
        return call(new SmallBlob(digest, maxBytes));
    }

    /** The index of what refers to a manifest; empty if the registry does not know. */
    public Optional<byte[]> referrers(Digest digest, int maxBytes) {
        return call(new ReferrersPull(digest, maxBytes));
    }

    /**
     * Uploads a blob unless it is there.
     *
     * @param chunkBytes how large the parts are in which it is sent; 0 for one piece
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
                // The upload was forgotten; or its end was answered, and the answer got lost.
                again(
                        retry,
                        "uploading the blob " + digest,
                        "the registry has forgotten the upload",
                        Optional.empty(),
                        e);
            } catch (IOException e) {
                again(retry, "uploading the blob " + digest, e.getMessage(), Optional.empty(), e);
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
            throw new OciException.DigestMismatch("the registry says that it took " + said + " where " + ours
                    + " was sent; a proxy or the registry changed it, so do not use what was pushed");
        }
    }

    private Retry retry() {
        return new Retry(
                timing,
                deadline,
                (reason, pause) -> listener.retrying(TransferListener.Retrying.of(reference, reason, pause)));
    }

    /** Calls an endpoint until it answers, or there is no hope. */
    private <T> T call(Endpoint<T> endpoint) {
        Retry retry = retry();
        while (true) {
            try {
                return once(endpoint);
            } catch (Passing e) {
                again(retry, endpoint.action(), e.getMessage(), e.retryAfter, e);
            } catch (IOException e) {
                again(retry, endpoint.action(), e.getMessage(), Optional.empty(), e);
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
            throw new OciException.Unavailable(action + " was given up; try again", e);
        } catch (IOException e) {
            throw new IllegalStateException("waiting does no I/O", e);
        }
        if (cause instanceof InterruptedIOException) {
            throw new OciException.Unavailable(action + " was given up; try again", cause);
        }
        if (cause instanceof Passing passing) {
            throw passing.failure.during(action + " failed, several times: ");
        }
        throw new OciException.Unavailable(
                action + " failed, several times: " + reason
                        + "; try again later, or check the network and the registry",
                cause);
    }

    /** The registry's refusal is of a kind that passes. */
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

    /** An upload may lead to another host, which gets no credentials. */
    private Answer send(Request request) throws IOException {
        Origin origin = Origin.of(request.uri());
        if (origin.equals(remote.origin())) {
            return authenticator.send(request, scope, candidates, deadline);
        }
        if (origin.isPlain() && !remote.isPlain()) {
            throw new OciException.Insecure("the registry wants the upload to go to " + origin
                    + ", over plain http; ask its operator to use https");
        }
        return authenticator.sendAsNobody(request, deadline);
    }
}
