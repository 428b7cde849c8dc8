//! The latent default test of an obligor, with as few searches for its threshold as can be. (methods.md, 6.1)

use crate::model::copula::latent_threshold;
use crate::model::driver::LatentParts;
use crate::model::system::{DefaultModel, Drivers, Obligor};
use crate::units::quarterly_probability;

/// Places for degrees of freedom, whose draws are few and small.
const DEGREES: usize = 8;

/// What the search for a threshold may err by, relative and absolute: far more than it does.
const MARGIN: f64 = 1e-6;

/// `s_t A_i` below the threshold of the probability of default drawn for a trial.
///
/// A search for a threshold costs as much as a quarter of a trial, and thresholds rise with the probability: so it is made only
/// where the asset value lies below the threshold of a probability at least as large, found in an earlier trial. The answer does
/// not depend on which trials those were.
#[derive(Debug, Clone, Copy)]
pub struct LatentTest {
    /// Who has more does not default.
    limit: f64,
    parts: LatentParts,
    pd_pa: f64,
    ceilings: [Ceiling; DEGREES],
}

/// The largest probability that a threshold was found for, and the threshold.
#[derive(Debug, Clone, Copy)]
struct Ceiling {
    dof: f64,
    pd_pa: f64,
    threshold: f64,
}

impl Default for LatentTest {
    /// Found for nothing yet: nothing equals NaN.
    fn default() -> Self {
        let nothing = Ceiling { dof: f64::NAN, pd_pa: f64::NAN, threshold: f64::NEG_INFINITY };
        LatentTest { limit: f64::NAN, parts: LatentParts::default(), pd_pa: f64::NAN, ceilings: [nothing; DEGREES] }
    }
}

impl LatentTest {
    /// Begins a trial; nothing is computed for a purely structural obligor.
    pub fn begin(&mut self, drivers: &Drivers, obligor: &Obligor) {
        if obligor.default_model == DefaultModel::Structural {
            return;
        }
        self.parts = LatentParts::of(obligor);
        self.pd_pa = obligor.pd_pa;
        let ceiling = &mut self.ceilings[place(drivers)];
        let covered = ceiling.dof == drivers.dof && obligor.pd_pa <= ceiling.pd_pa;
        if !covered {
            let (dof, pd_pa) = (drivers.dof, obligor.pd_pa);
            *ceiling = Ceiling { dof, pd_pa, threshold: threshold(drivers, pd_pa) };
        }
        let margin = if self.pd_pa == ceiling.pd_pa { 0.0 } else { MARGIN * (1.0 + ceiling.threshold.abs()) };
        self.limit = ceiling.threshold + margin;
    }

    /// What makes up the latent asset value in this trial.
    #[inline]
    #[must_use]
    pub fn parts(&self) -> &LatentParts {
        &self.parts
    }

    /// Whether an obligor of the latent asset value `asset` defaults.
    #[inline]
    #[must_use]
    pub fn fails(&self, drivers: &Drivers, asset: f64) -> bool {
        asset < self.limit && self.fails_near(drivers, asset)
    }

    #[cold]
    fn fails_near(&self, drivers: &Drivers, asset: f64) -> bool {
        let known = self.pd_pa == self.ceilings[place(drivers)].pd_pa;
        known || asset < threshold(drivers, self.pd_pa)
    }
}

fn place(drivers: &Drivers) -> usize {
    drivers.dof as usize % DEGREES
}

fn threshold(drivers: &Drivers, pd_pa: f64) -> f64 {
    latent_threshold(drivers, quarterly_probability(pd_pa))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::system::Copula;
    use crate::random::{Purpose, Streams};

    #[test]
    fn the_answer_is_that_of_the_exact_threshold_in_any_order_of_trials() {
        let mut drivers = fixture::system(&[]).drivers;
        let mut obligor = fixture::obligor("a");
        obligor.default_model = DefaultModel::Latent;
        let (streams, mut test) = (Streams::new(6), LatentTest::default());
        let mut fallen = 0;
        for trial in 0..3_000u64 {
            drivers.copula = if trial < 1_500 { Copula::StudentT } else { Copula::Gaussian };
            if trial == 1_500 {
                test = LatentTest::default();
            }
            // 4 and 12 degrees share a place.
            drivers.dof = [4.0, 5.0, 12.0][trial as usize % 3];
            obligor.pd_pa = [0.02, 0.5, 0.9, 0.02 + 0.1 * (trial as f64 / 3e3)][trial as usize % 4];
            test.begin(&drivers, &obligor);
            let exact = threshold(&drivers, obligor.pd_pa);
            let near = exact * (1.0 + 1e-12 * streams.normal(trial, Purpose::Factors, 1, 1));
            for asset in [
                exact,
                near,
                1.1 * exact,
                0.9 * exact,
                streams.normal(trial, Purpose::Factors, 1, 2),
                f64::NEG_INFINITY,
            ] {
                assert_eq!(test.fails(&drivers, asset), asset < exact, "trial {trial}: {asset} against {exact}");
                fallen += u32::from(asset < exact);
            }
        }
        assert!(fallen > 3_000);
    }

    #[test]
    fn certain_and_impossible_defaults_stay_so() {
        let drivers = fixture::system(&[]).drivers;
        let mut obligor = fixture::obligor("a");
        obligor.default_model = DefaultModel::Both;
        let mut test = LatentTest::default();
        for (pd_pa, fails) in [(0.0, false), (1.0, true), (0.0, false)] {
            obligor.pd_pa = pd_pa;
            test.begin(&drivers, &obligor);
            assert_eq!(test.fails(&drivers, -9.0), fails, "probability {pd_pa}");
        }
    }
}
