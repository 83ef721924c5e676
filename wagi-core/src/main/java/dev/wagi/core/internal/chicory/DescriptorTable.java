// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.volume.Mount;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of a guest: the standard streams, then the roots of its volumes, then what it opened. Grows only if
 * there are volumes.
 */
final class DescriptorTable {

    private static final int FIRST_FREE = 3;

    private @Nullable Descriptor[] slots = {Descriptor.Stream.STDIN, Descriptor.Stream.STDOUT, Descriptor.Stream.STDERR
    };

    private int max = FIRST_FREE;

    /** The fdflags of the streams, whatever numbers they have by now. */
    private final int[] flags = new int[Descriptor.Stream.values().length];

    DescriptorTable() {
        resetFlags();
    }

    private void resetFlags() {
        Arrays.fill(flags, WasiDescriptors.FDFLAGS_APPEND);
        flags[Descriptor.Stream.STDIN.ordinal()] = 0;
    }

    int flags(Descriptor.Stream stream) {
        return flags[stream.ordinal()];
    }

    void setFlags(Descriptor.Stream stream, int newFlags) {
        flags[stream.ordinal()] = newFlags;
    }

    @Nullable
    Descriptor get(int fd) {
        return fd >= 0 && fd < slots.length ? slots[fd] : null;
    }

    /**
     * Opens the roots of the volumes of a run.
     *
     * @param most how many descriptors there can be, streams and roots included
     */
    void mount(List<Mount> volumes, int most) {
        max = most;
        for (Mount mount : volumes) {
            add(new Descriptor.OpenDirectory(mount));
        }
    }

    /** Whether one more can be opened. */
    boolean hasRoom() {
        return free() >= 0;
    }

    /** The lowest number that is free, beyond those of the streams; -1 if there is none. */
    private int free() {
        int fd = FIRST_FREE;
        while (fd < slots.length && slots[fd] != null) {
            fd++;
        }
        return fd < max ? fd : -1;
    }

    /** Gives a number to a descriptor; there must be room. */
    int add(Descriptor descriptor) {
        int fd = free();
        if (fd < 0) {
            throw new IllegalStateException("BUG: a descriptor too many; please report this");
        }
        if (fd >= slots.length) {
            slots = Arrays.copyOf(slots, Math.min(max, slots.length * 2 + 2));
        }
        slots[fd] = descriptor;
        return fd;
    }

    boolean close(int fd) {
        Descriptor descriptor = get(fd);
        if (descriptor == null) {
            return false;
        }
        slots[fd] = null;
        descriptor.close();
        return true;
    }

    /** {@code fd_renumber}: {@code to} becomes what {@code from} was, and {@code from} is closed. */
    boolean renumber(int from, int to) {
        Descriptor moved = get(from);
        Descriptor replaced = get(to);
        if (moved == null || replaced == null) {
            return false;
        }
        if (from != to) {
            slots[from] = null;
            slots[to] = moved;
            replaced.close();
        }
        return true;
    }

    /** Closes what is open in volumes. */
    void closeVolumes() {
        for (int fd = 0; fd < slots.length; fd++) {
            if (slots[fd] instanceof Descriptor.InVolume open) {
                slots[fd] = null;
                open.close();
            }
        }
    }

    /** Resets it. */
    void reset() {
        closeVolumes();
        Arrays.fill(slots, null);
        max = FIRST_FREE;
        resetFlags();
        slots[0] = Descriptor.Stream.STDIN;
        slots[1] = Descriptor.Stream.STDOUT;
        slots[2] = Descriptor.Stream.STDERR;
    }
}
