// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CollectedBodyTest {

    private static final int MEMORY = 64 << 10;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "5, 3", "65535, 1000", "65536, 16384", "65537, 16384", "300000, 7777"})
    void stream_anySize_isWhatWasAdded(int size, int piece) throws IOException {
        BodyStore store = store(1 << 20, 1 << 20, 4);
        byte[] bytes = bytes(size);
        try (CollectedBody body = store.begin(store.share())) {
            for (int at = 0; at < size; at += piece) {
                body.add(bytes, at, Math.min(piece, size - at));
            }

            assertThat(body.length()).isEqualTo(size);
            assertThat(body.stream().readAllBytes()).isEqualTo(bytes);
            assertThat(body.stream().available()).isEqualTo(size);
        }
        assertThat(store.isEmpty()).isTrue();
    }

    /**
     * With the paths of Windows, and without modes of files. The simulation does not delete a file when it is closed.
     */
    @Test
    void file_onWindows_isReadAgain() throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path temporary = windows.getPath("C:\\work");
            BodyStore store = new BodyStore(temporary, 1 << 20, 1 << 20, 4, 2);
            byte[] bytes = bytes(MEMORY + 1);
            try (CollectedBody body = store.begin(store.share())) {
                body.add(bytes, 0, bytes.length);

                assertThat(body.stream().readAllBytes()).isEqualTo(bytes);
            }
            assertThat(store.isEmpty()).isTrue();
        }
    }

    /** Nothing is left behind even if the process is killed. */
    @Test
    void file_whileItIsOpen_hasNoName() throws IOException {
        assumeThat(FileSystems.getDefault().supportedFileAttributeViews()).contains("posix");
        BodyStore store = store(1 << 20, 1 << 20, 4);
        try (CollectedBody body = store.begin(store.share())) {
            body.add(bytes(MEMORY + 1), 0, MEMORY + 1);

            assertThat(directory).isEmptyDirectory();
            assertThat(store.isEmpty()).isFalse();
        }
    }

    @Test
    void memoryOfTheModule_isUsedUp_filesAreUsedEarlier() throws IOException {
        BodyStore store = store(8 << 10, 1 << 20, 8);
        BodyStore.Share share = store.share();
        List<CollectedBody> bodies = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            CollectedBody body = store.begin(share);
            body.add(bytes(1000), 0, 1000);
            bodies.add(body);
        }

        for (CollectedBody body : bodies) {
            assertThat(body.stream().readAllBytes()).isEqualTo(bytes(1000));
            body.close();
            body.close();
        }
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void disk_isUsedUpByAModule_othersHaveTheirRoom() throws IOException {
        BodyStore store = store(1 << 20, 400_000, 8);
        BodyStore.Share flooded = store.share();
        CollectedBody first = store.begin(flooded);
        first.add(bytes(200_000), 0, 200_000);
        CollectedBody second = store.begin(flooded);
        CollectedBody other = store.begin(store.share());

        assertThatThrownBy(() -> second.add(bytes(70_000), 0, 70_000)).isInstanceOf(BodyStore.FullException.class);
        other.add(bytes(70_000), 0, 70_000);

        first.close();
        second.close();
        other.close();
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void files_areUsedUpByAModule_othersHaveTheirs() throws IOException {
        BodyStore store = store(1 << 20, 1 << 20, 2);
        BodyStore.Share flooded = store.share();
        CollectedBody first = store.begin(flooded);
        first.add(bytes(70_000), 0, 70_000);
        CollectedBody second = store.begin(flooded);
        CollectedBody other = store.begin(store.share());

        assertThatThrownBy(() -> second.add(bytes(70_000), 0, 70_000))
                .isInstanceOf(BodyStore.FullException.class)
                .hasMessageContaining("too many bodies");
        other.add(bytes(70_000), 0, 70_000);

        first.close();
        second.close();
        other.close();
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void directory_isGone_isTheHostsFault() throws IOException {
        BodyStore store = store(1 << 20, 1 << 20, 2);
        Files.delete(directory);
        CollectedBody body = store.begin(store.share());

        assertThatThrownBy(() -> body.add(bytes(70_000), 0, 70_000))
                .isInstanceOf(BodyStore.FullException.class)
                .hasCauseInstanceOf(IOException.class);

        body.close();
        assertThat(store.isEmpty()).isTrue();
        Files.createDirectory(directory);
    }

    @Test
    void add_interruptedThread_isNotTheDisksFault() throws IOException {
        BodyStore store = store(1 << 20, 1 << 20, 2);
        try (CollectedBody body = store.begin(store.share())) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> body.add(bytes(70_000), 0, 70_000)).isInstanceOf(ClosedByInterruptException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void close_whileItIsAddedToAndRead_endsBoth() throws IOException {
        BodyStore store = store(1 << 20, 1 << 20, 2);
        CollectedBody body = store.begin(store.share());
        body.add(bytes(70_000), 0, 70_000);
        InputStream reader = body.stream();
        body.close();

        assertThatThrownBy(() -> body.add(bytes(1), 0, 1)).isInstanceOf(IOException.class);
        assertThatThrownBy(reader::readAllBytes).isInstanceOf(IOException.class);
        assertThat(store.isEmpty()).isTrue();
    }

    @Test
    void await_asManyAsMayBeWaitedFor_moduleHasHalfOfThem() throws IOException {
        BodyStore store = store(0, 0, 0);
        BodyStore.Share one = store.share();
        BodyStore.Share two = store.share();
        store.await(one);

        assertThatThrownBy(() -> store.await(one))
                .isInstanceOf(BodyStore.FullException.class)
                .hasMessage("too many clients have not sent theirs yet");
        store.await(two);
        assertThatThrownBy(() -> store.await(store.share())).isInstanceOf(BodyStore.FullException.class);
        store.arrived(one);
        store.await(one);
        store.arrived(one);
        store.arrived(two);
        assertThat(store.isEmpty()).isTrue();
    }

    private BodyStore store(long memory, long disk, long files) {
        return new BodyStore(directory, memory, disk, files, 2);
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
