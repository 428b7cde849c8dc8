//! Tables of spreadsheets as entities: a row reads as `[kind.NAME]`, its cells as the values of its keys.

mod column;
mod value;

use std::collections::BTreeMap;
use std::ops::Range as Span;
use std::path::PathBuf;

use crate::scenario::error::{Code, Report, SourceText};
use crate::scenario::sheet::{Cell, Decimals, Fault, Grid, Places, Row, decode, open};
use crate::scenario::source::sha256;
use crate::scenario::tape::column::{Column, Columns};
use crate::scenario::tape::value::read_value;
use crate::scenario::tree::{Key, Node, Table, Value};

/// A table that an entry of `[tables]` names.
pub(super) struct Tape {
    kind: &'static str,
    /// Place of the entry within the text that names it.
    pub(super) entry: Span<usize>,
    pub(super) path: PathBuf,
    pub(super) sha256: String,
    pub(super) text: String,
    /// Why it cannot be read as a table.
    pub(super) fault: Option<Fault>,
}

impl Tape {
    /// Reads the file of the entities of a kind.
    pub(super) fn open(kind: &'static str, path: PathBuf, entry: Span<usize>) -> Self {
        let (sha256, (text, fault)) = match open(&path) {
            Ok(bytes) => (sha256(&bytes), decode(bytes, &path.display().to_string())),
            Err(fault) => (String::new(), (String::new(), Some(fault))),
        };
        Tape { kind, entry, path, sha256, text, fault }
    }

    /// The table as a scenario that holds `[kind.NAME]` for each row; `None` after a problem that hides entities.
    pub(super) fn read(&self, source: &SourceText, report: &mut Report) -> Option<Table> {
        let kind = self.kind;
        let Some(mut grid) = Grid::read(source, report) else {
            let message = format!("{} is empty, expected a header: `name`, then keys of `[{kind}.NAME]`", source.name);
            report.push(source.offset..source.offset, Code::EmptyTable, message, None);
            return None;
        };
        let mut places = Places::new(grid.number, &grid.header);
        let mut rows = Vec::new();
        while let Some(row) = grid.next(report) {
            places.add(&row);
            rows.push(row);
        }
        report.know_cells(places);
        if rows.is_empty() {
            report.push(grid.header_span(), Code::EmptyTable, "no rows below the header", None);
        }
        let columns = Columns::resolve(kind, &grid.header, &rows, report)?;
        if rows.is_empty() || grid.unclosed() {
            return None;
        }
        let numbers = rows.iter().flat_map(|row| columns.numbers(row));
        let decimals = Decimals::of(numbers, grid.separator(), report);
        let entities = Entities { kind, columns, decimals }.read(&rows, report);
        let span = grid.header_span().start..source.end() - 1;
        let mut scenario = Table::default();
        let name = kind.to_owned();
        scenario.put(Key { name, span: span.clone() }, Node { value: Value::Table(entities), span });
        Some(scenario)
    }
}

/// What the rows of one table mean.
struct Entities {
    kind: &'static str,
    columns: Columns,
    decimals: Decimals,
}

impl Entities {
    fn read(&self, rows: &[Row<'_>], report: &mut Report) -> Table {
        let mut entities = Table::default();
        let mut seen = BTreeMap::new();
        for row in rows {
            let Some(name) = row.cells.first() else { continue };
            let first = *seen.entry(name.text.as_ref()).or_insert(row.number);
            if name.text.is_empty() {
                let message = format!("a row without a name: a {} needs one", self.kind);
                report.push(name.span.clone(), Code::MissingKey, message, None);
            } else if first < row.number {
                let message = format!("`{}` is there twice, first in row {first}", name.text);
                let hint = format!("give each {} one row", self.kind);
                report.push(name.span.clone(), Code::DuplicateName, message, Some(hint));
            } else {
                let key = Key { name: name.text.to_string(), span: name.span.clone() };
                let value = Value::Table(self.entity(row, name, report));
                entities.put(key, Node { value, span: row.span.clone() });
            }
        }
        entities
    }

    fn entity(&self, row: &Row<'_>, name: &Cell<'_>, report: &mut Report) -> Table {
        let mut keys = Table::default();
        let unknown = if row.ragged { &self.columns.keys } else { &self.columns.doubtful };
        for key in unknown {
            let span = name.span.clone();
            keys.put(Key { name: (*key).to_owned(), span: span.clone() }, Node { value: Value::Broken, span });
        }
        for (column, cell) in self.columns.filled(row) {
            let value = read_value(cell, column.content, self.decimals, report);
            place(&mut keys, column, 0, Node { value, span: cell.span.clone() });
        }
        keys
    }
}

/// Puts a value under the path of its column, whose first `depth` names lead to `table`.
fn place(table: &mut Table, column: &Column, depth: usize, node: Node) {
    let name = &column.path[depth];
    if depth + 1 == column.path.len() {
        // A name of its own stands in the header, and so do problems with it.
        let span = if column.by_name { column.header.clone() } else { node.span.clone() };
        table.put(Key { name: name.clone(), span }, node);
        return;
    }
    let span = node.span.clone();
    if table.table_mut(name).is_none() {
        let below = Node { value: Value::Table(Table::default()), span: span.clone() };
        table.put(Key { name: name.clone(), span: span.clone() }, below);
    }
    if let Some(Node { value: Value::Table(below), span: whole }) = table.get_mut(name) {
        *whole = whole.start.min(span.start)..whole.end.max(span.end);
        place(below, column, depth + 1, node);
    }
}
