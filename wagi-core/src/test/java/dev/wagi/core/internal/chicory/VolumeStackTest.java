// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.Volume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that uses a volume with hardly any stack left: what was opened by then is closed all the same. Without room
 * to end an operation the JDK keeps a lock here, and the thread never comes back.
 */
class VolumeStackTest {

    private static final int RUNS = 100;

    @TempDir
    Path directory;

    @Test
    void path_resolvedAtTheEndOfTheStack_leavesNothingOpen() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors), "only Linux tells which descriptors a process has");
        Files.createDirectories(directory.resolve("a/b/c"));
        List<Mount> mounts = new Mount.Table().mount(List.of(Volume.readOnly("/v", directory)));
        // From every depth on the way back, too: the stack ends in another place each time.
        GuestModule module = new ChicoryEngine(true).load("deep", """
                (module
                  (import "wasi_snapshot_preview1" "path_filestat_get"
                    (func $stat (param i32 i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 16) "a/b/c")
                  (func $deeper (param $n i32) (result i32)
                    (if (i32.gt_u (local.get $n) (i32.const 1500))
                      (then (drop (call $stat (i32.const 3) (i32.const 1) (i32.const 16) (i32.const 5) (i32.const 100)))))
                    (i32.add (call $deeper (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
                  (func (export "_start") (drop (call $deeper (i32.const 0)))))
                """.getBytes(StandardCharsets.UTF_8));
        for (int run = 0; run < RUNS; run++) {
            Thread guest = new Thread(
                    null,
                    () -> assertThatThrownBy(() -> module.instantiate().run("_start", io(mounts)))
                            .isInstanceOf(GuestTrapException.class),
                    "guest",
                    (256 << 10) + run * 64L);
            guest.start();
            try {
                guest.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        long open = 0;
        try (Stream<Path> all = Files.list(descriptors)) {
            for (Path descriptor : all.toList()) {
                try {
                    open += Files.readSymbolicLink(descriptor).startsWith(directory) ? 1 : 0;
                } catch (IOException e) {
                    // Closed meanwhile, by another test or the listing itself.
                }
            }
        }
        assertThat(open).isZero();
    }

    private static GuestIo io(List<Mount> mounts) {
        return new QuietGuestIo() {
            @Override
            public List<Mount> volumes() {
                return mounts;
            }
        };
    }
}
