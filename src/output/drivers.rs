//! `drivers.csv`: what the system loss moves with.

use crate::model::system::{Draw, System};
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, scenario_order};
use crate::statistics::{Estimate, PARTS, ParameterSummary, Summary, Warning};

/// For each uncertain parameter, in scenario order, its rank correlation, its range and the means behind that.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let headers = [
        "parameter",
        "measure",
        "sixteenth",
        "value_low",
        "value_high",
        "unit",
        "estimate",
        "std_error",
        "ci_low",
        "ci_high",
        "trials",
        "warning",
    ];
    let order = scenario_order(system.draws.iter().map(|draw| draw.order));
    let pairs = order.into_iter().filter_map(|draw| Some((&system.draws[draw], summary.parameters.get(draw)?)));
    Table {
        name: "drivers",
        headers: headers.map(str::to_owned).to_vec(),
        rows: pairs.flat_map(|(draw, parameter)| rows(draw, parameter, summary.trials)).collect(),
    }
}

fn rows(draw: &Draw, parameter: &ParameterSummary, trials: u64) -> Vec<Vec<Cell>> {
    let chance = parameter.range_by_chance_usd_bn;
    let chance = chance.map(|point| Estimate { point, std_error: None, low: None, high: None, trials });
    let whole = |measure, unit, estimate, warning| row(draw, (measure, None), unit, estimate, warning);
    let mut rows = vec![
        whole("rank_correlation", "ratio", parameter.rank_correlation, None),
        whole("range", "usd_bn", parameter.range_usd_bn, parameter.warning),
        whole("range_by_chance", "usd_bn", chance, None),
    ];
    rows.extend(parameter.mean_losses.iter().enumerate().map(|(part, mean)| {
        let warning = mean.and_then(|mean| Warning::of_events(mean.trials));
        row(draw, ("mean_loss", Some(part)), "usd_bn", *mean, warning)
    }));
    rows
}

fn row(
    draw: &Draw,
    (measure, part): (&str, Option<usize>),
    unit: &str,
    estimate: Option<Estimate>,
    warning: Option<Warning>,
) -> Vec<Cell> {
    let end = |end: usize| part.map(|part| draw.rounded(bound(draw, part + end)));
    let sixteenth = part.map(|part| part as u64 + 1);
    let mut row = vec![draw.path.as_str().into(), measure.into(), sixteenth.into(), end(0).into(), end(1).into()];
    row.push(unit.into());
    row.extend(estimate_cells(estimate));
    row.extend([estimate.map(|estimate| estimate.trials).into(), warning.map(Warning::name).into()]);
    row
}

/// The number below which so many sixteenths of a law lie; infinite where the law has no end.
fn bound(draw: &Draw, sixteenths: usize) -> f64 {
    let (low, high) = draw.law.support(draw.range);
    match sixteenths {
        0 => low,
        PARTS => high,
        _ => draw.law.quantile(sixteenths as f64 / PARTS as f64, draw.range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::grade::Drawn;
    use crate::output::fixture::{calm, summary, world};

    #[test]
    fn each_parameter_has_its_measures_in_the_order_of_the_scenario() {
        let outcomes: Vec<_> = (0..40_u32)
            .map(|trial| {
                let mut outcome = calm(f64::from(trial % 8));
                let grade = (f64::from(trial % 8) + 0.25) / 8.0;
                outcome.parameters = vec![Drawn { value: 0.0, grade: 0.3 }, Drawn { value: 0.0, grade }];
                outcome
            })
            .collect();
        let table = table(&world(), &summary(&outcomes));
        assert_eq!(table.rows.len(), 2 * (3 + PARTS));
        assert_eq!(table.rows[0][..3], ["second".into(), "rank_correlation".into(), Cell::Empty]);
        let Cell::Number(correlation) = table.rows[0][6] else { panic!("{:?}", table.rows[0]) };
        assert!((correlation - 1.0).abs() < 1e-9, "{correlation}");
        // Losses 0 and 7 in the first and the last sixteenth that have trials, five times each.
        assert_eq!(table.rows[1][6..10], [7.0.into(), Cell::Empty, 7.0.into(), 7.0.into()]);
        assert_eq!(table.rows[2][6], 0.0.into());
        // A uniform law from 1 to 3; no trial in the second sixteenth, few in the third, in which the loss is 1.
        assert_eq!(table.rows[4][2..7], [2_u64.into(), 1.125.into(), 1.25.into(), "usd_bn".into(), Cell::Empty]);
        assert_eq!(
            table.rows[5][6..],
            [1.0.into(), 0.0.into(), 1.0.into(), 1.0.into(), 5_u64.into(), "fewer than 30 events".into()]
        );
        assert_eq!((&table.rows[19][0], &table.rows[19][6]), (&"first".into(), &Cell::Empty));
    }
}
