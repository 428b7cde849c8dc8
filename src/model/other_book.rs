//! The rest of a lender's book: a granular pool of loans outside the model. (methods.md, 8.4)

use crate::model::ledger::Origin;
use crate::model::outcome::Channel;
use crate::model::state::State;
use crate::model::system::{CREDIT, OtherBook};
use crate::random::{normal_cdf, normal_quantile};
use crate::units::quarterly_probability;

/// Quarterly loss of a granular pool in excess of its mean, given the credit factor.
///
/// `loss(F) = amount ( Phi(threshold - loading F) - mean )` with threshold `Phi^-1(p) / sqrt(1-rho)` and loading
/// `sqrt(rho / (1-rho))`; its mean over a standard normal F is 0.
///
/// # Units
/// USD bn; p per quarter.
/// # References
/// Vasicek (2002), Risk 15(12): the limit of many small loans.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExcessLoss {
    amount: f64,
    mean: f64,
    threshold: f64,
    loading: f64,
}

impl ExcessLoss {
    /// The law of a book's losses; none where no factor moves them.
    #[must_use]
    pub fn new(book: &OtherBook) -> Option<Self> {
        let mean = quarterly_probability(book.pd_pa);
        let moves = book.rho > 0.0 && mean > 0.0 && mean < 1.0;
        // A drawn correlation may round up to 1.
        let free = libm::sqrt((1.0 - book.rho).max(f64::EPSILON));
        moves.then(|| ExcessLoss {
            amount: book.assets * book.lgd,
            mean,
            threshold: normal_quantile(mean) / free,
            loading: libm::sqrt(book.rho) / free,
        })
    }

    /// Loss in a quarter with credit factor F (a gain if negative), USD bn.
    #[must_use]
    pub fn at(&self, factor: f64) -> f64 {
        self.amount * (normal_cdf(self.threshold - self.loading * factor) - self.mean)
    }
}

/// Step 7: losses and gains of the rest of the book, in cash.
pub fn book(state: &mut State) {
    let factor = state.drivers.factors[CREDIT];
    for (j, own) in state.lenders.iter_mut().enumerate() {
        if let Some(excess) = own.other_book.filter(|_| own.alive) {
            let loss = excess.at(factor);
            own.cash -= loss;
            state.outside += loss;
            state.ledger.post(j, Channel::OtherBook, Origin::None, loss);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: OtherBook = OtherBook { assets: 200.0, pd_pa: 0.02, rho: 0.2, lgd: 0.45 };

    #[test]
    fn the_tail_is_that_of_vasicek() {
        let p = quarterly_probability(0.02);
        let excess = ExcessLoss::new(&BOOK).unwrap();
        for level in [0.5, 0.95, 0.999] {
            // The loss falls in F, so its quantile stands at the quantile of -F.
            let worst = -normal_quantile(level);
            let argument = normal_quantile(p) + libm::sqrt(0.2) * normal_quantile(level);
            let share = normal_cdf(argument / libm::sqrt(0.8));
            assert!((excess.at(worst) - 200.0 * 0.45 * (share - p)).abs() < 1e-12, "{level}");
        }
        // Vasicek (2002): p = 0.02 per quarter, rho = 0.2 has its 0.999 quantile at 0.226313.
        let quarterly = OtherBook { assets: 1.0, pd_pa: 1.0 - libm::pow(0.98, 4.0), rho: 0.2, lgd: 1.0 };
        let excess = ExcessLoss::new(&quarterly).unwrap();
        assert!((excess.at(-normal_quantile(0.999)) + 0.02 - 0.226313).abs() < 1e-6);
    }

    #[test]
    fn the_mean_over_a_normal_factor_is_0() {
        let excess = ExcessLoss::new(&BOOK).unwrap();
        // By midpoints of probability; the convex ends cost about 1e-5.
        let slices = 100_000;
        let mean =
            (0..slices).map(|k| excess.at(normal_quantile((f64::from(k) + 0.5) / f64::from(slices)))).sum::<f64>()
                / f64::from(slices);
        assert!(mean.abs() < 1e-4, "{mean}");
    }

    #[test]
    fn nothing_moves_at_the_ends() {
        for (pd_pa, rho) in [(0.0, 0.2), (1.0, 0.2), (0.02, 0.0)] {
            assert_eq!(ExcessLoss::new(&OtherBook { pd_pa, rho, ..BOOK }), None, "{pd_pa} {rho}");
        }
        let one = ExcessLoss::new(&OtherBook { rho: 1.0, ..BOOK }).unwrap();
        assert!(one.at(-3.0) > 0.9 * 90.0 && one.at(1.0) < 0.0);
    }
}
