// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at the JVM, its options and its memory, trusted certificates and the clock. */
final class MachineCheck {

    private static final long MIB = 1L << 20;

    /** All running guests together may take half of the heap, and a small one takes a few MiB. */
    private static final long SMALL_HEAP_MIB = 64;

    private static final long STACK_KIB = 2048;

    /** No version of this program is older. */
    private static final Instant FIRST_VERSION = Instant.parse("2026-01-01T00:00:00Z");

    private MachineCheck() {}

    static List<Finding> all(Instant now) {
        HotSpotDiagnosticMXBean flags = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(
                "Java",
                System.getProperty("java.home", ""),
                Runtime.version() + " of " + System.getProperty("java.vendor", "an unknown vendor")));
        findings.add(hugeMethods(flag(flags, "DontCompileHugeMethods")));
        findings.add(stack(flag(flags, "ThreadStackSize")));
        findings.add(memory(
                Runtime.getRuntime().maxMemory() / MIB,
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() / MIB));
        int processors = Runtime.getRuntime().availableProcessors();
        findings.add(Finding.ok(
                "processors", "of this machine or container", processors == 1 ? "1" : Integer.toString(processors)));
        findings.add(TrustCheck.authorities());
        findings.add(clock(now));
        return findings;
    }

    private static Optional<String> flag(@Nullable HotSpotDiagnosticMXBean flags, String name) {
        try {
            return flags == null
                    ? Optional.empty()
                    : Optional.of(flags.getVMOption(name).getValue());
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // another JVM than HotSpot
        }
    }

    /** Whether large functions of guests stay interpreted. */
    static Finding hugeMethods(Optional<String> value) {
        String where = "-XX:-DontCompileHugeMethods";
        return value.isEmpty() || value.get().equals("false")
                ? Finding.ok("Java's options", where, value.isEmpty() ? "not needed by this JVM" : "is set")
                : Finding.warning(
                        "Java's options",
                        where,
                        "is missing, so the JVM never compiles large functions of guests, and these run 10 to 100"
                                + " times slower",
                        "start with the script wagi, or add the option to the JVM's command line");
    }

    /** Whether guests have the stack that native runtimes give them. */
    static Finding stack(Optional<String> kib) {
        String where = "-Xss";
        if (kib.isEmpty() || Long.parseLong(kib.get()) >= STACK_KIB) {
            return Finding.ok(
                    "Java's options", where, kib.map(value -> value + " KiB").orElse("not known"));
        }
        return Finding.warning(
                "Java's options",
                where,
                kib.get() + " KiB, so guests that recurse deeply end in a trap earlier than elsewhere",
                "start with the script wagi, or add -Xss2m to the JVM's command line");
    }

    /** Whether the heap is large enough, and fits. */
    static Finding memory(long heap, long machine) {
        String where = "heap of " + heap + " MiB";
        String rest = "of " + machine + " MiB that the machine or container has";
        if (heap < SMALL_HEAP_MIB) {
            return Finding.warning(
                    "memory",
                    where,
                    rest + ", half of it for guests; large modules do not run",
                    "give it more, for instance WAGI_JAVA_OPTS=-Xmx256m, or the container a larger limit");
        }
        // The JVM needs some for itself: classes, compiled code, threads.
        if (heap > machine * 9 / 10) {
            return Finding.warning(
                    "memory",
                    where,
                    rest + "; the JVM needs memory besides the heap, so the system may kill it",
                    "lower it, for instance with WAGI_JAVA_OPTS=-XX:MaxRAMPercentage=60");
        }
        return Finding.ok("memory", where, rest);
    }

    /** Whether the time can be right: certificates and signatures depend on it. */
    static Finding clock(Instant now) {
        return now.isBefore(FIRST_VERSION)
                ? Finding.failure(
                        "clock",
                        now.toString(),
                        "is before the first version of this program; certificates will not be valid",
                        "set the clock, for instance with a time service")
                : Finding.ok("clock", now.toString(), "is plausible");
    }
}
