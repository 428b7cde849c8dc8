//! What the losses move with, and where the event of reverse stress is to be looked at: a sentence each.

use crate::cli::answer::below;
use crate::cli::report::Report;
use crate::cli::wording::{grouped, probability, significant};
use crate::model::event::Event;
use crate::statistics::Estimate;

/// Parameters named.
const NAMED: usize = 3;

impl Report<'_> {
    /// The parameters with the largest rank correlations that are told apart from 0; none where none is.
    pub(super) fn drivers(&self) -> Option<String> {
        let correlations = self.system.draws.iter().zip(&self.summary.parameters);
        let mut known: Vec<_> = correlations
            .filter_map(|(draw, parameter)| Some((draw, parameter.rank_correlation.filter(told_apart)?)))
            .collect();
        known.sort_by(|(draw, a), (other, b)| {
            b.point.abs().total_cmp(&a.point.abs()).then(draw.order.cmp(&other.order))
        });
        let named: Vec<_> = known
            .iter()
            .take(NAMED)
            .map(|(draw, correlation)| format!("{} {}", draw.path, significant(correlation.point, 2)))
            .collect();
        (!named.is_empty())
            .then(|| format!("Parameters that the loss moves with most (rank correlation): {}.", named.join(", ")))
    }

    /// How likely the event is, and the trial that needs the least for it.
    pub(super) fn reverse(&self) -> Option<String> {
        let reverse = &self.summary.reverse;
        let frequency = reverse.probability?;
        let event = match reverse.event {
            Event::Failures(1) => "at least one lender fails".to_owned(),
            Event::Failures(least) => format!("at least {least} lenders fail"),
            Event::Loss(least) => format!("the lenders lose at least {least} USD bn"),
        };
        let Some(least) = reverse.least_extreme else {
            let trials = grouped(frequency.trials);
            return Some(format!("Reverse stress: {event} in none of {trials} trials{}.", below(frequency)));
        };
        let (share, trial) = (probability(frequency), least.trial);
        Some(format!(
            "Reverse stress: {event} in {share} of trials; least extreme in its factors is trial {trial}, told by \
             `knockon trace --trial {trial}`."
        ))
    }
}

/// Whether the interval has one sign.
fn told_apart(correlation: &Estimate) -> bool {
    correlation.low.zip(correlation.high).is_some_and(|(low, high)| low > 0.0 || high < 0.0)
}
