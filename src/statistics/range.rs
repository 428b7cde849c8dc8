//! The range of numbers that the sums over trials can hold.

use crate::model::outcome::{Channel, Fixed, Outcome};
use crate::statistics::{AMOUNT_BOUND, StatisticsError, Subject};

/// Whether all numbers of the outcome are so small that neither they nor any sums of them can leave the range: a few
/// operations a number, where [`check`] looks at every sum. Most outcomes are.
pub(super) fn is_plain(outcome: &Outcome) -> bool {
    // As many numbers as the longest sum has: one loss and one decree for each.
    let terms = 2 * outcome.losses.nrows().max(Channel::ALL.len()).max(outcome.losses_by_obligor.len());
    let added = Sizes::default().with(&outcome.losses).with(&outcome.decreed);
    let added = added.with(&outcome.losses_by_obligor).with(&outcome.shortfall);
    let single = Sizes::default().with(&outcome.depletion).with([&outcome.system_loss]);
    let circularity = || outcome.circularity.iter();
    let single = single.with(circularity().map(|own| &own.sales)).with(circularity().map(|own| &own.financed));
    let facilities = || outcome.facilities.iter();
    let single = single.with(facilities().map(|own| &own.exposure)).with(facilities().map(|own| &own.loss));
    let defaults = || outcome.defaults.iter().flatten();
    let single = single.with(defaults().map(|own| &own.exposure)).with(defaults().map(|own| &own.loss));
    added.are_below(AMOUNT_BOUND.unsigned_abs() / terms.next_power_of_two() as u64)
        && single.are_below(AMOUNT_BOUND.unsigned_abs())
}

/// The bits that occur in some numbers, beside those that are only their sign.
#[derive(Clone, Copy, Default)]
struct Sizes(u64);

impl Sizes {
    fn with<'a>(self, numbers: impl IntoIterator<Item = &'a Fixed>) -> Self {
        numbers.into_iter().fold(self, |sizes, number| Sizes(sizes.0 | (number ^ (number >> 63)) as u64))
    }

    /// All numbers are surely smaller in size than `bound`, a power of two.
    fn are_below(self, bound: u64) -> bool {
        self.0 < bound / 2
    }
}

/// The number lies in the range of the sums.
pub(super) fn within(
    trial: u64,
    subject: Subject,
    quantity: &'static str,
    value: Fixed,
) -> Result<(), StatisticsError> {
    if value.unsigned_abs() < AMOUNT_BOUND.unsigned_abs() {
        Ok(())
    } else {
        Err(StatisticsError::OutOfRange { trial, subject, quantity, value })
    }
}

/// Every number of the outcome lies in the range of the sums, and so does every sum over lenders or channels.
pub(super) fn check(trial: u64, outcome: &Outcome) -> Result<(), StatisticsError> {
    let within = |subject, quantity, value| within(trial, subject, quantity, value);
    let mut shortfall: Fixed = 0;
    for (lender, losses) in outcome.losses.rows().into_iter().enumerate() {
        let subject = Subject::Lender(lender);
        for (loss, channel) in losses.iter().zip(Channel::ALL) {
            within(subject, channel.name(), *loss)?;
        }
        // The channels are in range, so their sum cannot wrap.
        within(subject, "the loss", losses.sum())?;
        let decreed = outcome.decreed[lender];
        within(subject, "the equity taken by a shock", decreed)?;
        within(subject, "the loss of its other book", losses[Channel::OtherBook as usize] - decreed)?;
        within(subject, "the capital depletion", outcome.depletion[lender])?;
        within(subject, "the shortfall", outcome.shortfall[lender])?;
        shortfall = shortfall.saturating_add(outcome.shortfall[lender]);
        within(subject, "its sales", outcome.circularity[lender].sales)?;
        within(subject, "what it financed of its sales", outcome.circularity[lender].financed)?;
    }
    within(Subject::System, "the shortfall", shortfall)?;
    let of_facilities = outcome.facilities.iter().flat_map(|events| [events.exposure, events.loss]);
    of_facilities.into_iter().try_for_each(|amount| within(Subject::System, "the loss of a facility", amount))?;
    for (obligor, default) in outcome.defaults.iter().enumerate() {
        let Some(default) = default else { continue };
        within(Subject::Obligor(obligor), "the exposure at default", default.exposure)?;
        within(Subject::Obligor(obligor), "the loss at default", default.loss)?;
    }
    for (obligor, loss) in outcome.losses_by_obligor.iter().enumerate() {
        let subject = if obligor < outcome.defaults.len() { Subject::Obligor(obligor) } else { Subject::System };
        within(subject, "the loss by origin", *loss)?;
    }
    within(Subject::System, "the loss", outcome.system_loss)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_either_sign_are_surely_below_twice_their_size() {
        for (number, sure) in [(0, true), (31, true), (-32, true), (32, false), (-33, false), (64, false)] {
            assert_eq!(Sizes::default().with(&[number, 1, -1]).are_below(64), sure, "{number}");
        }
    }

    #[test]
    fn what_is_plain_passes_every_check() {
        // Sums over 20 lenders or 13 places of obligors; sizes by powers of two about the bound.
        for size in 38..46 {
            for fill in [1_i64 << size, -(1 << size), (1 << size) - 1] {
                let mut outcome = Outcome::new(12, 20);
                outcome.losses.fill(fill);
                outcome.losses_by_obligor.fill(fill);
                outcome.decreed.fill(-fill);
                outcome.shortfall.fill(fill.abs());
                assert!(!is_plain(&outcome) || check(0, &outcome).is_ok(), "{fill}");
                assert_eq!(is_plain(&outcome), size < 39 || fill == (1 << 39) - 1, "{fill}");
            }
        }
    }
}
