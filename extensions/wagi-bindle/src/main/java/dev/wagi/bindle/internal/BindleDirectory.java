// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads standalone bindles from a directory. */
final class BindleDirectory implements BindleStore {

    private static final int CHUNK = 1 << 16;

    private final Path root;

    BindleDirectory(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public String invoice(BindleId id) {
        return root.resolve(id.sha256()).resolve("invoice.toml").toString();
    }

    @Override
    public String parcel(BindleId id, String sha256) {
        return root.resolve(id.sha256())
                .resolve("parcels")
                .resolve(sha256 + ".dat")
                .toString();
    }

    @Override
    public void fetch(String location, Intake intake) throws BindleException {
        Path file = Path.of(location);
        if (!Files.isDirectory(root)) {
            throw new BindleException("there is no directory " + root + "; check the path of the bindles");
        }
        Path bindle = root.resolve(root.relativize(file).getName(0));
        if (!Files.isDirectory(bindle)) {
            throw new BindleException("there is no directory " + bindle + ", where a bindle of this name and"
                    + " version would be; check both, or export the bindle to " + root);
        }
        if (!Files.isRegularFile(file)) {
            throw new BindleException("there is no such file, so the bindle is incomplete; export it again");
        }
        try (InputStream in = Files.newInputStream(file)) {
            intake.checkSize(Files.size(file));
            byte[] chunk = new byte[CHUNK];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                intake.add(ByteBuffer.wrap(chunk, 0, count));
            }
        } catch (IOException e) {
            throw new BindleException("cannot be read (" + e + "); check its permissions", e);
        }
    }
}
