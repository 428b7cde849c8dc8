//! A table with known columns: header resolved, rows as long as it.

use std::ops::Range as Span;

use crate::exposure::source::Source;
use crate::scenario::error::{Code, Report, nearest};
use crate::scenario::sheet::{self, Cell, Grid};

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// Must be there, with something in every cell.
    pub(super) required: bool,
}

impl Column {
    pub(super) const fn required(name: &'static str) -> Self {
        Column { name, required: true }
    }

    pub(super) const fn optional(name: &'static str) -> Self {
        Column { name, required: false }
    }
}

/// The cells of one row by known column; `None` where the table has no such column, or the row is ragged.
pub(super) struct Row<'a> {
    cells: Vec<Option<Cell<'a>>>,
    span: Span<usize>,
}

/// A table whose header has been understood.
pub(super) struct Table<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// Where its header is.
    pub(super) header: Span<usize>,
    /// What stands between cells; a comma between semicolons may be a decimal one.
    pub(super) separator: u8,
}

impl<'a> Table<'a> {
    /// Reads a table; `None` if there is none to read.
    pub(super) fn read(source: &'a Source, columns: &[Column], report: &mut Report) -> Option<Self> {
        if let Some(fault) = &source.fault {
            report.push(fault.span.clone(), fault.code, &fault.message, fault.hint.clone());
            return None;
        }
        let Some(mut grid) = Grid::read(&source.text, report) else {
            let start = source.text.offset;
            let message = format!("{} is empty, expected a header: {}", source.text.name, listed(columns));
            report.push(start..start, Code::EmptyTable, message, None);
            return None;
        };
        let header = grid.header_span();
        let places = resolve(&grid, columns, report);
        let mut table = Table { rows: Vec::new(), header, separator: grid.separator() };
        while let Some(row) = grid.next(report) {
            table.rows.push(Row::of(row, &places));
        }
        Some(table)
    }

    /// The line in which a row begins.
    pub(super) fn line(&self, row: usize, report: &Report) -> Option<usize> {
        report.place(&self.rows[row].span).map(|(_, line, _)| line)
    }
}

impl<'a> Row<'a> {
    /// A row by known column.
    fn of(row: sheet::Row<'a>, places: &[Option<usize>]) -> Self {
        let cells = places.iter().map(|place| row.cells.get((*place)?).cloned()).collect();
        Row { cells, span: row.span }
    }

    pub(super) fn cell(&self, column: usize) -> Option<&Cell<'a>> {
        self.cells[column].as_ref()
    }

    /// Where a cell is, or the row if it has none.
    pub(super) fn span(&self, column: usize) -> Span<usize> {
        self.cell(column).map_or_else(|| self.span.clone(), |cell| cell.span.clone())
    }

    /// The name in a cell; an empty one is a problem.
    pub(super) fn name(&self, column: usize, called: &str, report: &mut Report) -> Option<&str> {
        let cell = self.cell(column)?;
        if cell.text.is_empty() {
            let message = format!("empty cell in column `{called}`, expected the name of a node");
            report.push(cell.span.clone(), Code::MissingKey, message, None);
        }
        Some(cell.text.as_ref()).filter(|name| !name.is_empty())
    }
}

/// `name,external_assets[,shock]`.
fn listed(columns: &[Column]) -> String {
    let mut listed = String::new();
    for column in columns {
        let comma = if listed.is_empty() { "" } else { "," };
        let (open, close) = if column.required { ("", "") } else { ("[", "]") };
        listed += &format!("{open}{comma}{}{close}", column.name);
    }
    listed
}

/// The place of each known column in the header.
fn resolve(grid: &Grid<'_>, columns: &[Column], report: &mut Report) -> Vec<Option<usize>> {
    let mut places: Vec<Option<usize>> = vec![None; columns.len()];
    for (at, cell) in grid.header.iter().enumerate() {
        let Some(known) = columns.iter().position(|column| column.name == cell.text) else {
            let hint = nearest(&cell.text.to_lowercase(), columns.iter().map(|column| column.name));
            let hint = hint.unwrap_or_else(|| format!("the columns are {}", listed(columns)));
            let message = format!("unknown column `{}`", cell.text);
            report.push(cell.span.clone(), Code::UnknownColumn, message, Some(hint));
            continue;
        };
        if places[known].is_some() {
            let message = format!("column `{}` is there twice", cell.text);
            report.push(cell.span.clone(), Code::DuplicateColumn, message, None);
        }
        places[known] = places[known].or(Some(at));
    }
    let missing = columns.iter().zip(&places).filter(|(column, place)| column.required && place.is_none());
    let missing: Vec<String> = missing.map(|(column, _)| format!("`{}`", column.name)).collect();
    if !missing.is_empty() {
        let noun = if missing.len() == 1 { "column" } else { "columns" };
        let message = format!("no {noun} {} in the header", missing.join(", "));
        let hint = format!("the first row must be a header: {}", listed(columns));
        report.push(grid.header_span(), Code::MissingColumn, message, Some(hint));
    }
    places
}
