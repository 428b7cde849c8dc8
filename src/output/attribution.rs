//! `attribution.csv`: what the loss of the system is made of, part by part.

use crate::model::outcome::Channel;
use crate::model::system::{LenderType, System};
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::{Attribution, LossCause, Part, Parts, Summary};

/// One way to part the loss.
struct Dimension<'a> {
    name: &'static str,
    /// Names of the parts that count and their places, in the order of results.
    names: Vec<(&'a str, usize)>,
    parts: fn(&Parts<Part>) -> &[Part],
}

/// By lender, channel, obligor and cause, measure by measure, the parts that add up to that measure of the loss.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let mut headers = ["dimension", "measure", "name"].map(str::to_owned).to_vec();
    headers.extend(estimate_headers("loss_usd_bn"));
    headers.extend(["share", "trials", "warning"].map(str::to_owned));
    let mut rows = Vec::new();
    for dimension in dimensions(system) {
        let measures = summary.attribution.iter();
        rows.extend(measures.flat_map(|attribution| measure(&dimension, attribution, summary.trials)));
    }
    Table { name: "attribution", headers, rows }
}

fn dimensions(system: &System) -> [Dimension<'_>; 4] {
    let lenders = scenario_order(system.lenders.iter().map(|lender| lender.place)).into_iter();
    let lenders = lenders.filter(|lender| system.lenders[*lender].kind != LenderType::Vendor);
    let channels = Channel::ALL.into_iter().enumerate().filter(|(_, channel)| !channel.intra_system());
    let obligors = scenario_order(system.obligors.iter().map(|obligor| obligor.place)).into_iter();
    let obligors = obligors.map(|obligor| (system.obligors[obligor].name.as_str(), obligor));
    let causes = LossCause::ALL.into_iter().enumerate();
    [
        Dimension {
            name: "lender",
            names: lenders.map(|lender| (system.lenders[lender].name.as_str(), lender)).collect(),
            parts: |parts| &parts.lenders,
        },
        Dimension {
            name: "channel",
            names: channels.map(|(place, channel)| (channel.name(), place)).collect(),
            parts: |parts| &parts.channels,
        },
        Dimension {
            name: "obligor",
            names: obligors.chain([(LossCause::None.name(), system.obligors.len())]).collect(),
            parts: |parts| &parts.obligors,
        },
        Dimension {
            name: "cause",
            names: causes.map(|(place, cause)| (cause.name(), place)).collect(),
            parts: |parts| &parts.causes,
        },
    ]
}

fn measure(dimension: &Dimension, attribution: &Attribution, trials: u64) -> Vec<Vec<Cell>> {
    let row = |(name, place): &(&str, usize)| {
        let part = (dimension.parts)(&attribution.parts)[*place];
        let mut row = vec![dimension.name.into(), Cell::Text(attribution.measure()), (*name).into()];
        row.extend(estimate_cells(part.loss_usd_bn));
        row.extend([part.share.into(), trials.into(), attribution.warning.map(|warning| warning.name()).into()]);
        row
    };
    dimension.names.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fixture::{calm, failure, summary, world};

    /// The rows of one dimension and measure: name, loss, share.
    fn rows(table: &Table, dimension: &str, measure: &str) -> Vec<[Cell; 3]> {
        let (dimension, measure) = (Cell::from(dimension), Cell::from(measure));
        let rows = table.rows.iter().filter(|row| row[0] == dimension && row[1] == measure);
        rows.map(|row| [row[2].clone(), row[3].clone(), row[7].clone()]).collect()
    }

    fn cells(names: &[(&str, f64, f64)]) -> Vec<[Cell; 3]> {
        names.iter().map(|(name, loss, share)| [(*name).into(), (*loss).into(), (*share).into()]).collect()
    }

    #[test]
    fn parts_stand_in_the_order_of_the_scenario_and_add_up() {
        // Zeta loses 5 to a default of `second`, or 1 that comes from nobody.
        let table = table(&world(), &summary(&[failure(), calm(1.0)]));
        let lenders = |loss| cells(&[("zeta", loss, 1.0), ("alpha", 0.0, 0.0)]);
        assert_eq!(rows(&table, "lender", "mean"), lenders(3.0));
        assert_eq!(rows(&table, "lender", "es_0.95"), lenders(5.0));
        let mean = cells(&[("second", 2.5, 2.5 / 3.0), ("first", 0.0, 0.0), ("none", 0.5, 0.5 / 3.0)]);
        assert_eq!(rows(&table, "obligor", "mean"), mean);
        let tail = cells(&[("second", 5.0, 1.0), ("first", 0.0, 0.0), ("none", 0.0, 0.0)]);
        assert_eq!(rows(&table, "obligor", "es_0.999"), tail);
        let causes = rows(&table, "cause", "mean");
        assert_eq!((causes.len(), &causes[3]), (9, &cells(&[("maturity", 2.5, 2.5 / 3.0)])[0]));
        assert_eq!(rows(&table, "channel", "mean").len(), 9);
        assert!(table.rows.iter().all(|row| (row[9] == Cell::Empty) == (row[1] == "mean".into())));
    }

    #[test]
    fn a_vendor_is_no_part() {
        let mut world = world();
        world.lenders[0].kind = LenderType::Vendor;
        let table = table(&world, &summary(&[failure()]));
        assert_eq!(rows(&table, "lender", "mean"), cells(&[("zeta", 5.0, 1.0)]));
    }
}
