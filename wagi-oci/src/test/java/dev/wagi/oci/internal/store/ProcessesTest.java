// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.oci.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Several processes that share one store. */
class ProcessesTest {

    @TempDir
    Path temporary;

    private Path directory() {
        return temporary.resolve("store");
    }

    @Test
    void twoProcesses_writingTheSame_endWithOneGoodCopyAndAllReferences() throws Exception {
        List<Process> users = List.of(StoreUser.start("write", directory()), StoreUser.start("write", directory()));
        List<String> lines = new ArrayList<>();
        try {
            List<BufferedReader> outputs = users.stream().map(StoreUser::output).toList();
            for (BufferedReader output : outputs) {
                assertThat(output.readLine()).isEqualTo("ready");
            }
            for (Process user : users) {
                user.getOutputStream().close();
            }
            for (BufferedReader output : outputs) {
                output.lines().forEach(lines::add);
            }
        } finally {
            users.forEach(Process::destroyForcibly);
        }

        assertThat(lines).containsExactlyInAnyOrder("written", "was there", "tagged", "tagged");
        ContentStore store = ContentStore.open(directory());
        assertThat(store.references()).hasSize(40);
        byte[] blob = StoreUser.blob();
        assertThat(store.bytes(Digest.sha256(blob), blob.length)).hasValue(blob);
        try (Stream<Path> left = Files.list(directory().resolve(".wagi/partial"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void process_killedHalfWay_leavesAStoreThatGoesOn() throws Exception {
        byte[] blob = StoreUser.blob();
        Digest digest = Digest.sha256(blob);
        Process user = StoreUser.start("half", directory());
        ContentStore busy;
        try {
            BufferedReader output = StoreUser.output(user);
            assertThat(output.readLine()).isEqualTo("ready");
            assertThat(output.readLine()).isEqualTo("half");
            busy = ContentStore.open(directory(), Clock.systemUTC(), Duration.ZERO);

            assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(
                            StoreException.class, () -> busy.begin(digest, blob.length)))
                    .hasMessageContaining("another process or thread has been writing " + digest);
            assertThat(busy.has(digest, blob.length)).isFalse();
        } finally {
            user.destroyForcibly().waitFor();
        }

        try (BlobWriter writer = busy.begin(digest, blob.length)) {
            assertThat(writer.have()).isEqualTo(StoreUser.SIZE / 2);
            writer.write(blob, StoreUser.SIZE / 2, blob.length - StoreUser.SIZE / 2);
            writer.commit();
        }
        assertThat(busy.bytes(digest, blob.length)).hasValue(blob);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void disk_full_isToldAndLeavesNothing() throws Exception {
        Process user = StoreUser.startWithFullDisk(directory());
        List<String> lines;
        try {
            user.getOutputStream().close();
            lines = StoreUser.output(user).lines().toList();
        } finally {
            user.destroyForcibly();
        }

        assertThat(lines).hasSize(2);
        assertThat(lines.get(1))
                .startsWith("cannot write a blob in the module store: ")
                .contains("free some space");
        ContentStore store = ContentStore.open(directory());
        assertThat(store.has(Digest.sha256(StoreUser.blob()), StoreUser.SIZE)).isFalse();
        assertThat(partials()).isEmpty();
        assertThat(StoreUser.write(store)).isTrue();
    }

    private List<Path> partials() throws IOException {
        try (Stream<Path> left = Files.list(directory().resolve(".wagi/partial"))) {
            return left.toList();
        }
    }
}
