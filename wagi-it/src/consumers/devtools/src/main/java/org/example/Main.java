// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.core.Wagi;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application that DevTools restarts, and that sees what is left of the earlier ones that served modules. */
@SpringBootApplication
@RestController
public class Main {

    private final ReferenceQueue<Object> gone = new ReferenceQueue<>();
    private final List<WeakReference<Object>> earlier = new ArrayList<>();

    Main(ObjectProvider<Wagi> wagi) {
        // Kept where all of them look; only classes of the JDK, because others would keep their class loader.
        @SuppressWarnings("unchecked")
        List<WeakReference<Object>> all = (List<WeakReference<Object>>)
                System.getProperties().computeIfAbsent("org.example", key -> new ArrayList<WeakReference<Object>>());
        for (WeakReference<Object> reference : all) {
            earlier.add(new WeakReference<>(reference.get(), gone));
        }
        wagi.ifAvailable(host -> {
            all.add(new WeakReference<>(host));
            all.add(new WeakReference<>(Main.class.getClassLoader()));
        });
    }

    public static void main(String[] args) {
        SpringApplication.run(Main.class, args);
    }

    /** Waits until nothing is left, and says what is left. */
    @GetMapping("/left")
    String left() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(6);
        while (!(objects().isEmpty() && threads().isEmpty()) && System.nanoTime() - deadline < 0) {
            System.gc();
            gone.remove(200);
        }
        return earlier.size() + " earlier, left: " + objects() + ", " + threads();
    }

    private List<Object> objects() {
        return earlier.stream().map(WeakReference::get).filter(Objects::nonNull).map(one -> (Object) one.toString()).toList();
    }

    /** Threads of WAGI, except for the two that the hosts of a JVM share. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("wagi-") && !name.matches("wagi-(heap-check|pools)"))
                .toList();
    }
}
