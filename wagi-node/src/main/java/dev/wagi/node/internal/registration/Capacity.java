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
 * What this JVM may use, as its container or machine limits it.
 *
 * @param processors for the JVM
 * @param memoryBytes of the container or machine
 * @param guestBytes that guests may have together: half of the heap, as the host enforces it
 * @param diskBytes of the file system with the node's data
 * @param pods how many pods the node takes
 * @param data a directory of the node
 */
public record Capacity(int processors, long memoryBytes, long guestBytes, long diskBytes, int pods, Path data) {

    /** Of disks a tenth is left to others, as a kubelet does by default. */
    private static final int DISK_PERCENT = 90;

    /** Measures them. */
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

    /** Whether less than a tenth of the disk is left. */
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

    /** As {@code status.capacity}. */
    Map<String, Object> total() {
        return quantities(memoryBytes, diskBytes);
    }

    /** As {@code status.allocatable}: what the scheduler gives to pods. */
    Map<String, Object> allocatable() {
        return quantities(Math.min(guestBytes, memoryBytes), diskBytes / 100 * DISK_PERCENT);
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
