//! Cases 1, 2, 3, 12 and 17 and worked example 12 through the model, the engine and the statistics (rates: `suite`).

use crate::exact::{
    Names, cumulative, large_pool, large_pool_cdf, large_pool_shortfall, moment, normal, normal_inverse,
    shortfall_variance, tail,
};
use crate::play::{each_drive, each_trial, load, pool, summary, world};
use crate::suite::{Comparisons, MEAN_COVERED, REPEATS};
use approx::assert_abs_diff_eq;
use knockon::model::copula::latent_threshold;
use knockon::random::student_t_cdf;
use knockon::statistics::{Estimate, Summary};
use knockon::units::quarterly_probability;

/// `1 - 0.98^4`: 2 % a quarter.
pub const TWO_PERCENT: f64 = 0.077_631_84;
/// `1 - 0.99^4`: 1 % a quarter.
pub const ONE_PERCENT: f64 = 0.039_403_99;

/// Copulas with the degrees of freedom of each.
pub const COPULAS: [Option<u32>; 4] = [None, Some(10), Some(5), Some(4)];

/// Overrides that choose a copula.
pub fn copula(dof: Option<u32>) -> Vec<String> {
    match dof {
        None => vec!["drivers.copula=\"gaussian\"".into()],
        Some(dof) => vec!["drivers.copula=\"t\"".into(), format!("drivers.dof={dof}")],
    }
}

/// Overrides as [`load`] takes them.
pub fn borrowed(sets: &[String]) -> Vec<&str> {
    sets.iter().map(String::as_str).collect()
}

/// Trials in which an event happened.
fn events(share: Option<Estimate>) -> u64 {
    share.map_or(0, |share| (share.point * share.trials as f64).round() as u64)
}

/// Case 1, the printed numbers against quadrature: p = 0.02, rho = 0.2, a large pool and 100 names.
#[test]
fn case_01_vasicek_in_closed_form() {
    let (p, rho) = (0.02, 0.2);
    let names = Names::new(p, rho, None);
    assert_abs_diff_eq!(names.all(1), p, epsilon = 1e-12);
    assert_abs_diff_eq!(names.all(2), 0.001_100_18, epsilon = 5e-9);
    for (level, quantile) in [(0.95, 0.070_277), (0.99, 0.128_610), (0.999, 0.226_313)] {
        assert_abs_diff_eq!(large_pool(p, rho, level), quantile, epsilon = 5e-7);
    }
    assert_abs_diff_eq!(large_pool_shortfall(p, rho, 0.99), 0.170_462, epsilon = 5e-7);
    let law = names.defaults(100);
    assert_abs_diff_eq!(law.iter().sum::<f64>(), 1.0, epsilon = 1e-12);
    let variance = p * (1.0 - p) / 100.0 + 0.99 * (names.all(2) - p * p);
    assert_abs_diff_eq!(variance.sqrt(), 0.029_819, epsilon = 5e-7);
    assert_abs_diff_eq!(moment(&law, 2.0) / 1e4 - p * p, variance, epsilon = 1e-12);
    assert_abs_diff_eq!(law[0], 0.382_764, epsilon = 5e-7);
    for (level, quantile, shortfall) in [(0.95, 8, 0.116_578), (0.99, 14, 0.184_229), (0.999, 24, 0.290_860)] {
        let (at, mean) = tail(&law, level);
        assert_eq!(at, quantile);
        assert_abs_diff_eq!(mean / 100.0, shortfall, epsilon = 5e-7);
    }
}

/// Level, ratio as printed, and half a unit of its last digit.
type Ratio = (f64, f64, f64);

/// Case 1: Vasicek (2002), Risk 15(12), p = 0.01: quantiles of a large pool in standard deviations from the mean.
const PUBLISHED: [(f64, [Ratio; 4]); 2] = [
    (0.1, [(0.9, 1.19, 0.005), (0.99, 3.8, 0.05), (0.999, 7.0, 0.05), (0.9999, 10.7, 0.05)]),
    (0.4, [(0.9, 0.55, 0.005), (0.99, 4.5, 0.05), (0.999, 11.0, 0.05), (0.9999, 18.2, 0.05)]),
];

#[test]
fn case_01_vasicek_published_ratios() {
    for (rho, rows) in PUBLISHED {
        let deviation = (Names::new(0.01, rho, None).all(2) - 1e-4).sqrt();
        for (level, printed, digits) in rows {
            assert_abs_diff_eq!((large_pool(0.01, rho, level) - 0.01) / deviation, printed, epsilon = digits);
        }
    }
}

/// Case 1: 100 equal names through the whole program. The standard errors come from the exact law, that of the standard
/// deviation from its fourth moment.
#[test]
fn case_01_vasicek_pool_of_100_names() {
    let (trials, law) = (200_000, Names::new(0.02, 0.2, None).defaults(100));
    let mut compare = Comparisons::of("case 1, pool of 100");
    let summary = summary(&pool(100, TWO_PERCENT, 0.2, &[]), 1, trials);
    let n = trials as f64;
    let centred = |power: f64| law.iter().enumerate().map(|(k, p)| p * libm::pow(k as f64 - 2.0, power)).sum::<f64>();
    let deviation = centred(2.0).sqrt();
    let mean = summary.system.mean_loss_usd_bn.unwrap();
    compare.normal(mean.point, 2.0, deviation / n.sqrt());
    let error = ((centred(4.0) - centred(2.0) * centred(2.0)) / n).sqrt() / (2.0 * deviation);
    compare.normal(mean.std_error.unwrap() * n.sqrt(), deviation, error);
    compare.count(events(summary.failures.probability), trials, 1.0 - law[0]);
    for found in &summary.system.tails {
        compare.quantile(found, 1.0, &cumulative(&law));
        let error = (shortfall_variance(&law, found.level) / n).sqrt();
        compare.normal(found.expected_shortfall_usd_bn.point, tail(&law, found.level).1, error);
    }
}

/// Case 1: the published pairs with 1,000 names, at levels that 8,000 trials reach, against the exact law of 1,000 names.
#[test]
fn case_01_vasicek_pool_of_1000_names() {
    let mut compare = Comparisons::of("case 1, pool of 1,000");
    for (rho, _) in PUBLISHED {
        let mut scenario = pool(1_000, ONE_PERCENT, rho, &[]);
        scenario.run.levels = vec![0.9, 0.99, 0.999];
        let law = cumulative(&Names::new(0.01, rho, None).defaults(1_000));
        for found in &summary(&scenario, 2, 8_000).system.tails {
            compare.quantile(found, 1.0, &law);
        }
    }
}

/// Case 1: a pool of infinitely many names, whose share of defaults is the conditional probability given what the model
/// draws for the factor: a latent value is linear in e, so that probability is Phi at its root.
#[test]
fn case_01_vasicek_large_pool() {
    let trials = 1_000_000;
    let mut compare = Comparisons::of("case 1, large pool");
    let system = pool(1, TWO_PERCENT, 0.2, &[]).system;
    let mut rows: Vec<(f64, f64, f64, u64)> = [0.95, 0.99, 0.999].iter().map(|level| (0.02, 0.2, *level, 0)).collect();
    rows.extend(PUBLISHED.iter().flat_map(|(rho, own)| own.iter().map(|row| (0.01, *rho, row.0, 0))));
    let quantiles: Vec<f64> = rows.iter().map(|(p, rho, level, _)| large_pool(*p, *rho, *level)).collect();
    let (mut sum, mut squares, mut excess) = (0.0, 0.0, 0.0);
    each_drive(&system, 31, trials, 1, |_, _, drivers| {
        for (place, row) in rows.iter_mut().enumerate() {
            let mut name = system.obligors[0].clone();
            name.rho = row.1;
            let (none, one) = (drivers.latent_asset(&name, 0.0), drivers.latent_asset(&name, 1.0));
            let share = normal((latent_threshold(&system.drivers, row.0) - none) / (one - none));
            row.3 += u64::from(share > quantiles[place]);
            if place == 1 {
                sum += share;
                squares += share * share;
                excess += (share - quantiles[1]).max(0.0);
            }
        }
    });
    rows.iter().for_each(|(_, _, level, beyond)| compare.count(*beyond, trials, 1.0 - level));
    let (n, names) = (trials as f64, Names::new(0.02, 0.2, None));
    let error = |f: &dyn Fn(f64) -> f64| ((names.mean(|q| f(q) * f(q)) - names.mean(f) * names.mean(f)) / n).sqrt();
    compare.normal(sum / n, 0.02, error(&|q| q));
    compare.normal(squares / n, 0.001_100_18, error(&|q| q * q));
    let beyond = |q: f64| (q - quantiles[1]).max(0.0);
    let shortfall = quantiles[1] + excess / n / 0.01;
    compare.normal(shortfall, large_pool_shortfall(0.02, 0.2, 0.99), error(&beyond) / 0.01);
}

#[test]
fn case_02_horizon_quarterly_probability() {
    assert_abs_diff_eq!(quarterly_probability(0.02), 0.005_037_94, epsilon = 5e-9);
    assert_abs_diff_eq!(quarterly_probability(TWO_PERCENT), 0.02, epsilon = 1e-12);
    assert_abs_diff_eq!(quarterly_probability(ONE_PERCENT), 0.01, epsilon = 1e-12);
}

/// Case 2: without correlation a name has defaulted by the end of T quarters with 1 - (1 - p)^T. The quarter given default
/// has a truncated geometric law.
#[test]
fn case_02_horizon_defaults() {
    let trials = 100_000;
    let mut compare = Comparisons::of("case 2");
    for (quarters, truth) in [(1, 0.005_037_94), (4, 0.02), (8, 0.0396), (20, 0.096_079_203_2)] {
        let scenario = load(&world("case-02-horizon"), &[&format!("run.quarters={quarters}")]);
        let name = &summary(&scenario, 3, trials).obligors[0];
        let defaults = events(name.default_probability);
        compare.count(defaults, trials, truth);
        if quarters == 20 {
            let p = quarterly_probability(0.02);
            let moment = |power: f64| {
                let terms = (0..20).map(|k| libm::pow(f64::from(k + 1), power) * p * libm::pow(1.0 - p, f64::from(k)));
                terms.sum::<f64>() / truth
            };
            let error = ((moment(2.0) - moment(1.0) * moment(1.0)) / defaults as f64).sqrt();
            compare.normal(name.mean_default_quarter.unwrap().point, moment(1.0), error);
        }
    }
}

/// Trials with so many defaults: the failures of the ladder of insurers in the world of example 12.
fn defaults(summary: &Summary, number: usize) -> u64 {
    events(summary.failures.numbers.get(number).map(|share| share.probability))
}

/// Case 3: joint default of two names, p = 0.01, rho = 0.2.
pub const JOINT: [f64; 4] = [3.3892e-4, 7.876_855e-4, 1.289_224e-3, 1.535_074e-3];

/// Case 3 by quadrature, 1e-6 relative (the Gaussian number to its printed digits); tail dependence, and what the
/// conditional probability of a second default tends to.
#[test]
fn case_03_t_copula_by_quadrature() {
    for (dof, joint) in COPULAS.into_iter().zip(JOINT) {
        let digits = if dof.is_some() { 1e-6 } else { 2e-5 };
        let names = Names::new(0.01, 0.2, dof);
        assert_abs_diff_eq!(names.all(2) / joint, 1.0, epsilon = digits);
        let system = pool(1, ONE_PERCENT, 0.2, &borrowed(&copula(dof))).system;
        assert_abs_diff_eq!(latent_threshold(&system.drivers, 0.01), names.threshold, epsilon = 1e-9);
    }
    let dependence =
        |nu: u32, rho: f64| 2.0 * student_t_cdf(nu + 1, -(f64::from(nu + 1) * (1.0 - rho) / (1.0 + rho)).sqrt());
    assert_abs_diff_eq!(dependence(4, 0.5), 0.25317, epsilon = 5e-6);
    let conditional = |p: f64| Names::new(p, 0.5, Some(4)).all(2) / p;
    let (near, nearer) = (conditional(1e-4), conditional(1e-6));
    assert!(near > nearer && nearer > 0.25317, "{near} {nearer}");
    // The distance to the limit falls with p^(2/nu): tenfold from one to the other.
    assert_abs_diff_eq!(nearer - (near - nearer) / 9.0, 0.25317, epsilon = 5e-4);
}

/// Case 3 through the model: joint defaults, and the margins do not move with the copula.
#[test]
fn case_03_t_copula_through_the_model() {
    let trials = 300_000;
    let mut compare = Comparisons::of("case 3");
    let pds = ["obligor.a.pd_pa=0.03940399", "obligor.b.pd_pa=0.03940399", "obligor.c.enabled=false"];
    for (dof, joint) in COPULAS.into_iter().zip(JOINT) {
        let sets = copula(dof);
        let summary =
            summary(&load(&world("example-12-joint-defaults"), &[&pds[..], &borrowed(&sets)].concat()), 6, trials);
        compare.count(defaults(&summary, 2), trials, joint);
        for name in summary.obligors.iter().take(2) {
            compare.count(events(name.default_probability), trials, 0.01);
        }
    }
}

/// Worked example 12: p = 0.02, rho = 0.2, one quarter, two and three names; probabilities of 0, 1, 2, 3 defaults.
pub const EXAMPLE_12: [(Option<u32>, [f64; 3], [f64; 4]); 4] = [
    (None, [0.961100, 0.037800, 0.001100], [0.943188, 0.053737, 0.002963, 0.000113]),
    (Some(10), [0.961974, 0.036051, 0.001974], [0.945540, 0.049302, 0.004775, 0.000383]),
    (Some(5), [0.962885, 0.034230, 0.002885], [0.947886, 0.044996, 0.006349, 0.000769]),
    (Some(4), [0.963326, 0.033348, 0.003326], [0.948994, 0.042997, 0.007026, 0.000984]),
];

#[test]
fn example_12_by_quadrature() {
    for (dof, two, three) in EXAMPLE_12 {
        let names = Names::new(0.02, 0.2, dof);
        let found = [names.defaults(2), names.defaults(3)].concat();
        for (found, printed) in found.iter().zip(two.iter().chain(&three)) {
            assert_abs_diff_eq!(found, printed, epsilon = 6e-7);
        }
    }
}

#[test]
fn example_12_joint_defaults_through_the_model() {
    let trials = 200_000;
    let mut compare = Comparisons::of("example 12");
    for (dof, ..) in EXAMPLE_12 {
        let (sets, names) = (copula(dof), Names::new(0.02, 0.2, dof));
        let without = ["obligor.c.enabled=false"];
        for (names, others, seed) in [(names.defaults(3), &[][..], 4), (names.defaults(2), &without[..], 5)] {
            let sets = [&borrowed(&sets), others].concat();
            let summary = summary(&load(&world("example-12-joint-defaults"), &sets), seed, trials);
            names.iter().enumerate().for_each(|(k, p)| compare.count(defaults(&summary, k), trials, *p));
        }
    }
}

/// Tails of 100 names to 99.9 % under the t copula, through the whole program.
#[test]
fn example_12_pool_of_100_names_under_the_t_copula() {
    let trials = 100_000;
    let mut compare = Comparisons::of("pool under t");
    for dof in &COPULAS[1..] {
        let law = Names::new(0.02, 0.2, *dof).defaults(100);
        let summary = summary(&pool(100, TWO_PERCENT, 0.2, &borrowed(&copula(*dof))), 9, trials);
        compare.count(events(summary.failures.probability), trials, 1.0 - law[0]);
        summary.system.tails.iter().for_each(|found| compare.quantile(found, 1.0, &cumulative(&law)));
    }
}

/// Case 12: with N ~ Poisson(2) jumps in 16 quarters the factor e^(-N/4) has mean exp(-2 (1 - e^-1/4)) and second moment
/// exp(-2 (1 - e^-1/2)); compensation divides by the mean. No jump happens with probability e^-2.
#[test]
fn case_12_obsolescence_jumps_and_their_compensation() {
    let mean = libm::exp(2.0 * libm::expm1(-0.25));
    assert_abs_diff_eq!(mean, 0.642_494, epsilon = 5e-7);
    let square = libm::exp(2.0 * libm::expm1(-0.5));
    let trials = 40_000;
    let mut compare = Comparisons::of("case 12");
    for (compensated, truth) in [(false, mean), (true, 1.0)] {
        let set = format!("jump.generation.compensated={compensated}");
        let scenario = load(&world("case-12-obsolescence"), &[&set]);
        let (mut sum, mut calm) = (0.0, 0);
        each_trial(&scenario.system, 7, trials, |workspace| {
            assert_eq!(workspace.state().quarter, 16);
            let value = workspace.state().facilities[0].collateral_value;
            sum += value;
            calm += u64::from(value > truth / mean * 0.999);
        });
        let error = truth / mean * ((square - mean * mean) / trials as f64).sqrt();
        compare.normal(sum / trials as f64, truth, error);
        compare.count(calm, trials, libm::exp(-2.0));
    }
}

/// Case 17: the 95 % interval of the expected loss covers p in 92.5 % to 97.5 % of 400 runs of case 1. False alarms: 0.016.
#[test]
fn case_17_coverage_of_the_expected_loss() {
    let scenario = pool(100, TWO_PERCENT, 0.2, &[]);
    let covers = |seed: &u64| {
        let mean = summary(&scenario, 1_000 + seed, 1_000).system.mean_loss_usd_bn.unwrap();
        mean.low.unwrap() <= 2.0 && 2.0 <= mean.high.unwrap()
    };
    let covered = (0..REPEATS).filter(covers).count() as u64;
    assert!(MEAN_COVERED.contains(&covered), "{covered} of {REPEATS}");
}

/// The closed form of the large pool is its own inverse.
#[test]
fn quantiles_of_a_large_pool_have_their_level() {
    assert_abs_diff_eq!(large_pool_cdf(0.02, 0.2, large_pool(0.02, 0.2, 0.999)), 0.999, epsilon = 1e-12);
    assert_abs_diff_eq!(normal(normal_inverse(0.3)), 0.3, epsilon = 1e-14);
}
