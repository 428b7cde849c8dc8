//! The range of numbers that the sums over trials can hold.

use crate::model::outcome::{Channel, Fixed, Outcome};
use crate::statistics::{AMOUNT_BOUND, StatisticsError, Subject};

/// Whether all numbers of the outcome are so small that neither they nor any sums of them can leave the range: a few
/// operations a number, where [`check`] looks at every sum. Most outcomes are.
pub(super) fn is_plain(outcome: &Outcome) -> bool {
    // As many numbers as the longest sum has: one loss and one decree for each lender.
    let terms = 2 * outcome.losses.nrows().max(Channel::ALL.len()).max(outcome.losses_by_obligor.len());
    let (added, single) = (AMOUNT_BOUND / terms.next_power_of_two() as Fixed, AMOUNT_BOUND / 2);
    let circularity = outcome.circularity.iter().map(|own| [own.sales, own.financed]);
    let facilities = outcome.facilities.iter().map(|own| [own.exposure, own.loss]);
    let defaults = outcome.defaults.iter().flatten().map(|own| [own.exposure, own.loss]);
    let losses = outcome.losses.as_slice().expect("rows lie one after the other");
    let beyond = beyond(added, losses)
        | beyond(added, &outcome.decreed)
        | beyond(added, &outcome.losses_by_obligor)
        | beyond(added, &outcome.shortfall)
        | beyond(single, &outcome.depletion)
        | beyond(single, [&outcome.system_loss])
        | pairs_beyond(single, circularity)
        | pairs_beyond(single, facilities)
        | pairs_beyond(single, defaults);
    beyond == 0
}

/// Not 0 where a number is not in `-bound..bound`; the bound is a power of two.
fn beyond<'a>(bound: Fixed, numbers: impl IntoIterator<Item = &'a Fixed>) -> u64 {
    let bits = numbers.into_iter().fold(0, |bits, number| bits | number.wrapping_add(bound));
    (bits & -(2 * bound)) as u64
}

/// As [`beyond`], of pairs.
fn pairs_beyond(bound: Fixed, pairs: impl Iterator<Item = [Fixed; 2]>) -> u64 {
    let bits = pairs.fold(0, |bits, [one, other]| bits | one.wrapping_add(bound) | other.wrapping_add(bound));
    (bits & -(2 * bound)) as u64
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
    fn a_number_beyond_the_bound_leaves_a_bit() {
        for (number, inside) in [(0, true), (63, true), (-64, true), (64, false), (-65, false), (i64::MAX, false)] {
            assert_eq!(beyond(64, &[number, 1, -1]) == 0, inside, "{number}");
            assert_eq!(beyond(64, &[-number - 1, 1, -1]) == 0, inside, "{}", -number - 1);
        }
    }

    #[test]
    fn what_is_plain_passes_every_check() {
        // Sums over 20 lenders or 13 places of obligors; sizes by powers of two about the bound.
        for size in 38..46 {
            for fill in [1_i64 << size, -(1 << size) - 1, (1 << size) - 1] {
                let mut outcome = Outcome::new(12, 20);
                outcome.losses.fill(fill);
                outcome.losses_by_obligor.fill(fill);
                outcome.decreed.fill(-1 - fill);
                outcome.shortfall.fill(fill.abs());
                assert!(!is_plain(&outcome) || check(0, &outcome).is_ok(), "{fill}");
                // 2 * 20 terms are fewer than 2^6.
                assert_eq!(is_plain(&outcome), size < 40 || fill == (1 << 40) - 1, "{fill}");
            }
        }
    }
}
