// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! A guest book in a writable volume: POST appends a line to /data/guestbook.txt, GET shows it.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};

const BOOK: &str = "/data/guestbook.txt";

fn answer(status: &str, text: &[u8]) {
    let head = format!("Status: {status}\nContent-Type: text/plain; charset=utf-8\n\n");
    let mut out = io::stdout();
    let _ = out.write_all(head.as_bytes()).and_then(|()| out.write_all(text));
}

fn sign() -> io::Result<()> {
    let mut entry = Vec::new();
    io::stdin().take(1000).read_to_end(&mut entry)?;
    entry.retain(|octet| !octet.is_ascii_control());
    entry.push(b'\n');
    // Opened to append, and written in one piece: concurrent entries do not interleave.
    OpenOptions::new().create(true).append(true).open(BOOK)?.write_all(&entry)
}

fn main() {
    let result = match std::env::var("REQUEST_METHOD").as_deref() {
        Ok("POST") => sign().map(|()| ("201 Created", b"Thank you.\n".to_vec())),
        _ => match fs::read(BOOK) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(("200 OK", b"Nobody was here yet.\n".to_vec())),
            read => read.map(|book| ("200 OK", book)),
        },
    };
    match result {
        Ok((status, text)) => answer(status, &text),
        Err(error) => {
            eprintln!("guestbook: {error}");
            answer("500 Internal Server Error", b"The guest book cannot be used; see the log.\n");
        }
    }
}
