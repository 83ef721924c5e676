// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! Prints its environment, sorted by name.

use std::env;
use std::io::{self, Write};

fn main() -> io::Result<()> {
    let mut variables: Vec<(String, String)> = env::vars().collect();
    variables.sort();
    let mut text = String::from("Content-Type: text/plain\n\n");
    for (name, value) in &variables {
        text.push_str(&format!("{} = {}\n", name, value));
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
