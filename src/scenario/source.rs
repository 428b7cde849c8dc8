//! Sources of a scenario: a file, the files it extends, and overrides of the command line, read into one table.

use std::fs::File;
use std::io::Read;
use std::ops::Range as Span;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use toml::de::DeTable;

use crate::scenario::error::{Code, Report, SourceText};
use crate::scenario::evidence::SourcedParameter;
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::reader::Reader;
use crate::scenario::merge::{Reach, merge};
use crate::scenario::resolved;
use crate::scenario::tree::Table;

/// Largest scenario file, in bytes; the largest worlds known are a hundredth of it.
pub const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Name of an override in messages.
pub(in crate::scenario) const OVERRIDE: &str = "--set";

/// A file that took part, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as the user named it, or relative to the file that extends it.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// A scenario read and merged, with the problems found so far.
#[derive(Debug, Clone)]
pub struct Document {
    /// The scenario as written.
    pub file: ScenarioFile,
    /// Every number of the model that is written, with its source, in the order of the tables.
    pub parameters: Vec<SourcedParameter>,
    /// Files read, the one named first, then what it extends.
    pub files: Vec<SourceFile>,
    /// Problems of the grammar; cross-field rules add theirs, and then the report decides.
    pub report: Report,
    table: Table,
}

impl Document {
    /// The merged scenario as one TOML text: what was written, in a fixed form, without presets and comments.
    #[must_use]
    pub fn resolved(&self) -> String {
        resolved::text(&self.table)
    }

    /// Number of parameters that nothing says the source of.
    #[must_use]
    pub fn unsourced(&self) -> usize {
        self.parameters.iter().filter(|parameter| parameter.is_unsourced()).count()
    }
}

/// One text of the chain, with what its places need.
struct Link {
    path: PathBuf,
    text: String,
    sha256: String,
    extends: Option<(String, Span<usize>)>,
}

/// The texts of a scenario before they are parsed.
#[derive(Default)]
pub struct Sources {
    chain: Vec<Link>,
    fault: Option<Fault>,
}

/// Why the chain ends early: at a file that cannot be read, or at its own beginning.
struct Fault {
    code: Code,
    message: String,
}

impl Sources {
    /// Reads the scenario at `path`, what it extends, and the overrides `PATH=VALUE`.
    ///
    /// Problems of keys and values are left in [`Document::report`], so that cross-field rules can add theirs.
    ///
    /// # Errors
    /// A report of what prevents reading any key: files, `extends`, syntax, overrides.
    pub fn load(path: &Path, overrides: &[String]) -> Result<Document, Report> {
        let mut sources = Sources::default();
        sources.follow(path);
        sources.read(overrides)
    }

    /// As [`Sources::load`], from a text that stands for a file `name`.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub fn load_text(name: &str, text: &str, overrides: &[String]) -> Result<Document, Report> {
        let mut sources = Sources::default();
        let link = Link::new(PathBuf::from(name), text.as_bytes().to_vec());
        match link {
            Ok(link) => sources.follow_from(link),
            Err(fault) => sources.fault = Some(fault),
        }
        sources.read(overrides)
    }

    /// Reads `path` and every file that it extends, directly or not.
    fn follow(&mut self, path: &Path) {
        match Link::open(path) {
            Ok(link) => self.follow_from(link),
            Err(fault) => {
                self.chain.push(Link::unreadable(path));
                self.fault = Some(fault);
            }
        }
    }

    fn follow_from(&mut self, first: Link) {
        let mut next = Some(first);
        while let Some(link) = next.take() {
            let parent = link.parent();
            self.chain.push(link);
            let Some(parent) = parent else { return };
            let opened = match self.reached(&parent) {
                true => Err(self.cycle(&parent)),
                false => Link::open(&parent),
            };
            match opened {
                Ok(link) => next = Some(link),
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    fn reached(&self, path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else {
            return false;
        };
        self.chain.iter().any(|link| link.path.canonicalize().is_ok_and(|known| known == path))
    }

    fn cycle(&self, path: &Path) -> Fault {
        let names: Vec<_> =
            self.chain.iter().map(|link| link.path.display().to_string()).chain([path.display().to_string()]).collect();
        Fault { code: Code::ExtendsCycle, message: format!("`extends` goes in a circle: {}", names.join(" -> ")) }
    }

    /// Parses every text at its place and merges them, the root of the chain first.
    fn read(self, overrides: &[String]) -> Result<Document, Report> {
        let mut texts = Vec::new();
        for link in self.chain.iter().rev() {
            append(&mut texts, link.path.display().to_string(), &link.text);
        }
        let overrides: Vec<_> = overrides.iter().map(|text| override_text(text)).collect();
        for text in &overrides {
            append(&mut texts, OVERRIDE.to_owned(), text);
        }
        let texts = Arc::new(texts);
        let mut report = Report::new(Arc::clone(&texts));
        if let Some(fault) = self.fault {
            let place = fault_place(&self.chain, &texts);
            report.push(place, fault.code, fault.message, None);
        }
        let tables: Vec<_> = texts.iter().map(|text| parse(text, &mut report)).collect();
        for table in &tables[self.chain.len()..] {
            refuse_extends(table, &mut report);
        }
        report.clone().into_result()?;
        let table = merged(tables, self.chain.len());
        Ok(document(self.chain, table, report))
    }
}

impl Link {
    fn open(path: &Path) -> Result<Link, Fault> {
        Link::new(path.to_owned(), read_bytes(path)?)
    }

    fn new(path: PathBuf, bytes: Vec<u8>) -> Result<Link, Fault> {
        let sha256 = hexadecimal(&Sha256::digest(&bytes));
        let text = utf8(bytes, &path)?;
        let extends = written_extends(&text);
        Ok(Link { path, text, sha256, extends })
    }

    /// Stands for the first file where there is nothing to show of it.
    fn unreadable(path: &Path) -> Link {
        Link { path: path.to_owned(), text: String::new(), sha256: String::new(), extends: None }
    }

    /// The file that this one extends; relative paths start at this file's folder.
    fn parent(&self) -> Option<PathBuf> {
        let (name, _) = self.extends.as_ref()?;
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Some(folder.join(name))
    }
}

/// Where the file that ends the chain names the one that could not be reached.
fn fault_place(chain: &[Link], texts: &[SourceText]) -> Span<usize> {
    let offset = texts.first().map_or(0, |text| text.offset);
    let local = chain.last().and_then(|link| link.extends.as_ref()).map_or(0..0, |(_, span)| span.clone());
    offset + local.start..offset + local.end
}

fn append(texts: &mut Vec<SourceText>, name: String, text: &str) {
    texts.push(SourceText { name, text: text.to_owned(), offset: texts.last().map_or(0, SourceText::end) });
}

/// The table of one text, parsed behind blanks so that its places count over all sources.
fn parse(source: &SourceText, report: &mut Report) -> Table {
    let padded = format!("{}{}", " ".repeat(source.offset), source.text);
    let (table, errors) = DeTable::parse_recoverable(&padded);
    for error in errors {
        let start = source.offset;
        let span = error.span().unwrap_or(start..start);
        let code = match source.name == OVERRIDE {
            true => Code::BadOverride,
            false => Code::Syntax,
        };
        let hint = (code == Code::BadOverride)
            .then(|| "write --set PATH=VALUE, such as --set obligor.openai.cash=10".to_owned());
        report.push(span, code, error.message(), hint);
    }
    Table::from(table.get_ref())
}

/// The files are read before the overrides: one that names another file comes too late, and must not pass in silence.
fn refuse_extends(overrides: &Table, report: &mut Report) {
    if let Some(node) = overrides.get("extends") {
        let hint = "name the file that extends it on the command line".to_owned();
        report.push(node.span.clone(), Code::BadOverride, "`extends` cannot be overridden", Some(hint));
    }
}

/// Merges the files, root first, then the overrides.
fn merged(tables: Vec<Table>, files: usize) -> Table {
    let mut whole = Table::default();
    for (index, table) in tables.into_iter().enumerate() {
        let reach = match index < files {
            true => Reach::Keys,
            false => Reach::Names,
        };
        merge(&mut whole, table, reach);
    }
    whole
}

fn document(chain: Vec<Link>, table: Table, mut report: Report) -> Document {
    let mut reader = Reader::new(&mut report);
    let file = ScenarioFile::read(&table, &mut reader);
    let parameters = reader.listed;
    let files = chain.into_iter().map(|link| SourceFile { path: link.path, sha256: link.sha256 }).collect();
    Document { file, parameters, files, report, table }
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

/// What a text extends, and where it says so.
fn written_extends(text: &str) -> Option<(String, Span<usize>)> {
    let (table, _) = DeTable::parse_recoverable(text);
    let node = table.get_ref().get("extends")?;
    let name = node.get_ref().as_str()?;
    Some((name.to_owned(), node.span()))
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
