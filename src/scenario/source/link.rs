//! One text of a scenario, and the other files that it names.

use std::fs::File;
use std::io::Read;
use std::ops::Range as Span;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};

use crate::scenario::error::{Code, Report, SourceText};
use crate::scenario::file::SECTIONS;
use crate::scenario::merge::Reach;
use crate::scenario::source::{LARGEST_FILE, OVERRIDE, SourceFile};
use crate::scenario::tape::Tape;

/// A text that is merged over those before it.
pub(super) struct Link {
    pub(super) path: PathBuf,
    pub(super) text: String,
    sha256: String,
    /// What it extends, and where it says so within the text.
    pub(super) extends: Option<(String, Span<usize>)>,
    /// Tables that it names.
    pub(super) tapes: Vec<Tape>,
    pub(super) reach: Reach,
}

/// Why the chain ends early: at a file that cannot be read, or at its own beginning.
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
}

impl Link {
    pub(super) fn open(path: &Path) -> Result<Link, Fault> {
        Link::new(path.to_owned(), read_bytes(path)?)
    }

    pub(super) fn new(path: PathBuf, bytes: Vec<u8>) -> Result<Link, Fault> {
        let sha256 = sha256(&bytes);
        let text = utf8(bytes, &path)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Link { path, sha256, reach: Reach::Keys, ..Link::naming(text, &folder) })
    }

    /// An override `PATH=VALUE`; the tables it names lie in the working directory.
    pub(super) fn of_override(written: &str) -> Link {
        Link::naming(override_text(written), Path::new(""))
    }

    /// An override, with the files that its text names from `folder`.
    fn naming(text: String, folder: &Path) -> Link {
        let (table, _) = DeTable::parse_recoverable(&text);
        let written = |node: &toml::Spanned<DeValue<'_>>| Some((node.get_ref().as_str()?.to_owned(), node.span()));
        let extends = table.get_ref().get("extends").and_then(written);
        let tables = table.get_ref().get("tables").and_then(|node| node.get_ref().as_table());
        let of_kind = |kind| Some((kind, tables?.get(kind).and_then(written)?));
        let named = SECTIONS.into_iter().filter_map(of_kind);
        let tapes = named.map(|(kind, (name, entry))| Tape::open(kind, folder.join(name), entry)).collect();
        Link { path: PathBuf::from(OVERRIDE), sha256: String::new(), extends, tapes, reach: Reach::Names, text }
    }

    /// Stands for the first file where there is nothing to show of it.
    pub(super) fn unreadable(path: &Path) -> Link {
        Link { path: path.to_owned(), reach: Reach::Keys, ..Link::naming(String::new(), path) }
    }

    /// The file that this one extends; relative paths start at this file's folder.
    pub(super) fn parent(&self) -> Option<PathBuf> {
        let (name, _) = self.extends.as_ref()?;
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Some(folder.join(name))
    }

    /// Tells why tables cannot be read: where a byte is wrong, there, else where the table is named. The last of `sources`
    /// is this text, before it its tables.
    pub(super) fn tell_faults(&self, sources: &[SourceText], report: &mut Report) {
        let Some((own, tables)) = sources.split_last() else { return };
        for (tape, source) in self.tapes.iter().zip(tables) {
            let Some(fault) = &tape.fault else { continue };
            let span = match fault.at {
                Some(at) => source.span(&(at..at + 1)),
                None => own.span(&tape.entry),
            };
            report.push(span, fault.code, &fault.message, fault.hint.map(str::to_owned));
        }
    }

    /// This file and its tables; an override is no file.
    pub(super) fn files(&self) -> impl Iterator<Item = SourceFile> {
        let own = (self.reach == Reach::Keys).then_some((&self.path, &self.sha256));
        let tapes = self.tapes.iter().map(|tape| (&tape.path, &tape.sha256));
        own.into_iter().chain(tapes).map(|(path, sha256)| SourceFile { path: path.clone(), sha256: sha256.clone() })
    }
}

/// The bytes of a file of reasonable size.
fn read_bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| Fault {
        code: Code::UnreadableFile,
        message: match error.kind() {
            std::io::ErrorKind::NotFound => format!("no such file: {shown}"),
            _ => format!("cannot read {shown}: {error}"),
        },
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Fault {
            code: Code::UnreadableFile,
            message: format!("{shown} is a directory, expected a scenario file"),
        });
    }
    let mut bytes = Vec::new();
    if metadata.len() <= LARGEST_FILE {
        let limited = &mut file.take(LARGEST_FILE + 1);
        limited.read_to_end(&mut bytes).map_err(unreadable)?;
    }
    match metadata.len().max(bytes.len() as u64) > LARGEST_FILE {
        false => Ok(bytes),
        true => Err(Fault {
            code: Code::FileTooLarge,
            message: format!("{shown} is larger than {LARGEST_FILE} bytes, the most a scenario file can be"),
        }),
    }
}

/// The text of a file; a byte-order mark becomes blanks, so that places stay right.
fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String, Fault> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        Fault {
            code: Code::NotUtf8,
            message: format!("{} is not UTF-8: byte 0x{:02x} at offset {at}, line {line}", path.display(), bytes[at]),
        }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("   {rest}"),
        None => text,
    })
}

/// An override as TOML: a bare word that is no TOML value is put in quotes.
fn override_text(written: &str) -> String {
    if DeTable::parse(written).is_ok() {
        return written.to_owned();
    }
    let quoted = written.split_once('=').and_then(|(path, value)| {
        let value = value.trim();
        let bare = value.starts_with(|c: char| c.is_alphanumeric() || "_-+./".contains(c));
        bare.then(|| format!("{path}={}", toml::Value::String(value.to_owned())))
    });
    quoted.filter(|text| DeTable::parse(text).is_ok()).unwrap_or_else(|| written.to_owned())
}

/// SHA-256 in lower-case hexadecimal.
pub(in crate::scenario) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
