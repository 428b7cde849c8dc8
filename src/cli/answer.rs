//! The answer of a run in one sentence.

use std::cmp::Ordering;

use crate::cli::report::Report;
use crate::cli::wording::{grouped, half_interval, percent, significant};
use crate::statistics::Estimate;

impl Report<'_> {
    /// The answer in one sentence.
    pub(super) fn answer(&self) -> String {
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
        match self.questions.cascade_min {
            0..=2 => "a failure brings down another".to_owned(),
            least => {
                format!("a failure brings down others, with {least} or more lenders failing in all")
            }
        }
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

#[cfg(test)]
mod tests {
    use crate::cli::report::tests::with_report;
    use crate::model::outcome::Outcome;
    use crate::output::fixture::{calm, cascade, failure, questions};
    use crate::statistics::Settings;

    fn answer(outcomes: &[Outcome]) -> String {
        with_report(outcomes, &questions(), 0, |report| report.answer())
    }

    #[test]
    fn a_world_without_failures_says_how_rare_they_must_be() {
        assert_eq!(
            answer(&vec![calm(0.0); 1_000]),
            "In 20 quarters the lenders lose nothing; no lender fails in any of 1,000 trials (probability below \
             0.30 %, with 95 % confidence)."
        );
        let gain = answer(&[calm(-2.0), calm(-1.0)]);
        assert!(gain.contains("the lenders gain 1.50 USD bn on average (± 0.98)"), "{gain}");
    }

    #[test]
    fn failures_name_the_likeliest_lender_and_whether_it_brings_another_down() {
        let mut outcomes = vec![calm(0.0); 98];
        outcomes.push(failure());
        outcomes.push(failure());
        assert!(answer(&outcomes).ends_with(
            "at least one lender fails in 2.0 % of trials, most often zeta, and in none a failure brings down another \
             (probability below 3.0 %, with 95 % confidence)."
        ));
        outcomes[0] = cascade();
        assert!(answer(&outcomes).ends_with(
            "at least one lender fails in 3.0 % of trials, most often zeta, and in 1.0 % a failure brings down another."
        ));
        let larger = Settings { cascade_min: 3, ..questions() };
        let answer = with_report(&outcomes, &larger, 0, |report| report.answer());
        assert!(answer.contains("with 3 or more lenders failing in all"), "{answer}");
    }
}
