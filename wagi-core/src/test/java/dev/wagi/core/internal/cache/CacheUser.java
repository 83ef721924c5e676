// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Uses a cache and finds out whether it ever returns something wrong; also as a process of its own. */
final class CacheUser {

    static final long MAX_BYTES = 400_000;

    private static final int KEYS = 12;

    private CacheUser() {}

    /** Puts and gets entries in some order, all users the same ones; returns how often there was one. */
    static int use(CompileCache cache, int seed, int times) {
        Random random = new Random(seed);
        int hits = 0;
        for (int i = 0; i < times; i++) {
            int number = random.nextInt(KEYS);
            if (random.nextBoolean()) {
                cache.put(key(number), code(number, random.nextInt(3)));
                continue;
            }
            Optional<byte[]> code = cache.get(key(number));
            if (code.isPresent()) {
                hits++;
                int version = code.get().length == 0 ? -1 : code.get()[0];
                if (version < 0 || version > 2 || !Arrays.equals(code.get(), code(number, version))) {
                    throw new AssertionError("the entry " + key(number) + " is not what was put");
                }
            }
        }
        return hits;
    }

    private static String key(int number) {
        return "key-" + number;
    }

    /** Several versions, so that it can be seen if they are mixed up. */
    private static byte[] code(int number, int version) {
        byte[] code = new byte[1 + number * 6000 + version * 500];
        new Random(number * 3L + version).nextBytes(code);
        code[0] = (byte) version;
        return code;
    }

    /** A process that uses the cache until its standard input ends or it is killed; prints a line now and then. */
    static Process start(Path directory, int seed) throws IOException {
        return start(List.of(), "use", directory, seed);
    }

    /** A process that can write 16 KiB to a file at most. */
    static Process startWithFullDisk(Path directory) throws IOException {
        // 32 blocks of 512 bytes; the JVM's own files are not meant.
        return start(List.of("sh", "-c", "ulimit -f 32 && exec \"$@\"", "sh"), "full", directory, 0);
    }

    private static Process start(List<String> prefix, String what, Path directory, int seed) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                CacheUser.class.getName(),
                what,
                directory.toString(),
                String.valueOf(seed)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] args) throws IOException {
        CompileCache cache = new CompileCache(Path.of(args[1]), MAX_BYTES, Clock.systemUTC(), System.out::println);
        if (args[0].equals("full")) {
            cache.put("large", new byte[50_000]);
            cache.put("large", new byte[50_000]);
            cache.put("small", new byte[5_000]);
            System.out.println("large: " + cache.get("large").isPresent() + ", small: "
                    + cache.get("small").isPresent());
            return;
        }
        Thread end = new Thread(() -> {
            try {
                System.in.read();
            } catch (IOException e) {
                // The end, too.
            }
        });
        end.setDaemon(true);
        end.start();
        for (int seed = Integer.parseInt(args[2]); end.isAlive(); seed += 100) {
            use(cache, seed, 10);
            System.out.println("used");
        }
    }
}
