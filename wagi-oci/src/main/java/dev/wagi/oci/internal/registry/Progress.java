// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.TransferListener;
import dev.wagi.oci.internal.http.Timing;
import java.time.Duration;

/** Reports the progress of one transfer to a listener, at a limited rate. */
final class Progress {

    private static final long INTERVAL = Duration.ofMillis(100).toNanos();

    private final TransferListener listener;
    private final Timing timing;
    private final OciReference reference;
    private final Digest content;
    private final long total;
    private long last;

    Progress(TransferListener listener, Timing timing, OciReference reference, Digest content, long total) {
        this.listener = listener;
        this.timing = timing;
        this.reference = reference;
        this.content = content;
        this.total = total;
        this.last = timing.nanos().getAsLong();
        listener.started(TransferListener.Started.of(reference, content, total));
    }

    void at(long bytes) {
        long now = timing.nanos().getAsLong();
        if (now - last >= INTERVAL) {
            last = now;
            listener.progressed(TransferListener.Progressed.of(reference, content, bytes, total));
        }
    }

    void end() {
        listener.finished(TransferListener.Finished.of(reference, content));
    }
}
