// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.ByteSequence;

/**
 * GraalWasm. It compiles guests only on a GraalVM; on any other JVM it interprets them. A context cannot be reset to an
 * earlier state, so each request has a new one, which shares parsed code through the engine.
 */
final class GraalWasmPeer implements Peer {

    /** Classes of version 25 use methods of Java 21, although they load on Java 17. */
    private static final int LEAST_JAVA = 21;

    private final Program program;
    private final Engine engine;
    private final Source source;

    GraalWasmPeer(Program program) {
        if (Runtime.version().feature() < LEAST_JAVA) {
            throw new UnavailableException(
                    "GraalWasm 25 needs Java " + LEAST_JAVA + " or newer, this is "
                            + Runtime.version().feature(),
                    null);
        }
        this.program = program;
        this.engine = Engine.newBuilder("wasm")
                .option("engine.WarnInterpreterOnly", "false")
                .build();
        try {
            this.source = Source.newBuilder("wasm", ByteSequence.create(program.module()), "guest")
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void answer(BodySink sink) {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        Context context = Context.newBuilder("wasm")
                .engine(engine)
                .option("wasm.Builtins", "wasi_snapshot_preview1")
                .arguments("wasm", new String[] {"/app"})
                .environment(program.environment())
                .in(InputStream.nullInputStream())
                .out(stdout)
                .err(OutputStream.nullOutputStream())
                .build();
        try {
            Value instance = context.eval(source).newInstance();
            instance.getMember("exports").getMember(program.entrypoint()).executeVoid();
        } catch (PolyglotException e) {
            if (!e.isExit() || e.getExitStatus() != 0) {
                throw e;
            }
        } finally {
            // Cancelling does not report the guest's exit again.
            context.close(true);
        }
        sink.printed(stdout.toByteArray());
    }

    @Override
    public void close() {
        engine.close(true);
    }
}
