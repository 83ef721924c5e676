// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import java.util.Map;

/**
 * A runtime that handles the benchmarks' request: it creates a new instance for the guest, with the same environment,
 * empty standard input and collected standard output, and runs it. The module is loaded once.
 */
public interface Peer extends AutoCloseable {

    /** The runtimes. */
    enum Kind {
        /** This project, as shipped. */
        WAGI,
        /** Chicory in its simplest use: compiled once, with an instance for every request. */
        CHICORY,
        /** wasmtime-java with everything shared that can be: engine, module and linker. */
        WASMTIME,
        /** wasmtime-java as in its README: engine and module shared, with a linker for every request. */
        WASMTIME_README,
        /** GraalWasm: engine and source shared, with a context for every request. */
        GRAALWASM,
        /** No guest: a Java method that does the same. The lower bound. */
        PLAIN_JAVA
    }

    /** The program that a peer runs. */
    record Program(byte[] module, String entrypoint, Map<String, String> environment) {}

    /** Handles one request. */
    void answer(BodySink sink) throws Exception;

    @Override
    void close();

    /**
     * Creates a peer that is ready.
     *
     * @throws UnavailableException if it cannot be used on this JVM or machine; the message says why
     */
    static Peer of(Kind kind, Guest guest) {
        try {
            return switch (kind) {
                case WAGI -> new WagiPeer(guest);
                case PLAIN_JAVA -> new PlainJavaPeer(guest);
                default -> of(kind, new Program(guest.bytes(), "_start", Requests.environment()));
            };
        } catch (LinkageError e) {
            throw unavailable(kind, e);
        }
    }

    /** Creates a peer for any program; not for {@link Kind#WAGI} and {@link Kind#PLAIN_JAVA}. */
    static Peer of(Kind kind, Program program) {
        try {
            return switch (kind) {
                case CHICORY -> new ChicoryPeer(program, ChicoryPeer.DEFAULT_MEMORY);
                case WASMTIME -> new WasmtimePeer(program, true);
                case WASMTIME_README -> new WasmtimePeer(program, false);
                case GRAALWASM -> new GraalWasmPeer(program);
                default -> throw new IllegalArgumentException(kind + " runs only the benchmarks' guests");
            };
        } catch (LinkageError e) {
            throw unavailable(kind, e);
        }
    }

    private static UnavailableException unavailable(Kind kind, LinkageError e) {
        return new UnavailableException(
                kind + " cannot be loaded on Java " + Runtime.version().feature() + " and "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ": " + e,
                e);
    }
}
