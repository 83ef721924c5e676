// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! The echo contract in Rust: `/echo` sends the request body back, everything else describes the request.

use std::env;
use std::io::{self, ErrorKind, Read, Write};
use std::os::wasi::ffi::OsStringExt;
use std::process;

fn main() {
    let result = match variable("PATH_INFO").as_slice() {
        b"/echo" => echo(),
        _ => describe(),
    };
    if let Err(error) = result {
        // Never a panic: also standard error may be gone.
        let _ = writeln!(io::stderr(), "echo-rust: {}", error);
        process::exit(1);
    }
}

/// As bytes: a client chooses them, so they need not be UTF-8. `env::var` would return an error, `env::vars` would panic.
fn variable(name: &str) -> Vec<u8> {
    env::var_os(name).map_or_else(Vec::new, OsStringExt::into_vec)
}

/// Standard output keeps what follows the last LF until it is flushed.
fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

fn echo() -> io::Result<()> {
    let mut content_type = variable("CONTENT_TYPE");
    if content_type.is_empty() {
        content_type = b"application/octet-stream".to_vec();
    }
    print(&[b"Content-Type: ", content_type.as_slice(), b"\n\n"].concat())?;
    let mut input = io::stdin().lock();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => print(&buffer[..length])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

fn describe() -> io::Result<()> {
    let length = match env::var_os("CONTENT_LENGTH") {
        Some(length) => length.into_vec(),
        None => b"absent".to_vec(),
    };
    let mut answer = b"Content-Type: text/plain; charset=utf-8\n\
        Set-Cookie: first=1\n\
        Set-Cookie: second=2\n\
        \n"
    .to_vec();
    for (name, value) in [
        ("method", variable("REQUEST_METHOD")),
        ("path_info", variable("PATH_INFO")),
        ("content_type", variable("CONTENT_TYPE")),
        ("content_length", length),
    ] {
        answer.extend_from_slice(name.as_bytes());
        answer.extend_from_slice(b" = ");
        answer.extend_from_slice(&value);
        answer.push(b'\n');
    }
    print(&answer)
}
