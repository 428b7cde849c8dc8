//! `quarters.csv`: fans of series along the quarters.

use crate::model::path::Series;
use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers};
use crate::statistics::{FAN_LEVELS, Fan, Summary};

/// Series by series, one row a quarter.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let mut headers = ["series", "entity", "unit", "quarter"].map(str::to_owned).to_vec();
    headers.extend(estimate_headers("mean"));
    headers.extend(FAN_LEVELS.iter().flat_map(|level| estimate_headers(&format!("quantile_{level}"))));
    headers.extend(["trials", "warning"].map(str::to_owned));
    Table { name: "quarters", headers, rows: summary.fans.iter().map(|fan| row(system, fan)).collect() }
}

fn row(system: &System, fan: &Fan) -> Vec<Cell> {
    let series = fan.series;
    let mut row = vec![series.name().into(), entity(system, series).into(), series.unit().into()];
    row.push((fan.quarter as u64).into());
    row.extend(estimate_cells(fan.mean));
    row.extend(fan.quantiles.into_iter().flat_map(estimate_cells));
    row.push(fan.trials.into());
    row.push(fan.warning.map(|warning| warning.name()).into());
    row
}

/// Name of the lender or region that a series belongs to.
fn entity(system: &System, series: Series) -> Option<&str> {
    match series {
        Series::CapitalRatio(lender) => Some(&system.lenders[lender].name),
        Series::Utilisation(region) | Series::Rent(region) | Series::GpuValue(region) => {
            Some(&system.regions[region].name)
        }
        Series::SystemLoss
        | Series::FailedLenders
        | Series::DefaultedObligors
        | Series::EquityIndex
        | Series::Confidence => None,
    }
}
