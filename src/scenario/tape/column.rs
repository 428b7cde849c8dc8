//! The header of a table: which key of the grammar each column is.

use std::ops::Range as Span;

use crate::scenario::error::{Code, Report, nearest};
use crate::scenario::file::columns;
use crate::scenario::file::law::LAWS;
use crate::scenario::file::reader::Content;
use crate::scenario::sheet::{Cell, Row};

/// Head of the first column.
const NAME: &str = "name";

/// A column of values.
#[derive(Debug)]
pub(super) struct Column {
    /// The key, and what leads to a value inside it: `["holders", "jpmorgan"]`.
    pub(super) path: Vec<String>,
    /// Whether the last part is a name and no key.
    pub(super) by_name: bool,
    /// What its cells hold.
    pub(super) content: Content,
    /// Place of its head.
    pub(super) header: Span<usize>,
}

/// The columns of a table whose first is the name.
pub(super) struct Columns {
    /// By place in the header; none for the name and for what has no meaning.
    known: Vec<Option<Column>>,
    /// Every key that an entity can have.
    pub(super) keys: Vec<&'static str>,
    /// Keys without a column, where an unknown one may be meant for one of them.
    pub(super) doubtful: Vec<&'static str>,
}

impl Columns {
    /// Reads a header; `None` where the first column is not the name.
    pub(super) fn resolve(kind: &str, header: &[Cell<'_>], rows: &[Row<'_>], report: &mut Report) -> Option<Self> {
        let named = first_is_name(header, report);
        let keys = columns(kind);
        let mut found = Columns { known: vec![None], keys: Vec::new(), doubtful: Vec::new() };
        let mut unknown = false;
        for (at, cell) in header.iter().enumerate().skip(1) {
            let column = path_of(&cell.text, &keys).map(|(path, by_name, content)| {
                let header = cell.span.clone();
                Column { path, by_name, content, header }
            });
            let filled = || rows.iter().any(|row| row.cells.get(at).is_some_and(|cell| !cell.text.is_empty()));
            if column.is_none() && (!cell.text.is_empty() || filled()) {
                unknown = true;
                tell_unknown(kind, cell, at, &keys, report);
            }
            found.known.push(column);
        }
        found.tell_double(report);
        found.keys = keys.iter().map(|(key, _)| *key).collect();
        if unknown {
            let has = |key: &&str| found.known.iter().flatten().any(|column| column.path[0] == *key);
            found.doubtful = found.keys.iter().copied().filter(|key| !has(key)).collect();
        }
        named.then_some(found)
    }

    /// Cells with something in them, each with its column.
    pub(super) fn filled<'c, 'a>(
        &'c self,
        row: &'c Row<'a>,
    ) -> impl Iterator<Item = (&'c Column, &'c Cell<'a>)> + Clone {
        let columns = self.known.iter().zip(&row.cells);
        columns.filter_map(|(column, cell)| Some((column.as_ref()?, cell))).filter(|(_, cell)| !cell.text.is_empty())
    }

    /// Cells that should hold numbers.
    pub(super) fn numbers<'c, 'a>(&'c self, row: &'c Row<'a>) -> impl Iterator<Item = &'c Cell<'a>> + Clone {
        let number = |column: &Column| matches!(column.content, Content::Number | Content::Parameter);
        self.filled(row).filter(move |(column, _)| number(column)).map(|(_, cell)| cell)
    }

    /// Tells columns of one path, and of a key as a whole beside its parts; a number beside its source is its value.
    fn tell_double(&mut self, report: &mut Report) {
        let paths: Vec<Vec<String>> = self.known.iter().flatten().map(|column| column.path.clone()).collect();
        let has_parts = |path: &[String]| paths.iter().any(|other| other.len() > path.len() && other.starts_with(path));
        let mut seen: Vec<Vec<String>> = Vec::new();
        for place in &mut self.known {
            let Some(column) = place else { continue };
            let written = column.path.join(".");
            if matches!(column.content, Content::Parameter) && has_parts(&column.path) {
                column.path.push("value".to_owned());
                column.content = Content::Number;
            }
            let problem = if seen.contains(&column.path) {
                Some((format!("column `{written}` is there twice"), None))
            } else if has_parts(&column.path) {
                let hint = Some("keep the whole or the parts".to_owned());
                Some((format!("column `{written}` stands beside parts of it"), hint))
            } else {
                None
            };
            seen.push(column.path.clone());
            if let Some((message, hint)) = problem {
                report.push(column.header.clone(), Code::DuplicateColumn, message, hint);
                *place = None;
            }
        }
    }
}

fn first_is_name(header: &[Cell<'_>], report: &mut Report) -> bool {
    let Some(first) = header.first().filter(|first| first.text != NAME) else {
        return true;
    };
    let message = format!("the first column is `{}`, expected `{NAME}`", first.text);
    let hint = match header.iter().any(|cell| cell.text == NAME) {
        true => "move the column `name` to the front",
        false => "head the column of names `name`, and let it be the first",
    };
    report.push(first.span.clone(), Code::MissingColumn, message, Some(hint.to_owned()));
    false
}

/// The parts of the key that a head names, whether the last is a name, and what cells below it hold.
fn path_of(head: &str, keys: &[(&'static str, Content)]) -> Option<(Vec<String>, bool, Content)> {
    let (first, rest) = head.split_once('.').map_or((head, None), |(first, rest)| (first, Some(rest)));
    let (_, content) = keys.iter().find(|(key, _)| *key == first)?;
    let below = |part: &str, content| Some((vec![first.to_owned(), part.to_owned()], false, content));
    match (content, rest) {
        (_, None) => Some((vec![first.to_owned()], false, *content)),
        (Content::ByName, Some(name)) => {
            let bare = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
            let named = !bare.is_empty();
            named.then(|| (vec![first.to_owned(), bare.to_owned()], true, Content::Number))
        }
        (Content::Parameter, Some("value")) => below("value", Content::Number),
        (Content::Parameter, Some(part @ ("source" | "note"))) => below(part, Content::Text),
        (Content::Parameter, Some(part)) if part == "steps" || LAWS.contains(&part) => below(part, Content::List),
        (Content::Keys(keys), Some(rest)) => {
            let (mut path, by_name, content) = path_of(rest, &keys())?;
            path.insert(0, first.to_owned());
            Some((path, by_name, content))
        }
        _ => None,
    }
}

fn tell_unknown(kind: &str, cell: &Cell<'_>, at: usize, keys: &[(&'static str, Content)], report: &mut Report) {
    if cell.text.is_empty() {
        let message = format!("column {} has cells and no head", at + 1);
        report.push(cell.span.clone(), Code::UnknownColumn, message, None);
        return;
    }
    let head = cell.text.to_lowercase();
    let known = every_path(keys);
    let parts = [Some(head.as_str()), head.rsplit('.').next(), head.split('.').next()];
    let meant = parts.into_iter().flatten().find_map(|part| nearest(part, known.iter().map(String::as_str)));
    let hint = meant.unwrap_or_else(|| format!("columns are keys of `[{kind}.NAME]`: take out what is none"));
    let message = format!("unknown column `{}`: `[{kind}.NAME]` has no such key", cell.text);
    report.push(cell.span.clone(), Code::UnknownColumn, message, Some(hint));
}

/// Every key, with the keys inside it.
fn every_path(keys: &[(&'static str, Content)]) -> Vec<String> {
    let mut paths = Vec::new();
    for (key, content) in keys {
        paths.push((*key).to_owned());
        if let Content::Keys(inner) = content {
            paths.extend(every_path(&inner()).iter().map(|path| format!("{key}.{path}")));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::file::SECTIONS;

    #[test]
    fn a_head_names_a_key_a_share_or_a_part() {
        let path =
            |kind: &str, head: &str| path_of(head, &columns(kind)).map(|(path, by_name, _)| (path.join("|"), by_name));
        let of = |path: &str, by_name| Some((path.to_owned(), by_name));
        assert_eq!(path("facility", "amount"), of("amount", false));
        assert_eq!(path("facility", "holders.st. george"), of("holders|st. george", true));
        assert_eq!(path("obligor", "loadings.region.us"), of("loadings|region.us", true));
        assert_eq!(path("obligor", "loadings.\"region.us\""), of("loadings|region.us", true));
        assert_eq!(path("lender", "other_book.pd_pa.source"), of("other_book|pd_pa|source", false));
        assert_eq!(path("facility", "enabled"), of("enabled", false));
        for head in ["", "Amount", "amount.x", "holders.", "borrower.source", "source.x"] {
            assert_eq!(path("facility", head), None, "{head}");
        }
    }

    #[test]
    fn every_kind_of_entity_has_columns() {
        for kind in SECTIONS {
            assert!(columns(kind).len() > 5, "{kind}");
        }
    }
}
