//! What was measured, as people read it.

use comfy_table::{CellAlignment, Table};

use crate::cli::bench::Measured;
use crate::cli::report::{WIDTH, plain_table, trimmed};
use crate::cli::wording::{counted, grouped, percent, significant, wrap};
use crate::engine::benchmark::{Part, Spread, Timing};
use crate::model::observer::Step;

/// What stands where the platform cannot tell a figure.
const UNKNOWN: &str = "unknown";

impl Measured<'_> {
    /// Heading, settings, parts of a trial, memory.
    pub(super) fn tables(&self) -> String {
        let apart = "Parts are measured apart from the table above them, on one thread, by a clock that is read after \
                     each; a trial's twin is in the second pair of columns.";
        format!(
            "{}\n\n{}\n\n{}\n\n{}\n{}\n",
            self.heading(),
            self.timings(),
            self.parts(),
            wrap(apart, WIDTH),
            self.memory()
        )
    }

    fn heading(&self) -> String {
        let system = &self.scenario.system;
        let world = [
            (system.obligors.len(), "obligor", "obligors"),
            (system.lenders.len(), "lender", "lenders"),
            (system.facilities.len(), "facility", "facilities"),
            (system.contracts.len(), "contract", "contracts"),
            (system.claims.len(), "claim", "claims"),
            (system.quarters, "quarter", "quarters"),
        ];
        let world = world.map(|(count, one, many)| counted(count as u64, one, many));
        let processors = self.processors.map_or(UNKNOWN.to_owned(), |count| count.to_string());
        let how = format!(
            "{} trials a measurement, medians of {} [smallest, largest]; processors: {processors}",
            grouped(self.settings.trials),
            self.settings.repeats
        );
        format!("{}\n{}\n{}", self.scenario.title, wrap(&world.join(", "), WIDTH), wrap(&how, WIDTH))
    }

    fn timings(&self) -> String {
        let mut table = plain_table();
        table.set_header([
            "threads",
            "twin",
            "trials a second",
            "CPU us a trial",
            "CPU ns an obligor-quarter",
            "speed-up",
            "CPU / 1 thread",
        ]);
        self.benchmark.timings.iter().for_each(|timing| {
            table.add_row(self.row(timing));
        });
        to_the_right(table, 2..=6)
    }

    fn row(&self, timing: &Timing) -> [String; 7] {
        let ratio = |own: Option<f64>| own.map_or(String::new(), |own| significant(own, 3));
        [
            timing.threads.to_string(),
            if timing.twin { "on" } else { "off" }.to_owned(),
            spread(Some(timing.trials_per_second())),
            spread(timing.cpu_seconds.map(|own| own.times(1e6))),
            timing
                .cpu_ns_per_obligor_quarter(&self.scenario.system)
                .map_or(UNKNOWN.to_owned(), |own| figure(own.median)),
            ratio(self.benchmark.speed_up(timing)),
            ratio(self.benchmark.cpu_ratio(timing)),
        ]
    }

    fn parts(&self) -> String {
        let mut table = plain_table();
        table.set_header(["part of a trial", "twin off", "us a trial", "twin on", "us a trial"]);
        let [off, on] = self.benchmark.parts.each_ref().map(|own| (own.shares(), own.seconds));
        for (place, part) in Part::ALL.into_iter().enumerate() {
            let [off, on] =
                [off, on].map(|(shares, seconds)| (percent(shares[place]), significant(1e6 * seconds[place], 3)));
            table.add_row([meaning(part).to_owned(), off.0, off.1, on.0, on.1]);
        }
        let all = |seconds: [f64; Part::ALL.len()]| significant(1e6 * seconds.iter().sum::<f64>(), 3);
        table.add_row(["all".to_owned(), String::new(), all(off.1), String::new(), all(on.1)]);
        to_the_right(table, 1..=4)
    }

    fn memory(&self) -> String {
        let peak = self.benchmark.peak_memory;
        let peak = peak.map_or(UNKNOWN.to_owned(), |bytes| format!("{} MB", significant(bytes as f64 / 1e6, 3)));
        format!("Peak memory of this command: {peak}")
    }
}

/// `2,980 [2,900, 3,010]`, or that it is unknown.
fn spread(own: Option<Spread>) -> String {
    own.map_or(UNKNOWN.to_owned(), |own| {
        let [median, min, max] = [own.median, own.min, own.max].map(figure);
        format!("{median} [{min}, {max}]")
    })
}

/// Three digits, or all before the point.
fn figure(number: f64) -> String {
    if number >= 1_000.0 { grouped(number.round() as u64) } else { significant(number, 3) }
}

fn to_the_right(mut table: Table, columns: std::ops::RangeInclusive<usize>) -> String {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    trimmed(table)
}

/// What a part does.
fn meaning(part: Part) -> &'static str {
    match part {
        Part::Beginning => "draws, opening balances",
        Part::Quarters => "opening and closing quarters",
        Part::Step(Step::Drivers) => "1 drivers and markets",
        Part::Step(Step::Receipts) => "2 receipts",
        Part::Step(Step::Covenants) => "3 covenants",
        Part::Step(Step::Dues) => "4 dues and refinancing",
        Part::Step(Step::Payments) => "5 payments",
        Part::Step(Step::Resolution) => "6 resolution of defaults",
        Part::Step(Step::Profit) => "7 profit of lenders",
        Part::Step(Step::Liquidity) => "8 liquidity of lenders",
        Part::Step(Step::Failures) => "9 and 10 failures, clearing",
        Part::Recording => "statistics",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_or_more() {
        let own = Spread { median: 2_980.4, min: 999.6, max: 12.345 };
        assert_eq!(spread(Some(own)), "2,980 [1000, 12.3]");
        assert_eq!(spread(None), "unknown");
    }
}
