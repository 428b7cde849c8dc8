//! Amounts of a table: what is one, and what is not.

use std::ops::Range;

use crate::exposure::table::{Column, Row, Table};
use crate::scenario::error::{Code, Report};
use crate::scenario::sheet::{Cell, Decimals};

/// Largest amount: sums and products of many of them stay finite.
const LARGEST: f64 = 1e100;

/// How the numbers of one table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    decimals: Decimals,
}

impl Numbers {
    /// Finds the decimal mark from the cells of some columns.
    pub(super) fn of(table: &Table<'_>, columns: Range<usize>, report: &mut Report) -> Self {
        let cells = table.rows.iter().flat_map(|row| columns.clone().filter_map(|column| row.cell(column)));
        Numbers { decimals: Decimals::of(cells, table.separator, report) }
    }

    /// The amount in a cell; 0 where it is empty or absent and may be, and after a problem.
    pub(super) fn read(self, row: &Row<'_>, at: usize, column: &Column, report: &mut Report) -> f64 {
        let Some(cell) = row.cell(at) else { return 0.0 };
        if cell.text.is_empty() && !column.required {
            return 0.0;
        }
        match self.parse(cell) {
            Ok(number) => number,
            Err((code, wrong, hint)) => {
                let message = format!("{wrong} in column `{}`, expected an amount of at least 0", column.name);
                report.push(cell.span.clone(), code, message, hint.map(str::to_owned));
                0.0
            }
        }
    }

    fn parse(self, cell: &Cell<'_>) -> Result<f64, (Code, String, Option<&'static str>)> {
        let text = cell.text.as_ref();
        if text.is_empty() {
            return Err((Code::MissingKey, "empty cell".to_owned(), Some("write 0 for none")));
        }
        match self.decimals.parse(text) {
            None => Err((Code::WrongType, format!("`{text}` is not a number"), Some(self.decimals.remedy(text)))),
            Some(number) if !number.is_finite() => Err((Code::NotFinite, format!("`{text}` is not finite"), None)),
            Some(number) if number < 0.0 => Err((Code::OutOfRange, format!("`{text}` is negative"), None)),
            Some(number) if number > LARGEST => {
                let hint = "choose a larger unit: amounts go up to 1e100";
                Err((Code::OutOfRange, format!("`{text}` is too large"), Some(hint)))
            }
            Some(number) => Ok(number.abs()), // -0 is 0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<f64, Code> {
        let cell = Cell { text: text.into(), span: 0..0 };
        Numbers { decimals: Decimals { comma: false } }.parse(&cell).map_err(|(code, ..)| code)
    }

    #[test]
    fn amounts_are_what_they_say_or_refused() {
        for (text, number) in [("1.5", 1.5_f64), ("0", 0.0), ("-0", 0.0), ("+2", 2.0), (".5", 0.5), ("1e3", 1e3)] {
            assert_eq!(parse(text).unwrap().to_bits(), number.to_bits(), "{text}");
        }
        assert_eq!([parse("1,5"), parse("5 %")], [Err(Code::WrongType); 2]);
        for text in ["NaN", "inf", "-Infinity", "1e999"] {
            assert_eq!(parse(text), Err(Code::NotFinite), "{text}");
        }
        assert_eq!([parse("-1"), parse("1e101")], [Err(Code::OutOfRange); 2]);
        assert_eq!(parse(""), Err(Code::MissingKey));
    }
}
