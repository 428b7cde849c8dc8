//! Reading one table key by key, so that every key tells its own problem.

use std::ops::Range as Span;

use crate::scenario::error::{Code, Report, nearest};
use crate::scenario::evidence::{Evidence, SourcedParameter};
use crate::scenario::file::value::Located;
use crate::scenario::tree::{Node, Table, Value};
use crate::units::Unit;

/// What a cell of a table can hold, by the key of its column.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// A text, whatever it looks like.
    Text,
    /// True or false.
    Truth,
    /// A number and nothing else.
    Number,
    /// A number, or a law.
    Parameter,
    /// Numbers by name, each with a column of its own.
    ByName,
    /// Keys, each with a column of its own.
    Keys(fn() -> Vec<(&'static str, Content)>),
    /// A list.
    List,
    /// A word, or a form of its own.
    Form,
}

/// What a key can hold.
pub trait Field: Sized {
    /// What a cell of its column holds.
    const CONTENT: Content = Content::Form;

    /// Reads the value; `None` after telling the reader why not.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// The value as `check --sources` shows it, where it is a number of the model.
    fn listing(&self) -> Option<String> {
        None
    }

    /// The source written inside the value.
    fn own_source(&self) -> Option<&Located<String>> {
        None
    }

    /// Takes the source of its entity where the value has none.
    fn inherit(&mut self, _source: &Located<String>) {}
}

/// The keys of one kind of table.
pub trait Keys: Sized {
    /// Whether its numbers belong to the model, so that they need a source.
    const LISTED: bool = true;

    /// Reads every key of the table.
    fn read(keys: &mut KeyReader) -> Self;
}

/// Collects problems and sourced parameters while a scenario is read.
pub struct Reader<'a> {
    report: &'a mut Report,
    /// Every number of the model, in the order of reading.
    pub listed: Vec<SourcedParameter>,
}

impl<'a> Reader<'a> {
    /// A reader that tells `report`.
    pub fn new(report: &'a mut Report) -> Self {
        Reader { report, listed: Vec::new() }
    }

    /// Tells a problem.
    pub fn push(&mut self, span: Span<usize>, code: Code, message: impl Into<String>, hint: Option<String>) {
        self.report.push(span, code, message, hint);
    }

    /// Tells that a value is of another type than `expected`, unless it is told already.
    pub fn wrong_type<T>(&mut self, node: &Node, found: &Value, expected: &str) -> Option<T> {
        if *found == Value::Broken {
            return None;
        }
        let message = format!("expected {expected}, found {}", describe(found));
        self.push(node.span.clone(), Code::WrongType, message, None);
        None
    }

    /// Tells when `number` is outside the range of its unit.
    pub fn in_range<U: Unit>(&mut self, number: f64, span: Span<usize>) -> bool {
        let inside = U::RANGE.contains(number);
        if !inside {
            let message = format!("{number} is out of range: expected {}, {}", U::NAME, U::RANGE);
            self.push(span, Code::OutOfRange, message, percent_hint::<U>(number));
        }
        inside
    }

    /// Reads the `source` of a table and looks it up.
    fn source(&mut self, table: &Table) -> Option<Located<String>> {
        let source = Located::<String>::read(table.get("source")?, self)?;
        self.check_source(&source);
        Some(source)
    }

    /// Tells when the registers have no entry of that id.
    pub fn check_source(&mut self, source: &Located<String>) {
        let evidence = Evidence::registers();
        if evidence.basis(source).is_none() {
            let message = format!("no fact or assumption has the id `{}`", source.value);
            let hint = nearest(source, evidence.ids());
            self.push(source.span.clone(), Code::UnknownSource, message, hint);
        }
    }
}

/// A hint for a fraction written as a percent.
fn percent_hint<U: Unit>(number: f64) -> Option<String> {
    let fraction = number / 100.0;
    let percent = U::RANGE.high <= 10.0 && number >= 2.0 && number > U::RANGE.high;
    (percent && U::RANGE.contains(fraction))
        .then(|| format!("shares and rates are fractions, not percents: {number} % is {fraction}"))
}

/// What kind of value stands there, with the value where it is short.
fn describe(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("the text \"{}\"", shortened(text)),
        Value::Number(written, _) => format!("the number {written}"),
        Value::Boolean(value) => value.to_string(),
        Value::Date(date) => format!("the date {date}"),
        Value::List(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        Value::Broken => "an unreadable cell".to_owned(),
    }
}

/// A text, cut where it is long.
pub fn shortened(text: &str) -> String {
    const LONG: usize = 60;
    match text.char_indices().nth(LONG) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}..", &text[..end]),
    }
}

/// The finite number of a node; tells what is wrong otherwise.
pub fn number_of(node: &Node, unit: &str, reader: &mut Reader) -> Option<f64> {
    let number = match &node.value {
        Value::Number(_, number) => *number,
        Value::Text(text) => {
            let message = format!("expected {unit}, found the text \"{}\"", shortened(text));
            let hint = text_hint(text, unit);
            reader.push(node.span.clone(), Code::WrongType, message, hint);
            return None;
        }
        other => return reader.wrong_type(node, other, unit),
    };
    if let Some(number) = number.filter(|number| number.is_finite()) {
        return Some(number);
    }
    let message = format!("expected {unit}, found {}, which is not a finite number", describe(&node.value));
    reader.push(node.span.clone(), Code::NotFinite, message, None);
    None
}

/// What to write instead of a number in quotes.
fn text_hint(text: &str, unit: &str) -> Option<String> {
    let digits: String =
        text.trim().chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')).collect();
    let number = digits.parse::<f64>().ok()?;
    let kind = match unit.contains("USD bn") {
        true => "amounts are plain numbers in USD bn",
        false => "numbers stand without quotes and without units",
    };
    Some(match text.trim().len() == digits.len() {
        true => format!("{kind}: write {number}"),
        false => format!("{kind}: convert it and write a number such as {number}"),
    })
}

/// One table while its keys are taken from it.
pub struct KeyReader<'t, 'r, 'a> {
    table: &'t Table,
    path: String,
    listing: bool,
    asked: Vec<(&'static str, Content)>,
    broken: Vec<&'static str>,
    source: Option<Located<String>>,
    /// Where problems go.
    pub reader: &'r mut Reader<'a>,
}

/// Every key of one kind of table with what a cell of its column holds, found by reading a table without keys.
pub fn keys_of<T: Keys>() -> Vec<(&'static str, Content)> {
    let (mut report, table) = (Report::default(), Table::default());
    let mut reader = Reader::new(&mut report);
    let mut keys = KeyReader::new(&table, String::new(), None, &mut reader).sourced();
    T::read(&mut keys);
    keys.asked
}

/// What a table holds beside its keys.
pub struct Common {
    /// `source` of the table.
    pub source: Option<Located<String>>,
    /// Keys that are written but could not be read.
    pub broken: Vec<&'static str>,
}

impl<'t, 'r, 'a> KeyReader<'t, 'r, 'a> {
    /// Starts on the table at `path`; `inherited` stands for keys without a source.
    pub fn new(table: &'t Table, path: String, inherited: Option<Located<String>>, reader: &'r mut Reader<'a>) -> Self {
        KeyReader { table, path, listing: true, asked: Vec::new(), broken: Vec::new(), source: inherited, reader }
    }

    /// Starts on a table inside a list, whose numbers are listed with the list.
    pub fn unlisted(table: &'t Table, path: &str, reader: &'r mut Reader<'a>) -> Self {
        KeyReader { listing: false, ..KeyReader::new(table, path.to_owned(), None, reader) }
    }

    /// Allows `source` and `note`, and takes the source for the keys that have none.
    pub fn sourced(mut self) -> Self {
        self.asked.extend([("source", Content::Text), ("note", Content::Text)]);
        if let Some(source) = self.reader.source(self.table) {
            self.source = Some(source);
        }
        if let Some(note) = self.table.get("note") {
            Located::<String>::read(note, self.reader);
        }
        self
    }

    /// Reads one key; `None` where it is absent or broken.
    pub fn take<T: Field>(&mut self, key: &'static str) -> Option<T> {
        self.asked.push((key, T::CONTENT));
        let node = self.table.get(key)?;
        let Some(mut value) = T::read(node, self.reader) else {
            self.broken.push(key);
            return None;
        };
        let own = value.own_source().cloned();
        if own.is_none()
            && let Some(source) = &self.source
        {
            value.inherit(source);
        }
        self.list(key, &value, own.or_else(|| self.source.clone()));
        Some(value)
    }

    /// Reads a table inside the table, such as `other_book`.
    pub fn nested<T: Keys>(&mut self, key: &'static str) -> Option<Located<T>> {
        self.asked.push((key, Content::Keys(keys_of::<T>)));
        let node = self.table.get(key)?;
        let Value::Table(table) = &node.value else {
            self.broken.push(key);
            return self.reader.wrong_type(node, &node.value, "a table");
        };
        let path = format!("{}.{key}", self.path);
        let mut keys = KeyReader::new(table, path, self.source.clone(), self.reader).sourced();
        let value = T::read(&mut keys);
        let common = keys.finish();
        if !common.broken.is_empty() {
            self.broken.push(key);
        }
        Some(Located::new(value, node.span.clone()))
    }

    /// Tells every key that nothing asked for.
    pub fn finish(self) -> Common {
        for (key, _) in self.table.iter() {
            let name: &str = &key.name;
            if !self.asked.iter().any(|(known, _)| *known == name) {
                let message = format!("unknown key `{name}` in `{}`", self.path);
                let hint = nearest(name, self.asked.iter().map(|(known, _)| *known));
                self.reader.push(key.span.clone(), Code::UnknownKey, message, hint);
            }
        }
        Common { source: self.source, broken: self.broken }
    }

    fn list<T: Field>(&mut self, key: &str, value: &T, source: Option<Located<String>>) {
        if self.listing
            && let Some(text) = value.listing()
        {
            let path = format!("{}.{key}", self.path);
            self.reader.listed.push(SourcedParameter::new(path, text, source.map(|s| s.value)));
        }
    }
}
