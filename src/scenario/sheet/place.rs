//! Which cell stands at a place: what a spreadsheet calls by row and column, where an editor says line and column.

use std::ops::Range as Span;

use crate::scenario::sheet::cell::Cell;
use crate::scenario::sheet::grid::Row;

/// The places of the cells of one table.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    header: Vec<String>,
    rows: Vec<PlacedRow>,
    end: usize,
}

/// Where one row of a spreadsheet is.
#[derive(Debug, Clone)]
struct PlacedRow {
    number: usize,
    start: usize,
    /// Where its cells begin; none if it is ragged.
    cells: Vec<usize>,
}

impl Places {
    /// The places of a header in row `number`.
    pub(crate) fn new(number: usize, header: &[Cell<'_>]) -> Self {
        let names = header.iter().map(|cell| cell.text.to_string()).collect();
        let cells: Vec<usize> = header.iter().map(|cell| cell.span.start).collect();
        let start = cells.first().copied().unwrap_or_default();
        let end = header.last().map_or(start, |cell| cell.span.end);
        Places { header: names, rows: vec![PlacedRow { number, start, cells }], end }
    }

    /// Adds the next row.
    pub(crate) fn add(&mut self, row: &Row<'_>) {
        let cells = if row.ragged { Vec::new() } else { row.cells.iter().map(|cell| cell.span.start).collect() };
        self.rows.push(PlacedRow { number: row.number, start: row.span.start, cells });
        self.end = row.span.end;
    }

    /// "row 3, column `amount`" for a place in that cell; two columns where it reaches from one to another.
    pub(crate) fn label(&self, span: &Span<usize>) -> Option<String> {
        let row = self.rows.partition_point(|row| row.start <= span.start).checked_sub(1)?;
        let PlacedRow { number, cells, .. } = &self.rows[row];
        if span.start > self.end {
            return None;
        }
        let column = |place| {
            let at = cells.partition_point(|start| *start <= place).checked_sub(1)?;
            self.header.get(at).filter(|name| !name.is_empty())
        };
        Some(match (column(span.start), column(span.end.saturating_sub(1).max(span.start))) {
            (Some(from), Some(to)) if from != to => format!("row {number}, columns `{from}` to `{to}`"),
            (Some(from), _) => format!("row {number}, column `{from}`"),
            (None, _) => format!("row {number}"),
        })
    }
}
