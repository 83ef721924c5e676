// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! The smallest useful module: headers, an empty line, a body.

use std::io::{stdout, Write};

fn main() {
    // write_all instead of println!: a client that went away is no reason to panic.
    let answer = b"Content-Type: text/plain; charset=utf-8\n\nhello world\n";
    let mut out = stdout();
    let _ = out.write_all(answer).and_then(|()| out.flush());
}
