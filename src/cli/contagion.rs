//! What contagion adds, in words: nothing is said of it in a run without twins.

use crate::cli::answer::below;
use crate::cli::report::Report;
use crate::cli::wording::{amount, grouped, percent, significant};
use crate::statistics::Estimate;

/// What the twin has off.
const SWITCHES: &str = "clearing, revaluation, collateral_fire_sale, credit_fire_sale, funding and credit_crunch";

impl Report<'_> {
    /// How much of the mean loss is contagion, to follow it in a sentence.
    pub(super) fn contagion_loss(&self) -> String {
        let (loss, contagion) = (self.summary.system.mean_loss_usd_bn, self.summary.twin.contagion_loss_usd_bn);
        let (Some(loss), Some(contagion)) = (loss, contagion) else { return String::new() };
        let error = contagion.half_width().map_or(String::new(), |half| format!(" (± {})", significant(half, 2)));
        let size = format!("{}{error}", significant(contagion.point.abs(), 3));
        if contagion.point == 0.0 {
            ", the same without contagion".to_owned()
        } else if contagion.point < 0.0 {
            format!(", {size} less than without contagion")
        } else if contagion.point > loss.point {
            format!(", {size} more than without contagion")
        } else if contagion.low.is_some_and(|low| low > 0.0) {
            format!(", {size} of it, or {}, by contagion", percent(contagion.point / loss.point))
        } else {
            format!(", {size} of it by contagion")
        }
    }

    /// How many failures are contagion, to follow what is said of all failures.
    pub(super) fn contagion_failures(&self) -> String {
        let cascades = &self.summary.cascades;
        let Some(contagion) = cascades.contagion_probability else {
            return "; how many by contagion is unknown without twins".to_owned();
        };
        if contagion.point == 0.0 {
            let rare = below(contagion);
            return format!("; no lender fails by contagion in any of {} trials{rare}", grouped(contagion.trials));
        }
        let some = format!("; in {} of trials some lender fails by contagion", percent(contagion.point));
        let least = self.questions.cascade_min;
        match cascades.probability {
            Some(cascade) if cascade.point > 0.0 => {
                format!("{some}, and in {} that is part of a cascade of {least} or more", percent(cascade.point))
            }
            Some(cascade) => {
                format!("{some}, and in none is that part of a cascade of {least} or more{}", below(cascade))
            }
            None => some,
        }
    }

    /// The twin beside the run; none in a run without twins.
    pub(super) fn twin(&self) -> Option<String> {
        let (twin, cascades) = (&self.summary.twin, &self.summary.cascades);
        let loss = amount(twin.mean_loss_usd_bn?);
        let failures = amount(cascades.fundamental_failures?);
        let times = twin.amplification.map_or(String::new(), |ratio| {
            format!(" Contagion multiplies the mean loss by {} ({}).", significant(ratio.point, 3), interval(ratio))
        });
        let lower = percent(twin.lower_loss_probability?.point);
        let only = cascades.twin_only_probability?;
        let only = if only.point == 0.0 {
            format!("no lender fails only there{}", below(only))
        } else {
            format!(
                "in {} some lender fails only there, because a failure or a thrifty market came first",
                percent(only.point)
            )
        };
        Some(format!(
            "Without contagion (the twin of each trial: same draws, {SWITCHES} off) the mean loss is {loss} USD bn and \
             {failures} lenders fail on average.{times} The loss is larger there in {lower} of trials; {only}. A failure by \
             contagion is one that does not happen in the twin: it may be of round 0 where it came through fire sales, \
             refinancing or runs rather than claims."
        ))
    }
}

/// `± 0.21`.
fn interval(estimate: Estimate) -> String {
    estimate.half_width().map_or("without error".to_owned(), |half| format!("± {}", significant(half, 2)))
}

#[cfg(test)]
mod tests {
    use crate::cli::report::tests::with_pairs;
    use crate::model::outcome::Outcome;
    use crate::output::fixture::{calm, cascade, failure, questions};

    fn answer(pairs: &[(Outcome, Outcome)]) -> String {
        with_pairs(pairs, &questions(), |report| report.answer())
    }

    fn many(full: &Outcome, twin: &Outcome, times: usize) -> Vec<(Outcome, Outcome)> {
        vec![(full.clone(), twin.clone()); times]
    }

    #[test]
    fn contagion_that_never_happens_is_called_rare_not_impossible() {
        let pairs = [many(&failure(), &failure(), 10), many(&calm(0.0), &calm(0.0), 990)].concat();
        let answer = answer(&pairs);
        assert!(answer.contains("on average (± 0.031), the same without contagion;"), "{answer}");
        assert!(
            answer.ends_with("; no lender fails by contagion in any of 1,000 trials (probability below 0.30 %, with 95 % confidence)."),
            "{answer}"
        );
    }

    #[test]
    fn losses_and_failures_are_parted() {
        let pairs = [many(&cascade(), &calm(1.0), 30), many(&calm(1.0), &calm(1.0), 70)].concat();
        let answer = answer(&pairs);
        assert!(
            answer.contains("lose 2.20 USD bn on average (± 0.36), 1.20 (± 0.36) of it, or 54.5 %, by contagion;"),
            "{answer}"
        );
        assert!(
            answer.ends_with("; in 30.0 % of trials some lender fails by contagion, and in 30.0 % that is part of a cascade of 2 or more."),
            "{answer}"
        );
        let small = [many(&failure(), &calm(1.0), 30), many(&calm(1.0), &calm(1.0), 70)].concat();
        let answer = self::answer(&small);
        assert!(answer.contains("in none is that part of a cascade of 2 or more (probability below 3.0 %"), "{answer}");
    }

    #[test]
    fn the_twin_may_be_worse() {
        let pairs = [many(&calm(1.0), &failure(), 2), many(&calm(1.0), &calm(1.0), 98)].concat();
        let answer = answer(&pairs);
        assert!(answer.contains("(± 0), 0.0800 (± 0.11) less than without contagion;"), "{answer}");
        let twin = with_pairs(&pairs, &questions(), |report| report.twin()).unwrap();
        assert!(twin.contains("same draws, clearing, revaluation, ") && twin.contains("may be of round 0"), "{twin}");
        assert!(twin.contains("multiplies the mean loss by 0.926 (± "), "{twin}");
        assert!(
            twin.contains("The loss is larger there in 2.0 % of trials; in 2.0 % some lender fails only there"),
            "{twin}"
        );
    }

    #[test]
    fn without_twins_contagion_is_not_told_apart() {
        let outcomes = [calm(0.0), failure()];
        let (answer, twin) = crate::cli::report::tests::with_report(&outcomes, &questions(), 0, |report| {
            (report.answer(), report.twin())
        });
        assert!(answer.ends_with("; how many by contagion is unknown without twins."), "{answer}");
        assert_eq!(twin, None);
    }
}
