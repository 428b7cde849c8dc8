//! Who matters most to the others, in words: nothing is said of it in a run without forced failures.

use crate::cli::report::Report;
use crate::cli::wording::{amount, significant};
use crate::statistics::{Estimate, ForcedSummary};

/// Lenders named.
const NAMED: usize = 3;

impl Report<'_> {
    /// The lenders whose forced failure costs the others most, of those told apart from costing nothing.
    pub(super) fn importance(&self) -> Option<String> {
        let forced = self.summary.forced.as_ref()?;
        let losses = forced.importance.iter().map(|importance| importance.loss_increase_usd_bn);
        let mut costs: Vec<(Estimate, usize)> = losses
            .enumerate()
            .filter_map(|(lender, loss)| Some((loss?, lender)))
            .filter(|(loss, _)| loss.low > Some(0.0))
            .collect();
        let place = |lender: usize| self.system.lenders[lender].place;
        costs.sort_by(|(a, first), (b, second)| b.point.total_cmp(&a.point).then(place(*first).cmp(&place(*second))));
        let named: Vec<String> = costs.iter().take(NAMED).map(|cost| self.cost(forced, *cost)).collect();
        Some(if named.is_empty() {
            "Forced to fail in quarter 1, no lender is told to cost the others anything: every interval holds 0."
                .to_owned()
        } else {
            format!("Forced to fail in quarter 1, these cost the other lenders most, on average: {}.", named.join("; "))
        })
    }

    /// `zeta 1.50 (± 0.98) USD bn and 0.50 more failures`.
    fn cost(&self, forced: &ForcedSummary, (loss, lender): (Estimate, usize)) -> String {
        let further = forced.importance[lender].failures_increase.filter(|further| further.low > Some(0.0));
        let further =
            further.map_or(String::new(), |further| format!(" and {} more failures", significant(further.point, 2)));
        format!("{} {} USD bn{further}", self.system.lenders[lender].name, amount(loss))
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::report::tests::with_forced;
    use crate::output::fixture::{calm, cascade, failure};

    #[test]
    fn those_who_cost_the_others_most_are_named_and_nobody_without_proof() {
        // Without alpha zeta loses 4 more, then 4.5, and fails; without zeta nobody else loses and alpha fails.
        let trials = [(calm(1.0), [failure(), cascade()]), (calm(0.5), [failure(), cascade()])];
        let told = with_forced(&trials, |report| report.importance());
        let expected = "Forced to fail in quarter 1, these cost the other lenders most, on average: alpha 4.25 (± 0.49) \
                        USD bn and 1.0 more failures.";
        assert_eq!(told.as_deref(), Some(expected));
        let trials = [(calm(1.0), [calm(1.0), failure()]), (failure(), [calm(4.0), failure()])];
        let told = with_forced(&trials, |report| report.importance()).expect("failures were forced");
        assert!(told.contains("no lender is told to cost the others anything"), "{told}");
    }
}
