//! A table of results read back, in whichever dialect it was written.

use crate::output::csv::Dialect;

/// Signs that [`crate::output::csv`] sets a quote before.
const DEFUSED: [&str; 4] = ["'=", "'+", "'-", "'@"];

/// A table as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Header of each column.
    pub headers: Vec<String>,
    /// Rows, each as long as `headers`.
    rows: Vec<Vec<String>>,
    dialect: Dialect,
}

/// Why bytes are no table.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// A row of another length, or text that is no UTF-8.
    #[error("not a whole table: {0}")]
    Csv(#[from] csv::Error),
    /// A cell that is no number where one belongs.
    #[error("line {line}, column `{column}`: `{found}` is no number")]
    NotANumber {
        /// Line of the file, from 1.
        line: usize,
        /// Header of the column.
        column: String,
        /// The cell.
        found: String,
    },
}

impl Sheet {
    /// Reads a table: a byte order mark or a semicolon in the header tells the Excel dialect.
    ///
    /// # Errors
    /// [`SheetError`]
    pub fn read(bytes: &[u8]) -> Result<Self, SheetError> {
        let mark = "\u{feff}".as_bytes();
        let text = bytes.strip_prefix(mark).unwrap_or(bytes);
        let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let excel = header.contains(&b';');
        let (delimiter, dialect) = if excel { (b';', Dialect::Excel) } else { (b',', Dialect::Plain) };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text);
        let headers: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
        if headers.iter().all(String::is_empty) {
            return Err(SheetError::Empty);
        }
        let cells = |row: csv::StringRecord| row.iter().map(fused).collect();
        let rows = reader.records().map(|row| row.map(cells)).collect::<Result<_, _>>()?;
        Ok(Sheet { headers, rows, dialect })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Place of a column by its header.
    #[must_use]
    pub fn column(&self, header: &str) -> Option<usize> {
        self.headers.iter().position(|known| known == header)
    }

    /// A cell as text; empty where there is none.
    #[must_use]
    pub fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|row| row.get(column)).map_or("", String::as_str)
    }

    /// A cell as a number; none where it is empty.
    ///
    /// # Errors
    /// [`SheetError::NotANumber`], also for what is not finite.
    pub fn number(&self, row: usize, column: usize) -> Result<Option<f64>, SheetError> {
        let text = self.text(row, column);
        if text.is_empty() {
            return Ok(None);
        }
        let written = if self.dialect == Dialect::Excel { text.replace(',', ".") } else { text.to_owned() };
        let number = written.parse().ok().filter(|number: &f64| number.is_finite());
        let wrong = || SheetError::NotANumber {
            line: row + 2,
            column: self.headers.get(column).cloned().unwrap_or_default(),
            found: text.to_owned(),
        };
        number.map(Some).ok_or_else(wrong)
    }
}

/// A cell without the quote that keeps a spreadsheet from running it.
fn fused(cell: &str) -> String {
    let defused = DEFUSED.iter().any(|sign| cell.starts_with(sign));
    (if defused { &cell[1..] } else { cell }).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::csv::{Cell, Table};

    #[test]
    fn both_dialects_read_back_what_was_written() {
        let table = Table {
            name: "test",
            headers: vec!["name".into(), "loss_usd_bn".into()],
            rows: vec![
                vec!["=a;b,c \"d\"\nz".into(), (1.0 / 3.0).into()],
                vec!["'x".into(), Cell::Empty],
                vec!["".into(), (-1.5e-300).into()],
            ],
        };
        for dialect in [Dialect::Plain, Dialect::Excel] {
            let sheet = Sheet::read(&table.to_csv(dialect).unwrap()).unwrap();
            assert_eq!((sheet.len(), sheet.column("loss_usd_bn"), sheet.column("x")), (3, Some(1), None));
            assert_eq!([0, 1, 2].map(|row| sheet.text(row, 0)), ["=a;b,c \"d\"\nz", "'x", ""]);
            let numbers = [0, 1, 2].map(|row| sheet.number(row, 1).unwrap());
            assert_eq!(numbers, [Some(1.0 / 3.0), None, Some(-1.5e-300)]);
            assert_eq!(sheet.number(7, 7).unwrap(), None);
        }
    }

    #[test]
    fn what_is_no_table_is_told() {
        let told = |bytes: &[u8]| Sheet::read(bytes).map_or_else(|error| error.to_string(), |_| String::new());
        assert_eq!(
            (told(b"").as_str(), told("\u{feff}".as_bytes()).as_str()),
            ("the file is empty", "the file is empty")
        );
        assert!(told(b"a,b\n1,2\n3").contains("line: 3"), "{}", told(b"a,b\n1,2\n3"));
        assert!(told(b"a,b\n1,\xff\n").contains("UTF-8"));
        let sheet = Sheet::read(b"a,b\n1,NaN\n2,x\n").unwrap();
        assert_eq!(sheet.number(0, 1).unwrap_err().to_string(), "line 2, column `b`: `NaN` is no number");
        assert_eq!(sheet.number(1, 1).unwrap_err().to_string(), "line 3, column `b`: `x` is no number");
    }
}
