// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Uses a store in a separate process. */
final class StoreUser {

    static final int SIZE = 3_000_000;

    private StoreUser() {}

    static byte[] blob() {
        return Layouts.random(42, SIZE);
    }

    /** Writes the blob in pieces; returns whether this process wrote it. */
    static boolean write(ContentStore store) throws IOException {
        byte[] bytes = blob();
        try (BlobWriter writer = store.begin(Digest.sha256(bytes), bytes.length)) {
            if (writer.isComplete()) {
                return false;
            }
            for (int at = (int) writer.have(); at < bytes.length; at += 10_000) {
                writer.write(bytes, at, Math.min(10_000, bytes.length - at));
            }
            writer.commit();
            return true;
        }
    }

    static Process start(String what, Path directory) throws IOException {
        return start(List.of(), what, directory);
    }

    /** Starts a process whose files can have at most 1 MiB. */
    static Process startWithFullDisk(Path directory) throws IOException {
        return start(List.of("sh", "-c", "ulimit -f 2048 && exec \"$@\"", "sh"), "write", directory);
    }

    private static Process start(List<String> prefix, String what, Path directory) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                StoreUser.class.getName(),
                what,
                directory.toString()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    public static void main(String[] args) throws IOException {
        System.out.println("ready");
        if (args[0].equals("write")) {
            System.in.read();
        }
        ContentStore store = ContentStore.open(Path.of(args[1]));
        try {
            if (args[0].equals("half")) {
                byte[] bytes = blob();
                BlobWriter writer = store.begin(Digest.sha256(bytes), bytes.length);
                writer.write(bytes, 0, SIZE / 2);
                System.out.println("half");
                System.in.read();
                return;
            }
            System.out.println(write(store) ? "written" : "was there");
            for (int i = 0; i < 20; i++) {
                Layouts.image(
                        store, "example/" + ProcessHandle.current().pid() + ":" + i, i, 1000, java.time.Instant.now());
            }
            System.out.println("tagged");
        } catch (IOException e) {
            System.out.println(e.getMessage());
        }
    }
}
