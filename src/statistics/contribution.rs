//! What each part of the loss of the system is of its mean, and of its expected shortfall (Euler's allocation).

use crate::model::outcome::{Channel, FIXED_ONE};
use crate::model::system::LenderType;
use crate::statistics::attribution::{AttributionTally, Row};
use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;
use crate::statistics::parts::Parts;
use crate::statistics::tail::{TailSummary, weight_beyond};
use crate::statistics::warning::Warning;

/// One part of a measure of the loss of the system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// What it contributes, USD bn. None for a vendor, of whose losses nothing counts; the mean of a channel within the
    /// system is told though it does not count either.
    pub loss_usd_bn: Option<Estimate>,
    /// That over the measure of the whole; none for what does not count and where the whole is 0.
    pub share: Option<f64>,
}

impl Part {
    const NONE: Part = Part { loss_usd_bn: None, share: None };

    fn new(loss_usd_bn: Option<Estimate>, whole_usd_bn: f64) -> Self {
        let share = loss_usd_bn.map(|loss| loss.point / whole_usd_bn).filter(|_| whole_usd_bn != 0.0);
        Part { loss_usd_bn, share }
    }
}

/// One measure of the loss of the system by its parts: what counts adds up to the measure, in each of the four ways.
/// (methods.md, 11.8 to 11.12)
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// Level a of the expected shortfall; none for the mean.
    pub level: Option<f64>,
    /// The parts.
    pub parts: Parts<Part>,
    /// Whether enough trials lie beyond the quantile.
    pub warning: Option<Warning>,
}

impl Attribution {
    /// Name of the measure: `mean`, or `es_0.95`.
    #[must_use]
    pub fn measure(&self) -> String {
        self.level.map_or_else(|| "mean".to_owned(), |level| format!("es_{level}"))
    }
}

/// The mean by its parts, then the expected shortfall of each of `tails`, which are those of the system; nothing without
/// a trial.
pub(crate) fn summarise(tally: &AttributionTally, trials: u64, tails: &[TailSummary]) -> Vec<Attribution> {
    if trials == 0 {
        return Vec::new();
    }
    let shortfalls = tails.iter().filter_map(|tail| shortfall(tally, trials, tail));
    [mean(tally, trials)].into_iter().chain(shortfalls).collect()
}

fn mean(tally: &AttributionTally, trials: u64) -> Attribution {
    let mut all = tally.empty_row();
    tally.descending().for_each(|row| all.merge(row));
    let whole = all.loss as f64 / trials as f64 / FIXED_ONE;
    let mut parts = all.parts.map(|part| Part::new(part.mean(trials, FIXED_ONE), whole));
    leave_out_vendors(&mut parts, tally.kinds());
    within_the_system(&mut parts).for_each(|part| part.share = None);
    Attribution { level: None, parts, warning: None }
}

fn shortfall(tally: &AttributionTally, trials: u64, tail: &TailSummary) -> Option<Attribution> {
    let whole = tail.expected_shortfall_usd_bn.point;
    let cut = Cut::new(tally, trials, tail)?;
    let part = |above: &Moments, row: &Moments| Part::new(Some(cut.contribution(above, row)), whole);
    let mut parts = cut.above.parts.zip_with(&cut.row.parts, part);
    leave_out_vendors(&mut parts, tally.kinds());
    within_the_system(&mut parts).for_each(|part| *part = Part::NONE);
    Some(Attribution { level: Some(tail.level), parts, warning: tail.warning })
}

fn leave_out_vendors(parts: &mut Parts<Part>, kinds: &[LenderType]) {
    let lenders = parts.lenders.iter_mut().zip(kinds).filter(|(_, kind)| **kind == LenderType::Vendor);
    lenders.for_each(|(part, _)| *part = Part::NONE);
}

fn within_the_system(parts: &mut Parts<Part>) -> impl Iterator<Item = &mut Part> {
    let channels = parts.channels.iter_mut().zip(Channel::ALL);
    channels.filter(|(_, channel)| channel.intra_system()).map(|(part, _)| part)
}

/// The rows of a tally where the worst W = n (1 - a) trials end.
struct Cut {
    trials: f64,
    /// W.
    weight: f64,
    /// The rows wholly among the worst trials, added up.
    above: Row,
    /// The row that the quantile cuts.
    row: Row,
    /// Share f of that row's trials which belongs to the worst.
    count_share: f64,
    /// Share g of that row's loss which belongs to the expected shortfall: what it lacks without the row.
    loss_share: f64,
}

impl Cut {
    fn new(tally: &AttributionTally, trials: u64, tail: &TailSummary) -> Option<Self> {
        let weight = weight_beyond(tail.level, trials);
        let (mut above, mut left) = (tally.empty_row(), weight);
        for row in tally.descending() {
            if left <= row.trials as f64 {
                let count_share = left / row.trials as f64;
                let lacking = tail.expected_shortfall_usd_bn.point * weight * FIXED_ONE - above.loss as f64;
                // Only the row of no loss at all sums to 0: the losses of any other have one sign.
                let loss_share = if row.loss == 0 { count_share } else { lacking / row.loss as f64 };
                let row = row.clone();
                return Some(Cut { trials: trials as f64, weight, above, row, count_share, loss_share });
            }
            left -= row.trials as f64;
            above.merge(row);
        }
        None
    }

    /// Euler contribution of a part, whose sums over the rows are given, to the expected shortfall. (methods.md, 11.11)
    fn contribution(&self, above: &Moments, row: &Moments) -> Estimate {
        let sum = above.sum() as f64 + self.loss_share * row.sum() as f64;
        let error = self.squared_error(above, row).sqrt() / self.weight / FIXED_ONE;
        let std_error = (self.weight > 1.0).then_some(error);
        Estimate::symmetric(sum / self.weight / FIXED_ONE, std_error, self.trials as u64)
    }

    /// n times the variance of psi = w (x - m) over all trials, where w is 1 above the row, f in it, 0 below it, and m the
    /// mean of the part in the row: the value that a trial at the quantile has. (methods.md, 11.12)
    fn squared_error(&self, above: &Moments, row: &Moments) -> f64 {
        let in_row = self.count_share * self.count_share * row.squared_deviations(self.row.trials);
        if self.above.trials == 0 {
            return in_row;
        }
        let beyond = self.above.trials as f64;
        let step = above.sum() as f64 / beyond - row.sum() as f64 / self.row.trials as f64;
        in_row + above.squared_deviations(self.above.trials) + beyond * (1.0 - beyond / self.trials) * step * step
    }
}

#[cfg(test)]
mod tests {
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    use super::*;
    use crate::model::outcome::{Fixed, Outcome};
    use crate::statistics::tail::tail;
    use crate::statistics::tally::LossTally;

    /// A tally of trials in which each lender loses so much as credit, and its measures at `level`: mean and shortfall.
    fn measures(trials: impl IntoIterator<Item = Vec<f64>>, level: f64) -> [Attribution; 2] {
        let mut trials = trials.into_iter().peekable();
        let lenders = trials.peek().map_or(0, Vec::len);
        let mut tally = AttributionTally::new(vec![LenderType::Bank; lenders], 0);
        let (mut system, mut n) = (LossTally::new(11), 0);
        let mut outcome = Outcome::new(0, lenders);
        for losses in trials {
            for (lender, loss) in losses.iter().enumerate() {
                outcome.losses[(lender, 0)] = (loss * FIXED_ONE).round() as Fixed;
            }
            outcome.system_loss = outcome.losses.sum();
            outcome.losses_by_obligor[0] = outcome.system_loss;
            tally.part(&outcome);
            tally.record(outcome.system_loss);
            system.record(outcome.system_loss);
            n += 1;
        }
        let tail = tail(&system.histogram, n, level).unwrap();
        summarise(&tally, n, &[tail]).try_into().unwrap()
    }

    fn points(parts: &[Part]) -> Vec<f64> {
        parts.iter().map(|part| part.loss_usd_bn.unwrap().point).collect()
    }

    fn errors(parts: &[Part]) -> Vec<f64> {
        parts.iter().map(|part| part.loss_usd_bn.unwrap().std_error.unwrap()).collect()
    }

    #[test]
    fn worked_example_14() {
        let trials = || (1..=10).map(|loss| vec![0.3 * f64::from(loss), 0.7 * f64::from(loss)]);
        for (level, expected) in [(0.75, [2.76, 6.44]), (0.7, [2.7, 6.3])] {
            let [mean, shortfall] = measures(trials(), level);
            for (found, expected) in points(&shortfall.parts.lenders).into_iter().zip(expected) {
                assert_abs_diff_eq!(found, expected, epsilon = 2e-9);
            }
            assert_eq!((mean.measure(), shortfall.measure()), ("mean".into(), format!("es_{level}")));
            for (part, share) in mean.parts.lenders.iter().chain(&shortfall.parts.lenders).zip([0.3, 0.7, 0.3, 0.7]) {
                assert_abs_diff_eq!(part.share.unwrap(), share, epsilon = 1e-9);
            }
            assert_abs_diff_eq!(points(&mean.parts.lenders)[0], 1.65, epsilon = 1e-9);
            assert_eq!((mean.warning, shortfall.warning), (None, Some(Warning::FewBeyond)));
        }
    }

    /// Losses 10, 9, 8 and 8, and 1: at 0.5 the worst 2.5 trials are 10, 9 and half a trial of 8, of which lender 0 bears
    /// 2 or 4: 3 in the mean.
    #[test]
    fn ties_at_the_quantile_share_its_weight() {
        let trials = [[0.0, 1.0], [2.0, 6.0], [4.0, 4.0], [5.0, 4.0], [1.0, 9.0]];
        let [_, shortfall] = measures(trials.map(Vec::from), 0.5);
        let found = points(&shortfall.parts.lenders);
        assert_relative_eq!(found[0], (1.0 + 5.0 + 0.5 * 3.0) / 2.5, max_relative = 1e-12);
        assert_relative_eq!(found[1], (9.0 + 4.0 + 0.5 * 5.0) / 2.5, max_relative = 1e-12);
        // psi: 1 - 3 and 5 - 3, a quarter of each -1 and 1 in the tie, 0 below; n Var = 4 + 4 + 2/16 - 0.
        assert_relative_eq!(errors(&shortfall.parts.lenders)[0], 8.125_f64.sqrt() / 2.5, max_relative = 1e-12);
    }

    #[test]
    fn gains_have_their_part_and_what_nobody_lost_has_no_share() {
        let [mean, shortfall] = measures([vec![3.0, -3.0], vec![-1.0, 1.0], vec![0.0, 0.0]], 0.5);
        assert_eq!(points(&mean.parts.lenders), [2.0 / 3.0, -2.0 / 3.0]);
        assert_eq!(points(&shortfall.parts.lenders), [2.0 / 3.0, -2.0 / 3.0]);
        assert!(shortfall.parts.lenders.iter().all(|part| part.share.is_none()));
        let [_, shortfall] = measures([vec![-4.0, 1.0], vec![-2.0, 1.0], vec![-6.0, 1.0], vec![-5.0, 1.0]], 0.5);
        assert_eq!(points(&shortfall.parts.lenders), [-3.0, 1.0]);
        assert_eq!(shortfall.parts.lenders[0].share, Some(1.5));
    }

    #[test]
    fn what_does_not_count_has_no_part() {
        let mut tally = AttributionTally::new(vec![LenderType::Vendor, LenderType::Bank], 0);
        let mut outcome = Outcome::new(0, 2);
        let counterparty = Channel::Counterparty as usize;
        (outcome.losses[(0, 0)], outcome.losses[(1, 0)], outcome.losses[(1, counterparty)]) = (5, 1 << 30, 1 << 31);
        (outcome.system_loss, outcome.losses_by_obligor[0]) = (1 << 30, 1 << 30);
        let mut system = LossTally::new(11);
        tally.part(&outcome);
        tally.record(outcome.system_loss);
        system.record(outcome.system_loss);
        let measures = summarise(&tally, 1, &[tail(&system.histogram, 1, 0.5).unwrap()]);
        for measure in &measures {
            assert_eq!(measure.parts.lenders[0], Part::NONE);
            assert_eq!(measure.parts.lenders[1].share, Some(1.0));
            assert_eq!(measure.parts.channels[0].share, Some(1.0));
        }
        let [mean, shortfall] = &measures[..] else { unreachable!() };
        assert_eq!(mean.parts.channels[counterparty].loss_usd_bn.map(|mean| mean.point), Some(2.0));
        assert_eq!(mean.parts.channels[counterparty].share, None);
        assert_eq!(shortfall.parts.channels[counterparty], Part::NONE);
        assert!(summarise(&tally, 0, &[]).is_empty());
    }

    fn exponential(index: u64) -> f64 {
        let mut word = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        -libm::log1p(-(((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64))
    }

    /// Mean and spread of the contributions of each lender over `repeats` samples, and the mean of their standard errors.
    fn spread(repeats: u64, level: f64, trial: impl Fn(u64) -> Vec<f64>) -> Vec<[f64; 3]> {
        let repeat =
            |repeat| measures((0..1_000).map(|index| trial(repeat * 1_000 + index)), level)[1].parts.lenders.clone();
        let found: Vec<_> = (0..repeats).map(repeat).collect();
        let n = repeats as f64;
        let statistics = |lender: usize| {
            let points: Vec<f64> = found.iter().map(|parts| points(parts)[lender]).collect();
            let mean = points.iter().sum::<f64>() / n;
            let square: f64 = points.iter().map(|point| (point - mean) * (point - mean)).sum();
            let error = found.iter().map(|parts| errors(parts)[lender]).sum::<f64>() / n;
            [mean, (square / (n - 1.0)).sqrt(), error]
        };
        (0..found[0].len()).map(statistics).collect()
    }

    /// U of mean 0.5 and V of mean 1, exponential; lenders bear 2 U, -U and V. P(L > q) = 2x - x^2 with x = exp(-q), and
    /// E[U; L > q] = 2x - (q + 1.5) x^2. A spread from 1,000 repeats is itself known to some 2.5 %: 10 % is four errors.
    #[test]
    fn contributions_and_their_errors_agree_with_a_closed_form_and_the_spread_of_repeats() {
        let trial = |index| {
            let (u, v) = (0.5 * exponential(2 * index), exponential(2 * index + 1));
            vec![2.0 * u, -u, v]
        };
        let x = 1.0 - 0.9_f64.sqrt();
        let q = -libm::log(x);
        let u = (2.0 * x - (q + 1.5) * x * x) / 0.1;
        // E[L; L > q] = q P(L > q) + the integral of P(L > l) beyond q.
        let whole = q + (2.0 * x - 0.5 * x * x) / 0.1;
        for ([mean, spread, error], exact) in spread(1_000, 0.9, trial).into_iter().zip([2.0 * u, -u, whole - u]) {
            assert_abs_diff_eq!(mean, exact, epsilon = 4.0 * spread / 1_000_f64.sqrt() + 2e-3 * whole);
            assert_relative_eq!(spread, error, max_relative = 0.10);
        }
    }

    /// 95 % of trials lose nothing together, so that the quantile is the atom at 0, in which one lender loses what the
    /// other gains.
    #[test]
    fn errors_hold_with_an_atom_at_the_quantile() {
        let trial = |index| {
            let (a, b, c) = (exponential(3 * index), exponential(3 * index + 1), exponential(3 * index + 2));
            if a < -libm::log(0.05) { vec![b - c, c - b] } else { vec![b, c] }
        };
        for [_, spread, error] in spread(1_000, 0.9, trial) {
            assert_relative_eq!(spread, error, max_relative = 0.10);
        }
    }
}
