//! How probable losses above any size are.

use rust_xlsxwriter::{Chart, ChartAxisCrossing, ChartAxisLabelPosition, ChartFormat, ChartType, XlsxError};

use crate::output::csv::Table;
use crate::output::workbook::chart::{BLUE, ORANGE, Page, Rows, dashed, line};

/// Where the curves are.
pub(super) const TABLE: &str = "exceedance";
/// Column that tells the curves apart.
const LOSS_OF: &str = "loss_of";

/// The curve with its interval, and that of the twins.
pub(super) fn draw(tables: &[Table], page: &mut Page) -> Result<bool, XlsxError> {
    let Some(all) = Rows::of(tables, TABLE) else { return Ok(false) };
    let Some(system) = all.saying(LOSS_OF, "system") else { return Ok(false) };
    let mut chart = Chart::new(ChartType::ScatterStraight);
    add(&mut chart, &system, "loss_usd_bn", ("loss", &mut line(BLUE, 2.25)));
    if let Some(twin) = all.saying(LOSS_OF, "twin") {
        add(&mut chart, &twin, "loss_usd_bn", ("loss without contagion", &mut dashed(ORANGE, 1.5)));
    }
    for (end, name) in [("loss_usd_bn_ci_low", "95 % interval of the loss"), ("loss_usd_bn_ci_high", "")] {
        add(&mut chart, &system, end, (name, &mut dashed(BLUE, 0.75)));
    }
    chart.title().set_name("Probability that the lenders lose more than so much");
    chart.x_axis().set_name("Loss of all lenders but vendors, USD bn").set_num_format("#,##0.###");
    chart.x_axis().set_label_position(ChartAxisLabelPosition::Low).set_crossing(ChartAxisCrossing::Min);
    chart.y_axis().set_name("Share of trials that lose more (logarithmic)").set_num_format("General");
    chart.y_axis().set_log_base(10).set_max(1).set_crossing(ChartAxisCrossing::Min);
    page.place(
        &mut chart,
        "Curves that fall from left to right: the probability, on a logarithmic axis, of a loss above that of the horizontal axis.",
    )?;
    Ok(true)
}

/// A curve of the losses in a column, if there are any; without a name it has no place in the legend.
fn add(chart: &mut Chart, rows: &Rows, header: &str, look: (&str, &mut ChartFormat)) -> Option<()> {
    let rows = rows.numbers(header)?;
    let (losses, probabilities) = (rows.range(header)?, rows.range("exceedance_probability")?);
    let series = chart.add_series().set_categories(&losses).set_values(&probabilities).set_format(look.1);
    series.set_name(look.0).delete_from_legend(look.0.is_empty());
    Some(())
}
