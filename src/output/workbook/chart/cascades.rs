//! How many lenders fail together.

use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartFormat, ChartRange, ChartSolidFill, ChartType, Color, Format, XlsxError,
};

use crate::output::csv::{Cell, Table};
use crate::output::workbook::chart::{BLUE, GREEN, NAME, ORANGE, PRINTED_COLUMNS, Page, Rows};

pub(super) const TABLE: &str = "cascades";

/// First column of the numbers behind the chart, to the right of it.
const BEHIND: u16 = PRINTED_COLUMNS + 1;
/// Distributions drawn: what the table calls them and what the chart does.
const DRAWN: [(&str, &str, Color); 3] = [
    ("failures", "all failures", BLUE),
    ("contagion_failures", "failures by contagion", ORANGE),
    ("cascade", "failures in a cascade", GREEN),
];

/// Columns on a logarithmic axis. A number of failures that was never seen has no place on it, so the chart reads a copy of the
/// numbers, where such a share is blank.
pub(super) fn draw(tables: &[Table], page: &mut Page) -> Result<bool, XlsxError> {
    let Some(all) = Rows::of(tables, TABLE) else { return Ok(false) };
    let found =
        DRAWN.iter().filter_map(|(count_of, name, color)| Some((all.saying("count_of", count_of)?, name, color)));
    let found: Vec<_> = found.collect();
    let Some(most) = found.iter().map(|(rows, ..)| rows.rows.len()).max() else { return Ok(false) };
    let (first, last) = (page.row + 1, page.row + most as u32);
    numbers(page, most)?;
    let mut chart = Chart::new(ChartType::Column);
    for (at, (rows, name, color)) in found.iter().enumerate() {
        let column = BEHIND + 1 + at as u16;
        shares(page, rows, (column, name))?;
        let range = |column| ChartRange::new_from_range(NAME, first, column, last, column);
        let mut format = ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(**color)).clone();
        chart
            .add_series()
            .set_categories(&range(BEHIND))
            .set_values(&range(column))
            .set_name(**name)
            .set_format(&mut format);
    }
    chart.title().set_name("How many lenders fail in a trial");
    chart.x_axis().set_name("Lenders that fail");
    chart.y_axis().set_name("Share of trials (logarithmic)").set_num_format("General");
    chart.y_axis().set_log_base(10).set_max(1).set_crossing(ChartAxisCrossing::Min);
    page.place(&mut chart, "Columns: the share of trials, on a logarithmic axis, in which so many lenders fail.")?;
    Ok(true)
}

fn numbers(page: &mut Page, most: usize) -> Result<(), XlsxError> {
    page.sheet.write_string_with_format(page.row, BEHIND, "lenders", &heading())?;
    for number in 0..most {
        page.sheet.write_number(page.row + 1 + number as u32, BEHIND, number as f64)?;
    }
    Ok(())
}

fn shares(page: &mut Page, rows: &Rows, heads: (u16, &str)) -> Result<(), XlsxError> {
    let (column, name) = heads;
    page.sheet.write_string_with_format(page.row, column, name, &heading())?;
    page.sheet.set_column_width(column, 12)?;
    for (at, cell) in rows.cells("probability").into_iter().flatten().enumerate() {
        if let Cell::Number(share) = cell
            && *share > 0.0
        {
            page.sheet.write_number(page.row + 1 + at as u32, column, *share)?;
        }
    }
    Ok(())
}

fn heading() -> Format {
    Format::new().set_bold().set_text_wrap()
}
