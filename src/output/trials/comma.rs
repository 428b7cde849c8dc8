//! The table of trials as CSV.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::output::csv::{self, Cell, Dialect};
use crate::output::trials::Form;
use crate::output::trials::quantity::{Column, Value};

/// A CSV file of trials; its rows are made by the workers.
pub(super) struct CommaSeparated {
    file: File,
    dialect: Dialect,
    lenders: Vec<String>,
}

impl CommaSeparated {
    /// A file with these columns and without rows.
    pub(super) fn create(
        path: &Path,
        columns: Vec<Column>,
        lenders: Vec<String>,
        dialect: Dialect,
    ) -> io::Result<Self> {
        let mut headers = csv::byte_order_mark(dialect).as_bytes().to_vec();
        csv::append(&mut headers, columns.into_iter().map(|column| Cell::Text(column.header)), dialect);
        let mut file = File::create(path)?;
        file.write_all(&headers)?;
        Ok(CommaSeparated { file, dialect, lenders })
    }

    fn cell(&self, value: Value) -> Cell {
        match value {
            Value::Count(count) => count.into(),
            Value::Number(number) => number.into(),
            Value::Lender(lender) => self.lenders[lender].as_str().into(),
            Value::Empty => Cell::Empty,
        }
    }
}

impl Form for CommaSeparated {
    fn append(&self, row: &mut dyn Iterator<Item = Value>, rows: &mut Vec<u8>) {
        csv::append(rows, row.map(|value| self.cell(value)), self.dialect);
    }

    fn write(&self, rows: &[u8]) -> io::Result<()> {
        (&self.file).write_all(rows)
    }

    fn close(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}
