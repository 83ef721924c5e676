// Answers each request with its method and the path below the route.

use std::env;
use std::io::{stdout, Write};
use std::os::wasi::ffi::OsStringExt;

/// As bytes: a client chooses them, so they need not be UTF-8. `env::var` would return an error.
fn variable(name: &str) -> Vec<u8> {
    env::var_os(name).map_or_else(Vec::new, OsStringExt::into_vec)
}

fn main() {
    let mut answer = b"Content-Type: text/plain; charset=utf-8\n\nhello from Rust\n".to_vec();
    answer.extend(variable("REQUEST_METHOD"));
    answer.push(b' ');
    answer.extend(variable("PATH_INFO"));
    answer.push(b'\n');
    // write_all instead of println!: a client that went away is no reason to panic.
    let mut out = stdout();
    let _ = out.write_all(&answer).and_then(|()| out.flush());
}
