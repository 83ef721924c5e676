// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;

/** The output of a test's program after its start. */
final class ProcessLog {

    private ProcessLog() {}

    /** Reads the output in a thread of that name until the program ends, so that the pipe never fills. */
    static void drain(Reader log, String name) {
        Thread thread = new Thread(
                () -> {
                    try (log) {
                        log.transferTo(Writer.nullWriter());
                    } catch (IOException e) {
                        // The program was stopped, which closed its pipe.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }
}
