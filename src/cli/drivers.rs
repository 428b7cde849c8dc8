//! What the losses move with, and where the event of reverse stress is to be looked at: a sentence each.

use crate::cli::answer::below;
use crate::cli::report::Report;
use crate::cli::wording::{counted, probability, significant};
use crate::model::event::Event;
use crate::statistics::Estimate;

/// Parameters named.
const NAMED: usize = 3;
/// Standard errors from 0 that get a parameter named: of a hundred that do nothing, one is named in one run of twenty.
const FAR: f64 = 3.5;

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
            let trials = counted(frequency.trials, "trial", "trials");
            return Some(format!("Reverse stress: {event} in none of {trials}{}.", below(frequency)));
        };
        let (share, trial) = (probability(frequency), least.trial);
        // One word to whoever wraps it, so that it can be copied.
        let command = format!("{} --trial {trial}", self.trace).replace(' ', "\u{a0}");
        Some(format!(
            "Reverse stress: {event} in {share} of trials; least extreme in its factors is trial {trial}, told by \
             `{command}`."
        ))
    }
}

/// Whether a correlation is further from 0 than the largest of many by chance.
fn told_apart(correlation: &Estimate) -> bool {
    correlation.std_error.is_some_and(|error| correlation.point.abs() > FAR * error)
}

#[cfg(test)]
mod tests {
    use crate::cli::report::tests::with_report;
    use crate::model::grade::Drawn;
    use crate::model::outcome::Outcome;
    use crate::output::fixture::{calm, failure, questions};

    #[test]
    fn the_event_is_named_with_the_trial_to_look_at() {
        let reverse = |outcomes: &[Outcome]| with_report(outcomes, &questions(), 0, |report| report.reverse().unwrap());
        let seen = reverse(&[vec![calm(0.0); 98], vec![failure(); 2]].concat());
        assert_eq!(
            seen,
            "Reverse stress: at least one lender fails in 2.0 % [0.55, 7.0] of trials; least extreme in its factors is \
             trial 98, told by `knockon\u{a0}trace\u{a0}pair.toml\u{a0}--trial\u{a0}98`."
        );
        let never = reverse(&vec![calm(0.0); 1_000]);
        assert_eq!(
            never,
            "Reverse stress: at least one lender fails in none of 1,000 trials (probability below 0.30 %, with 95 % \
             confidence)."
        );
    }

    #[test]
    fn only_parameters_that_chance_does_not_explain_are_named() {
        let outcomes: Vec<Outcome> = (0..100_u32)
            .map(|trial| {
                let mut outcome = calm(f64::from(trial));
                let falling = 1.0 - (f64::from(trial) + 0.5) / 100.0;
                let idle = (f64::from(trial % 10) + 0.5) / 10.0;
                outcome.parameters = [idle, falling].map(|grade| Drawn { value: grade, grade }).to_vec();
                outcome
            })
            .collect();
        let drivers = |outcomes: &[Outcome]| with_report(outcomes, &questions(), 0, |report| report.drivers());
        let named = drivers(&outcomes).unwrap();
        assert_eq!(named, "Parameters that the loss moves with most (rank correlation): second -1.0.");
        assert_eq!(drivers(&vec![calm(1.0); 50]), None);
    }
}
