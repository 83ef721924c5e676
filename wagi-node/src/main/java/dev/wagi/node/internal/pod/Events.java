// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.node.internal.cluster.Api;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events about pods, as {@code kubectl describe pod} shows them, on a separate thread. If more than a thousand
 * are waiting, further ones are dropped. A repeated event increments the count of the first. Thread-safe.
 */
final class Events implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private static final int MAX_WAITING = 1000;
    private static final int MAX_KNOWN = 1000;
    private static final int MAX_MESSAGE = 1000;

    private final Api api;
    private final String node;
    private final Clock clock;
    private final AtomicLong number = new AtomicLong();
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            task -> {
                Thread sender = new Thread(task, "wagi-node-events");
                sender.setDaemon(true);
                return sender;
            },
            new ThreadPoolExecutor.DiscardPolicy());

    /** Used only by the sending thread. */
    private final Map<String, Sent> sent = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Sent> eldest) {
            return size() > MAX_KNOWN;
        }
    };

    private static final class Sent {
        private final String path;
        private int count = 1;

        Sent(String path) {
            this.path = path;
        }
    }

    Events(Api api, String node, Clock clock) {
        this.api = api;
        this.node = node;
        this.clock = clock;
    }

    void normal(Pod pod, @Nullable String container, String reason, String message) {
        add("Normal", pod, container, reason, message);
    }

    void warning(Pod pod, @Nullable String container, String reason, String message) {
        add("Warning", pod, container, reason, message);
    }

    private void add(String type, Pod pod, @Nullable String container, String reason, String message) {
        String text = message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "..." : message;
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        thread.execute(() -> send(type, pod, container, reason, text, now));
    }

    private void send(String type, Pod pod, @Nullable String container, String reason, String message, String now) {
        String namespace = pod.getMetadata().getNamespace();
        String uid = pod.getMetadata().getUid();
        String key = String.join("\n", uid, String.valueOf(container), type, reason, message);
        try {
            Sent before = sent.get(key);
            if (before != null) {
                before.count++;
                api.patch(before.path, Map.of("count", before.count, "lastTimestamp", now), Event.class);
                return;
            }
            String name = pod.getMetadata().getName();
            if (name.length() > 200) {
                name = name.substring(0, 200);
            }
            name += "." + Long.toHexString(clock.millis()) + Long.toHexString(number.incrementAndGet());
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("apiVersion", "v1");
            object.put("kind", "Pod");
            object.put("name", pod.getMetadata().getName());
            object.put("namespace", namespace);
            object.put("uid", uid);
            if (container != null) {
                object.put("fieldPath", "spec.containers{" + container + "}");
            }
            Map<String, Object> event = new LinkedHashMap<>();
            event.put("apiVersion", "v1");
            event.put("kind", "Event");
            event.put("metadata", Map.of("name", name, "namespace", namespace));
            event.put("involvedObject", object);
            event.put("reason", reason);
            event.put("message", message);
            event.put("type", type);
            event.put("source", Map.of("component", "kubelet", "host", node));
            event.put("firstTimestamp", now);
            event.put("lastTimestamp", now);
            event.put("count", 1);
            String path = "/api/v1/namespaces/" + namespace + "/events";
            api.post(path, event, Event.class);
            sent.put(key, new Sent(path + "/" + name));
        } catch (RuntimeException e) { // also of a pod whose name is none
            // Events are informational; what they report is in the pod's status as well.
            LOG.debug("an event could not be sent", e);
            sent.remove(key);
        }
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(2, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
