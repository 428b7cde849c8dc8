//! The factor copula itself: drivers alone in large samples against exact laws (rates: `suite`).

use crate::exact::{Names, cumulative, moment, normal, normal_inverse, shortfall_variance, tail};
use crate::play::{each_drive, each_quarter, load, pool, world};
use crate::statistical::{COPULAS, TWO_PERCENT, borrowed, copula};
use crate::suite::Comparisons;
use knockon::model::copula::{Margins, latent_threshold};
use knockon::model::driver::idiosyncratic;
use knockon::model::system::{CREDIT, DEMAND, EQUITY, RESIDUAL, System};
use knockon::random::Streams;

const TRIALS: u64 = 1_000_000;
/// Of a pool, whose trial takes a hundred draws.
const POOL_TRIALS: u64 = 400_000;

/// A probability, the asset correlation, and the names that may default with it.
const GROUPS: [(f64, f64, &[usize]); 4] =
    [(0.01, 0.2, &[3, 4]), (0.001, 0.5, &[5, 6]), (0.02, 0.2, &[7, 8]), (0.02, 0.2, &[0, 1, 2])];

/// A pool of 100 equal names in one quarter: number of defaults among all, and among the names of each group.
fn defaults_of_100(system: &System, seed: u64) -> (Vec<u64>, [[u64; 4]; 4]) {
    let (mut pool, mut few) = (vec![0; 101], [[0; 4]; 4]);
    let threshold = latent_threshold(&system.drivers, 0.02);
    let thresholds = GROUPS.map(|(p, ..)| latent_threshold(&system.drivers, p));
    let groups = GROUPS.map(|(_, rho, names)| {
        names
            .iter()
            .map(|i| {
                let mut name = system.obligors[*i].clone();
                name.rho = rho;
                name
            })
            .collect::<Vec<_>>()
    });
    let streams = Streams::new(seed);
    each_drive(system, seed, POOL_TRIALS, 1, |trial, t, drivers| {
        let own = |key: u32| idiosyncratic(streams, trial, t, key);
        let falls = system.obligors.iter().filter(|name| drivers.latent_asset(name, own(name.key)) < threshold);
        pool[falls.count()] += 1;
        for ((few, names), threshold) in few.iter_mut().zip(&groups).zip(thresholds) {
            let falls = names.iter().filter(|name| drivers.latent_asset(name, own(name.key)) < threshold);
            few[falls.count()] += 1;
        }
    });
    (pool, few)
}

/// Worked example 12 and case 3 for the latent draws alone, and two names of correlation 0.5 far in the tail.
fn compare_few(compare: &mut Comparisons, few: &[[u64; 4]; 4], dof: Option<u32>) {
    for ((p, rho, names), found) in GROUPS.into_iter().zip(few) {
        let exact = Names::new(p, rho, dof);
        if p == 0.02 {
            let law = exact.defaults(names.len());
            found.iter().zip(&law).for_each(|(found, p)| compare.count(*found, POOL_TRIALS, *p));
        } else {
            compare.count(found[2], POOL_TRIALS, exact.all(2));
            compare.count(found[1] + found[2], POOL_TRIALS, 2.0 * p - exact.all(2));
        }
    }
}

/// Distribution, mean and tails to 99.99 % of the number of defaults among 100 names.
fn compare_pool(compare: &mut Comparisons, found: &[u64], dof: Option<u32>) {
    let (n, law) = (POOL_TRIALS as f64, Names::new(0.02, 0.2, dof).defaults(100));
    compare.classes(found, &law);
    compare.count(found[0], POOL_TRIALS, law[0]);
    let mean = found.iter().enumerate().map(|(k, count)| k as f64 * *count as f64).sum::<f64>() / n;
    compare.normal(mean, 2.0, ((moment(&law, 2.0) - 4.0) / n).sqrt());
    for level in [0.95, 0.99, 0.999, 0.9999] {
        let (at, _) = tail(&law, level);
        compare.count(found[at + 1..].iter().sum(), POOL_TRIALS, 1.0 - cumulative(&law)[at]);
    }
    let (at, shortfall) = tail(&law, 0.999);
    let excess: f64 = found.iter().enumerate().skip(at + 1).map(|(k, count)| (k - at) as f64 * *count as f64).sum();
    compare.normal(at as f64 + excess / n / 0.001, shortfall, (shortfall_variance(&law, 0.999) / n).sqrt());
}

#[test]
fn case_03_t_copula_joint_defaults_and_pool_of_100_names() {
    let mut of_few = Comparisons::of("few names");
    let mut of_pool = Comparisons::of("pool of 100 names");
    for (seed, dof) in COPULAS.into_iter().enumerate() {
        let system = pool(100, TWO_PERCENT, 0.2, &borrowed(&copula(dof))).system;
        let (pool, few) = defaults_of_100(&system, 100 + seed as u64);
        compare_few(&mut of_few, &few, dof);
        compare_pool(&mut of_pool, &pool, dof);
    }
}

/// Case 3, margins unchanged: X = Phi^-1(T_nu(s g)) is standard normal, to 99.99 % on either side.
#[test]
fn case_03_t_copula_margins_are_normal() {
    let mut compare = Comparisons::of("margins");
    let levels = [1e-4, 1e-3, 0.01, 0.05, 0.95, 0.99, 0.999, 0.9999];
    for dof in [3, 4, 5, 10] {
        let system = load(&world("example-13-persistence"), &borrowed(&copula(Some(dof)))).system;
        let mut draws = Vec::with_capacity(TRIALS as usize);
        each_drive(&system, 200 + u64::from(dof), TRIALS, 1, |_, _, drivers| draws.push(drivers.factors[CREDIT]));
        for level in levels {
            let quantile = normal_inverse(level);
            let below = draws.iter().filter(|x| **x < quantile).count();
            compare.count(below as u64, TRIALS, level);
        }
        compare.law(draws, normal);
    }
}

/// Two factors of correlation 0.6 and two uncorrelated ones, and a factor with a name's own draw: joint lows at 1 % and
/// 0.1 %. One mixing variable makes even the uncorrelated dependent in the tails, opposite ones too.
#[test]
fn case_03_t_copula_factors_fall_together() {
    let mut compare = Comparisons::of("factors");
    for (seed, dof) in [None, Some(10), Some(4)].into_iter().enumerate() {
        let sets = [copula(dof), vec!["drivers.correlation=[[\"demand\",\"equity\",0.6]]".into()]].concat();
        let system = load(&world("example-13-persistence"), &borrowed(&sets)).system;
        let (margins, seed) = (Margins::new(&system.drivers), 300 + seed as u64);
        let margin = margins.of(&system.drivers);
        let (mut sum, mut joint) = (0.0, [0_u64; 5]);
        let (low, lower) = (normal_inverse(0.01), normal_inverse(0.001));
        each_drive(&system, seed, TRIALS, 1, |trial, t, drivers| {
            let own = margin.map(drivers.mixing * idiosyncratic(Streams::new(seed), trial, t, 77));
            let [demand, residual, equity] = [DEMAND, RESIDUAL, EQUITY].map(|k| drivers.factors[k]);
            sum += drivers.normals[DEMAND] * drivers.normals[EQUITY];
            joint[0] += u64::from(demand < low && equity < low);
            joint[1] += u64::from(demand < lower && equity < lower);
            joint[2] += u64::from(demand < low && residual < low);
            joint[3] += u64::from(demand < low && residual > -low);
            joint[4] += u64::from(demand < low && own < low);
        });
        let together = |p: f64, rho: f64| Names::new(p, rho, dof).all(2);
        // The variance of a product of normals is 1 + rho^2.
        compare.normal(sum / TRIALS as f64, 0.6, (1.36 / TRIALS as f64).sqrt());
        let alone = together(0.01, 0.0);
        for (found, p) in joint.into_iter().zip([together(0.01, 0.6), together(0.001, 0.6), alone, alone, alone]) {
            compare.count(found, TRIALS, p);
        }
    }
}

/// Revenue moves by sigma/2 . X_i with X_i normal, mixed like the factors. One quarter through the model.
#[test]
fn revenue_takes_the_margin_of_the_copula() {
    let trials = 200_000;
    let mut compare = Comparisons::of("revenue");
    let sets = ["run.quarters=1", "obligor.cloud.revenue=1", "obligor.cloud.revenue_volatility_pa=0.4"];
    let mixed = copula(Some(4));
    let system = load(&world("example-13-persistence"), &[&sets[..], &borrowed(&mixed)].concat()).system;
    let (mut draws, mut joint, low) = (Vec::with_capacity(trials as usize), 0, normal_inverse(0.01));
    each_quarter(&system, 400, trials, |state| {
        let own = libm::log(state.revenue.amounts[0]) / 0.2;
        joint += u64::from(own < low && state.drivers.factors[DEMAND] < low);
        draws.push(own);
    });
    compare.count(joint, trials, Names::new(0.01, 0.0, Some(4)).all(2));
    for level in [0.001, 0.999] {
        let quantile = normal_inverse(level);
        let below = draws.iter().filter(|x| **x < quantile).count();
        compare.count(below as u64, trials, level);
    }
    compare.law(draws, normal);
}
