//! Files of tables: their bytes as text, or why not.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::scenario::error::{Code, Problem, SourceText};

/// Largest table, in bytes: some three million claims.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// The text of a file, and the problem that keeps it from being read as a table.
pub(super) struct Source {
    pub(super) text: SourceText,
    pub(super) fault: Option<Problem>,
}

impl Source {
    /// Reads a file whose first byte counts as `offset`.
    pub(super) fn open(path: &Path, offset: usize) -> Source {
        let name = path.display().to_string();
        let of = |text: String, fault| Source { text: SourceText { name: name.clone(), text, offset }, fault };
        let problem = |at: usize, code, message: String, hint: Option<&str>| {
            let (start, hint) = (offset + at, hint.map(str::to_owned));
            Some(Problem { span: start..start + 1, code, message, hint })
        };
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let (code, message) = (Code::UnreadableFile, unreadable(path, &error));
                return of(String::new(), problem(0, code, message, None));
            }
        };
        if bytes.len() as u64 > LARGEST_FILE {
            let message = format!("{name} is larger than {LARGEST_FILE} bytes, the most a table can be");
            return of(String::new(), problem(0, Code::FileTooLarge, message, None));
        }
        match String::from_utf8(bytes) {
            Ok(text) => of(plain(text), None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                let hint = "save it as \"CSV UTF-8\"; spreadsheets also offer older encodings under plain \"CSV\"";
                let message = format!("{name} is not UTF-8: byte 0x{byte:02x}");
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                of(text, problem(at, Code::NotUtf8, message, Some(hint)))
            }
        }
    }
}

/// At most one byte more than a table may have.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => format!("no such file: {shown}"),
        ErrorKind::IsADirectory => format!("{shown} is a directory, expected a CSV file"),
        _ => format!("cannot read {shown}: {error}"),
    }
}

/// Without a byte order mark, which no editor counts as a column; lines that end in bare carriage returns end in line feeds.
fn plain(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.contains('\n') { text } else { text.replace('\r', "\n") }
}
