//! Sources of a scenario: a file, the files it extends, their tables, and overrides of the command line, read into one.

mod link;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use crate::scenario::error::{Code, Report, SourceText};
use crate::scenario::evidence::SourcedParameter;
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::reader::Reader;
use crate::scenario::file::tables::Tables;
use crate::scenario::merge::{Reach, merge};
use crate::scenario::resolved;
pub(in crate::scenario) use crate::scenario::source::link::sha256;
use crate::scenario::source::link::{Fault, Link};
use crate::scenario::tree::Table;

/// Largest scenario file, in bytes; the largest worlds known are a hundredth of it.
pub const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Name of an override in messages.
pub(in crate::scenario) const OVERRIDE: &str = "--set";

/// A file that took part, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as the user named it, or as the file that names it does, from its folder.
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
    /// Files read, the one named first, then what it extends, each with its tables behind it.
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

/// The texts of a scenario before they are parsed.
#[derive(Default)]
pub struct Sources {
    chain: Vec<Link>,
    fault: Option<Fault>,
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

    /// Parses every text at its place and merges them, the root of the chain first, before each its tables.
    fn read(self, overrides: &[String]) -> Result<Document, Report> {
        let Sources { chain, fault } = self;
        let overrides: Vec<_> = overrides.iter().map(|text| Link::of_override(text)).collect();
        let layers: Vec<_> = chain.iter().rev().chain(&overrides).collect();
        let (texts, places) = placed(&layers);
        let mut report = Report::new(Arc::clone(&texts));
        if let (Some(fault), Some(last), Some(own)) = (fault, layers.first(), places.first()) {
            let local = last.extends.as_ref().map_or(0..0, |(_, span)| span.clone());
            report.push(texts[*own].span(&local), fault.code, fault.message, None);
        }
        let parsed: Vec<_> = places.iter().map(|own| parse(&texts[*own], &mut report)).collect();
        for table in &parsed[chain.len()..] {
            refuse_extends(table, &mut report);
        }
        for (link, own) in layers.iter().zip(&places) {
            link.tell_faults(&texts[own - link.tapes.len()..=*own], &mut report);
        }
        report.clone().into_result()?;
        let sources = layers.iter().zip(&places).map(|(link, own)| &texts[own - link.tapes.len()..=*own]);
        let layers = layers.iter().copied().zip(sources).zip(parsed);
        let (table, tables) = merged(layers, &mut report)?;
        let files = chain.iter().chain(&overrides).flat_map(Link::files).collect();
        Ok(document(table, tables, files, report))
    }
}

/// Every text in the order of merging, and at which place among them that of each layer is, behind those of its tables.
fn placed(layers: &[&Link]) -> (Arc<Vec<SourceText>>, Vec<usize>) {
    let mut texts: Vec<SourceText> = Vec::new();
    let mut places = Vec::new();
    for link in layers {
        let tapes = link.tapes.iter().map(|tape| (&tape.path, &tape.text));
        for (path, text) in tapes.chain([(&link.path, &link.text)]) {
            let offset = texts.last().map_or(0, SourceText::end);
            texts.push(SourceText { name: path.display().to_string(), text: text.clone(), offset });
        }
        places.push(texts.len() - 1);
    }
    (Arc::new(texts), places)
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

/// Lays every layer over those before it, first its tables, then what it says itself; with the `[tables]` of the last.
fn merged<'a>(
    layers: impl Iterator<Item = ((&'a Link, &'a [SourceText]), Table)>,
    report: &mut Report,
) -> Result<(Table, Tables), Report> {
    let (mut whole, mut tables, mut sound) = (Table::default(), Tables::default(), true);
    for ((link, sources), mut table) in layers {
        let named = table.remove("tables");
        let named = Tables::read(named.as_ref(), &mut Reader::new(report));
        for (tape, source) in link.tapes.iter().zip(sources) {
            match tape.read(source, report) {
                Some(entities) => merge(&mut whole, entities, Reach::Keys),
                None => sound = false,
            }
        }
        merge(&mut whole, table, link.reach);
        tables = if link.reach == Reach::Keys { named } else { tables };
    }
    if sound { Ok((whole, tables)) } else { Err(std::mem::take(report)) }
}

fn document(table: Table, tables: Tables, files: Vec<SourceFile>, mut report: Report) -> Document {
    let mut reader = Reader::new(&mut report);
    let file = ScenarioFile { tables, ..ScenarioFile::read(&table, &mut reader) };
    let parameters = reader.listed;
    Document { file, parameters, files, report, table }
}
