// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

//! Rust's `std::fs`, `std::io` and `std::time`, on a volume at `/data`. Each check prints a line: `NAME ok`, or what was wrong.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

type Outcome = Result<(), String>;

fn check(condition: bool, what: &str) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(what.to_string())
    }
}

fn text(e: io::Error) -> String {
    format!("{:?}", e)
}

fn kind<T>(result: io::Result<T>, expected: ErrorKind, what: &str) -> Outcome {
    match result {
        Ok(_) => Err(format!("{}: no error", what)),
        Err(e) if e.kind() == expected => Ok(()),
        Err(e) => Err(format!("{}: {:?}", what, e)),
    }
}

fn read_write() -> Outcome {
    fs::write("/data/a", "content").map_err(text)?;
    check(fs::read_to_string("/data/a").map_err(text)? == "content", "content")?;
    check(fs::read("/data/a").map_err(text)?.len() == 7, "bytes")?;
    check(fs::copy("/data/a", "/data/b").map_err(text)? == 7, "copy")?;
    check(fs::read("/data/b").map_err(text)? == b"content", "copied")?;
    fs::rename("/data/b", "/data/c").map_err(text)?;
    kind(File::open("/data/b"), ErrorKind::NotFound, "renamed")?;
    fs::remove_file("/data/c").map_err(text)
}

fn open_options() -> Outcome {
    let path = "/data/options";
    kind(OpenOptions::new().write(true).open(path), ErrorKind::NotFound, "no create")?;
    OpenOptions::new().write(true).create_new(true).open(path).map_err(text)?.write_all(b"one").map_err(text)?;
    kind(
        OpenOptions::new().write(true).create_new(true).open(path),
        ErrorKind::AlreadyExists,
        "create_new",
    )?;
    let mut append = OpenOptions::new().append(true).read(true).open(path).map_err(text)?;
    append.write_all(b" two").map_err(text)?;
    append.seek(SeekFrom::Start(0)).map_err(text)?;
    let mut all = String::new();
    append.read_to_string(&mut all).map_err(text)?;
    check(all == "one two", "append and read")?;
    append.set_len(20).map_err(text)?;
    append.write_all(b"!").map_err(text)?;
    check(append.metadata().map_err(text)?.len() == 21, "length of an appended file")?;
    let mut plain = OpenOptions::new().write(true).open(path).map_err(text)?;
    plain.write_all(b"ONE").map_err(text)?;
    plain.set_len(7).map_err(text)?;
    check(fs::read(path).map_err(text)? == b"ONE two", "overwritten")?;
    OpenOptions::new().write(true).truncate(true).open(path).map_err(text)?;
    check(fs::metadata(path).map_err(text)?.len() == 0, "truncated")?;
    check(File::open(path).map_err(text)?.write(b"x").is_err(), "written though read-only")
}

fn positions() -> Outcome {
    let mut file = OpenOptions::new().read(true).write(true).create(true).open("/data/seek").map_err(text)?;
    file.write_all(b"0123456789").map_err(text)?;
    check(file.seek(SeekFrom::End(-3)).map_err(text)? == 7, "end")?;
    check(file.seek(SeekFrom::Current(1)).map_err(text)? == 8, "current")?;
    let mut two = [0; 2];
    file.read_exact(&mut two).map_err(text)?;
    check(&two == b"89", "read")?;
    check(file.seek(SeekFrom::Current(-100)).is_err(), "before the start")?;
    check(file.stream_position().map_err(text)? == 10, "position")?;
    file.sync_all().map_err(text)?;
    file.sync_data().map_err(text)
}

fn buffers() -> Outcome {
    let mut writer = BufWriter::new(File::create("/data/lines").map_err(text)?);
    for i in 0..5000 {
        writeln!(writer, "line {}", i).map_err(text)?;
    }
    writer.flush().map_err(text)?;
    let reader = BufReader::new(File::open("/data/lines").map_err(text)?);
    let lines: Vec<String> = reader.lines().collect::<Result<_, _>>().map_err(text)?;
    check(lines.len() == 5000 && lines[4999] == "line 4999", "lines")
}

fn directories() -> Outcome {
    fs::create_dir_all("/data/x/y/z").map_err(text)?;
    kind(fs::create_dir("/data/x"), ErrorKind::AlreadyExists, "create_dir")?;
    for i in 0..100 {
        fs::write(format!("/data/x/file-{}", i), "x").map_err(text)?;
    }
    let mut files = 0;
    let mut directories = 0;
    for entry in fs::read_dir("/data/x").map_err(text)? {
        let entry = entry.map_err(text)?;
        let file_type = entry.file_type().map_err(text)?;
        files += file_type.is_file() as i32;
        directories += file_type.is_dir() as i32;
        check(entry.metadata().map_err(text)?.is_dir() == file_type.is_dir(), "metadata of an entry")?;
    }
    check(files == 100 && directories == 1, "entries")?;
    check(fs::remove_dir("/data/x").is_err(), "remove_dir of a full one")?;
    fs::rename("/data/x", "/data/moved").map_err(text)?;
    fs::remove_dir_all("/data/moved").map_err(text)?;
    check(!Path::new("/data/moved").exists(), "remove_dir_all")?;
    check(File::open("/data").and_then(|mut d| d.read(&mut [0; 1])).is_err(), "a directory was read")?;
    check(OpenOptions::new().write(true).open("/data").is_err(), "a directory was opened to write")
}

fn metadata() -> Outcome {
    fs::write("/data/meta", "12345").map_err(text)?;
    let path = fs::metadata("/data/meta").map_err(text)?;
    let open = File::open("/data/meta").map_err(text)?.metadata().map_err(text)?;
    check(path.is_file() && path.len() == 5 && open.len() == 5, "length")?;
    check(path.modified().map_err(text)? == open.modified().map_err(text)?, "times")?;
    let age = SystemTime::now().duration_since(path.modified().map_err(text)?).unwrap_or_default();
    check(age < Duration::from_secs(600), "age")?;
    check(fs::symlink_metadata("/data/planted").map_err(text)?.file_type().is_symlink(), "link")?;
    check(fs::symlink_metadata("/data/planted").map_err(text)?.len() == 4, "length of a link")?;
    check(fs::read_link("/data/planted").map_err(text)? == Path::new("meta"), "read_link")?;
    check(fs::read("/data/planted").map_err(text)? == b"12345", "through a link")?;
    kind(fs::hard_link("/data/meta", "/data/hard"), ErrorKind::PermissionDenied, "hard link")
}

fn outside() -> Outcome {
    check(File::open("/data/../secret").is_err(), "parent")?;
    check(File::open("/etc/passwd").is_err(), "absolute")?;
    check(fs::write("/data/../made", "x").is_err(), "made")
}

fn clocks() -> Outcome {
    let began = Instant::now();
    std::thread::sleep(Duration::from_millis(2));
    check(began.elapsed() >= Duration::from_millis(2), "sleep")?;
    check(SystemTime::now() > SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000), "now")
}

fn random() -> Outcome {
    // Keys are random once for each run.
    let one = {
        let mut hasher = RandomState::new().build_hasher();
        1.hash(&mut hasher);
        hasher.finish()
    };
    check(one != 0, "hash")
}

fn stdin() -> Outcome {
    let mut body = String::new();
    io::stdin().read_to_string(&mut body).map_err(text)?;
    check(body == "body", "body")
}

fn main() {
    let checks: [(&str, fn() -> Outcome); 10] = [
        ("read_write", read_write),
        ("open_options", open_options),
        ("positions", positions),
        ("buffers", buffers),
        ("directories", directories),
        ("metadata", metadata),
        ("outside", outside),
        ("clocks", clocks),
        ("random", random),
        ("stdin", stdin),
    ];
    println!("Content-Type: text/plain\n");
    for (name, run) in checks {
        match run() {
            Ok(()) => println!("{} ok", name),
            Err(e) => println!("{} {}", name, e),
        }
    }
}
