//! How the loss grows over the quarters, and how far trials differ in it.

use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartAxisLabelPosition, ChartFormat, ChartSolidFill, ChartType, Color, XlsxError,
};

use crate::output::csv::{Cell, Table};
use crate::output::workbook::chart::{BLUE, ORANGE, Page, Rows, dashed, line};

/// Where the quantiles are.
pub(super) const TABLE: &str = "quarters";
/// The series drawn.
const SERIES: &str = "system_loss";
/// Quantiles between which bands are drawn.
const EDGES: [&str; 4] = ["quantile_0.05", "quantile_0.25", "quantile_0.75", "quantile_0.95"];

const OUTER: Color = Color::RGB(0x00C6_DBEF);
const INNER: Color = Color::RGB(0x0086_BCDD);

/// Bands that hold 90 % and half of the trials, with median and mean.
///
/// Programs disagree on which of several areas stands in front, so the bands are stacked: the chart reads the widths of the bands from
/// numbers beside it, on top of an area that is not painted.
pub(super) fn draw(tables: &[Table], page: &mut Page) -> Result<bool, XlsxError> {
    let Some(rows) = Rows::of(tables, TABLE).and_then(|rows| rows.saying("series", SERIES)) else { return Ok(false) };
    let (Some(quarters), Some(widths)) = (rows.range("quarter"), widths(&rows)) else { return Ok(false) };
    let mut areas = Chart::new(ChartType::AreaStacked);
    let bands = [("", None), ("90 % of trials", Some(OUTER)), ("half of trials", Some(INNER)), ("", Some(OUTER))];
    for (at, ((name, color), width)) in bands.into_iter().zip(widths).enumerate() {
        let heading = if at == 0 { "5 % quantile" } else { "width of the next band" };
        let values = page.behind(at as u16, heading, width)?;
        let series = areas.add_series().set_categories(&quarters).set_values(&values).set_format(&mut filled(color));
        series.set_name(name).delete_from_legend(name.is_empty());
    }
    let mut curves = Chart::new(ChartType::Line);
    for (header, name, mut format) in
        [("quantile_0.5", "median", line(BLUE, 2.0)), ("mean", "mean", dashed(ORANGE, 2.0))]
    {
        if let Some(values) = rows.range(header) {
            curves.add_series().set_categories(&quarters).set_values(&values).set_name(name).set_format(&mut format);
        }
    }
    areas.combine(&curves);
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

/// The lowest quantile of each quarter and the steps from one quantile to the next; none if a column is missing.
fn widths(rows: &Rows) -> Option<[Vec<Option<f64>>; 4]> {
    let number = |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
    let mut below: Option<Vec<Option<f64>>> = None;
    let mut steps = EDGES.map(|_| Vec::new());
    for (edge, step) in EDGES.iter().zip(&mut steps) {
        let edge: Vec<_> = rows.cells(edge)?.map(number).collect();
        *step = match below {
            None => edge.clone(),
            Some(below) => edge.iter().zip(below).map(|(upper, lower)| Some((*upper)? - lower?)).collect(),
        };
        below = Some(edge);
    }
    Some(steps)
}

fn filled(color: Option<Color>) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_no_line();
    match color {
        Some(color) => format.set_solid_fill(ChartSolidFill::new().set_color(color)),
        None => format.set_no_fill(),
    };
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_stand_on_the_lowest_quantile_and_blanks_stay_blank() {
        let headers = ["quantile_0.05", "quantile_0.25", "quantile_0.75", "quantile_0.95"].map(str::to_owned).to_vec();
        let rows = vec![
            [-1.0, 0.5, 2.5, 7.0].map(Cell::from).to_vec(),
            vec![Cell::Empty, 1.0.into(), 2.0.into(), Cell::Empty],
        ];
        let tables = [Table { name: TABLE, headers, rows }];
        let widths = widths(&Rows::of(&tables, TABLE).unwrap()).unwrap();
        let expected = [[Some(-1.0), None], [Some(1.5), None], [Some(2.0), Some(1.0)], [Some(4.5), None]];
        assert_eq!(widths, expected.map(Vec::from));
    }
}
