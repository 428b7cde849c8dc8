//! `reverse.csv`: what leads to the event of `[run] event`.

use crate::model::system::System;
use crate::output::csv::{Cell, Table};
use crate::output::{estimate_cells, estimate_headers, scenario_order};
use crate::statistics::{DriverShift, Estimate, ReverseSummary, Summary};

/// The event, the trial that needs the least for it, and factors, jumps and parameters given the event.
#[must_use]
pub fn table(system: &System, summary: &Summary) -> Table {
    let rows = Rows { summary: &summary.reverse, trials: summary.trials };
    let all = [rows.event(), rows.factors(system), rows.jumps(system), rows.parameters(system)];
    Table { name: "reverse", headers: headers(), rows: all.concat() }
}

fn headers() -> Vec<String> {
    let mut headers = ["kind", "name", "quarter"].map(str::to_owned).to_vec();
    headers.extend(estimate_headers("mean_given_event"));
    headers.extend(estimate_headers("mean"));
    headers.extend(estimate_headers("difference"));
    headers.extend(["standardised_difference", "least_extreme", "events", "trials", "warning"].map(str::to_owned));
    headers
}

struct Rows<'a> {
    summary: &'a ReverseSummary,
    trials: u64,
}

impl Rows<'_> {
    /// Its probability, the least extreme trial and how extreme that is.
    fn event(&self) -> Vec<Vec<Cell>> {
        let least = self.summary.least_extreme;
        let event = self.summary.event.to_string();
        vec![
            self.row(("event", &event, None), [None, self.summary.probability, None], [Cell::Empty, Cell::Empty]),
            self.row(("event", "trial", None), [None; 3], [Cell::Empty, least.map(|least| least.trial).into()]),
            self.row(
                ("event", "squared_factors", None),
                [None; 3],
                [Cell::Empty, least.map(|least| least.squared_factors).into()],
            ),
        ]
    }

    fn factors(&self, system: &System) -> Vec<Vec<Cell>> {
        let row = |((factor, before), shift): ((usize, usize), &DriverShift)| {
            self.shift(("factor", &system.drivers.names[factor], Some(before + 1)), shift)
        };
        self.summary.factors.indexed_iter().map(row).collect()
    }

    fn jumps(&self, system: &System) -> Vec<Vec<Cell>> {
        let order = scenario_order(system.jumps.iter().map(|jump| jump.place));
        let shifts = order.into_iter().filter_map(|jump| Some((&system.jumps[jump], self.summary.jumps.get(jump)?)));
        shifts.map(|(jump, shift)| self.shift(("jump", &jump.name, None), shift)).collect()
    }

    fn parameters(&self, system: &System) -> Vec<Vec<Cell>> {
        let order = scenario_order(system.draws.iter().map(|draw| draw.order));
        let shifts =
            order.into_iter().filter_map(|draw| Some((&system.draws[draw], self.summary.parameters.get(draw)?)));
        shifts.map(|(draw, shift)| self.shift(("parameter", &draw.path, None), shift)).collect()
    }

    fn shift(&self, key: (&str, &str, Option<usize>), shift: &DriverShift) -> Vec<Cell> {
        let estimates = [shift.given_event, shift.mean, shift.difference];
        self.row(key, estimates, [shift.standardised_difference.into(), shift.least_extreme.into()])
    }

    fn row(
        &self,
        (kind, name, quarter): (&str, &str, Option<usize>),
        estimates: [Option<Estimate>; 3],
        rest: [Cell; 2],
    ) -> Vec<Cell> {
        let mut row = vec![kind.into(), name.into(), quarter.map(|quarter| quarter as u64).into()];
        row.extend(estimates.into_iter().flat_map(estimate_cells));
        row.extend(rest);
        let warning = self.summary.warning.map(|warning| warning.name());
        row.extend([self.summary.events.into(), self.trials.into(), warning.into()]);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::grade::Drawn;
    use crate::output::fixture::{calm, failure, summary, world};

    fn find<'a>(table: &'a Table, kind: &str, name: &str, quarter: Option<u64>) -> &'a [Cell] {
        let key = [kind.into(), name.into(), quarter.into()];
        table.rows.iter().find(|row| row[..3] == key).expect("the row exists")
    }

    #[test]
    fn the_event_its_trial_and_the_drivers_have_their_rows() {
        let mut event = failure();
        event.factors[(1, 4)] = -1.5;
        event.jumps[0] = 2;
        event.parameters[1] = Drawn { value: 2.5, grade: 0.75 };
        let table = table(&world(), &summary(&[calm(0.0), event, calm(1.0), calm(0.0)]));
        let [given, mean, difference, least, events] = [3, 7, 11, 16, 17];
        assert_eq!(table.rows.len(), 3 + 5 * 20 + 2 + 2);
        assert_eq!(find(&table, "event", "N>=1", None)[mean], 0.25.into());
        assert_eq!(find(&table, "event", "trial", None)[least], 1_u64.into());
        assert_eq!(find(&table, "event", "squared_factors", None)[least], 2.25.into());
        let factor = find(&table, "factor", "residual", Some(5));
        assert_eq!(
            [given, mean, difference, least].map(|at| factor[at].clone()),
            [-1.5, -0.375, -1.125, -1.5].map(Cell::from)
        );
        assert_eq!(find(&table, "jump", "first", None)[given], 2.0.into());
        assert_eq!(find(&table, "parameter", "second", None)[least], 2.5.into());
        assert_eq!(
            table.rows[103..].iter().map(|row| row[1].clone()).collect::<Vec<_>>(),
            ["second", "first"].repeat(2).into_iter().map(Cell::from).collect::<Vec<_>>()
        );
        assert!(
            table.rows.iter().all(|row| row[events..] == [1_u64.into(), 4_u64.into(), "fewer than 30 events".into()])
        );
    }

    #[test]
    fn without_an_event_its_cells_are_empty() {
        let table = table(&world(), &summary(&[calm(0.0), calm(1.0)]));
        let factor = find(&table, "factor", "demand", Some(20));
        assert!(factor[3..7].iter().chain(&factor[11..17]).all(|cell| *cell == Cell::Empty), "{factor:?}");
        assert_eq!((&factor[7], &factor[17]), (&0.0.into(), &0_u64.into()));
        assert_eq!(find(&table, "event", "trial", None)[16], Cell::Empty);
    }
}
