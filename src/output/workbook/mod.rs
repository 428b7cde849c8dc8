//! `results.xlsx`: the tables as one workbook, behind a sheet that says what it is and a sheet of charts.

mod chart;
mod cover;
mod sheet;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use crate::output::Run;
use crate::output::csv::Table;

pub use cover::Cover;

/// Name of the file.
pub const FILE: &str = "results.xlsx";

/// The day that every workbook says it was made on, so that the same run gives the same bytes.
const MADE: (u16, u8, u8) = (2000, 1, 1);

/// The bytes of the workbook of a run: cover, charts, then one sheet a table in the order of `tables`.
///
/// The bytes are a function of the arguments without the environment of `run`.
///
/// # Errors
/// [`XlsxError`] if a table's name is no name for a sheet.
pub fn workbook(cover: &Cover, run: &Run, tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let (year, month, day) = MADE;
    let made = ExcelDateTime::from_ymd(year, month, day)?;
    let properties = DocProperties::new().set_title(&run.scenario.title).set_creation_datetime(&made);
    workbook.set_properties(&properties);
    let (charts, missing) = chart::sheet(tables)?;
    let drawn = charts.is_some();
    workbook.push_worksheet(cover::sheet(cover, run, tables, cover::Charts { drawn, missing: &missing })?);
    charts.into_iter().for_each(|charts| workbook.push_worksheet(charts));
    for table in tables {
        workbook.push_worksheet(sheet::sheet(table)?);
    }
    workbook.save_to_buffer()
}
