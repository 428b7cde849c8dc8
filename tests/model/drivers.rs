//! What drives losses and what leads to the event, against closed forms and against the trials one by one.

use std::path::Path;

use crate::play::{each_drive, each_trial, load, pool, simulate, summary};
use knockon::model::outcome::FIXED_ONE;
use knockon::statistics::{Estimate, Settings, summarise};

const SHOCK: [&str; 2] = ["shock.s.quarter=1", "shock.s.target=[\"default:name-0\",\"default:name-1\"]"];

/// Two loans of uniform size between 1 and 2 are lost whole, so that L = 2 + U_1 + U_2; the fund's cash does nothing.
///
/// Spearman's correlation of U_1 and U_1 + U_2 is 12 E(U_1 F(U_1 + U_2)) - 3 = 7/10, and the mean of L in the k-th
/// sixteenth of U_1 is 5/2 + (k - 1/2)/16. Bounds are 4.5 standard errors: false-alarm probability of each 7e-6.
#[test]
fn the_sum_of_two_uniform_loans_has_its_rank_correlation_and_its_range() {
    let amounts = [
        "facility.loan-0.amount={uniform=[1,2]}",
        "facility.loan-1.amount={uniform=[1,2]}",
        "lender.fund.cash={uniform=[1,2]}",
    ];
    let scenario = pool(2, 0.01, 0.1, &[&SHOCK[..], &amounts].concat());
    let summary = summary(&scenario, 5, 20_000);
    let close = |found: Option<Estimate>, exact: f64| {
        let found = found.expect("an estimate");
        let error = found.std_error.expect("an error");
        assert!((found.point - exact).abs() < 4.5 * error && error < 0.02, "{exact}: {found:?}");
    };
    let mut seen = 0;
    for (draw, parameter) in scenario.system.draws.iter().zip(&summary.parameters) {
        let effect = if draw.path == "lender.fund.cash" { 0.0 } else { 1.0 };
        close(parameter.rank_correlation, 0.7 * effect);
        for (part, mean) in parameter.mean_losses.iter().enumerate() {
            close(*mean, 3.0 + effect * ((part as f64 + 0.5) / 16.0 - 0.5));
        }
        let (range, exact) = (parameter.range_usd_bn.unwrap(), 15.0 / 16.0 * effect);
        assert!(range.low.unwrap() <= exact && exact <= range.high.unwrap(), "{range:?}");
        assert_eq!(parameter.warning, None);
        seen += 1;
    }
    assert_eq!(seen, 3);
}

/// Where the loss is a parameter times the loan, the order of one is the order of the other.
#[test]
fn a_loss_monotone_in_one_parameter_has_the_rank_correlation_one() {
    for (law, least) in [("uniform=[0.2,0.9]", 0.9995), ("beta=[2,5]", 0.9995), ("discrete=[[0.1,3],[0.4,1]]", 1.0)] {
        let lgd = format!("credit.lgd={{{law}}}");
        let scenario = pool(1, 0.01, 0.1, &[SHOCK[0], "shock.s.target=\"default:name-0\"", &lgd]);
        let found = summary(&scenario, 3, 4_000).parameters[0].rank_correlation.unwrap();
        assert!((least..=1.0).contains(&found.point), "{law}: {found:?}");
    }
}

#[test]
fn means_given_the_event_and_the_least_extreme_trial_are_those_of_the_trials() {
    const TRIALS: u64 = 600;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/base.toml");
    let system = load(&path, &["run.event=\"L>=5\"", "run.quarters=12"]).system;
    let (mut events, mut least, mut given, mut all, mut trial) = (0_u64, (f64::INFINITY, 0), vec![], vec![], 0);
    each_trial(&system, 1, TRIALS, |workspace| {
        let outcome = workspace.outcome();
        let parameters = outcome.parameters.iter().map(|drawn| drawn.value);
        let jumps = outcome.jumps.iter().map(|jumps| f64::from(*jumps));
        let values: Vec<f64> = outcome.factors.iter().copied().chain(jumps).chain(parameters).collect();
        let add = |sums: &mut Vec<f64>| {
            sums.resize(values.len(), 0.0);
            sums.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
        };
        add(&mut all);
        if outcome.system_loss as f64 >= 5.0 * FIXED_ONE {
            events += 1;
            add(&mut given);
            let norm: f64 = outcome.factors.iter().map(|factor| factor * factor).sum();
            least = if norm < least.0 { (norm, trial) } else { least };
        }
        trial += 1;
    });
    assert!((30..TRIALS - 30).contains(&events), "{events} events");
    let run = simulate(&system, 1, TRIALS, Some(2));
    let reverse = summarise(&run.accumulators, &Settings { levels: vec![], cascade_min: 2 }).reverse;
    let found = reverse.least_extreme.unwrap();
    assert_eq!((reverse.events, found.trial), (events, least.1));
    assert!((found.squared_factors - least.0).abs() < 1e-6);
    let shifts = reverse.factors.iter().chain(&reverse.jumps).chain(&reverse.parameters);
    let mut seen = 0;
    for (shift, (given, all)) in shifts.zip(given.iter().zip(&all)) {
        let (given, all) = (given / events as f64, all / TRIALS as f64);
        let close = |found: Option<Estimate>, exact: f64| {
            let found = found.unwrap().point;
            assert!((found - exact).abs() < 1e-8 * exact.abs().max(1.0), "{found} {exact}");
        };
        close(shift.given_event, given);
        close(shift.mean, all);
        close(shift.difference, given - all);
        seen += 1;
    }
    assert_eq!(seen, all.len());
}

/// All die in quarter 1; the factors go on to the horizon, or such a trial would pass for one without extremes.
#[test]
fn the_path_of_the_factors_is_whole_though_everybody_is_gone() {
    let everybody = "shock.s.target=[\"default:name-0\",\"fail:fund\",\"fail:watcher\"]";
    let jump = ["jump.j.rate_pa=3", "jump.j.equity=0"];
    let scenario = pool(1, 0.01, 0.1, &[&["run.quarters=6", SHOCK[0], everybody], &jump[..]].concat());
    let (mut factors, mut jumps) = (vec![], vec![]);
    each_drive(&scenario.system, 1, 20, 6, |_, _, drivers| {
        factors.push(drivers.factors.clone());
        jumps.push(drivers.jumps[0]);
    });
    let (mut paths, mut counts) = (factors.chunks(6), jumps.chunks(6));
    each_trial(&scenario.system, 1, 20, |workspace| {
        assert!(!workspace.state().anyone_alive());
        let (path, outcome) = (paths.next().unwrap(), workspace.outcome());
        assert!(path.iter().enumerate().all(|(t, factors)| outcome.factors.column(t).to_vec() == *factors));
        assert_eq!(outcome.jumps[0], counts.next().unwrap().iter().sum::<u32>());
    });
    assert!(jumps.iter().sum::<u32>() > 0);
}
