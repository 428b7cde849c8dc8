//! Latent default tests, with as few searches for thresholds as can be. (methods.md, 6.1)

use crate::model::copula::latent_threshold;
use crate::model::driver::DriverState;
use crate::model::system::{DefaultModel, Drivers, Obligor, System};
use crate::units::quarterly_probability;

/// Places for degrees of freedom, whose draws are few and small.
const DEGREES: usize = 8;

/// What the search for a threshold may err by, relative and absolute: far more than it does.
const MARGIN: f64 = 1e-6;

/// `s_t A_i` below the threshold of the probability of default drawn for a trial, for all obligors that are not purely structural.
#[derive(Debug, Clone)]
pub struct LatentTests {
    tests: Vec<LatentTest>,
    /// Of each test.
    thresholds: Vec<Threshold>,
    /// The loadings that there are; no draw moves them.
    loadings: Vec<Vec<f64>>,
    /// Systematic part of the asset value this quarter, by loadings.
    systematic: Vec<f64>,
}

/// `A_i = sqrt(rho) n'g + sqrt(1 - rho) e` and what to hold it against: what a quarter reads of an obligor.
#[derive(Debug, Clone, Copy)]
struct LatentTest {
    obligor: usize,
    /// Place of its loadings among those of [`LatentTests`].
    loadings: usize,
    /// `sqrt(rho)`.
    systematic: f64,
    /// `sqrt(1 - rho)`.
    own: f64,
    /// Who has more does not default.
    limit: f64,
}

impl LatentTests {
    /// Of the obligors of a system; nothing is searched for yet.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let mut loadings: Vec<Vec<f64>> = Vec::new();
        let latent = |(_, obligor): &(usize, &Obligor)| obligor.default_model != DefaultModel::Structural;
        let tests = system.obligors.iter().enumerate().filter(latent).map(|(i, obligor)| {
            let known = loadings.iter().position(|known| *known == obligor.loadings);
            let place = known.unwrap_or_else(|| {
                loadings.push(obligor.loadings.clone());
                loadings.len() - 1
            });
            LatentTest { obligor: i, loadings: place, systematic: f64::NAN, own: f64::NAN, limit: f64::NAN }
        });
        let tests: Vec<_> = tests.collect();
        LatentTests {
            thresholds: vec![Threshold::default(); tests.len()],
            systematic: vec![f64::NAN; loadings.len()],
            tests,
            loadings,
        }
    }

    /// Begins a trial, whose parameters are those drawn for it.
    pub fn begin(&mut self, drawn: &System) {
        for (test, threshold) in self.tests.iter_mut().zip(&mut self.thresholds) {
            let obligor = &drawn.obligors[test.obligor];
            (test.systematic, test.own) = (libm::sqrt(obligor.rho), libm::sqrt(1.0 - obligor.rho));
            test.limit = threshold.begin(&drawn.drivers, obligor.pd_pa);
        }
    }

    /// Shows the obligors whose latent asset value falls below the threshold to `fall`, in order. `e` gives the raw idiosyncratic
    /// draw of an obligor.
    #[inline]
    pub fn each_fall(
        &mut self,
        drivers: (&Drivers, &DriverState),
        e: impl Fn(usize) -> f64,
        mut fall: impl FnMut(usize),
    ) {
        let (laws, state) = drivers;
        for (systematic, loadings) in self.systematic.iter_mut().zip(&self.loadings) {
            *systematic = state.systematic(loadings);
        }
        for (test, threshold) in self.tests.iter().zip(&self.thresholds) {
            let asset = state.mixing * (test.systematic * self.systematic[test.loadings] + test.own * e(test.obligor));
            if asset < test.limit && threshold.is_above(laws, asset) {
                fall(test.obligor);
            }
        }
    }

    /// Becomes the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let LatentTests { tests, thresholds, loadings: _, systematic } = other;
        self.tests.copy_from_slice(tests);
        self.thresholds.copy_from_slice(thresholds);
        self.systematic.copy_from_slice(systematic);
    }
}

/// The threshold of the probability of default of an obligor drawn for a trial.
///
/// A search for a threshold costs as much as a quarter of a trial, and thresholds rise with the probability: so it is made only
/// where the asset value lies below the threshold of a probability at least as large, found in an earlier trial. The answer does
/// not depend on which trials those were.
#[derive(Debug, Clone, Copy)]
struct Threshold {
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

impl Default for Threshold {
    /// Found for nothing yet: nothing equals NaN.
    fn default() -> Self {
        let nothing = Ceiling { dof: f64::NAN, pd_pa: f64::NAN, threshold: f64::NEG_INFINITY };
        Threshold { pd_pa: f64::NAN, ceilings: [nothing; DEGREES] }
    }
}

impl Threshold {
    /// Begins a trial: asset values from the number on that is given do not lie below.
    fn begin(&mut self, drivers: &Drivers, pd_pa: f64) -> f64 {
        self.pd_pa = pd_pa;
        let ceiling = &mut self.ceilings[place(drivers)];
        let covered = ceiling.dof == drivers.dof && pd_pa <= ceiling.pd_pa;
        if !covered {
            *ceiling = Ceiling { dof: drivers.dof, pd_pa, threshold: threshold(drivers, pd_pa) };
        }
        let margin = if pd_pa == ceiling.pd_pa { 0.0 } else { MARGIN * (1.0 + ceiling.threshold.abs()) };
        ceiling.threshold + margin
    }

    /// Whether an asset value below what [`Threshold::begin`] gave lies below the threshold, too.
    #[cold]
    fn is_above(&self, drivers: &Drivers, asset: f64) -> bool {
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
        let (streams, mut test) = (Streams::new(6), Threshold::default());
        let mut fallen = 0;
        for trial in 0..3_000u64 {
            drivers.copula = if trial < 1_500 { Copula::StudentT } else { Copula::Gaussian };
            if trial == 1_500 {
                test = Threshold::default();
            }
            // 4 and 12 degrees share a place.
            drivers.dof = [4.0, 5.0, 12.0][trial as usize % 3];
            let pd_pa = [0.02, 0.5, 0.9, 0.02 + 0.1 * (trial as f64 / 3e3)][trial as usize % 4];
            let limit = test.begin(&drivers, pd_pa);
            let exact = threshold(&drivers, pd_pa);
            let near = exact * (1.0 + 1e-12 * streams.normal(trial, Purpose::Factors, 1, 1));
            for asset in [
                exact,
                near,
                1.1 * exact,
                0.9 * exact,
                streams.normal(trial, Purpose::Factors, 1, 2),
                f64::NEG_INFINITY,
            ] {
                let falls = asset < limit && test.is_above(&drivers, asset);
                assert_eq!(falls, asset < exact, "trial {trial}: {asset} against {exact}");
                fallen += u32::from(asset < exact);
            }
        }
        assert!(fallen > 3_000);
    }

    #[test]
    fn certain_and_impossible_defaults_stay_so() {
        let mut system = fixture::system(&[]);
        system.obligors = vec![Obligor { default_model: DefaultModel::Both, ..fixture::obligor("a") }];
        let mut tests = LatentTests::new(&system);
        for (pd_pa, fallen) in [(0.0, 0), (1.0, 1), (0.0, 0)] {
            system.obligors[0].pd_pa = pd_pa;
            assert_eq!(falls(&mut tests, &system, -9.0).len(), fallen, "probability {pd_pa}");
        }
    }

    /// Who falls at factors of -1, -2, -3 and so on.
    fn falls(tests: &mut LatentTests, system: &System, e: f64) -> Vec<usize> {
        let mut state = DriverState::new(system);
        state.normals.iter_mut().zip(1..).for_each(|(g, k)| *g = -f64::from(k));
        let mut fallen = Vec::new();
        tests.begin(system);
        tests.each_fall((&system.drivers, &state), |_| e, |i| fallen.push(i));
        fallen
    }

    #[test]
    fn each_obligor_is_tested_by_its_own_loadings() {
        let mut system = fixture::system(&[]);
        system.drivers.copula = Copula::Gaussian;
        let latent = |loadings: &[f64], rho: f64| {
            let default_model = DefaultModel::Latent;
            Obligor { default_model, loadings: loadings.to_vec(), rho, pd_pa: 0.02, ..fixture::obligor("a") }
        };
        // The quarterly probability of 0.5 % has its threshold at -2.57. Asset values: 0.8 . -2 - 0.6, 0.8 . -3 - 0.6, none, and
        // 0.6 . -3 - 0.8.
        let second = [0.0, 1.0, 0.0, 0.0];
        let third = [0.0, 0.0, 1.0, 0.0];
        system.obligors =
            vec![latent(&second, 0.64), latent(&third, 0.64), fixture::obligor("b"), latent(&third, 0.36)];
        let mut tests = LatentTests::new(&system);
        assert_eq!(tests.loadings, [second, third]);
        assert_eq!(falls(&mut tests, &system, -1.0), [1, 3]);
    }
}
