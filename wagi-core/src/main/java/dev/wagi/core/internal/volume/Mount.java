// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A volume in service. Thread-safe. */
public final class Mount {

    private static final Logger LOG = LoggerFactory.getLogger(Mount.class);

    /** Makes inodes and devices of this run differ from the host's and from those of the next run. */
    private static final byte[] SECRET = new byte[32];

    static {
        new SecureRandom().nextBytes(SECRET);
    }

    private final Volume volume;
    private final Usage usage;
    private final long device;

    private Mount(Volume volume, Usage usage, Path real) {
        this.volume = volume;
        this.usage = usage;
        this.device = disguise("volume " + real);
    }

    /**
     * Mounts volumes; those on the same host directory share the usage that their quotas count. Thread-safe. Use one
     * table for all volumes that may be used at the same time, because changes are ordered only within a table.
     */
    public static final class Table {
        private final Map<Path, Usage> usages = new HashMap<>();

        /** Creates one mount per volume, in their order. Counts the contents of those with a quota. */
        public synchronized List<Mount> mount(List<Volume> volumes) {
            List<Mount> mounts = new ArrayList<>(volumes.size());
            for (Volume volume : volumes) {
                Path real = real(volume.host());
                Usage usage = usages.computeIfAbsent(real, this::usage);
                if (volume.maxBytes() != Volume.UNLIMITED || volume.maxFiles() != Volume.UNLIMITED) {
                    usage.track();
                    warnIfFull(volume, usage);
                }
                if (volume.links()) {
                    usage.allowLinks();
                }
                mounts.add(new Mount(volume, usage, real));
            }
            return List.copyOf(mounts);
        }

        private Usage usage(Path real) {
            Usage usage = new Usage(real);
            List<Usage> all = new ArrayList<>(usages.values());
            all.add(usage);
            all.forEach(each -> each.takeTurnsWith(all));
            return usage;
        }

        private static Path real(Path path) {
            try {
                return path.toRealPath();
            } catch (IOException e) {
                return path;
            }
        }

        private static void warnIfFull(Volume volume, Usage usage) {
            if (usage.bytes() >= volume.maxBytes() || usage.files() >= volume.maxFiles()) {
                LOG.warn(
                        "volume {} has {} bytes in {} files and directories already, which is all that its quota"
                                + " allows; guests can add nothing",
                        volume.host(),
                        usage.bytes(),
                        usage.files());
            }
        }
    }

    /** Returns the volume. */
    public Volume volume() {
        return volume;
    }

    Usage usage() {
        return usage;
    }

    long device() {
        return device;
    }

    /**
     * Computes the inode number of a file.
     *
     * @param key the host's identifier of the file, if it has one
     * @param path the path, used otherwise
     */
    static long inode(@Nullable Object key, String path) {
        return disguise(key == null ? "path " + path : "key " + key);
    }

    void requireWritable() throws VolumeException {
        if (!volume.writable()) {
            throw new VolumeException(VolumeException.Reason.READ_ONLY);
        }
    }

    /** Returns whether the disk is full, to explain a failure that the host reports in an unknown language. */
    boolean isDiskFull() {
        try {
            return Files.getFileStore(volume.host()).getUsableSpace() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static long disguise(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(SECRET);
            byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
            long number = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                number = number << 8 | hash[i] & 0xff;
            }
            return number == 0 ? 1 : number; // C libraries treat 0 as an absent entry
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
