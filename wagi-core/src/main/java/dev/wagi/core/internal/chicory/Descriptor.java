// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.volume.ConfinedDirectory;
import dev.wagi.core.internal.volume.ConfinedFile;
import dev.wagi.core.internal.volume.Listing;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.VolumeException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An open descriptor of a guest. */
interface Descriptor {

    /** Releases what it holds. */
    default void close() {}

    /** A standard stream. */
    enum Stream implements Descriptor {
        STDIN,
        STDOUT,
        STDERR
    }

    /** Something in a volume, and the rights that it reports. */
    abstract class InVolume implements Descriptor {
        private long rights;
        private long inheriting;

        private InVolume(long rights, long inheriting) {
            this.rights = rights;
            this.inheriting = inheriting;
        }

        long rights() {
            return rights;
        }

        long inheriting() {
            return inheriting;
        }

        /** Removes rights, which changes what is reported; returns false if it would add some. */
        boolean limit(long newRights, long newInheriting) {
            if ((newRights & ~rights) != 0 || (newInheriting & ~inheriting) != 0) {
                return false;
            }
            rights = newRights;
            inheriting = newInheriting;
            return true;
        }
    }

    /** A regular file, and where in it the next read or write is. */
    final class OpenFile extends InVolume {
        private final ConfinedFile file;

        /** Its fdflags. */
        private int flags;

        private long position;

        /**
         * Creates a file.
         *
         * @param flags its fdflags
         */
        OpenFile(ConfinedFile file, int flags, long rights, long inheriting) {
            super(rights, inheriting);
            this.file = file;
            this.flags = flags;
        }

        ConfinedFile file() {
            return file;
        }

        int flags() {
            return flags;
        }

        void setFlags(int newFlags) {
            flags = newFlags;
        }

        long position() {
            return position;
        }

        void moveTo(long offset) {
            position = offset;
        }

        @Override
        public void close() {
            file.close();
        }
    }

    /** A directory; the root of a volume is opened when it is first used. */
    final class OpenDirectory extends InVolume {
        private final @Nullable Mount mount;
        private @Nullable ConfinedDirectory directory;
        private @Nullable Listing listing;

        /** The entry that the listing gave last, if it is to be given again, and the cookie that asks for it. */
        private Listing.@Nullable Entry last;

        private long next;

        /** The root of a volume, open from the start of a run. */
        OpenDirectory(Mount mount) {
            super(Rights.DIRECTORY, Rights.ALL);
            this.mount = mount;
        }

        OpenDirectory(ConfinedDirectory directory, long rights, long inheriting) {
            super(rights, inheriting);
            this.mount = null;
            this.directory = directory;
        }

        ConfinedDirectory directory() throws VolumeException {
            if (directory == null && mount != null) {
                directory = ConfinedDirectory.open(mount);
            }
            if (directory == null) {
                throw new IllegalStateException("BUG: a directory that was never opened; please report this");
            }
            return directory;
        }

        /** The guest's name of the volume; null for other directories. */
        byte @Nullable [] name() {
            return mount == null ? null : mount.volume().guest().getBytes(StandardCharsets.UTF_8);
        }

        /**
         * The entry of a cookie; null at the end. The next one, or the last one again, costs nothing; any other begins
         * from the start.
         */
        Listing.@Nullable Entry entry(long cookie) throws VolumeException {
            if (listing != null && cookie == next - 1 && last != null) {
                return last;
            }
            if (listing == null || cookie < next) {
                closeListing();
                listing = directory().list();
                next = 0;
            }
            do {
                last = listing.next();
                next++;
            } while (last != null && next <= cookie);
            if (last == null) {
                next = 0;
                closeListing();
            }
            return last;
        }

        private void closeListing() {
            if (listing != null) {
                listing.close();
                listing = null;
            }
            last = null;
        }

        @Override
        public void close() {
            closeListing();
            if (directory != null) {
                directory.close();
            }
        }
    }
}
