// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.volume.FileStatus;
import org.jspecify.annotations.Nullable;

/**
 * What differs between the two snapshots of WASI: structures in memory, and the order of the origins of
 * {@code fd_seek}.
 *
 * <pre>
 *                                       preview 1   snapshot 0
 * filestat      device u64                      0            0
 *               inode u64                       8            8
 *               filetype u8                    16           16
 *               links                      u64 24       u32 20
 *               size u64                       32           24
 *               accessed, modified,    40, 48, 56   32, 40, 48
 *               changed u64
 *               bytes                          64           56
 * subscription  userdata u64                    0            0
 *               tag u8                          8            8
 *               of a clock: id u32             16           24  (at 16: a number for the clock, not used)
 *                 timeout u64                  24           32
 *                 precision u64                32           40
 *                 flags u16                    40           48
 *               of a stream: descriptor u32    16           16
 *               bytes                          48           56
 * origins       start, here, end          0, 1, 2      2, 0, 1
 * </pre>
 *
 * @see <a href="https://github.com/WebAssembly/WASI/tree/main/legacy">preview 0 and preview 1</a>
 */
enum WasiLayout {
    /** {@code wasi_unstable}, of 2019. */
    SNAPSHOT_0(56, 56, 24, 1, 2),
    /** {@code wasi_snapshot_preview1}. */
    PREVIEW_1(64, 48, 16, 2, 0);

    /** Where the bytes of a {@code fd_seek} are counted from. */
    enum Origin {
        START,
        HERE,
        END
    }

    /** Where a subscription names its descriptor. */
    static final int DESCRIPTOR = 16;

    private final int filestatSize;
    private final int subscriptionSize;

    /** Where the clock of a subscription begins. */
    private final int clock;

    private final int end;
    private final int start;

    WasiLayout(int filestatSize, int subscriptionSize, int clock, int end, int start) {
        this.filestatSize = filestatSize;
        this.subscriptionSize = subscriptionSize;
        this.clock = clock;
        this.end = end;
        this.start = start;
    }

    /** An origin; null if there is no such one. */
    @Nullable
    Origin origin(int whence) {
        if (whence == start) {
            return Origin.START;
        } else if (whence == end) {
            return Origin.END;
        }
        return whence >= 0 && whence <= 2 ? Origin.HERE : null;
    }

    int filestatSize() {
        return filestatSize;
    }

    /** Writes a filestat where there is room for it. */
    void write(FlatMemory memory, int address, byte type, FileStatus status) {
        clear(memory, address, type);
        memory.writeLong(address, status.device());
        memory.writeLong(address + 8, status.inode());
        int at = address + 24;
        if (this == SNAPSHOT_0) {
            memory.writeI32(address + 20, (int) Math.min(status.links(), 0xffffffffL));
        } else {
            memory.writeLong(at, status.links());
            at += 8;
        }
        memory.writeLong(at, status.size());
        memory.writeLong(at + 8, status.accessed());
        memory.writeLong(at + 16, status.modified());
        memory.writeLong(at + 24, status.modified());
    }

    /** Writes a filestat of which nothing is known but the type. */
    void clear(FlatMemory memory, int address, byte type) {
        memory.fill((byte) 0, address, address + filestatSize);
        memory.writeByte(address + 16, type);
    }

    int subscriptionSize() {
        return subscriptionSize;
    }

    int clockId(FlatMemory memory, int subscription) {
        return memory.readInt(subscription + clock);
    }

    long clockTimeout(FlatMemory memory, int subscription) {
        return memory.readLong(subscription + clock + 8);
    }

    int clockFlags(FlatMemory memory, int subscription) {
        return memory.readShort(subscription + clock + 24) & 0xffff;
    }
}
