// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.ChicoryException;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.NoRoomException;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.VolumeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One instance, and the descriptors of the guest in it. */
final class ChicorySandbox implements Sandbox {

    static final String INITIALIZE = "_initialize";
    private static final String START = "_start";

    /** What Wizer calls before it takes its snapshot; the second name is the older one. */
    static final List<String> WIZER = List.of("wizer.initialize", "wizer-initialize");

    private static final GuestIo NOTHING = GuestIo.of(
            GuestStrings.none(),
            GuestStrings.none(),
            (buffer, offset, length) -> -1,
            Discard.INSTANCE,
            Discard.INSTANCE);

    /** Host functions return small numbers, so the array is not made for each call. */
    private static final long[][] RESULTS = new long[80][];

    private static final long[] NO_RESULT = {};
    private static final long[] NO_ARGUMENTS = {};

    static {
        Arrays.setAll(RESULTS, value -> new long[] {value});
    }

    private final ChicoryModule module;
    private final GuestHeap.Charge charge;
    private final @Nullable InterpreterBounds interpreter;
    private final Instance instance;

    private final DescriptorTable descriptors = new DescriptorTable();

    private @Nullable GuestIo io;

    /** Whether the engine keeps something of the last run that {@link #reset} does not reach. */
    private boolean spoiled;

    private ChicorySandbox(ChicoryModule module) {
        this.module = module;
        this.charge = module.heap().new Charge();
        this.interpreter = module.newBounds(charge);
        this.instance = instantiate(module);
    }

    /** The first instance of a module, and what it prepares for all that come after it. */
    static ChicorySandbox first(ChicoryModule module) {
        ChicorySandbox sandbox = new ChicorySandbox(module);
        sandbox.prepare();
        return sandbox;
    }

    /** Creates an instance that is equal to the first one. */
    static ChicorySandbox another(ChicoryModule module, Snapshot snapshot) {
        ChicorySandbox sandbox = new ChicorySandbox(module);
        if (!snapshot.restore(sandbox.instance, true)) {
            throw new GuestTrapException(
                    "another instance of it differs from the first one; its start function does not do the same"
                            + " each time",
                    null);
        }
        return sandbox;
    }

    /** Runs Wizer's function once per module; it sees an empty world. */
    private void prepare() {
        for (String wizer : WIZER) {
            if (module.entrypoints().contains(wizer)) {
                try {
                    if (module.exports(INITIALIZE)) {
                        run(INITIALIZE, NOTHING);
                    }
                    int code = run(wizer, NOTHING);
                    if (code != 0) {
                        throw new GuestTrapException(wizer + " exits with code " + code, null);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return;
            }
        }
    }

    /** Charges the guest for all bytes of outbound responses that it has open; returns false if there is no room. */
    boolean hold(long bytes) {
        return charge.hold(bytes);
    }

    Snapshot snapshot() {
        return Snapshot.of(instance);
    }

    Instance instance() {
        return instance;
    }

    @Nullable
    FlatMemory memory() {
        return (FlatMemory) instance.memory();
    }

    @Override
    public boolean reset() {
        if (spoiled || !module.isReusable() || interpreter != null && interpreter.isStretched()) {
            return false;
        }
        descriptors.reset();
        return module.snapshot().restore(instance, false);
    }

    @Override
    public int footprint() {
        FlatMemory memory = memory();
        long bytes = memory == null ? 0 : memory.footprint();
        return (int) Math.min(bytes + otherBytes(), Integer.MAX_VALUE);
    }

    /** All but its memory. */
    private long otherBytes() {
        long bytes = module.fixedBytes();
        for (int i = 0; i < module.tables(); i++) {
            bytes += (long) instance.table(i).size() * GuestTable.ENTRY_BYTES;
        }
        return bytes;
    }

    @Override
    public int run(String entrypoint, GuestIo guestIo) throws IOException {
        begin(guestIo);
        try {
            List<Mount> volumes = guestIo.volumes();
            if (!volumes.isEmpty()) {
                descriptors.mount(volumes, guestIo.maxOpenFiles());
            }
            // A reactor module wants its constructors run before any other export; a command does that in _start.
            if (module.isReactor() && !entrypoint.equals(START) && !entrypoint.equals(INITIALIZE)) {
                call(INITIALIZE);
            }
            call(entrypoint);
            return 0;
        } catch (GuestExit exit) {
            spoiled = module.reuse() == Reuse.AFTER_RETURN;
            return exit.code();
        } catch (GuestStopped stopped) {
            if (stopped.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw (RuntimeException) stopped.getCause();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw trap(e);
        } finally {
            long refused = charge.refused();
            // However it ended, what it opened in volumes is closed.
            descriptors.closeVolumes();
            end();
            if (refused > 0) {
                report(guestIo, refused);
            }
        }
    }

    /** Only after all was given back: the heap is full. */
    private static void report(GuestIo guestIo, long refused) {
        try {
            guestIo.heapRefused(refused);
        } catch (RuntimeException | OutOfMemoryError e) {
            // What became of the run counts.
        }
    }

    private void begin(GuestIo guestIo) {
        FlatMemory memory = memory();
        long bytes = memory == null ? 0 : memory.footprint();
        long others = otherBytes();
        if (!charge.begin(bytes, others)) {
            throw new NoRoomException(bytes + others);
        }
        if (memory != null) {
            memory.use(guestIo, charge);
        }
        if (interpreter != null) {
            interpreter.begin();
        }
        io = guestIo;
    }

    private void end() {
        FlatMemory memory = memory();
        if (memory != null) {
            memory.use(null, null);
        }
        io = null;
        charge.end();
    }

    private void call(String function) {
        instance.getMachine().call(module.index(function), NO_ARGUMENTS);
    }

    private Instance instantiate(ChicoryModule module) {
        long others = module.fixedBytes() + module.initialTableBytes();
        if (!charge.begin(module.initialBytes(), others)) {
            charge.end();
            throw new NoRoomException(module.initialBytes() + others);
        }
        try {
            return module.newInstance(this, charge, interpreter);
        } catch (GuestExit exit) {
            throw new GuestTrapException("its start function exits with code " + exit.code(), exit);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw trap(e);
        } finally {
            charge.end();
        }
    }

    /** What a guest did to be stopped by the engine or the JVM. */
    private GuestTrapException trap(Throwable e) {
        String reason;
        if (e instanceof StackOverflowError) {
            reason = "call stack exhausted";
        } else if (e instanceof OutOfMemoryError) {
            reason = "the JVM's heap is exhausted";
        } else if (e instanceof ChicoryInterruptedException) {
            reason = "interrupted";
        } else if (e instanceof ChicoryException) {
            reason = String.valueOf(e.getMessage());
        } else {
            // The compiled code leaves some checks to the JVM, for instance those of tables.
            reason = e.toString();
        }
        return new GuestTrapException(Escape.text(reason), where(e), e);
    }

    /** The engine wraps some exceptions on their way out, where the functions are gone from the stack. */
    private String where(Throwable failure) {
        String functions = "";
        for (Throwable each = failure; each != null && functions.isEmpty(); each = each.getCause()) {
            functions = Backtrace.of(each, interpreter == null ? List.of() : interpreter.passed(each), module.names());
        }
        return functions;
    }

    /** A host function bound to this sandbox. */
    HostFunction bind(String module, String name, HostFunctions.Definition definition) {
        boolean noResult = definition.type().returns().isEmpty();
        return new HostFunction(module, name, definition.type(), (caller, args) -> {
            int result = call(definition, caller, args);
            return noResult ? NO_RESULT : RESULTS[result];
        });
    }

    private int call(HostFunctions.Definition function, Instance caller, long[] args) {
        FlatMemory memory = (FlatMemory) caller.memory();
        if (memory == null) {
            return function.noMemory();
        }
        try {
            return function.body().call(this, memory, args);
        } catch (MemoryFault fault) {
            return function.fault();
        } catch (VolumeException e) {
            if (e.reason() == VolumeException.Reason.INTERRUPTED) {
                throw new ChicoryInterruptedException("interrupted in a host function");
            }
            return Errno.of(e.reason());
        } catch (GuestExit | ChicoryException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new GuestStopped(e);
        }
    }

    /** What the running guest sees. */
    GuestIo io() {
        if (io == null) {
            throw new ChicoryException("a host function was called outside a request, by the module's start function");
        }
        return io;
    }

    /** Whether the module exports its memory as {@code memory}. */
    boolean exportsMemory() {
        return module.exportsMemory();
    }

    /** What it has open. */
    DescriptorTable descriptors() {
        return descriptors;
    }

    boolean isOpen(int fd) {
        return descriptors.get(fd) != null;
    }

    /** The stream behind a descriptor if it can be read. */
    @Nullable
    GuestInput input(int fd) {
        return descriptors.get(fd) == Descriptor.Stream.STDIN ? io().stdin() : null;
    }

    /** The stream behind a descriptor if it can be written. */
    @Nullable
    GuestOutput output(int fd) {
        Descriptor descriptor = descriptors.get(fd);
        if (descriptor == Descriptor.Stream.STDOUT) {
            return io().stdout();
        }
        return descriptor == Descriptor.Stream.STDERR ? io().stderr() : null;
    }

    /** Discards everything that is written. */
    private enum Discard implements GuestOutput {
        INSTANCE;

        @Override
        public void write(byte[] bytes, int offset, int length) {
            // There is no reader.
        }

        @Override
        public void flush() {
            // Nothing is buffered.
        }
    }

    /** Waits on behalf of the guest. */
    void sleep(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChicoryInterruptedException("interrupted in a host function");
        }
    }

    /** Ends a host function that works for long when the guest is to be stopped. */
    void checkInterrupt() {
        if (Thread.currentThread().isInterrupted()) {
            throw new ChicoryInterruptedException("interrupted in a host function");
        }
    }
}
