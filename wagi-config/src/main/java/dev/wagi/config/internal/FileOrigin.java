// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.configuration.StaticFilesBuilder;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A configuration in a file of any file system.
 *
 * @param file the file
 * @param place the name for messages
 * @param syntax the format
 */
public record FileOrigin(Path file, String place, Syntax syntax) implements Origin {

    /** Creates an origin from a file whose name determines the format. */
    public static FileOrigin of(Path file) {
        boolean local = file.getFileSystem() == FileSystems.getDefault();
        return new FileOrigin(file, local ? file.toString() : file.toUri().toString(), Syntax.of(file.toString()));
    }

    @Override
    public Optional<String> read(Problems problems) throws IOException {
        try {
            if (Files.isDirectory(file)) {
                problems.add(place, "is a directory; name the modules.toml in it");
                return Optional.empty();
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                problems.add(place, "is not a regular file; name a modules.toml");
                return Optional.empty();
            }
            if (Files.size(file) > MAX_BYTES) {
                problems.add(place, "is larger than " + (MAX_BYTES >> 20) + " MiB; is it a modules.toml?");
                return Optional.empty();
            }
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            problems.add(place, "there is no such file", Remedy.CHECK_CONFIGURATION);
        } catch (CharacterCodingException e) {
            problems.add(place, "is not UTF-8 text; save it as UTF-8");
        }
        return Optional.empty();
    }

    @Override
    public void locate(ModuleBuilder module) {
        module.baseDirectory(base());
    }

    @Override
    public void locate(StaticFilesBuilder files) {
        files.baseDirectory(base());
    }

    @Override
    public Optional<Path> directory() {
        return Optional.of(base());
    }

    private Path base() {
        Path directory = file.toAbsolutePath().getParent();
        return directory == null ? Path.of("") : directory;
    }
}
