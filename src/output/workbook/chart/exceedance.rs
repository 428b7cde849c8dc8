//! How probable losses above any size are.

use rust_xlsxwriter::{Chart, ChartAxisCrossing, ChartAxisLabelPosition, ChartFormat, ChartType, XlsxError};

use crate::output::csv::Table;
use crate::output::workbook::chart::{BLUE, ORANGE, Page, Rows, dashed, line};

pub(super) const TABLE: &str = "exceedance";

/// Column of the probabilities.
const PROBABILITY: &str = "exceedance_probability";

/// The curve with its interval, and that of the twins.
pub(super) fn draw(tables: &[Table], page: &mut Page) -> Result<bool, XlsxError> {
    let Some(rows) = Rows::of(tables, TABLE) else { return Ok(false) };
    let mut chart = Chart::new(ChartType::ScatterStraight);
    let series: [(&str, &str, ChartFormat); 4] = [
        ("loss_usd_bn", "loss", line(BLUE, 2.25)),
        ("loss_usd_bn_ci_low", "its 95 % interval, lower end", dashed(BLUE)),
        ("loss_usd_bn_ci_high", "its 95 % interval, upper end", dashed(BLUE)),
        ("twin_loss_usd_bn", "without contagion", line(ORANGE, 1.5)),
    ];
    let mut drawn = 0;
    for (header, name, mut format) in series {
        drawn += usize::from(curve(&mut chart, &rows, header, (name, &mut format)).is_some());
    }
    if drawn == 0 {
        return Ok(false);
    }
    chart.title().set_name("Probability that the lenders lose more than so much");
    chart.x_axis().set_name("Loss of all lenders but vendors, USD bn").set_num_format("#,##0.###");
    chart.x_axis().set_label_position(ChartAxisLabelPosition::Low).set_crossing(ChartAxisCrossing::Min);
    chart.y_axis().set_name("Share of trials that lose more (logarithmic)").set_num_format("General");
    chart.y_axis().set_log_base(10).set_max(1).set_crossing(ChartAxisCrossing::Min);
    page.place(&mut chart, "Curve that falls from left to right: the probability, on a logarithmic axis, of a loss above that of the horizontal axis.")?;
    Ok(true)
}

fn curve(chart: &mut Chart, rows: &Rows, header: &str, look: (&str, &mut ChartFormat)) -> Option<()> {
    let rows = rows.numbers(header)?;
    let (losses, probabilities) = (rows.range(header)?, rows.range(PROBABILITY)?);
    chart.add_series().set_categories(&losses).set_values(&probabilities).set_name(look.0).set_format(look.1);
    Some(())
}
