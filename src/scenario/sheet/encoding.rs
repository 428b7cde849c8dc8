//! Files of tables: their bytes as text, or why not.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::scenario::error::Code;

/// Largest table, in bytes: some three million claims.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// What to do about any text that is not UTF-8.
const SAVE_AS_UTF8: &str = "save it as \"CSV UTF-8\"; spreadsheets also offer older encodings under plain \"CSV\"";

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) hint: Option<&'static str>,
    /// The byte of its text that is wrong, where it is one.
    pub(crate) at: Option<usize>,
}

impl Fault {
    fn whole(code: Code, message: String, hint: Option<&'static str>) -> Self {
        Fault { code, message, hint, at: None }
    }
}

/// The bytes of a file of reasonable size.
pub(crate) fn open(path: &Path) -> Result<Vec<u8>, Fault> {
    let shown = path.display();
    let bytes = read(path).map_err(|error| {
        let message = match error.kind() {
            ErrorKind::NotFound => format!("no such file: {shown}"),
            ErrorKind::IsADirectory => format!("{shown} is a directory, expected a CSV file"),
            _ => format!("cannot read {shown}: {error}"),
        };
        Fault::whole(Code::UnreadableFile, message, None)
    })?;
    if bytes.len() as u64 > LARGEST_FILE {
        let message = format!("{shown} is larger than {LARGEST_FILE} bytes, the most a table can be");
        return Err(Fault::whole(Code::FileTooLarge, message, None));
    }
    Ok(bytes)
}

/// At most one byte more than a table may have.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file; where it is broken, what can be shown of it and why it is no table.
pub(crate) fn decode(bytes: Vec<u8>, name: &str) -> (String, Option<Fault>) {
    match &bytes[..] {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let message = format!("{name} is UTF-16, expected UTF-8");
            return (String::new(), Some(Fault::whole(Code::NotUtf8, message, Some(SAVE_AS_UTF8))));
        }
        [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            let message = format!("{name} is a workbook, expected a CSV file");
            let hint = "save the sheet as \"CSV UTF-8\" and name that file";
            return (String::new(), Some(Fault::whole(Code::UnreadableFile, message, Some(hint))));
        }
        _ => {}
    }
    match String::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            None => (plain(text), None),
            Some(_) => {
                let message = format!("{name} holds zero bytes: it is UTF-16 or no text");
                (String::new(), Some(Fault::whole(Code::NotUtf8, message, Some(SAVE_AS_UTF8))))
            }
        },
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{name} is not UTF-8: byte 0x{:02x}", error.as_bytes()[at]);
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            (text, Some(Fault { code: Code::NotUtf8, message, hint: Some(SAVE_AS_UTF8), at: Some(at) }))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_utf8_text_are_told_apart() {
        let told = |bytes: &[u8]| decode(bytes.to_vec(), "t.csv").1.map(|fault| (fault.message, fault.at));
        let of = |message: &str, at| Some((format!("t.csv {message}"), at));
        assert_eq!(told(b"\xff\xfea\0"), of("is UTF-16, expected UTF-8", None));
        assert_eq!(told(b"a\0,\0"), of("holds zero bytes: it is UTF-16 or no text", None));
        assert_eq!(told(b"PK\x03\x04.."), of("is a workbook, expected a CSV file", None));
        assert_eq!(told(b"K\xf6ln"), of("is not UTF-8: byte 0xf6", Some(1)));
        assert_eq!(decode("\u{feff}a\rb".into(), "t.csv"), ("a\nb".to_owned(), None));
    }
}
