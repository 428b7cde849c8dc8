//! Numbers of a table: which mark is the decimal one.

use crate::scenario::error::{Code, Report};
use crate::scenario::sheet::cell::Cell;

/// How the numbers of one table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimals {
    pub(crate) comma: bool,
}

impl Decimals {
    /// Finds the decimal mark from the cells that should hold numbers.
    ///
    /// Between commas it is the point. Between semicolons or tabs it is the comma if any number has one, else the point; but
    /// if every point stands before exactly three digits and after one to three, it may as well group thousands, and that is
    /// a problem to tell rather than a guess to make. Between tabs, which say nothing of the country, so it is with commas.
    pub(crate) fn of<'c, 'a: 'c>(
        cells: impl Iterator<Item = &'c Cell<'a>> + Clone,
        separator: u8,
        report: &mut Report,
    ) -> Self {
        if separator == b',' {
            return Decimals { comma: false };
        }
        let cells = cells.filter(|cell| looks_numeric(&cell.text));
        let comma = cells.clone().any(|cell| cell.text.contains(','));
        let mark = if comma { ',' } else { '.' };
        let mut marked = cells.filter(|cell| cell.text.contains(mark)).peekable();
        let sure = comma && separator == b';';
        if let Some(first) = marked.peek().copied()
            && !sure
            && marked.all(|cell| may_be_grouped(&cell.text, mark))
        {
            let name = if comma { "comma" } else { "point" };
            let message = format!("`{}` may have a decimal {name} or thousands apart", first.text);
            let hint =
                "write thousands without a separator, decimals with a comma, or separate cells by commas".to_owned();
            report.push(first.span.clone(), Code::WrongType, message, Some(hint));
        }
        Decimals { comma }
    }

    /// The number that a text is, finite or not; none with a mark that is not the decimal one.
    pub(crate) fn parse(self, text: &str) -> Option<f64> {
        let foreign = if self.comma { '.' } else { ',' };
        let written = if self.comma { text.replacen(',', ".", 1) } else { text.to_owned() };
        written.parse::<f64>().ok().filter(|_| !text.contains(foreign))
    }

    /// What to write instead of a text that is no number.
    pub(crate) fn remedy(self, text: &str) -> &'static str {
        match looks_numeric(text) {
            false => "write digits only, without a currency or a unit",
            true if self.comma => "this table has decimal commas: write no point and no thousands separators",
            true => "write a decimal point and no thousands separators, or separate cells by semicolons",
        }
    }
}

/// Whether a text is made of what numbers are made of, thousands apart and percent included.
fn looks_numeric(text: &str) -> bool {
    let sign = |sign: char| sign.is_ascii_digit() || ".,'’_ \u{a0}\u{202f}+-eE%".contains(sign);
    text.starts_with(|first: char| first.is_ascii_digit() || "+-.,".contains(first)) && text.chars().all(sign)
}

/// One to three digits, then a mark and exactly three: `1.234`, but not `0.500` or `12.5`.
fn may_be_grouped(text: &str, mark: char) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = text.trim_start_matches(['+', '-']).trim_end_matches(['%', ' ', '\u{a0}', '\u{202f}']).split(mark);
    let first = groups.next().unwrap_or_default();
    let headed = (1..=3).contains(&first.len()) && digits(first) && !first.starts_with('0');
    headed && groups.all(|group| group.len() == 3 && digits(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_decimal_mark() {
        let parse = |text: &str, comma| Decimals { comma }.parse(text);
        for (text, number) in [("1.5", 1.5_f64), ("0", 0.0), ("-0", -0.0), ("+2", 2.0), (".5", 0.5), ("1e3", 1e3)] {
            assert_eq!(parse(text, false).unwrap().to_bits(), number.to_bits(), "{text}");
        }
        assert_eq!(
            [parse("1,5", true), parse("15", true), parse("1,5e-2", true)],
            [Some(1.5), Some(15.0), Some(0.015)]
        );
        for text in ["1,5", "1.2.3", "x", "1 000", "5 %", "$5", "1'000", "--1"] {
            assert_eq!(parse(text, false), None, "{text}");
        }
        for text in ["1.5", "1.234,5", "1,2,3"] {
            assert_eq!(parse(text, true), None, "{text}");
        }
    }

    #[test]
    fn thousands_apart_look_like_this() {
        for (text, grouped) in [
            ("1.234", true),
            ("-1.234", true),
            ("12.345.678", true),
            ("0.500", false),
            ("1.5", false),
            ("1234.567", false),
        ] {
            assert_eq!(may_be_grouped(text, '.'), grouped, "{text}");
        }
    }
}
