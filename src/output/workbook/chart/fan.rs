//! How the loss grows over the quarters, and how far trials differ in it.

use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartAxisLabelPosition, ChartFormat, ChartSolidFill, ChartType, Color, XlsxError,
};

use crate::output::csv::Table;
use crate::output::workbook::chart::{BLUE, ORANGE, Page, Rows, dashed, line};

pub(super) const TABLE: &str = "quarters";

/// The series drawn.
const SERIES: &str = "system_loss_usd_bn";

const OUTER: Color = Color::RGB(0x00C6_DBEF);
const INNER: Color = Color::RGB(0x0086_BCDD);

/// The bands that hold 90 % and half of the trials, with median and mean.
pub(super) fn draw(tables: &[Table], page: &mut Page) -> Result<bool, XlsxError> {
    let Some(rows) = Rows::of(tables, TABLE).and_then(|rows| rows.saying("series", SERIES)) else { return Ok(false) };
    // Each area reaches down to the axis and covers the one before it: what is left to see are bands.
    let bands = [
        ("p95", "90 % of trials", OUTER),
        ("p75", "half of trials", INNER),
        ("p25", "", OUTER),
        ("p05", "", Color::White),
    ];
    let lines = [("p50", "median", line(BLUE, 2.0)), ("mean", "mean", dashed(ORANGE))];
    let (mut areas, mut curves) = (Chart::new(ChartType::Area), Chart::new(ChartType::Line));
    for (header, name, color) in bands {
        if add(&mut areas, &rows, header, (name, &mut filled(color))).is_none() {
            return Ok(false);
        }
    }
    for (header, name, mut format) in lines {
        if add(&mut curves, &rows, header, (name, &mut format)).is_none() {
            return Ok(false);
        }
    }
    areas.combine(&curves);
    areas.legend().delete_entries(&[2, 3]);
    areas.title().set_name("Loss since the beginning, quarter by quarter");
    areas.x_axis().set_name("Quarter").set_position_between_ticks(false);
    areas.x_axis().set_label_position(ChartAxisLabelPosition::Low);
    areas.y_axis().set_name("Loss of all lenders but vendors, USD bn").set_num_format("#,##0.###");
    areas.y_axis().set_crossing(ChartAxisCrossing::Min);
    page.place(
        &mut areas,
        "Bands that hold 90 % and half of the trials' losses up to each quarter, with their median and mean.",
    )?;
    Ok(true)
}

fn add(chart: &mut Chart, rows: &Rows, header: &str, look: (&str, &mut ChartFormat)) -> Option<()> {
    rows.numbers(header)?;
    let (quarters, values) = (rows.range("quarter")?, rows.range(header)?);
    chart.add_series().set_categories(&quarters).set_values(&values).set_name(look.0).set_format(look.1);
    Some(())
}

fn filled(color: Color) -> ChartFormat {
    ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(color)).set_no_line().clone()
}
