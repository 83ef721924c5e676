// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.types.ValType;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.volume.Mount;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A script of WASI calls, carried out by a guest: real functions on a real memory. The guest reads the script from its
 * standard input, one record per call, and prints the error numbers and the first 128 KiB of its memory, in which
 * Java's side lets the calls leave their results.
 *
 * <pre>
 * record: function u64, then nine arguments: kind u64 (1: the value is an address, of the i32 that is meant), value u64
 * </pre>
 */
final class WasiCalls {

    private static final int SCRIPT = 1 << 20;
    private static final int STRINGS = SCRIPT + (1 << 20);
    private static final int RECORD = 8 + 9 * 16;
    private static final int ERRNOS = 0x80000;
    private static final int SCRATCH_BYTES = 0x20000;

    private static final long TRAP = 1000;
    private static final long SPIN = 1001;

    /** All functions that return. */
    static final List<String> NAMES = List.of(
            "args_get",
            "args_sizes_get",
            "environ_get",
            "environ_sizes_get",
            "clock_res_get",
            "clock_time_get",
            "random_get",
            "sched_yield",
            "poll_oneoff",
            "proc_raise",
            "fd_read",
            "fd_write",
            "fd_close",
            "fd_renumber",
            "fd_datasync",
            "fd_sync",
            "fd_fdstat_get",
            "fd_fdstat_set_flags",
            "fd_fdstat_set_rights",
            "fd_filestat_get",
            "fd_advise",
            "fd_allocate",
            "fd_filestat_set_size",
            "fd_filestat_set_times",
            "fd_pread",
            "fd_pwrite",
            "fd_seek",
            "fd_tell",
            "fd_prestat_get",
            "fd_prestat_dir_name",
            "fd_readdir",
            "path_create_directory",
            "path_filestat_get",
            "path_filestat_set_times",
            "path_link",
            "path_open",
            "path_readlink",
            "path_remove_directory",
            "path_rename",
            "path_symlink",
            "path_unlink_file",
            "sock_recv",
            "sock_send",
            "sock_shutdown",
            "sock_accept",
            "adapter_close_badfd",
            "adapter_open_badfd");

    /** The guest, compiled. */
    static final GuestModule COMPILED = load(true, WasiPreview1.FUNCTIONS);

    /** The guest, interpreted. */
    static final GuestModule INTERPRETED = load(false, WasiPreview1.FUNCTIONS);

    /** The same with the functions of snapshot 0, of which there are fewer. */
    static final GuestModule UNSTABLE = load(true, WasiPreview1.UNSTABLE);

    /** An argument that is an i32 in the guest's memory when the call is made, such as a descriptor. */
    record At(int address) {}

    /** What came of it: the error numbers, and the memory. */
    record Result(List<Integer> errnos, ByteBuffer memory) {
        int last() {
            return errnos.get(errnos.size() - 1);
        }

        String text(int address, int length) {
            return new String(memory.array(), address, length, StandardCharsets.UTF_8);
        }
    }

    private final ByteArrayOutputStream records = new ByteArrayOutputStream();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private int count;
    private int scratch = 64;

    private static GuestModule load(boolean compile, HostFunctions functions) {
        byte[] text = wat(functions).getBytes(StandardCharsets.UTF_8);
        return new ChicoryEngine(compile).load("calls", text);
    }

    private static String wat(HostFunctions functions) {
        StringBuilder imports = new StringBuilder();
        StringBuilder dispatch = new StringBuilder();
        for (int i = 0; i < NAMES.size(); i++) {
            HostFunctions.Definition definition = functions.find(NAMES.get(i));
            if (definition == null) {
                continue;
            }
            List<ValType> params = definition.type().params();
            imports.append("(import \"" + functions.module() + "\" \"" + NAMES.get(i) + "\" (func $f" + i);
            dispatch.append("(if (i32.eq (local.get $f) (i32.const " + i + ")) (then (local.set $r (call $f" + i);
            for (int p = 0; p < params.size(); p++) {
                boolean wide = params.get(p).equals(ValType.I64);
                imports.append(wide ? " (param i64)" : " (param i32)");
                String argument = "(call $argument (i32.const " + p + "))";
                dispatch.append(wide ? argument : "(i32.wrap_i64 " + argument + ")");
            }
            imports.append(" (result i32)))\n");
            dispatch.append("))))\n");
        }
        return """
                (module
                %s
                (memory (export "memory") 64)
                (global $record (mut i32) (i32.const %d))
                (func $argument (param $n i32) (result i64)
                  (local $at i32)
                  (local.set $at (i32.add (i32.add (global.get $record) (i32.const 8))
                    (i32.mul (local.get $n) (i32.const 16))))
                  (if (result i64) (i64.eqz (i64.load (local.get $at)))
                    (then (i64.load (i32.add (local.get $at) (i32.const 8))))
                    (else (i64.extend_i32_u (i32.load (i32.wrap_i64 (i64.load (i32.add (local.get $at) (i32.const 8)))))))))
                (func $read (local $to i32)
                  (local.set $to (i32.const %d))
                  (loop $more
                    (i32.store (i32.const 0) (local.get $to))
                    (i32.store (i32.const 4) (i32.const 65536))
                    (drop (call $f%d (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                    (local.set $to (i32.add (local.get $to) (i32.load (i32.const 8))))
                    (br_if $more (i32.load (i32.const 8)))))
                (func $write (param $from i32) (param $length i32)
                  (i32.store (i32.const 0x90000) (local.get $from))
                  (i32.store (i32.const 0x90004) (local.get $length))
                  (drop (call $f%d (i32.const 1) (i32.const 0x90000) (i32.const 1) (i32.const 0x90008))))
                (func (export "_start") (local $f i32) (local $r i32) (local $out i32)
                  (global.set $record (i32.const %d))
                  (local.set $out (i32.const %d))
                  (call $read)
                  (block $end (loop $next
                    (local.set $f (i32.wrap_i64 (i64.load (global.get $record))))
                    (br_if $end (i32.eq (local.get $f) (i32.const -1)))
                    (if (i32.eq (local.get $f) (i32.const %d)) (then unreachable))
                    (if (i32.eq (local.get $f) (i32.const %d)) (then (loop $spin (br $spin))))
                    %s
                    (i32.store (local.get $out) (local.get $r))
                    (local.set $out (i32.add (local.get $out) (i32.const 4)))
                    (global.set $record (i32.add (global.get $record) (i32.const %d)))
                    (br $next)))
                  (call $write (i32.const %d) (i32.sub (local.get $out) (i32.const %d)))
                  (call $write (i32.const 0) (i32.const %d))))
                """.formatted(
                        imports,
                        SCRIPT,
                        SCRIPT,
                        NAMES.indexOf("fd_read"),
                        NAMES.indexOf("fd_write"),
                        SCRIPT,
                        ERRNOS,
                        TRAP,
                        SPIN,
                        dispatch,
                        RECORD,
                        ERRNOS,
                        ERRNOS,
                        SCRATCH_BYTES);
    }

    /** Room for a result in the first 128 KiB of the memory, 8 bytes aligned. */
    int reserve(int bytes) {
        int address = scratch;
        scratch += (bytes + 7) / 8 * 8;
        return address;
    }

    /** Adds a call. Arguments are numbers, {@link At}, or strings and bytes, which become address and length. */
    WasiCalls call(String function, Object... arguments) {
        record(NAMES.indexOf(function), arguments);
        count++;
        return this;
    }

    /** The guest traps here. */
    WasiCalls trap() {
        record(TRAP);
        return this;
    }

    /** The guest never gets beyond this. */
    WasiCalls spin() {
        record(SPIN);
        return this;
    }

    private void record(long function, Object... arguments) {
        ByteBuffer record = ByteBuffer.allocate(RECORD).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(function);
        for (Object argument : arguments) {
            if (argument instanceof At at) {
                record.putLong(1).putLong(at.address);
            } else if (argument instanceof Number number) {
                record.putLong(0).putLong(number.longValue());
            } else {
                byte[] bytes = argument instanceof byte[] raw
                        ? raw
                        : argument.toString().getBytes(StandardCharsets.UTF_8);
                record.putLong(0).putLong(STRINGS + strings.size());
                record.putLong(0).putLong(bytes.length);
                strings.writeBytes(bytes);
            }
        }
        records.writeBytes(record.array());
    }

    /** Where a call that is made by hand leaves a descriptor. */
    At reserveDescriptor() {
        return new At(reserve(4));
    }

    /** Opens a path; the result is where its descriptor will be. */
    At open(int directory, Object path, int oflags, long rights) {
        return open(directory, path, 1, oflags, rights, 0);
    }

    /** As {@code path_open} takes it, but for the inheriting rights, which are all. */
    At open(Object directory, Object path, int lookup, int oflags, long rights, int fdflags) {
        int result = reserve(4);
        call("path_open", directory, lookup, path, oflags, rights, Rights.ALL, fdflags, result);
        return new At(result);
    }

    /** Writes text. */
    WasiCalls write(Object fd, String text) {
        return transfer("fd_write", fd, STRINGS + strings.size(), text.length(), text);
    }

    /** Writes text; the result is where the number of bytes will be. */
    int writeTold(Object fd, String text) {
        int result = reserve(8);
        transfer("fd_write", fd, STRINGS + strings.size(), text.length(), text, result);
        return result;
    }

    /** Reads into the memory; the number of bytes will be at the address before. */
    int read(Object fd, int length) {
        int read = reserve(8);
        int buffer = reserve(length);
        transfer("fd_read", fd, buffer, length, "", read);
        return buffer;
    }

    private WasiCalls transfer(String function, Object fd, int address, int length, String text) {
        return transfer(function, fd, address, length, text, reserve(8));
    }

    private WasiCalls transfer(String function, Object fd, int address, int length, String text, int result) {
        strings.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        ByteBuffer iovec = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        iovec.putInt(address).putInt(length);
        int at = STRINGS + strings.size();
        strings.writeBytes(iovec.array());
        return call(function, fd, at, 1, result);
    }

    /** Runs the script. */
    Result run(GuestModule module, List<Mount> volumes) throws IOException {
        return run(module.instantiate(), volumes);
    }

    /** Runs the script. */
    Result run(Sandbox sandbox, List<Mount> volumes) throws IOException {
        return run(sandbox, volumes, 64);
    }

    /** Runs the script. */
    Result run(Sandbox sandbox, List<Mount> volumes, int maxOpenFiles) throws IOException {
        byte[] script = new byte[STRINGS - SCRIPT + strings.size()];
        byte[] calls = records.toByteArray();
        System.arraycopy(calls, 0, script, 0, calls.length);
        ByteBuffer.wrap(script).order(ByteOrder.LITTLE_ENDIAN).putLong(calls.length, -1);
        System.arraycopy(strings.toByteArray(), 0, script, STRINGS - SCRIPT, strings.size());
        ByteArrayInputStream stdin = new ByteArrayInputStream(script);
        Output stdout = new Output();
        GuestIo io = new QuietGuestIo() {
            @Override
            public GuestInput stdin() {
                return stdin::read;
            }

            @Override
            public GuestOutput stdout() {
                return stdout;
            }

            @Override
            public GuestOutput stderr() {
                return stdout;
            }

            @Override
            public List<Mount> volumes() {
                return volumes;
            }

            @Override
            public int maxOpenFiles() {
                return maxOpenFiles;
            }
        };
        int code = sandbox.run("_start", io);
        if (code != 0) {
            throw new IllegalStateException("the guest exited with code " + code);
        }
        ByteBuffer out = ByteBuffer.wrap(stdout.bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> errnos = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            errnos.add(out.getInt());
        }
        byte[] memory = new byte[SCRATCH_BYTES];
        out.get(memory);
        return new Result(errnos, ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static final class Output implements GuestOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes.write(buffer, offset, length);
        }

        @Override
        public void flush() {
            // Everything stays in memory.
        }
    }
}
