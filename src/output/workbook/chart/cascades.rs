//! How many lenders fail together.

use rust_xlsxwriter::{Chart, ChartAxisCrossing, ChartFormat, ChartSolidFill, ChartType, Color, XlsxError};

use crate::output::csv::{Cell, Table};
use crate::output::workbook::chart::{BLUE, GREEN, ORANGE, Page, Rows};

/// Where the distributions are.
pub(super) const TABLE: &str = "cascades";
/// Distributions drawn: what the table calls them and what the chart does.
const DRAWN: [(&str, &str, Color); 3] = [
    ("failures", "all failures", BLUE),
    ("contagion_failures", "failures by contagion", ORANGE),
    ("cascade", "failures in a cascade", GREEN),
];

/// Columns on a logarithmic axis. A number of failures that was never seen has no place there, so the chart reads shares from numbers
/// beside it, which are blank then.
pub(super) fn draw(tables: &[Table], page: &mut Page) -> Result<bool, XlsxError> {
    let Some(all) = Rows::of(tables, TABLE) else { return Ok(false) };
    let shares: Vec<_> = DRAWN.into_iter().filter_map(|(count_of, ..)| shares(&all, count_of)).collect();
    let Some(most) = shares.iter().map(Vec::len).max() else { return Ok(false) };
    let numbers = page.behind(0, "lenders", (0..most).map(|number| Some(number as f64)).collect())?;
    let mut chart = Chart::new(ChartType::Column);
    for (at, (mut shares, (_, name, color))) in shares.into_iter().zip(DRAWN).enumerate() {
        shares.resize(most, None);
        let values = page.behind(1 + at as u16, name, shares)?;
        let mut format = ChartFormat::new();
        format.set_solid_fill(ChartSolidFill::new().set_color(color));
        chart.add_series().set_categories(&numbers).set_values(&values).set_name(name).set_format(&mut format);
    }
    chart.title().set_name("How many lenders fail in a trial");
    chart.x_axis().set_name("Lenders that fail");
    chart.y_axis().set_name("Share of trials (logarithmic)").set_num_format("General");
    chart.y_axis().set_log_base(10).set_max(1).set_crossing(ChartAxisCrossing::Min);
    page.place(&mut chart, "Columns: the share of trials, on a logarithmic axis, in which so many lenders fail.")?;
    Ok(true)
}

/// The share of trials with each number of failures, from 0 on; none where it was never seen.
fn shares(all: &Rows, count_of: &str) -> Option<Vec<Option<f64>>> {
    let seen =
        |cell: &Cell| if let Cell::Number(share) = cell { Some(*share).filter(|share| *share > 0.0) } else { None };
    Some(all.saying("count_of", count_of)?.cells("probability")?.map(seen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_never_seen_has_no_share() {
        let row = |count_of: &str, share: f64| vec![count_of.into(), share.into()];
        let rows = vec![row("failures", 0.75), row("failures", 0.0), row("failures", 0.25), row("rounds", 1.0)];
        let tables = [Table { name: TABLE, headers: vec!["count_of".into(), "probability".into()], rows }];
        let all = Rows::of(&tables, TABLE).unwrap();
        assert_eq!(shares(&all, "failures"), Some(vec![Some(0.75), None, Some(0.25)]));
        assert_eq!(shares(&all, "cascade"), None);
    }
}
