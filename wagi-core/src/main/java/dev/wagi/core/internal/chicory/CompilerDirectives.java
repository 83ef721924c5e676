// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps HotSpot's optimizing compiler from the methods that compile modules. It takes as long for them as they run, and
 * starts anew whenever they meet another kind of instruction; what the first compiler makes of them is good enough for
 * the few seconds of their lives. Other users of ASM in the JVM notice, so this is done only where the JVM has no other
 * work: if the system property {@value #DEDICATED} is {@code true}.
 */
final class CompilerDirectives {

    /** Set by those who start a JVM for nothing but WAGI. */
    static final String DEDICATED = "wagi.dedicated";

    private static final Logger LOG = LoggerFactory.getLogger(CompilerDirectives.class);

    /** As {@code jcmd Compiler.directives_add} reads them. */
    private static final String TEXT = """
            [
              {
                match: [
                  "com/dylibso/chicory/compiler/internal/*.*",
                  "com/dylibso/chicory/wasm/Parser*.*",
                  "com/dylibso/chicory/wasm/Validator*.*",
                  "dev/wagi/core/internal/bytecode/*.*",
                  "org/objectweb/asm/*.*"
                ],
                c2: { Exclude: true }
              }
            ]
            """;

    /** At first use. */
    private static final class Once {
        private static final boolean DONE = Boolean.getBoolean(DEDICATED) && add();
    }

    private CompilerDirectives() {}

    /** Has them added, once, if this JVM is WAGI's; returns whether they are there. */
    static boolean ensure() {
        return Once.DONE;
    }

    /** Adds them; without them, or in another JVM than HotSpot, modules only take longer to be compiled. */
    static boolean add() {
        try {
            Path file = Files.createTempFile("wagi-directives", ".json");
            try {
                Files.writeString(file, TEXT);
                Object answer = diagnose("compilerDirectivesAdd", file.toString());
                LOG.debug("HotSpot: {}", answer);
                return true;
            } finally {
                Files.delete(file);
            }
        } catch (IOException | JMException | RuntimeException e) {
            LOG.debug("HotSpot optimizes what compiles modules", e);
            return false;
        }
    }

    /** Runs a diagnostic command of HotSpot, as {@code jcmd} does. */
    static Object diagnose(String command, String... arguments) throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        return server.invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                command,
                new Object[] {arguments},
                new String[] {String[].class.getName()});
    }
}
