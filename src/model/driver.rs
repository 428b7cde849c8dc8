//! Random drivers of a quarter: correlated factors, the copula's mixing variable, jumps and scheduled shocks.

use crate::model::draws::DrawTable;
use crate::model::system::{Drivers, Jump, Obligor, Shock, System, Target};
use crate::random::{Purpose, Streams, poisson};
use crate::units::per_quarter;

/// Changes that jumps and shocks bring in one quarter, as added to the state: a loss of demand is negative.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Added to cumulative obsolescence J.
    pub obsolescence: f64,
    /// Added to log demand, by region.
    pub demand: Vec<f64>,
    /// Added to log supply, by region.
    pub supply: Vec<f64>,
    /// Added to the log of the equity index.
    pub equity: f64,
    /// Added to the deviation y of confidence.
    pub confidence: f64,
}

/// What one quarter's draws amount to.
#[derive(Debug, Clone)]
pub struct DriverState {
    /// Correlated normals `g = A z`, by factor: raw, for the latent test.
    pub normals: Vec<f64>,
    /// Mixing variable `s_t` (1 if Gaussian).
    pub mixing: f64,
    /// Factors F, by factor: mean 0, variance 1, persistent; low is bad.
    pub factors: Vec<f64>,
    /// Summed jumps (net of compensation) and shocks.
    pub effects: Effects,
    /// Number of jumps of the quarter, by jump.
    pub jumps: Vec<u32>,
    /// No refinancing is offered in this quarter.
    pub frozen: bool,
    /// Probability of no jump in a quarter, by jump.
    calm: Vec<f64>,
    compensation: Compensation,
}

/// Expected effects of jumps, added back in every quarter.
#[derive(Debug, Clone, Copy, Default)]
struct Compensation {
    obsolescence: f64,
    demand: f64,
    equity: f64,
    confidence: f64,
}

impl DriverState {
    /// Room for the drivers of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let factors = system.drivers.keys.len();
        let regions = system.regions.len();
        DriverState {
            normals: vec![0.0; factors],
            mixing: 1.0,
            factors: vec![0.0; factors],
            effects: Effects { demand: vec![0.0; regions], supply: vec![0.0; regions], ..Effects::default() },
            jumps: vec![0; system.jumps.len()],
            frozen: false,
            calm: vec![1.0; system.jumps.len()],
            compensation: Compensation::default(),
        }
    }

    /// Begins a trial of this system, whose rates and sizes of jumps are those drawn for the trial.
    pub fn reset(&mut self, system: &System) {
        self.factors.fill(0.0);
        for (calm, jump) in self.calm.iter_mut().zip(&system.jumps) {
            *calm = libm::exp(-per_quarter(jump.rate_pa));
        }
        self.compensation = Compensation::default();
        for jump in system.jumps.iter().filter(|jump| jump.compensated) {
            self.compensation.add(jump);
        }
    }

    /// Becomes the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let DriverState { normals, mixing, factors, effects, jumps, frozen, calm, compensation } = other;
        self.normals.clone_from(normals);
        self.factors.clone_from(factors);
        self.effects.copy_from(effects);
        self.jumps.clone_from(jumps);
        self.calm.clone_from(calm);
        (self.mixing, self.frozen, self.compensation) = (*mixing, *frozen, *compensation);
    }

    /// Moves to quarter `t`, from 1, in the order of quarters.
    pub fn advance(&mut self, system: &System, draws: &DrawTable, t: usize) {
        self.mixing = draws.mixing(t);
        self.correlate(&system.drivers, draws.factors(t));
        self.update_factors(&system.drivers, draws, t);
        self.start_effects();
        self.count_jumps(system, draws.jumps(t));
        for shock in striking(system, t) {
            self.effects.strike(shock);
        }
        self.frozen = system.shocks.iter().any(|shock| freezes(shock, t as f64));
    }

    /// Latent asset value `s_t A_i` of an obligor with the raw idiosyncratic draw `e`; it defaults below its threshold:
    /// `A_i = sqrt(rho) n'g + sqrt(1 - rho) e` with `n'Cn = 1` (Vasicek 2002).
    #[must_use]
    pub fn latent_asset(&self, obligor: &Obligor, e: f64) -> f64 {
        let systematic = self.systematic(&obligor.loadings);
        self.mixing * (libm::sqrt(obligor.rho) * systematic + libm::sqrt(1.0 - obligor.rho) * e)
    }

    /// Systematic part `n'g` of the latent asset value of whoever has these loadings n.
    #[must_use]
    pub fn systematic(&self, loadings: &[f64]) -> f64 {
        dot(loadings, &self.normals)
    }

    /// `g = A z` with A lower triangular.
    fn correlate(&mut self, drivers: &Drivers, independent: &[f64]) {
        let root = drivers.root.as_slice().expect("a root is filled by rows");
        let rows = root.chunks_exact(independent.len());
        for ((k, g), row) in self.normals.iter_mut().enumerate().zip(rows) {
            *g = dot(&row[..=k], independent);
        }
    }

    /// `F_1 = X_1`, then `F_t = phi F_t-1 + sqrt(1 - phi^2) X_t`: variance 1 from the first quarter.
    fn update_factors(&mut self, drivers: &Drivers, draws: &DrawTable, t: usize) {
        let margin = draws.margin(drivers);
        for ((f, g), phi) in self.factors.iter_mut().zip(&self.normals).zip(&drivers.persistence) {
            let x = margin.map(self.mixing * g);
            *f = if t == 1 { x } else { phi * *f + libm::sqrt(1.0 - phi * phi) * x };
        }
    }

    fn count_jumps(&mut self, system: &System, uniforms: &[f64]) {
        for ((place, jump), (u, calm)) in system.jumps.iter().enumerate().zip(uniforms.iter().zip(&self.calm)) {
            let count = if u <= calm { 0 } else { poisson(per_quarter(jump.rate_pa), *u) };
            self.jumps[place] = count;
            if count > 0 {
                self.effects.jump(jump, f64::from(count));
            }
        }
    }

    fn start_effects(&mut self) {
        self.effects.obsolescence = -self.compensation.obsolescence;
        self.effects.demand.fill(self.compensation.demand);
        self.effects.supply.fill(0.0);
        self.effects.equity = self.compensation.equity;
        self.effects.confidence = self.compensation.confidence;
    }
}

impl Compensation {
    /// Levels of value, demand and index keep their mean; so does the deviation of confidence before its clamp.
    fn add(&mut self, jump: &Jump) {
        let rate = per_quarter(jump.rate_pa);
        let level = |size: f64| -rate * libm::expm1(-size);
        self.obsolescence += level(jump.obsolescence);
        self.demand += level(jump.demand);
        self.equity += level(jump.equity);
        self.confidence += rate * jump.confidence;
    }
}

impl Effects {
    fn copy_from(&mut self, other: &Self) {
        let Effects { obsolescence, demand, supply, equity, confidence } = other;
        self.demand.clone_from(demand);
        self.supply.clone_from(supply);
        (self.obsolescence, self.equity, self.confidence) = (*obsolescence, *equity, *confidence);
    }

    fn jump(&mut self, jump: &Jump, count: f64) {
        self.obsolescence += count * jump.obsolescence;
        for demand in &mut self.demand {
            *demand -= count * jump.demand;
        }
        self.equity -= count * jump.equity;
        self.confidence -= count * jump.confidence;
    }

    fn strike(&mut self, shock: &Shock) {
        for target in &shock.targets {
            match target {
                Target::Demand => subtract(&mut self.demand, shock),
                Target::Supply => subtract(&mut self.supply, shock),
                Target::Equity => self.equity -= shock.size,
                Target::Obsolescence => self.obsolescence += shock.size,
                Target::Confidence => self.confidence -= shock.size,
                Target::FreezeRefinancing | Target::Honour(_) | Target::Default(_) | Target::Fail(_) => {}
            }
        }
    }
}

/// What strikes entities in quarter `t`, with its size: `honour`, `default` and `fail` targets (the shocks of markets
/// are in [`DriverState::effects`]). An `honour` stays from then on, which is for the caller to remember.
pub fn struck(system: &System, t: usize) -> impl Iterator<Item = (Target, f64)> + '_ {
    striking(system, t).flat_map(|shock| {
        let entities = shock
            .targets
            .iter()
            .filter(|target| matches!(target, Target::Honour(_) | Target::Default(_) | Target::Fail(_)));
        entities.map(|target| (*target, shock.size))
    })
}

/// Where the draws of one trial come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    /// Streams of the run.
    pub streams: Streams,
    /// Number of the trial.
    pub trial: u64,
}

/// The raw standard normal `e_i` of an obligor: as it is in the latent test, through the copula's margin in revenue.
#[must_use]
pub fn idiosyncratic(streams: Streams, trial: u64, t: usize, key: u32) -> f64 {
    streams.normal(trial, Purpose::Idiosyncratic, t as u32, key)
}

/// Shocks scheduled for quarter `t`.
pub fn striking(system: &System, t: usize) -> impl Iterator<Item = &Shock> + '_ {
    system.shocks.iter().filter(move |shock| shock.quarter == t as f64)
}

fn freezes(shock: &Shock, t: f64) -> bool {
    shock.targets.contains(&Target::FreezeRefinancing) && t >= shock.quarter && t < shock.quarter + shock.length_q
}

fn subtract(logs: &mut [f64], shock: &Shock) {
    for (region, log) in logs.iter_mut().enumerate() {
        if shock.region.is_none_or(|only| only == region) {
            *log -= shock.size;
        }
    }
}

#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::copula::{latent_threshold, root};
    use crate::model::fixture;
    use crate::model::system::{Copula, DEMAND, EQUITY, REGIONAL};

    /// Runs `trials` trials of `quarters` quarters and shows the state after each to `see(trial, t, state)`.
    fn simulate(system: &System, trials: u64, quarters: usize, mut see: impl FnMut(u64, usize, &DriverState)) {
        let mut draws = DrawTable::new(&System { quarters, ..system.clone() });
        let mut state = DriverState::new(system);
        for trial in 0..trials {
            state.reset(system);
            draws.fill(&system.drivers, Draws { streams: Streams::new(42), trial });
            for t in 1..=quarters {
                state.advance(system, &draws, t);
                see(trial, t, &state);
            }
        }
    }

    fn with_copula(mut system: System, dof: Option<u32>) -> System {
        system.drivers.copula = dof.map_or(Copula::Gaussian, |_| Copula::StudentT);
        system.drivers.dof = dof.map_or(5.0, f64::from);
        system.drivers.dof_values = dof.into_iter().collect();
        system
    }

    fn jump(obsolescence: f64, demand: f64, compensated: bool) -> Jump {
        Jump {
            name: "test".into(),
            place: 0,
            key: 8,
            rate_pa: 0.5,
            obsolescence,
            demand,
            equity: 0.15,
            confidence: 0.15,
            compensated,
        }
    }

    fn shock(quarter: f64, targets: Vec<Target>, region: Option<usize>) -> Shock {
        Shock { name: "test".into(), quarter, size: 0.3, length_q: 2.0, targets, region }
    }

    #[test]
    fn persistent_factors_have_the_variances_of_example_13() {
        for dof in [None, Some(4)] {
            let mut system = with_copula(fixture::system(&[]), dof);
            system.drivers.persistence[DEMAND] = 0.5;
            let trials = 60_000u64;
            let (mut sum, mut squares) = (0.0, [0.0; 21]);
            let mut last = 0.0;
            simulate(&system, trials, 20, |_, t, state| {
                sum = if t == 1 { 0.0 } else { sum } + state.factors[DEMAND];
                squares[t] += sum * sum;
                if t == 20 {
                    last += state.factors[DEMAND] * state.factors[DEMAND];
                }
            });
            let n = trials as f64;
            let four_errors = 4.0 * libm::sqrt(2.0 / n);
            for (t, variance) in [(1, 1.0), (2, 3.0), (4, 8.25), (20, 56.000_004)] {
                let estimate = squares[t] / n;
                assert!((estimate / variance - 1.0).abs() < four_errors, "{dof:?} t {t}: {estimate}");
            }
            assert!((last / n - 1.0).abs() < four_errors, "{dof:?}: {last}");
        }
    }

    #[test]
    fn normals_have_the_correlation_and_regions_do_not_move_factors() {
        let mut system = fixture::system(&["cn", "us"]);
        let c = &mut system.drivers.correlation;
        c[[EQUITY, DEMAND]] = 0.6;
        c[[DEMAND, EQUITY]] = 0.6;
        system.drivers.root = root(c).expect("positive definite");
        let mut alone = fixture::system(&["us"]);
        alone.drivers.root[[EQUITY, DEMAND]] = system.drivers.root[[EQUITY, DEMAND]];
        alone.drivers.root[[EQUITY, EQUITY]] = system.drivers.root[[EQUITY, EQUITY]];

        let (mut product, mut kept) = (0.0, vec![]);
        simulate(&system, 50_000, 1, |_, _, state| {
            product += state.normals[DEMAND] * state.normals[EQUITY];
            kept.push((state.factors[EQUITY], state.factors[REGIONAL + 1]));
        });
        // Variance of a product of normals: 1 + rho^2.
        assert!((product / 5e4 - 0.6).abs() < 4.0 * libm::sqrt(1.36 / 5e4));
        simulate(&alone, 100, 1, |trial, _, state| {
            let expected = kept[trial as usize];
            assert_eq!((state.factors[EQUITY], state.factors[REGIONAL]), expected);
        });
    }

    /// Probability of 0, 1, 2 and 3 defaults among three names that load on one factor.
    fn defaults_of_three(dof: Option<u32>, p: f64, rho: f64, trials: u64) -> [f64; 4] {
        let system = with_copula(fixture::system(&[]), dof);
        let threshold = latent_threshold(&system.drivers, p);
        let mut obligor = fixture::obligor("a");
        obligor.loadings = vec![1.0, 0.0, 0.0, 0.0];
        obligor.rho = rho;
        let mut counts = [0u64; 4];
        simulate(&system, trials, 1, |trial, t, state| {
            let defaults = (0..3).filter(|key| {
                let e = idiosyncratic(Streams::new(42), trial, t, *key);
                state.latent_asset(&obligor, e) < threshold
            });
            counts[defaults.count()] += 1;
        });
        counts.map(|count| count as f64 / trials as f64)
    }

    #[test]
    fn joint_defaults_of_example_12_and_case_3() {
        let trials = 400_000;
        let close = |estimate: f64, exact: f64, what: &str| {
            let error = libm::sqrt(exact * (1.0 - exact) / trials as f64);
            assert!((estimate - exact).abs() < 4.0 * error, "{what}: {estimate} for {exact}");
        };
        let three_names = [
            (None, [0.943188, 0.053737, 0.002963, 0.000113]),
            (Some(10), [0.945540, 0.049302, 0.004775, 0.000383]),
            (Some(5), [0.947886, 0.044996, 0.006349, 0.000769]),
            (Some(4), [0.948994, 0.042997, 0.007026, 0.000984]),
        ];
        for (dof, exact) in three_names {
            let estimate = defaults_of_three(dof, 0.02, 0.2, trials);
            for (count, exact) in exact.into_iter().enumerate() {
                close(estimate[count], exact, &format!("{dof:?}, {count} of three"));
            }
        }
        let joint_of_two = [(None, 3.3892e-4), (Some(10), 7.876855e-4), (Some(5), 1.289224e-3), (Some(4), 1.535074e-3)];
        for (dof, exact) in joint_of_two {
            // Three pairs in each trial, so the mean of pairs is less noisy than the one pair of `close`.
            let [_, _, two, three] = defaults_of_three(dof, 0.01, 0.2, trials);
            close(two / 3.0 + three, exact, &format!("{dof:?}, pair"));
        }
    }

    /// Mean and standard error of `x` over trials of 16 quarters.
    fn mean_of(system: &System, x: impl Fn(&Effects) -> f64, level: impl Fn(f64) -> f64) -> (f64, f64) {
        let trials = 40_000u64;
        let (mut log, mut sum, mut square) = (0.0, 0.0, 0.0);
        simulate(system, trials, 16, |_, t, state| {
            log = if t == 1 { 0.0 } else { log } + x(&state.effects);
            if t == 16 {
                sum += level(log);
                square += level(log) * level(log);
            }
        });
        let n = trials as f64;
        let mean = sum / n;
        (mean, libm::sqrt((square / n - mean * mean) / n))
    }

    #[test]
    fn jumps_have_the_means_of_case_12() {
        let mut system = fixture::system(&["us"]);
        for (compensated, exact) in [(false, 0.642494), (true, 1.0)] {
            system.jumps = vec![jump(0.25, 0.25, compensated)];
            let (value, error) = mean_of(&system, |effects| effects.obsolescence, |j| libm::exp(-j));
            assert!((value - exact).abs() < 4.0 * error, "{compensated}: {value} +- {error}");
            let (demand, error) = mean_of(&system, |effects| effects.demand[0], libm::exp);
            assert!((demand - exact).abs() < 4.0 * error, "{compensated}: {demand} +- {error}");
        }
        let (equity, error) = mean_of(&system, |effects| effects.equity, libm::exp);
        assert!((equity - 1.0).abs() < 4.0 * error);
        let (confidence, error) = mean_of(&system, |effects| effects.confidence, |y| y);
        assert!(confidence.abs() < 4.0 * error && error > 0.0);
    }

    #[test]
    fn shocks_strike_once_where_they_are_aimed() {
        let mut system = fixture::system(&["cn", "us"]);
        let markets = vec![Target::Demand, Target::Supply, Target::Equity, Target::Obsolescence];
        system.shocks = vec![
            shock(2.0, markets, Some(1)),
            shock(2.0, vec![Target::Confidence, Target::Honour(7), Target::Fail(3)], None),
            shock(3.0, vec![Target::FreezeRefinancing], None),
        ];
        simulate(&system, 1, 5, |_, t, state| {
            let size = if t == 2 { 0.3 } else { 0.0 };
            let effects = &state.effects;
            assert_eq!(effects.demand, [0.0, -size]);
            assert_eq!(effects.supply, [0.0, -size]);
            assert_eq!([effects.equity, effects.confidence], [-size; 2]);
            assert_eq!(effects.obsolescence, size);
            assert_eq!(state.frozen, t == 3 || t == 4);
        });
        let entities: Vec<_> = struck(&system, 2).collect();
        assert_eq!(entities, [(Target::Honour(7), 0.3), (Target::Fail(3), 0.3)]);
        assert_eq!(struck(&system, 3).count(), 0);
    }
}
