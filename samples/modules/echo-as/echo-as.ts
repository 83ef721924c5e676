// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// The echo contract in AssemblyScript: /echo sends the request body back, everything else describes the request. On the
// bare WASI functions, and with addresses instead of strings: a string is UTF-16 and would change bytes that are not UTF-8.

@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(fd: u32, iovecs: usize, iovecCount: u32, read: usize): u32;

@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, iovecs: usize, iovecCount: u32, written: usize): u32;

@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, size: usize): u32;

@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointers: usize, buffer: usize): u32;

@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: u32): void;

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const BUFFER_SIZE: u32 = 64 * 1024;

/** Two numbers for WASI: where to read or write, and how much. Then where it puts the result. */
const iovec = memory.data(8);
const result = memory.data(4);

/** Replaces the abort function that AssemblyScript would import (build option --use). */
function wasiAbort(message: string | null, file: string | null, line: u32, column: u32): void {
    proc_exit(255);
}

/** fd_write may write less than it is given. */
function printBytes(from: usize, size: u32): void {
    while (size > 0) {
        store<u32>(iovec, <u32>from);
        store<u32>(iovec, size, 4);
        if (fd_write(STDOUT, iovec, 1, result) != 0) {
            proc_exit(1);
        }
        from += load<u32>(result);
        size -= load<u32>(result);
    }
}

function print(text: string): void {
    const bytes = String.UTF8.encode(text);
    printBytes(changetype<usize>(bytes), bytes.byteLength);
}

/** The length of a string of WASI, which ends with NUL. */
function length(address: usize): u32 {
    let end = address;
    while (load<u8>(end) != 0) {
        end++;
    }
    return <u32>(end - address);
}

/** The address of a variable's value, 0 if there is no such variable. */
function variable(name: string): usize {
    const prefix = String.UTF8.encode(name + "=");
    for (let i: u32 = 0; i < variableCount; i++) {
        const entry = <usize>load<u32>(variables + <usize>i * 4);
        if (
            length(entry) >= <u32>prefix.byteLength &&
            memory.compare(entry, changetype<usize>(prefix), prefix.byteLength) == 0
        ) {
            return entry + prefix.byteLength;
        }
    }
    return 0;
}

function printVariable(name: string, otherwise: string): void {
    const value = variable(name);
    if (value == 0 || load<u8>(value) == 0) {
        print(otherwise);
    } else {
        printBytes(value, length(value));
    }
}

function equals(value: usize, text: string): bool {
    const bytes = String.UTF8.encode(text, true);
    return value != 0 && length(value) + 1 == <u32>bytes.byteLength
        && memory.compare(value, changetype<usize>(bytes), bytes.byteLength) == 0;
}

function echo(): void {
    print("Content-Type: ");
    printVariable("CONTENT_TYPE", "application/octet-stream");
    print("\n\n");
    const buffer = heap.alloc(BUFFER_SIZE);
    while (true) {
        store<u32>(iovec, <u32>buffer);
        store<u32>(iovec, BUFFER_SIZE, 4);
        if (fd_read(STDIN, iovec, 1, result) != 0) {
            proc_exit(1);
        }
        const size = load<u32>(result);
        if (size == 0) {
            return;
        }
        printBytes(buffer, size);
    }
}

function describe(): void {
    print("Content-Type: text/plain; charset=utf-8\nSet-Cookie: first=1\nSet-Cookie: second=2\n\n");
    print("method = ");
    printVariable("REQUEST_METHOD", "");
    print("\npath_info = ");
    printVariable("PATH_INFO", "");
    print("\ncontent_type = ");
    printVariable("CONTENT_TYPE", "");
    print("\ncontent_length = ");
    printVariable("CONTENT_LENGTH", "absent");
    print("\n");
}

// The build option --exportStart makes the function _start of these statements.
if (environ_sizes_get(result, iovec) != 0) {
    proc_exit(1);
}
const variableCount = load<u32>(result);
const variables = heap.alloc(<usize>variableCount * 4);
if (environ_get(variables, heap.alloc(load<u32>(iovec))) != 0) {
    proc_exit(1);
}
if (equals(variable("PATH_INFO"), "/echo")) {
    echo();
} else {
    describe();
}
