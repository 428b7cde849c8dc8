//! Fair-value marks: what a claim on a distressed debtor counts before it fails. (methods.md, 7)

use crate::random::{Lanes, exponentials};

/// The one-parameter family of non-linear DebtRank.
///
/// A claim on a debtor of distress h counts the share of face
///
/// `V(h) = 1 - lgd h exp(convexity (h - 1))`,
///
/// 1 without distress and `1 - lgd` at full distress, falling and concave in h between. Convexity 0 is linear DebtRank;
/// the larger it is, the later a mark sets in.
///
/// # Units
/// `lgd` in [0, 1], a share of face; `convexity` >= 0, finite, a pure number.
/// # References
/// Bardoscia, Caccioli, Perotti, Vivaldo and Caldarelli (2016), PLoS ONE 11, eq. 4-5, with `alpha` for the convexity;
/// Battiston, Puliga, Kaushik, Tasca and Caldarelli (2012), Scientific Reports 2, 541, for the linear case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// Loss at full distress.
    pub lgd: f64,
    /// How late the mark sets in.
    pub convexity: f64,
}

impl Mark {
    /// V(h), a share of face; h in [0, 1].
    pub fn value(&self, distress: f64) -> f64 {
        1.0 - self.loss(distress)
    }

    /// `1 - V(h)`, with all the digits of a small distress.
    pub fn loss(&self, distress: f64) -> f64 {
        self.discounted_loss(distress, self.discount(distress))
    }

    /// [`Mark::loss`] where [`Mark::discount`] of the distress is known.
    pub fn discounted_loss(&self, distress: f64, discount: f64) -> f64 {
        self.lgd * distress * discount
    }

    /// `-dV/dh = lgd (1 + convexity h) exp(convexity (h - 1))`.
    pub fn slope(&self, distress: f64) -> f64 {
        self.lgd * (1.0 + self.convexity * distress) * self.discount(distress)
    }

    /// `exp(convexity (h - 1))`: the share of a linear mark that is made.
    pub fn discount(&self, distress: f64) -> f64 {
        libm::exp(self.exponent(distress))
    }

    /// [`Mark::discount`] of every distress, to the last bit.
    pub fn discounts(&self, distress: &[f64], discounts: &mut [f64], lanes: Lanes) {
        for (discount, h) in discounts.iter_mut().zip(distress) {
            *discount = self.exponent(*h);
        }
        exponentials(discounts, lanes);
    }

    fn exponent(&self, distress: f64) -> f64 {
        self.convexity * (distress - 1.0)
    }
}

/// Distress: `h = 1 - buffer / opening`, held within `[0, 1]`.
///
/// It is exactly 0 while no more than `margin`, what rounding may take, is gone: where distress spreads or starts a run, noise
/// must do neither. Without a positive opening buffer it is the limit of that: 0 while the buffer is not negative, else 1.
///
/// # Units
/// All in USD bn, or in any one unit: equity above the level at which the debtor fails, now and at opening.
pub fn distress(buffer: f64, opening: f64, margin: f64) -> f64 {
    if buffer >= opening.max(0.0) - margin {
        0.0
    } else if buffer <= 0.0 {
        1.0
    } else {
        1.0 - buffer / opening
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn a_linear_mark_falls_in_proportion() {
        let mark = Mark { lgd: 0.5, convexity: 0.0 };
        assert_eq!([0.0, 0.5, 1.0].map(|h| mark.value(h)), [1.0, 0.75, 0.5]);
        assert_eq!(mark.slope(0.3), 0.5);
    }

    #[test]
    fn a_convex_mark_sets_in_late_and_ends_at_the_same_loss() {
        let mark = Mark { lgd: 0.6, convexity: 4.0 };
        assert_eq!(mark.value(0.0), 1.0);
        assert_abs_diff_eq!(mark.value(0.5), 1.0 - 0.3 * libm::exp(-2.0), epsilon = 1e-15);
        assert_abs_diff_eq!(mark.value(1.0), 0.4, epsilon = 1e-15);
        let step = 1e-6;
        let secant = (mark.value(0.7 - step) - mark.value(0.7 + step)) / (2.0 * step);
        assert_abs_diff_eq!(mark.slope(0.7), secant, epsilon = 1e-9);
    }

    #[test]
    fn distress_is_the_share_of_the_buffer_that_is_gone() {
        assert_eq!([3.0, 2.0, 0.5, 0.0, -1.0].map(|b| distress(b, 2.0, 0.0)), [0.0, 0.0, 0.75, 1.0, 1.0]);
        for opening in [0.0, -1.0] {
            assert_eq!([1.0, 0.0, -1e-9].map(|b| distress(b, opening, 0.0)), [0.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn a_fall_within_the_margin_is_rounding() {
        for opening in [2.0, 0.0, -1.0] {
            let level = f64::max(opening, 0.0);
            assert_eq!(distress(level - 1e-12, opening, 1e-12), 0.0, "opening {opening}");
            assert!(distress(level - 3e-12, opening, 1e-12) > 0.0, "opening {opening}");
        }
    }
}
