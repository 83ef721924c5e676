// Answers each request with its method and the path below the route, on the bare WASI functions.

@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: u32, iovecs: usize, iovecCount: u32, written: usize): u32;

@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, size: usize): u32;

@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointers: usize, buffer: usize): u32;

@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: u32): void;

const STDOUT: u32 = 1;

/** Replaces the abort function that AssemblyScript would import (build option --use). */
function wasiAbort(message: string | null, file: string | null, line: u32, column: u32): void {
    proc_exit(255);
}

function environment(name: string): string {
    const sizes = memory.data(8);
    if (environ_sizes_get(sizes, sizes + 4) != 0) {
        return "";
    }
    const count = load<u32>(sizes);
    const pointers = heap.alloc(<usize>count * 4);
    const buffer = heap.alloc(load<u32>(sizes, 4));
    if (environ_get(pointers, buffer) != 0) {
        return "";
    }
    const prefix = name + "=";
    for (let i: u32 = 0; i < count; i++) {
        const start: usize = load<u32>(pointers + <usize>i * 4);
        let end = start;
        while (load<u8>(end) != 0) {
            end++;
        }
        const entry = String.UTF8.decodeUnsafe(start, end - start);
        if (entry.startsWith(prefix)) {
            return entry.substring(prefix.length);
        }
    }
    return "";
}

function print(text: string): void {
    const bytes = String.UTF8.encode(text);
    let pointer = changetype<usize>(bytes);
    let length = <u32>bytes.byteLength;
    const iovec = memory.data(8);
    const written = memory.data(4);
    while (length > 0) {
        store<u32>(iovec, <u32>pointer);
        store<u32>(iovec, length, 4);
        if (fd_write(STDOUT, iovec, 1, written) != 0) {
            proc_exit(1);
        }
        pointer += load<u32>(written);
        length -= load<u32>(written);
    }
}

// The build option --exportStart makes the function _start of these statements.
let request: string = environment("REQUEST_METHOD");
const path = environment("PATH_INFO");
if (path.length > 0) {
    request += " " + path;
}
print("Content-Type: text/plain; charset=utf-8\n\nhello from AssemblyScript\n" + request + "\n");
