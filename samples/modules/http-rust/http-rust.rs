// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! Calls another server with the crate wasi-experimental-http: the URL in the variable TARGET, with the request's own
//! method and body. Prints what came back.

use std::env;
use std::error::Error;
use std::io::{self, Read, Write};

use bytes::Bytes;

fn main() {
    println!("Content-Type: text/plain; charset=utf-8\n");
    if let Err(error) = call() {
        println!("failed: {error}");
    }
}

fn call() -> Result<(), Box<dyn Error>> {
    let target = env::var("TARGET")?;
    let method = env::var("REQUEST_METHOD")?;
    let mut body = Vec::new();
    io::stdin().read_to_end(&mut body)?;

    let request = http::Request::builder()
        .method(method.as_str())
        .uri(&target)
        .header("x-guest", "http-rust")
        .body(Some(Bytes::from(body)))?;
    let mut response = wasi_experimental_http::request(request)?;

    println!("{method} {target} -> status {}", response.status_code.as_u16());
    println!("content-type: {}", response.header_get("content-type".to_string())?);
    println!("headers: {}", response.headers_get_all()?.len());
    println!();
    let mut chunk = [0; 1024];
    loop {
        let count = response.body_read(&mut chunk)?;
        if count == 0 {
            return Ok(());
        }
        io::stdout().write_all(&chunk[..count])?;
    }
}
