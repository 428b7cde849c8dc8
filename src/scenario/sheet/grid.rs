//! A header, and rows as wide as it.

use std::collections::VecDeque;
use std::ops::Range as Span;

use crate::scenario::error::{Code, Report, SourceText};
use crate::scenario::sheet::cell::{Cell, Rows};

/// Rows that Excel writes as one block: where all its last cells are empty it leaves out their separators.
const BLOCK: usize = 16;

/// One row; its cells are as many as those of the header, or the first alone if it is ragged.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) cells: Vec<Cell<'a>>,
    /// As a spreadsheet counts, the header included.
    pub(crate) number: usize,
    /// From the first cell to the last.
    pub(crate) span: Span<usize>,
    /// Whether it has not as many cells as the header, which is told.
    pub(crate) ragged: bool,
}

/// The rows of a text below its header.
pub(crate) struct Grid<'a> {
    rows: Rows<'a>,
    pub(crate) header: Vec<Cell<'a>>,
    /// Number of the row of the header, as a spreadsheet counts.
    pub(crate) number: usize,
    block: VecDeque<(usize, Vec<Cell<'a>>)>,
    ahead: Option<(usize, Vec<Cell<'a>>)>,
}

impl<'a> Grid<'a> {
    /// Reads the header, without empty cells at its end; `None` where there is nothing but blanks.
    pub(crate) fn read(source: &'a SourceText, report: &mut Report) -> Option<Self> {
        let mut rows = Rows::of(source);
        let mut header = rows.next(report)?;
        while header.last().is_some_and(|cell| cell.text.is_empty()) {
            header.pop();
        }
        let number = rows.number;
        let mut grid = Grid { rows, header, number, block: VecDeque::new(), ahead: None };
        grid.ahead = grid.read_ahead(report);
        Some(grid)
    }

    /// Where the header is.
    pub(crate) fn header_span(&self) -> Span<usize> {
        row_span(&self.header)
    }

    /// What stands between cells.
    pub(crate) fn separator(&self) -> u8 {
        self.rows.separator
    }

    /// Whether a quote never closes, so that rows are lost.
    pub(crate) fn unclosed(&self) -> bool {
        self.rows.unclosed
    }

    /// The next row; a ragged one is a problem.
    pub(crate) fn next(&mut self, report: &mut Report) -> Option<Row<'a>> {
        if self.block.is_empty() {
            self.read_block(report);
        }
        let (number, cells) = self.block.pop_front()?;
        Some(self.fit(number, cells, report))
    }

    fn read_ahead(&mut self, report: &mut Report) -> Option<(usize, Vec<Cell<'a>>)> {
        let cells = self.rows.next(report)?;
        Some((self.rows.number, cells))
    }

    /// Reads the rows of one of Excel's blocks, and widens them all if all are equally short.
    fn read_block(&mut self, report: &mut Report) {
        let block_of = |number: usize| (number - 1) / BLOCK;
        let Some(block) = self.ahead.as_ref().map(|(number, _)| block_of(*number)) else { return };
        while let Some(row) = self.ahead.take_if(|(number, _)| block_of(*number) == block) {
            self.block.push_back(row);
            self.ahead = self.read_ahead(report);
        }
        let width = self.block.front().map_or(0, |(_, cells)| cells.len());
        let alike = self.block.iter().all(|(_, cells)| cells.len() == width);
        if alike && block > block_of(self.number) {
            for (_, cells) in &mut self.block {
                let end = row_span(cells).end;
                cells.resize(width.max(self.header.len()), Cell { text: "".into(), span: end..end });
            }
        }
    }

    fn fit(&self, number: usize, mut cells: Vec<Cell<'a>>, report: &mut Report) -> Row<'a> {
        let (span, width) = (row_span(&cells), self.header.len());
        while cells.len() > width && cells.last().is_some_and(|cell| cell.text.is_empty()) {
            cells.pop();
        }
        let ragged = cells.len() != width;
        if ragged {
            let message = format!("{} cells in a row, but {width} in the header", cells.len());
            let hint = match cells.len() < width {
                true => "keep the separator where a cell is empty",
                false => "quote a name that holds the separator; write numbers without thousands separators",
            };
            report.push(span.clone(), Code::RaggedRow, message, Some(hint.to_owned()));
            cells.truncate(1);
        }
        Row { cells, number, span, ragged }
    }
}

fn row_span(cells: &[Cell<'_>]) -> Span<usize> {
    let ends = cells.first().zip(cells.last());
    ends.map_or(0..0, |(first, last)| first.span.start..last.span.end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Numbers and widths of the rows below the header, and problems.
    fn rows(text: &str) -> (Vec<(usize, usize)>, usize) {
        let source = SourceText { name: "t".to_owned(), text: text.to_owned(), offset: 0 };
        let mut report = Report::new(Arc::new(vec![source.clone()]));
        let mut grid = Grid::read(&source, &mut report).unwrap();
        let mut found = Vec::new();
        while let Some(row) = grid.next(&mut report) {
            found.push((row.number, row.cells.len()));
        }
        (found, report.problems().len())
    }

    #[test]
    fn empty_cells_and_rows_at_the_end_are_no_cells() {
        assert_eq!(rows("a,b,,\n\n1,2,,,,\n,,\n3,4\n,,,\n"), (vec![(3, 2), (5, 2)], 0));
        assert_eq!(rows("a,b\n1\n2,3,4\n5,6\n"), (vec![(2, 1), (3, 1), (4, 2)], 2));
    }

    #[test]
    fn a_block_whose_last_column_is_empty_is_as_wide_as_the_header() {
        let full = "1,2\n".repeat(15);
        let (found, problems) = rows(&format!("a,b\n{full}{}", "3\n".repeat(17)));
        assert_eq!((found.len(), problems), (32, 0));
        assert!(found.iter().all(|(_, width)| *width == 2));
        let (found, problems) = rows(&format!("a,b\n{full}3\n4,5\n"));
        assert_eq!((&found[15..], problems), (&[(17, 1), (18, 2)][..], 1));
    }
}
