// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.plugins;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Scanner;

/** Reads lines of a plugin's name and a text, and prints the answers; an empty line reads the directory again. */
public final class Main {

    private Main() {}

    /**
     * Runs until there is no line left.
     *
     * @param args the directory of the plugins
     */
    public static void main(String[] args) throws IOException {
        run(Path.of(args[0]), System.in, System.out);
    }

    static void run(Path directory, InputStream lines, PrintStream out) throws IOException {
        try (Plugins plugins = new Plugins(directory);
                Scanner in = new Scanner(lines, "UTF-8")) {
            while (in.hasNextLine()) {
                String[] line = in.nextLine().split(" ", 2);
                try {
                    out.println(line.length == 2 ? plugins.run(line[0], line[1]) : plugins.reload());
                } catch (RuntimeException e) {
                    out.println(e.getMessage());
                }
            }
        }
    }
}
