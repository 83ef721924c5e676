// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! Shows everything a module is given.
//!
//! By PATH_INFO:
//!
//! * `/echo`: sends the request body back, with its Content-Type
//! * `/body`: length and SHA-256 of the request body
//! * else: arguments, environment (sorted by name), length and SHA-256 of the request body
//!
//! In arguments and variables, backslash is `\\`; LF, CR and TAB are `\n`, `\r` and `\t`; bytes of
//! other control characters and bytes that are not UTF-8 are `\xNN` with lower-case hex digits.

use std::env;
use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::os::wasi::ffi::OsStrExt;
use std::process;
use std::str;

const BUFFER_SIZE: usize = 64 * 1024;

fn main() {
    if let Err(error) = answer() {
        // Never a panic: also standard error may be gone.
        let _ = writeln!(io::stderr(), "env: {}", error);
        process::exit(1);
    }
}

fn answer() -> io::Result<()> {
    match variable("PATH_INFO").as_slice() {
        b"/echo" => echo(),
        b"/body" => {
            let mut text = b"Content-Type: text/plain; charset=utf-8\n\n".to_vec();
            describe_body(&mut text)?;
            print(&text)
        }
        _ => {
            let mut text = b"Content-Type: text/plain; charset=utf-8\n\n".to_vec();
            describe_arguments(&mut text)?;
            describe_environment(&mut text);
            text.extend_from_slice(b"body:\n");
            describe_body(&mut text)?;
            print(&text)
        }
    }
}

fn variable(name: &str) -> Vec<u8> {
    env::var_os(name).map_or_else(Vec::new, |value| value.as_os_str().as_bytes().to_vec())
}

/// `std::io::Stdout` would keep what follows the last LF.
fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

fn echo() -> io::Result<()> {
    let mut content_type = variable("CONTENT_TYPE");
    if content_type.is_empty() || content_type.iter().any(|&byte| byte < b' ') {
        content_type = b"application/octet-stream".to_vec();
    }
    let mut header = b"Content-Type: ".to_vec();
    header.extend_from_slice(&content_type);
    header.extend_from_slice(b"\n\n");
    print(&header)?;
    read_body(print)
}

fn describe_arguments(text: &mut Vec<u8>) -> io::Result<()> {
    text.extend_from_slice(b"arguments:\n");
    for (index, argument) in env::args_os().enumerate() {
        write!(text, "{} = ", index)?;
        escape(&argument, text);
        text.push(b'\n');
    }
    Ok(())
}

fn describe_environment(text: &mut Vec<u8>) {
    text.extend_from_slice(b"environment:\n");
    let mut variables = Vec::new();
    for variable in env::vars_os() {
        let index = variables.partition_point(|other| other <= &variable);
        variables.insert(index, variable);
    }
    for (name, value) in &variables {
        escape(name, text);
        text.push(b'=');
        escape(value, text);
        text.push(b'\n');
    }
}

fn describe_body(text: &mut Vec<u8>) -> io::Result<()> {
    let mut sha256 = Sha256::new();
    read_body(|bytes| {
        sha256.update(bytes);
        Ok(())
    })?;
    write!(text, "length = {}\nsha256 = ", sha256.length)?;
    for byte in sha256.finish() {
        hex(byte, text);
    }
    text.push(b'\n');
    Ok(())
}

/// Hands the request body over piece by piece, as it arrives.
fn read_body(mut piece: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut buffer = vec![0; BUFFER_SIZE];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => piece(&buffer[..length])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

fn escape(string: &OsStr, text: &mut Vec<u8>) {
    let mut rest = string.as_bytes();
    while !rest.is_empty() {
        let (valid, invalid) = match str::from_utf8(rest) {
            Ok(_) => (rest.len(), 0),
            Err(error) => {
                let valid = error.valid_up_to();
                (valid, error.error_len().unwrap_or(rest.len() - valid))
            }
        };
        for character in str::from_utf8(&rest[..valid]).unwrap_or_default().chars() {
            let mut utf8 = [0; 4];
            let utf8 = character.encode_utf8(&mut utf8).as_bytes();
            match character {
                '\\' => text.extend_from_slice(b"\\\\"),
                '\n' => text.extend_from_slice(b"\\n"),
                '\r' => text.extend_from_slice(b"\\r"),
                '\t' => text.extend_from_slice(b"\\t"),
                _ if character.is_control() => escape_bytes(utf8, text),
                _ => text.extend_from_slice(utf8),
            }
        }
        escape_bytes(&rest[valid..valid + invalid], text);
        rest = &rest[valid + invalid..];
    }
}

fn escape_bytes(bytes: &[u8], text: &mut Vec<u8>) {
    for &byte in bytes {
        text.extend_from_slice(b"\\x");
        hex(byte, text);
    }
}

fn hex(byte: u8, text: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.push(DIGITS[usize::from(byte >> 4)]);
    text.push(DIGITS[usize::from(byte & 15)]);
}

/// FIPS 180-4.
struct Sha256 {
    state: [u32; 8],
    block: [u8; 64],
    length: u64,
}

impl Sha256 {
    fn new() -> Sha256 {
        Sha256 {
            state: [
                0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
            ],
            block: [0; 64],
            length: 0,
        }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let used = (self.length % 64) as usize;
            let count = bytes.len().min(64 - used);
            self.block[used..used + count].copy_from_slice(&bytes[..count]);
            self.length += count as u64;
            if used + count == 64 {
                self.compress();
            }
            bytes = &bytes[count..];
        }
    }

    fn finish(mut self) -> [u8; 32] {
        let bits = self.length.wrapping_mul(8);
        self.update(&[0x80]);
        while self.length % 64 != 56 {
            self.update(&[0]);
        }
        self.update(&bits.to_be_bytes());
        let mut digest = [0; 32];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(self.state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }

    fn compress(&mut self) {
        let mut w = [0u32; 64];
        for (word, bytes) in w.iter_mut().zip(self.block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = self.state;
        for i in 0..64 {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(K[i]).wrapping_add(w[i]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            let t2 = s0.wrapping_add(majority);
            h = g;
            g = f;
            f = e;
            e = d.wrapping_add(t1);
            d = c;
            c = b;
            b = a;
            a = t1.wrapping_add(t2);
        }
        for (word, value) in self.state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(value);
        }
    }
}

const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
