// Answers each request with its method and the path below the route, on the bare WASI functions: they do not change from one
// version of Zig to the next.

const Slice = extern struct { address: [*]const u8, length: usize };

extern "wasi_snapshot_preview1" fn fd_write(fd: i32, slices: [*]const Slice, count: usize, written: *usize) u16;
extern "wasi_snapshot_preview1" fn environ_sizes_get(count: *usize, size: *usize) u16;
extern "wasi_snapshot_preview1" fn environ_get(pointers: [*][*:0]const u8, buffer: [*]u8) u16;
extern "wasi_snapshot_preview1" fn proc_exit(code: u32) noreturn;

var pointers: [256][*:0]const u8 = undefined;
var buffer: [64 * 1024]u8 = undefined;

fn variable(name: []const u8) []const u8 {
    var count: usize = 0;
    var size: usize = 0;
    if (environ_sizes_get(&count, &size) != 0 or count > pointers.len or size > buffer.len) return "";
    if (environ_get(&pointers, &buffer) != 0) return "";
    var i: usize = 0;
    while (i < count) : (i += 1) {
        const entry = pointers[i];
        var j: usize = 0;
        while (j < name.len and entry[j] == name[j]) j += 1;
        if (j < name.len or entry[j] != '=') continue;
        var end: usize = j + 1;
        while (entry[end] != 0) end += 1;
        return entry[j + 1 .. end];
    }
    return "";
}

fn print(text: []const u8) void {
    var rest = text;
    while (rest.len > 0) {
        const slice = [1]Slice{.{ .address = rest.ptr, .length = rest.len }};
        var written: usize = 0;
        if (fd_write(1, &slice, 1, &written) != 0) proc_exit(1);
        rest = rest[written..];
    }
}

pub fn main() void {
    print("Content-Type: text/plain; charset=utf-8\n\nhello from Zig\n");
    print(variable("REQUEST_METHOD"));
    print(" ");
    print(variable("PATH_INFO"));
    print("\n");
}
