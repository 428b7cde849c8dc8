//! The answer on the terminal: one sentence, a short table, how sure we are, where the files are.

use std::cmp::Ordering;
use std::path::Path;

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

use crate::cli::wording::{amount, grouped, half_interval, percent, probability, significant, wrap};
use crate::model::system::System;
use crate::output::lenders::type_name;
use crate::output::manifest::{LIMITS, RunRecord};
use crate::statistics::{Estimate, LenderSummary, Settings, Summary};

/// Rows of the table of lenders, and obligors named below it.
const SHOWN: usize = 8;
/// Trials beyond a quantile that make its estimates trustworthy.
const ENOUGH_BEYOND: f64 = 100.0;
/// Columns of running text.
const WIDTH: usize = 100;

/// A finished run, as the report needs it.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) title: &'a str,
    pub(crate) system: &'a System,
    pub(crate) summary: &'a Summary,
    pub(crate) settings: &'a Settings,
    pub(crate) trials: &'a RunRecord,
    pub(crate) directory: &'a Path,
}

impl Report<'_> {
    /// The whole report; bold where the terminal can.
    pub(crate) fn render(&self) -> String {
        let answer = wrap(&self.answer(), WIDTH);
        let mut text = format!("{}\n\n\u{1b}[1m{answer}\u{1b}[0m\n\n{}\n", self.title, self.lenders());
        if let Some(obligors) = self.obligors() {
            text += &format!("\n{}\n", wrap(&obligors, WIDTH));
        }
        let limits = format!("Limits: {}.", LIMITS.join("; "));
        text += &format!("\n{}\n{}\n", wrap(&self.certainty(), WIDTH), wrap(&limits, WIDTH));
        text + &format!("Results: {}\n", self.directory.display())
    }

    /// The answer in one sentence.
    fn answer(&self) -> String {
        let loss = match self.summary.system.mean_loss_usd_bn {
            Some(loss) => loss_clause(loss),
            None => "the losses of the lenders are unknown".to_owned(),
        };
        format!("In {} quarters {loss}; {}.", self.system.quarters, self.failure_clause())
    }

    fn failure_clause(&self) -> String {
        let cascades = &self.summary.cascades;
        let Some(failure) = cascades.failure_probability else {
            return "how many fail is unknown".to_owned();
        };
        if failure.point == 0.0 {
            return format!("no lender fails in any of {} trials{}", grouped(failure.trials), below(failure));
        }
        let first = self.most_likely().first().map(|lender| self.system.lenders[*lender].name.as_str());
        let first = first.map_or(String::new(), |name| format!(", most often {name}"));
        let fails = format!("at least one lender fails in {} of trials{first}", percent(failure.point));
        match cascades.round_cascade_probability {
            Some(cascade) if cascade.point > 0.0 => {
                format!("{fails}, and in {} {}", percent(cascade.point), self.cascade_clause())
            }
            Some(cascade) => format!("{fails}, and in none {}{}", self.cascade_clause(), below(cascade)),
            None => fails,
        }
    }

    fn cascade_clause(&self) -> String {
        match self.settings.cascade_min {
            0..=2 => "a failure brings down another".to_owned(),
            least => format!("a failure brings down others, with {least} or more lenders failing in all"),
        }
    }

    /// Lenders by probability of failure, then by expected loss, then in scenario order.
    fn most_likely(&self) -> Vec<usize> {
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

    fn lenders(&self) -> Table {
        let mut table = plain_table();
        let level = self.settings.levels.first();
        let tail = level.map_or("ES".to_owned(), |level| format!("ES {}", percent(*level)));
        table.set_header(["lender", "type", "fails [95 %]", "mean loss, USD bn", &tail, "main cause"]);
        let order = self.most_likely();
        for lender in order.iter().take(SHOWN) {
            let (name, kind) = (&self.system.lenders[*lender].name, self.system.lenders[*lender].kind);
            let [fails, loss, tail, cause] = figures(&self.summary.lenders[*lender]);
            table.add_row([name.as_str(), type_name(kind), &fails, &loss, &tail, &cause]);
        }
        if order.len() > SHOWN {
            table.add_row([format!("and {} more", order.len() - SHOWN)]);
        }
        for column in [2, 3, 4] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    /// The obligors that default most; none if none does.
    fn obligors(&self) -> Option<String> {
        let defaults = self.summary.obligors.iter().zip(&self.system.obligors);
        let mut defaults: Vec<_> = defaults
            .filter_map(|(summary, obligor)| Some((summary.default_probability?.point, obligor)))
            .filter(|(share, _)| *share > 0.0)
            .collect();
        defaults.sort_by(|a, b| descending(a.0, b.0).then(a.1.place.cmp(&b.1.place)));
        let named: Vec<_> =
            defaults.iter().take(SHOWN).map(|(share, obligor)| format!("{} {}", obligor.name, percent(*share))).collect();
        (!named.is_empty()).then(|| format!("Obligors that default most: {}.", named.join(", ")))
    }

    /// How sure the numbers are.
    fn certainty(&self) -> String {
        let (done, asked) = (self.trials.trials_done, self.trials.trials_asked);
        let trials = if self.trials.partial {
            format!("INTERRUPTED after {} of {} trials: partial results.", grouped(done), grouped(asked))
        } else {
            format!("{} trials, seed {}.", grouped(done), self.trials.seed)
        };
        let interval = "± and [ ] are 95 % intervals of the sampling error, which is not the error of the model.";
        match self.thin_level() {
            None => format!("{trials} {interval}"),
            Some(level) => {
                let needed = (ENOUGH_BEYOND / (1.0 - level)).round() as u64;
                let (quantile, needed) = (percent(level), grouped(needed));
                let warning = format!("Fewer than 100 trials lie beyond the {quantile} quantile");
                format!("{trials} {interval} {warning}: its VaR and ES are rough below {needed} trials.")
            }
        }
    }

    /// The lowest level with too few trials beyond it.
    fn thin_level(&self) -> Option<f64> {
        let thin = self.summary.system.tails.iter().filter(|tail| tail.few_beyond).map(|tail| tail.level);
        thin.min_by(f64::total_cmp)
    }
}

fn loss_clause(loss: Estimate) -> String {
    let error = half_interval(loss).map_or(String::new(), |half| format!(" (± {})", significant(half, 2)));
    let size = significant(loss.point.abs(), 3);
    match loss.point.total_cmp(&0.0) {
        Ordering::Greater => format!("the lenders lose {size} USD bn on average{error}"),
        Ordering::Less => format!("the lenders gain {size} USD bn on average{error}"),
        Ordering::Equal => "the lenders lose nothing".to_owned(),
    }
}

/// How rare an event must be that was never seen.
fn below(estimate: Estimate) -> String {
    estimate.high.map_or(String::new(), |high| format!(" (probability below {}, with 95 % confidence)", percent(high)))
}

fn figures(lender: &LenderSummary) -> [String; 4] {
    let tail = lender.tails.first().map(|tail| tail.expected_shortfall_usd_bn.point);
    [
        lender.failure_probability.map_or(String::new(), probability),
        lender.expected_loss_usd_bn.map_or(String::new(), amount),
        tail.map_or(String::new(), |shortfall| significant(shortfall, 3)),
        lender.main_cause.map_or(String::new(), |cause| cause.name().replace('_', " ")),
    ]
}

fn descending(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

fn plain_table() -> Table {
    let mut table = Table::new();
    let style = TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .header_separator(LineStyle::none().fill('-').junction('-'))
        .content_lines(ContentLineStyle::none());
    table.load_style(style);
    table
}
