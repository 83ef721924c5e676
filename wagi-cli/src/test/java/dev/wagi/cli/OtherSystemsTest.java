// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the command does with files, on a file system in memory that has the paths of Windows and no modes. */
class OtherSystemsTest {

    @ParameterizedTest
    @EnumSource
    void newModule_onWindows_isWritten(Skeleton skeleton) throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path directory = windows.getPath("C:\\work\\hello");
            NewCommand.write(directory, skeleton.files("hello"));

            assertThat(Files.readString(directory.resolve("modules.toml"))).contains("module = \"hello.wa");
            assertThatThrownBy(() -> NewCommand.write(directory, skeleton.files("hello")))
                    .hasMessage("C:\\work\\hello exists already; choose another name, or remove it");
        }
    }

    @Test
    void doctor_directoryOnWindows_isLookedAt() throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path cache = Files.createDirectories(windows.getPath("C:\\Users\\me\\cache"));
            Path file = Files.writeString(windows.getPath("C:\\Users\\me\\file"), "");

            assertThat(DirectoryCheck.isOwn("compile cache", cache).level()).isEqualTo(Finding.Level.OK);
            assertThat(DirectoryCheck.isOwn("compile cache", file.resolve("cache")))
                    .isEqualTo(Finding.failure(
                            "compile cache",
                            "C:\\Users\\me\\file\\cache",
                            "C:\\Users\\me\\file is not a directory",
                            "remove it, or name another directory"));
        }
    }
}
