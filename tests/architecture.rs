//! The import order of the house: a room uses only rooms before it, and some crates and calls belong to one room.
//!
//! Modules marked `#[cfg(test)]` are left out: a test may lean on a later room, as a test of the model on a scenario file.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms in the order of the import rule.
const ROOMS: [&str; 11] = [
    "units",
    "random",
    "model",
    "story",
    "scenario",
    "exposure",
    "statistics",
    "engine",
    "output",
    "comparison",
    "cli",
];

/// Crates and modules of the standard library, and the only rooms that may name them.
const HEADS: [(&str, &[&str]); 18] = [
    ("rand_philox", &["random"]),
    ("fearless_simd", &["random"]),
    ("clap_complete", &["cli"]),
    ("toml", &["scenario"]),
    ("clap_mangen", &["cli"]),
    ("annotate_snippets", &["scenario"]),
    ("schemars", &["scenario", "units"]),
    ("strsim", &["scenario"]),
    ("rayon", &["engine"]),
    ("cpu_time", &["engine"]),
    ("nix", &["engine"]),
    ("csv", &["output"]),
    ("rust_xlsxwriter", &["output"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy_table", &["cli"]),
    ("anstream", &["cli"]),
    ("ctrlc", &["cli"]),
];

/// Two-word calls and the only rooms that may make them.
const CALLS: [(&str, &str, &[&str]); 16] = [
    ("fs", "write", &["output"]),
    ("fs", "create_dir", &["output"]),
    ("fs", "create_dir_all", &["output"]),
    ("fs", "rename", &["output"]),
    ("fs", "copy", &["output"]),
    ("fs", "remove_file", &["output"]),
    ("fs", "remove_dir", &["output"]),
    ("fs", "remove_dir_all", &["output"]),
    ("File", "create", &["output"]),
    ("File", "options", &["output"]),
    ("OpenOptions", "new", &["output"]),
    ("Instant", "now", &["engine", "cli"]),
    ("SystemTime", "now", &["cli"]),
    ("std", "env", &["cli"]),
    ("thread", "spawn", &["engine"]),
    ("thread", "scope", &["engine"]),
];

/// Macros that print, which only `cli` may call.
const PRINTING: [&str; 4] = ["print", "println", "eprint", "eprintln"];

#[test]
fn every_room_keeps_to_the_import_order() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let files = rust_files(&source);
    for file in &files {
        let Some(room) = room_of(file.strip_prefix(&source).unwrap()) else {
            continue;
        };
        let code = fs::read_to_string(file).unwrap();
        found.extend(violations(room, &code).into_iter().map(|what| format!("{}: {what}", file.display())));
    }
    assert!(files.len() > ROOMS.len(), "the walk found only {} files", files.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_room_is_unknown() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(source).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".rs");
        assert!(
            ROOMS.contains(&name) || ["lib", "main"].contains(&name),
            "src/{name} has no place in the import order"
        );
    }
}

#[test]
fn a_violation_is_caught() {
    for (room, code) in [
        ("model", "use crate::scenario::Scenario;"),
        ("random", "fn f() { crate::model::outcome::FIXED_ONE; }"),
        ("statistics", "use crate::{model::outcome::Fixed, output::{csv, manifest}};"),
        ("scenario", "use super::super::engine::run;"),
        ("units", "use super::model::system::System;"),
        ("model", "use rayon::prelude::*;"),
        ("output", "let value: toml::Value = text.parse()?;"),
        ("output", "use toml;"),
        ("engine", "println!(\"done\");"),
        ("statistics", "let start = std::time::Instant::now();"),
        ("model", "let spent = cpu_time::ProcessTime::now();"),
        ("scenario", "std::fs::write(path, text)?;"),
        ("cli", "fs::create_dir_all(path)?;"),
        ("output", "use crate::comparison::Difference;"),
        ("comparison", "use crate::cli::args;"),
        ("model", "/* harmless */ use rand_philox::philox4x32_10;"),
    ] {
        assert_eq!(violations(room, code).len(), 1, "{room}: {code}: {:?}", violations(room, code));
    }
}

#[test]
fn lawful_code_passes() {
    for (room, code) in [
        ("model", "use crate::random::Streams; use crate::units::per_quarter; use super::system::System;"),
        ("cli", "use crate::{engine, scenario::Scenario}; println!(\"{}\", std::env::args().count());"),
        ("output", "use crate::output::csv::Table; ::csv::Writer::from_path(x); fs::write(a, b)?;"),
        ("model", "/// As [`crate::scenario`] and rayon::join say, println!()\nfn f() {}"),
        ("model", "fn f() { g(\"crate::scenario\", 'a', \"\\\"toml::Value\"); }"),
        ("model", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::scenario::Scenario;\n}\n"),
        ("scenario", "#[serde(rename = \"x\")] struct S; fn f() { std::fs::read(path)?; self.print(); }"),
    ] {
        assert!(violations(room, code).is_empty(), "{room}: {code}: {:?}", violations(room, code));
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The room of a file given relative to `src`; none for `lib.rs` and `main.rs`.
fn room_of(file: &Path) -> Option<&'static str> {
    let first = file.components().next()?.as_os_str().to_str()?;
    ROOMS.into_iter().find(|room| *room == first.trim_end_matches(".rs"))
}

fn violations(room: &str, code: &str) -> Vec<String> {
    let tokens = tokens(&without_tests(code));
    let mut found = later_rooms(room, &tokens);
    for (at, token) in tokens.iter().enumerate() {
        let after = |offset: usize| tokens.get(at + offset).map_or("", String::as_str);
        let path_head = at == 0 || tokens[at - 1] != "::" || at == 1 || !is_name(&tokens[at - 2]);
        let imported = at > 0 && tokens[at - 1] == "use";
        for (name, rooms) in HEADS {
            if token == name && path_head && (after(1) == "::" || imported) && !rooms.contains(&room) {
                found.push(format!("only {rooms:?} may use `{name}`"));
            }
        }
        for (head, call, rooms) in CALLS {
            if token == head && after(1) == "::" && after(2) == call && !rooms.contains(&room) {
                found.push(format!("only {rooms:?} may use `{head}::{call}`"));
            }
        }
        if PRINTING.contains(&token.as_str()) && after(1) == "!" && room != "cli" {
            found.push(format!("only `cli` may call `{token}!`"));
        }
    }
    found
}

/// Rooms after `room` that the code names behind `crate::` or `super::`.
fn later_rooms(room: &str, tokens: &[String]) -> Vec<String> {
    let rank = |name: &str| ROOMS.iter().position(|known| *known == name);
    let own = rank(room);
    let mut found = Vec::new();
    for at in 0..tokens.len().saturating_sub(2) {
        if !["crate", "super"].contains(&tokens[at].as_str()) || tokens[at + 1] != "::" {
            continue;
        }
        let named = if tokens[at + 2] == "{" { group_heads(&tokens[at + 3..]) } else { vec![tokens[at + 2].as_str()] };
        let later = named.into_iter().filter(|name| rank(name).is_some() && rank(name) > own);
        found.extend(later.map(|name| format!("`{room}` uses the later room `{name}`")));
    }
    found
}

/// First names of the paths in a `{..}` group whose opening brace has been read.
fn group_heads(tokens: &[String]) -> Vec<&str> {
    let (mut depth, mut heads, mut first) = (1, Vec::new(), true);
    for token in tokens {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => first = true,
            name if first => {
                heads.push(name);
                first = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// Code up to the test module at the foot of the file.
fn without_tests(code: &str) -> String {
    code.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Names and punctuation, without comments, strings and characters; `::` is one token.
fn tokens(code: &str) -> Vec<String> {
    let code: Vec<char> = code.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let next = code.get(at + 1).copied().unwrap_or(' ');
        match code[at] {
            '/' if next == '/' => at = skip_to(&code, at, &['\n']),
            '/' if next == '*' => at = skip_to(&code, at + 2, &['*', '/']),
            '"' => at = skip_string(&code, at),
            '\'' if next == '\\' => at = skip_to(&code, at + 3, &['\'']),
            '\'' if code.get(at + 2) == Some(&'\'') => at += 3,
            ':' if next == ':' => {
                found.push("::".to_owned());
                at += 2;
            }
            sign if sign.is_whitespace() => at += 1,
            letter if letter.is_alphanumeric() || letter == '_' => {
                let end = (at..code.len()).find(|end| !(code[*end].is_alphanumeric() || code[*end] == '_'));
                let end = end.unwrap_or(code.len());
                found.push(code[at..end].iter().collect());
                at = end;
            }
            sign => {
                found.push(sign.to_string());
                at += 1;
            }
        }
    }
    found
}

/// The place behind the next `end` at or after `from`.
fn skip_to(code: &[char], from: usize, end: &[char]) -> usize {
    let rest = code.get(from..).unwrap_or_default();
    rest.windows(end.len()).position(|window| window == end).map_or(code.len(), |found| from + found + end.len())
}

/// The place behind the string that opens at `from`.
fn skip_string(code: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < code.len() && code[at] != '"' {
        at += if code[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}
