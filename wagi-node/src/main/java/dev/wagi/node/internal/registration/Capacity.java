// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.registration;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The resources available to this JVM, as limited by its container or machine.
 *
 * @param processors the number of processors of the JVM
 * @param memoryBytes the memory of the container or machine
 * @param guestBytes the memory for all guests together: half of the heap, as the host enforces it
 * @param diskBytes the size of the file system with the node's data
 * @param pods the maximum number of pods
 * @param data a directory of the node
 */
public record Capacity(int processors, long memoryBytes, long guestBytes, long diskBytes, int pods, Path data) {

    /** The percentage of the disk for pods; a tenth is reserved, as a kubelet does by default. */
    private static final int DISK_PERCENT = 90;

    /** Measures the capacity. */
    public static Capacity measure(Path data, int pods) {
        long disk;
        try {
            FileStore store = Files.getFileStore(data);
            disk = store.getTotalSpace();
        } catch (IOException e) {
            disk = 0;
        }
        return new Capacity(
                Runtime.getRuntime().availableProcessors(),
                system().getTotalMemorySize(),
                Runtime.getRuntime().maxMemory() / 2,
                disk,
                pods,
                data);
    }

    /** Whether less than a tenth of the disk is free. */
    boolean isDiskFull() {
        try {
            return Files.getFileStore(data).getUsableSpace() < diskBytes / 100 * (100 - DISK_PERCENT);
        } catch (IOException e) {
            return true;
        }
    }

    static OperatingSystemMXBean system() {
        return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    }

    /** Returns {@code status.capacity}. */
    Map<String, Object> total() {
        return quantities(memoryBytes, diskBytes);
    }

    /** Returns {@code status.allocatable}, the resources that the scheduler assigns to pods. */
    Map<String, Object> allocatable() {
        return quantities(Math.min(guestBytes, memoryBytes), diskBytes / 100 * DISK_PERCENT);
    }

    /** The same in processors, bytes and pods, in the order in which a kubelet checks them. */
    public Map<String, Long> allocatableAmounts() {
        Map<String, Long> amounts = new LinkedHashMap<>();
        amounts.put("pods", (long) pods);
        amounts.put("cpu", (long) processors);
        amounts.put("memory", Math.min(guestBytes, memoryBytes));
        amounts.put("ephemeral-storage", diskBytes / 100 * DISK_PERCENT);
        return amounts;
    }

    private Map<String, Object> quantities(long memory, long disk) {
        Map<String, Object> quantities = new LinkedHashMap<>();
        quantities.put("cpu", String.valueOf(processors));
        quantities.put("memory", memory / 1024 + "Ki");
        quantities.put("ephemeral-storage", disk / 1024 + "Ki");
        quantities.put("pods", String.valueOf(pods));
        return quantities;
    }
}
