//! Numbers of a table: which mark is the decimal one, and what is no amount.

use std::ops::Range;

use crate::exposure::sheet::Cell;
use crate::exposure::table::{Column, Row, Table};
use crate::scenario::error::{Code, Report};

/// Largest amount: sums and products of many of them stay finite.
const LARGEST: f64 = 1e100;

/// How the numbers of one table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    decimal_comma: bool,
}

impl Numbers {
    /// Finds the decimal mark from the cells of some columns.
    ///
    /// Between commas it is the point. Between semicolons it is the comma if any number has one, else the point; but if
    /// every point stands before exactly three digits and after one to three, it may as well group thousands, and that is
    /// a problem to tell rather than a guess to make.
    pub(super) fn of(table: &Table<'_>, columns: Range<usize>, report: &mut Report) -> Self {
        let numbers = || table.rows.iter().flat_map(|row| columns.clone().filter_map(|column| row.cell(column)));
        if !table.semicolons {
            return Numbers { decimal_comma: false };
        }
        if numbers().any(|cell| cell.text.contains(',')) {
            return Numbers { decimal_comma: true };
        }
        let mut pointed = numbers().filter(|cell| cell.text.contains('.')).peekable();
        if let Some(first) = pointed.peek().copied()
            && pointed.all(|cell| may_be_grouped(&cell.text))
        {
            let message = format!("`{}` may have a decimal point or thousands apart", first.text);
            let hint =
                "write thousands without a separator, decimals with a comma, or separate cells by commas".to_owned();
            report.push(first.span.clone(), Code::WrongType, message, Some(hint));
        }
        Numbers { decimal_comma: false }
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
        let foreign = if self.decimal_comma { '.' } else { ',' };
        let written = if self.decimal_comma { text.replacen(',', ".", 1) } else { text.to_owned() };
        let number = written.parse::<f64>().ok().filter(|_| !text.contains(foreign));
        match number {
            None => Err((Code::WrongType, format!("`{text}` is not a number"), self.remedy(text))),
            Some(number) if !number.is_finite() => Err((Code::NotFinite, format!("`{text}` is not finite"), None)),
            Some(number) if number < 0.0 => Err((Code::OutOfRange, format!("`{text}` is negative"), None)),
            Some(number) if number > LARGEST => {
                let hint = "choose a larger unit: amounts go up to 1e100";
                Err((Code::OutOfRange, format!("`{text}` is too large"), Some(hint)))
            }
            Some(number) => Ok(number.abs()), // -0 is 0
        }
    }

    fn remedy(self, text: &str) -> Option<&'static str> {
        let marks = |mark: char| ".,'’_ \u{a0}\u{202f}".contains(mark);
        let numeric = text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first))
            && text.chars().all(|sign| sign.is_ascii_digit() || marks(sign) || "+-eE".contains(sign));
        match numeric {
            false => Some("write digits only, without a currency or a unit"),
            true if self.decimal_comma => {
                Some("this table has decimal commas: write no point and no thousands separators")
            }
            true => Some("write a decimal point and no thousands separators, or separate cells by semicolons"),
        }
    }
}

/// One to three digits, then a point and exactly three: `1.234`, but not `0.500` or `12.5`.
fn may_be_grouped(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = text.split('.');
    let first = groups.next().unwrap_or_default();
    let headed = (1..=3).contains(&first.len()) && digits(first) && !first.starts_with('0');
    headed && groups.all(|group| group.len() == 3 && digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, decimal_comma: bool) -> Result<f64, Code> {
        let cell = Cell { text: text.into(), span: 0..0 };
        Numbers { decimal_comma }.parse(&cell).map_err(|(code, ..)| code)
    }

    #[test]
    fn amounts_are_what_they_say_or_refused() {
        for (text, number) in [("1.5", 1.5_f64), ("0", 0.0), ("-0", 0.0), ("+2", 2.0), (".5", 0.5), ("1e3", 1e3)] {
            assert_eq!(parse(text, false).unwrap().to_bits(), number.to_bits(), "{text}");
        }
        assert_eq!((parse("1,5", true), parse("15", true), parse("1,5e-2", true)), (Ok(1.5), Ok(15.0), Ok(0.015)));
        for text in ["1,5", "1.2.3", "x", "1 000", "5 %", "$5", "1'000", "--1"] {
            assert_eq!(parse(text, false), Err(Code::WrongType), "{text}");
        }
        for text in ["1.5", "1.234,5", "1,2,3"] {
            assert_eq!(parse(text, true), Err(Code::WrongType), "{text}");
        }
        for text in ["NaN", "inf", "-Infinity", "1e999"] {
            assert_eq!(parse(text, false), Err(Code::NotFinite), "{text}");
        }
        assert_eq!([parse("-1", false), parse("1e101", false)], [Err(Code::OutOfRange); 2]);
        assert_eq!(parse("", false), Err(Code::MissingKey));
    }

    #[test]
    fn thousands_apart_look_like_this() {
        for (text, grouped) in
            [("1.234", true), ("12.345.678", true), ("0.500", false), ("1.5", false), ("1234.567", false)]
        {
            assert_eq!(may_be_grouped(text), grouped, "{text}");
        }
    }
}
