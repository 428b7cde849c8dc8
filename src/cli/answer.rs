//! The answer of a run in one sentence.

use std::cmp::Ordering;

use crate::cli::report::Report;
use crate::cli::wording::{counted, percent, significant};
use crate::model::system::LenderType;
use crate::statistics::Estimate;

impl Report<'_> {
    /// The answer in one sentence.
    pub(super) fn answer(&self) -> String {
        let who = if self.has_vendor() { "the lenders other than vendors" } else { "the lenders" };
        let loss = match self.summary.system.mean_loss_usd_bn {
            Some(loss) => format!("{who} {}", loss_clause(loss)),
            None => format!("the losses of {who} are unknown"),
        };
        let (quarters, contagion) = (self.system.quarters, self.contagion_loss());
        format!("In {quarters} quarters {loss}{contagion}; {}.", self.failure_clause())
    }

    /// Vendors' losses are no part of the system's.
    fn has_vendor(&self) -> bool {
        self.system.lenders.iter().any(|lender| lender.kind == LenderType::Vendor)
    }

    fn failure_clause(&self) -> String {
        let Some(failure) = self.summary.failures.probability else {
            return "how many fail is unknown".to_owned();
        };
        if failure.point == 0.0 {
            let trials = counted(failure.trials, "trial", "trials");
            return format!("no lender fails in any of {trials}{}", below(failure));
        }
        let first = self.most_likely().first().map(|lender| self.system.lenders[*lender].name.as_str());
        let first = first.map_or(String::new(), |name| format!(", most often {name}"));
        format!("at least one lender fails in {} of trials{first}{}", percent(failure.point), self.contagion_failures())
    }
}

fn loss_clause(loss: Estimate) -> String {
    let error = loss.half_width().map_or(String::new(), |half| format!(" (± {})", significant(half, 2)));
    let size = significant(loss.point.abs(), 3);
    match loss.point.total_cmp(&0.0) {
        Ordering::Greater => format!("lose {size} USD bn on average{error}"),
        Ordering::Less => format!("gain {size} USD bn on average{error}"),
        Ordering::Equal => "lose nothing".to_owned(),
    }
}

/// How rare an event must be that was never seen.
pub(super) fn below(estimate: Estimate) -> String {
    estimate.high.map_or(String::new(), |high| format!(" (probability below {}, with 95 % confidence)", percent(high)))
}

#[cfg(test)]
mod tests {
    use crate::cli::report::tests::with_report;
    use crate::model::outcome::Outcome;
    use crate::output::fixture::{calm, failure, questions};

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
    fn failures_name_the_likeliest_lender() {
        let outcomes = [vec![calm(0.0); 98], vec![failure(); 2]].concat();
        let answer = answer(&outcomes);
        assert!(answer.contains("; at least one lender fails in 2.0 % of trials, most often zeta;"), "{answer}");
    }
}
