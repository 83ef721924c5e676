// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches the pods of a node. Thread-safe. */
public final class PodWatch {

    private static final Logger LOG = LoggerFactory.getLogger(PodWatch.class);

    private static final Duration RESTART_PATIENCE = Duration.ofSeconds(30);

    private final String node;
    private final Handler handler;
    private volatile SharedIndexInformer<Pod> informer;

    /** Receives the events of pods. */
    public interface Handler extends ResourceEventHandler<Pod> {

        /**
         * Called when pods may have been deleted without an event.
         *
         * @param all lists all existing pods; pods known before the call that are not in it have been deleted
         */
        void onList(Supplier<? extends Collection<Pod>> all);
    }

    PodWatch(KubernetesClient client, String node, Handler handler) {
        this.node = node;
        this.handler = handler;
        this.informer = follow(client);
    }

    private SharedIndexInformer<Pod> follow(KubernetesClient client) {
        SharedIndexInformer<Pod> next =
                client.pods().inAnyNamespace().withField("spec.nodeName", node).runnableInformer(0);
        next.addEventHandler(handler);
        next.exceptionHandler((started, failure) -> {
            LOG.warn("the pods of this node cannot be watched, trying again: {}", failure.toString());
            return true;
        });
        next.start();
        return next;
    }

    /** Continues with another client. Pods that were deleted in the meantime are found by comparing lists. */
    void restart(KubernetesClient client) throws InterruptedException {
        informer.stop();
        SharedIndexInformer<Pod> next = follow(client);
        informer = next;
        long end = System.nanoTime() + RESTART_PATIENCE.toNanos();
        while (!next.hasSynced() && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
        if (next.hasSynced()) {
            handler.onList(this::list);
        }
    }

    /** Whether the pods of the node are known. */
    public boolean hasSynced() {
        return informer.hasSynced();
    }

    /** Returns the pods that are known now. */
    public List<Pod> list() {
        return List.copyOf(informer.getStore().list());
    }

    /** Follows them no more. */
    public void stop() {
        informer.stop();
    }
}
