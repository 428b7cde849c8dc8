//! The answer on the terminal: one sentence, a short table, how sure we are, where the files are.

use std::cmp::Ordering;
use std::path::Path;

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

use crate::cli::sequential;
use crate::cli::wording::{amount, counted, grouped, level, percent, probability, significant, wrap};
use crate::model::audit::{Residual, TOLERANCE};
use crate::model::system::{Lender, LenderType, System};
use crate::output::lenders::type_name;
use crate::output::manifest::{LIMITS, RunRecord};
use crate::statistics::{Estimate, LenderSummary, Settings, Summary};

/// Rows of the table of lenders, and obligors named below it.
const SHOWN: usize = 8;
/// Trials beyond a quantile that make its estimates trustworthy.
const ENOUGH_BEYOND: f64 = 100.0;
/// How the table marks a type whose losses are no part of the system's.
const UNCOUNTED: &str = "vendor *";
/// Columns of running text.
pub(super) const WIDTH: usize = 100;

/// A finished run, as the report needs it.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) title: &'a str,
    pub(crate) system: &'a System,
    pub(crate) summary: &'a Summary,
    pub(crate) questions: &'a Settings,
    pub(crate) trials: &'a RunRecord,
    /// What the checks found, if any were asked for.
    pub(crate) residuals: Option<&'a [Residual]>,
    pub(crate) directory: &'a Path,
    /// What tells one of its trials, but for the number.
    pub(crate) trace: &'a str,
    /// Keys of the scenario that the command set otherwise.
    pub(crate) sets: &'a [String],
}

impl Report<'_> {
    /// The whole report; bold where the terminal can.
    pub(crate) fn render(&self) -> String {
        let answer = wrap(&self.answer(), WIDTH);
        let mut text = format!("{}\n\n\u{1b}[1m{answer}\u{1b}[0m\n\n{}\n", self.title, self.lenders());
        let paragraphs = [self.twin(), self.importance(), self.obligors(), self.drivers(), self.reverse()];
        for paragraph in paragraphs.into_iter().flatten() {
            text += &format!("\n{}\n", wrap(&paragraph, WIDTH));
        }
        let limits = format!("Limits: {}.", LIMITS.join("; "));
        if let Some(residuals) = self.residuals {
            text += &format!("\n{}\n", self.invariants(residuals));
        }
        let basis = self.overrides() + &self.certainty();
        text += &format!("\n{}\n{}\n", wrap(&basis, WIDTH), wrap(&limits, WIDTH));
        text + &format!("Results: {}\n", self.directory.display())
    }

    /// The report of one of several scenarios: its name, its answer and where the rest is.
    pub(crate) fn short(&self, name: &str) -> String {
        let answer = wrap(&self.answer(), WIDTH);
        format!("{name}: {}\n\u{1b}[1m{answer}\u{1b}[0m\nResults: {}\n", self.title, self.directory.display())
    }

    /// How sure the differences from this run are.
    pub(crate) fn certainty_of_differences(&self) -> String {
        let trials = counted(self.trials.trials_done, "trial", "trials");
        let text = format!(
            "{}{trials} of each, all on seed {}: the same draws strike every scenario, so that most of the sampling \
             error cancels. ± is a 95 % interval; of twenty measures that do not differ one may still be told apart.",
            self.overrides(),
            self.trials.seed
        );
        wrap(&text, WIDTH)
    }

    /// Lenders by probability of failure, then by expected loss, then in scenario order.
    pub(super) fn most_likely(&self) -> Vec<usize> {
        let point = |estimate: Option<Estimate>| estimate.map_or(0.0, |estimate| estimate.point);
        let lender = |lender: usize| &self.summary.lenders[lender];
        let mut order: Vec<usize> = (0..self.summary.lenders.len()).collect();
        order.sort_by(|a, b| {
            let failure = |index| point(lender(index).failure_probability);
            let loss = |index| point(lender(index).expected_loss_usd_bn);
            let place = |index: usize| self.system.lenders[index].place;
            descending(failure(*a), failure(*b)).then(descending(loss(*a), loss(*b))).then(place(*a).cmp(&place(*b)))
        });
        order
    }

    fn lenders(&self) -> String {
        let mut table = plain_table();
        let tail = self.questions.levels.first();
        let tail = tail.map_or("ES".to_owned(), |first| format!("ES {}, USD bn", level(*first)));
        table.set_header(["lender", "type", "fails [95 %]", "by contagion", "mean loss, USD bn", &tail, "main cause"]);
        let order = self.most_likely();
        for lender in order.iter().take(SHOWN) {
            let Lender { name, kind, .. } = &self.system.lenders[*lender];
            let [fails, contagion, loss, tail, cause] = figures(&self.summary.lenders[*lender]);
            let kind = if *kind == LenderType::Vendor { UNCOUNTED } else { type_name(*kind) };
            table.add_row([name.as_str(), kind, &fails, &contagion, &loss, &tail, &cause]);
        }
        if order.len() > SHOWN {
            table.add_row([format!("and {} more", order.len() - SHOWN)]);
        }
        for column in [2, 3, 4, 5] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let shown = &order[..order.len().min(SHOWN)];
        let uncounted = shown.iter().any(|lender| self.system.lenders[*lender].kind == LenderType::Vendor);
        let note = if uncounted { "\n* not counted in the loss above" } else { "" };
        trimmed(table) + note
    }

    /// The obligors that default most; none if none does.
    fn obligors(&self) -> Option<String> {
        let defaults = self.summary.obligors.iter().zip(&self.system.obligors);
        let mut defaults: Vec<_> = defaults
            .filter_map(|(summary, obligor)| Some((summary.default_probability?.point, obligor)))
            .filter(|(share, _)| *share > 0.0)
            .collect();
        defaults.sort_by(|a, b| descending(a.0, b.0).then(a.1.place.cmp(&b.1.place)));
        let named: Vec<_> = defaults
            .iter()
            .take(SHOWN)
            .map(|(share, obligor)| format!("{} {}", obligor.name, percent(*share)))
            .collect();
        (!named.is_empty()).then(|| format!("Obligors that default most: {}.", named.join(", ")))
    }

    /// The checks, all of which held: a broken one ends the run.
    fn invariants(&self, residuals: &[Residual]) -> String {
        let mut table = plain_table();
        let tolerance = format!("largest residual (at most {TOLERANCE:e})");
        table.set_header(["invariant", tolerance.as_str(), "trial", "quarter", "checks"]);
        for own in residuals {
            let largest = if own.largest == 0.0 { "0".to_owned() } else { format!("{:.1e}", own.largest) };
            let (trial, quarter) = (own.trial.to_string(), own.quarter.to_string());
            table.add_row([own.name, &largest, &trial, &quarter, &grouped(own.checks)]);
        }
        for column in [1, 2, 3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        trimmed(table)
    }

    /// What the file of the scenario says otherwise.
    fn overrides(&self) -> String {
        if self.sets.is_empty() {
            return String::new();
        }
        format!("Set by the command: {}. ", self.sets.join(", "))
    }

    /// How sure the numbers are.
    fn certainty(&self) -> String {
        let (done, asked) = (self.trials.trials_done, self.trials.trials_asked);
        let trials = if self.trials.partial {
            format!("INTERRUPTED after {} of {} trials: partial results.", grouped(done), grouped(asked))
        } else {
            format!("{}, seed {}.", counted(done, "trial", "trials"), self.trials.seed)
        };
        let rule = self.trials.sequential.as_ref();
        let trials = rule.map_or(trials.clone(), |rule| format!("{trials} {}", sequential::verdict(rule, self.trials)));
        let interval = "± and [ ] are 95 % intervals of the sampling error, which is not the error of the model.";
        match self.thin_level() {
            None => format!("{trials} {interval}"),
            Some(thin) => {
                let needed = (ENOUGH_BEYOND / (1.0 - thin)).round() as u64;
                let (quantile, needed) = (level(thin), grouped(needed));
                let warning = format!("Fewer than 100 trials lie beyond the {quantile} quantile");
                format!("{trials} {interval} {warning}: its VaR and ES are rough below {needed} trials.")
            }
        }
    }

    /// The lowest level with too few trials beyond it.
    fn thin_level(&self) -> Option<f64> {
        let thin = self.summary.system.tails.iter().filter(|tail| tail.warning.is_some()).map(|tail| tail.level);
        thin.min_by(f64::total_cmp)
    }
}

fn figures(lender: &LenderSummary) -> [String; 5] {
    let tail = lender.tails.first().map(|tail| tail.expected_shortfall_usd_bn.point);
    [
        lender.failure_probability.map_or(String::new(), probability),
        lender.contagion_failure_probability.map_or(String::new(), |share| percent(share.point)),
        lender.expected_loss_usd_bn.map_or(String::new(), amount),
        tail.map_or(String::new(), |shortfall| significant(shortfall, 3)),
        lender.main_cause.map_or(String::new(), |cause| cause.name().replace('_', " ")),
    ]
}

fn descending(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

/// A table of columns apart by blanks, with a line below its header.
pub(crate) fn plain_table() -> Table {
    let mut table = Table::new();
    let style = TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .header_separator(LineStyle::none().fill('-').junction('-'))
        .content_lines(ContentLineStyle::none());
    table.load_style(style);
    table
}

/// The table as text without blanks at either side.
pub(crate) fn trimmed(mut table: Table) -> String {
    if let Some(first) = table.column_mut(0) {
        first.set_padding((0, 1));
    }
    table.trim_fmt()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::outcome::Outcome;
    use crate::output::fixture::{calm, cascade, forced_summary, paired_summary, questions, summary, world};
    use crate::output::manifest::GENERATOR;

    #[test]
    fn a_vendor_is_told_apart_from_those_who_count() {
        let outcomes = [calm(1.0), cascade()];
        let (summary, questions) = (summary(&outcomes), questions());
        let text = |system: &System| with_system(system, &summary, &questions, 2, |report| report.render());
        let (mut with_vendor, without) = (world(), text(&world()));
        with_vendor.lenders[0].kind = LenderType::Vendor;
        let with_vendor = text(&with_vendor);
        assert!(with_vendor.contains("In 20 quarters the lenders other than vendors lose 3.00"), "{with_vendor}");
        assert!(with_vendor.contains("vendor *") && with_vendor.contains("\n* not counted in the loss above\n"));
        assert!(without.contains("In 20 quarters the lenders lose 3.00") && !without.contains('*'), "{without}");
    }

    pub(in crate::cli) fn with_report<T>(
        outcomes: &[Outcome],
        questions: &Settings,
        asked: u64,
        look: impl Fn(&Report) -> T,
    ) -> T {
        with_summary(&summary(outcomes), questions, asked, look)
    }

    pub(in crate::cli) fn with_pairs<T>(
        pairs: &[(Outcome, Outcome)],
        questions: &Settings,
        look: impl Fn(&Report) -> T,
    ) -> T {
        with_summary(&paired_summary(pairs), questions, 0, look)
    }

    pub(in crate::cli) fn with_forced<T>(trials: &[(Outcome, [Outcome; 2])], look: impl Fn(&Report) -> T) -> T {
        with_summary(&forced_summary(trials), &questions(), 0, look)
    }

    fn with_summary<T>(summary: &Summary, questions: &Settings, asked: u64, look: impl Fn(&Report) -> T) -> T {
        with_system(&world(), summary, questions, asked, look)
    }

    fn with_system<T>(
        system: &System,
        summary: &Summary,
        questions: &Settings,
        asked: u64,
        look: impl Fn(&Report) -> T,
    ) -> T {
        let trials_done = summary.trials;
        let partial = trials_done < asked;
        let trials =
            RunRecord { seed: 7, generator: GENERATOR, trials_asked: asked, trials_done, partial, sequential: None };
        let directory = Path::new("results/pair");
        let (title, residuals, trace) = ("A pair", None, "knockon trace pair.toml");
        let sets = &["bank.alpha.cash=3".to_owned()];
        look(&Report { title, system, summary, questions, trials: &trials, residuals, directory, trace, sets })
    }

    #[test]
    fn the_report_carries_table_certainty_limits_and_place() {
        let outcomes = [vec![calm(0.5); 90], vec![cascade(); 10]].concat();
        let text = with_report(&outcomes, &questions(), 100, |report| report.render());
        let zeta = text.lines().find(|line| line.starts_with("zeta ")).expect("zeta has a row");
        assert_eq!(
            zeta.split_whitespace().collect::<Vec<_>>().join(" "),
            "zeta bank 10.0 % [5.5, 17] 0.950 (± 0.27) 5.00 credit"
        );
        assert!(text.find("zeta ") < text.find("alpha "), "the first by place, both fail alike\n{text}");
        assert!(text.contains("Obligors that default most: second 10.0 %."));
        assert!(text.contains("\nSet by the command: bank.alpha.cash=3. 100 trials, seed 7."), "{text}");
        assert!(text.contains("VaR and ES are rough below 2,000"), "{text}");
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains("not forecasts"));
        assert!(text.ends_with("Results: results/pair\n"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 8), "{text}");
    }

    #[test]
    fn partial_results_are_called_so() {
        let text = with_report(&[calm(1.0), calm(2.0)], &questions(), 5_000, |report| report.render());
        assert!(text.contains("INTERRUPTED after 2 of 5,000 trials: partial results."), "{text}");
    }
}
