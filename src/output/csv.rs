//! Tables as CSV bytes, in the plain dialect and in the one that opens by a double click in continental Excel.

use std::io;

use crate::output::OutputError;

/// How a CSV file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Comma, decimal point, line feed, no byte order mark.
    #[default]
    Plain,
    /// Byte order mark, semicolon, decimal comma, carriage return and line feed.
    Excel,
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A number; printed with the fewest digits that read back to the same bits.
    Number(f64),
    /// Undefined.
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Cell::Count(count)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        if number.is_finite() { Cell::Number(number) } else { Cell::Empty }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Cell::Empty, Into::into)
    }
}

/// One table of results.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name of its file without the ending (`lenders`).
    pub name: &'static str,
    /// Header of each column, with its unit.
    pub headers: Vec<String>,
    /// Rows, each as long as `headers`.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The bytes of the table in a dialect.
    ///
    /// # Errors
    /// [`OutputError::Table`] if a row is not as long as the header.
    pub fn to_csv(&self, dialect: Dialect) -> Result<Vec<u8>, OutputError> {
        let mut writer = writer(byte_order_mark(dialect).as_bytes().to_vec(), dialect);
        let fail = |source| OutputError::Table { table: self.name, source };
        writer.write_record(&self.headers).map_err(fail)?;
        for row in &self.rows {
            let row = row.iter().map(|cell| format_cell(cell, dialect));
            writer.write_record(row).map_err(fail)?;
        }
        writer.into_inner().map_err(|error| fail(error.into_error().into()))
    }

    /// The table as a list of objects, one a row, with the headers as keys; undefined cells are `null`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let object = |row: &Vec<Cell>| {
            let cells = self.headers.iter().cloned().zip(row.iter().map(cell_to_json));
            serde_json::Value::Object(cells.collect())
        };
        self.rows.iter().map(object).collect()
    }
}

/// What a file begins with.
pub(super) fn byte_order_mark(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Plain => "",
        Dialect::Excel => "\u{feff}",
    }
}

/// Appends a row.
pub(super) fn append(rows: &mut Vec<u8>, row: impl Iterator<Item = Cell>, dialect: Dialect) {
    let written = writer(rows, dialect).write_record(row.map(|cell| format_cell(&cell, dialect)));
    written.expect("a row by itself is as long as any other, and memory takes all bytes");
}

fn writer<W: io::Write>(to: W, dialect: Dialect) -> csv::Writer<W> {
    let (delimiter, terminator) = match dialect {
        Dialect::Plain => (b',', csv::Terminator::Any(b'\n')),
        Dialect::Excel => (b';', csv::Terminator::CRLF),
    };
    csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).from_writer(to)
}

fn cell_to_json(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Text(text) => text.as_str().into(),
        Cell::Count(count) => (*count).into(),
        Cell::Number(number) => (*number).into(),
        Cell::Empty => serde_json::Value::Null,
    }
}

fn format_cell(cell: &Cell, dialect: Dialect) -> String {
    match cell {
        Cell::Text(text) => defuse(text),
        Cell::Count(count) => count.to_string(),
        Cell::Number(number) if dialect == Dialect::Excel => format_number(*number).replace('.', ","),
        Cell::Number(number) => format_number(*number),
        Cell::Empty => String::new(),
    }
}

/// A spreadsheet runs a cell that starts with one of these as a formula.
fn defuse(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

/// The shortest digits that read back to the same bits; an exponent only where the zeros would bury the digits.
fn format_number(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned(); // the sign of zero carries nothing
    }
    if (1e-5..1e16).contains(&number.abs()) { format!("{number}") } else { format!("{number:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            name: "test",
            headers: vec!["name".into(), "loss_usd_bn".into(), "trials".into()],
            rows: vec![
                vec!["=cmd".into(), 0.1.into(), 7_u64.into()],
                vec!["a;b,c \"d\"".into(), f64::NAN.into(), Cell::Empty],
                vec!["é".into(), (-1.5e-9).into(), None::<f64>.into()],
            ],
        }
    }

    #[test]
    fn plain_is_comma_point_line_feed() {
        let bytes = table().to_csv(Dialect::Plain).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "name,loss_usd_bn,trials\n'=cmd,0.1,7\n\"a;b,c \"\"d\"\"\",,\né,-1.5e-9,\n"
        );
    }

    #[test]
    fn excel_is_mark_semicolon_decimal_comma_crlf() {
        let bytes = table().to_csv(Dialect::Excel).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}name;loss_usd_bn;trials\r\n'=cmd;0,1;7\r\n\"a;b,c \"\"d\"\"\";;\r\né;-1,5e-9;\r\n"
        );
    }

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        let numbers = [0.1 + 0.2, 1.0 / 3.0, 5e-324, 1e-5, 9.999e-6, 1e16, 123_456_789.123_456_78, f64::MAX, -2.5];
        for number in numbers {
            let read: f64 = format_number(number).parse().unwrap();
            assert_eq!(read.to_bits(), number.to_bits(), "{number:e}");
        }
        assert_eq!(format_number(-0.0), "0");
        assert_eq!(format_number(12.0), "12");
    }

    #[test]
    fn every_sign_of_a_formula_is_defused() {
        for text in ["=1", "+1", "-1", "@x"] {
            assert_eq!(defuse(text), format!("'{text}"));
        }
        assert_eq!(defuse("a=1"), "a=1");
    }

    #[test]
    fn a_short_row_is_an_error_not_a_ragged_file() {
        let mut table = table();
        table.rows[1].pop();
        assert!(table.to_csv(Dialect::Plain).is_err());
    }

    #[test]
    fn json_has_null_for_the_undefined() {
        assert_eq!(table().to_json()[2], serde_json::json!({"name": "é", "loss_usd_bn": -1.5e-9, "trials": null}));
    }
}
