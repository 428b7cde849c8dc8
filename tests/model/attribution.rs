//! The parts of the system's loss add up to it in every shipped scenario, and those of its tail are the tail's.

use std::path::{Path, PathBuf};

use crate::play::{load, simulate};
use knockon::model::ledger::is_counted;
use knockon::model::outcome::{Channel, FIXED_ONE, Fixed, Outcome};
use knockon::model::system::System;
use knockon::model::trial::{Workspace, run};
use knockon::random::Streams;
use knockon::statistics::{Attribution, LossCause, Part, Settings, Summary, summarise};

/// What sums of parts may differ by from the whole, relative to it.
const ROUNDING: f64 = 1e-9;

/// What a contribution read from rows may differ by from a thousand trials of the tail itself, relative to the expected
/// shortfall.
const ROWS: f64 = 1e-3;

/// What it may differ by from however few trials, in its own standard errors.
const ERRORS: f64 = 1.0;

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut scenarios: Vec<_> = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    scenarios.sort();
    scenarios
}

fn losses(parts: &[Part]) -> impl Iterator<Item = f64> {
    parts.iter().filter_map(|part| part.loss_usd_bn).map(|loss| loss.point)
}

/// The measure that the parts are of.
fn whole(summary: &Summary, attribution: &Attribution) -> f64 {
    let tail = |level| summary.system.tails.iter().find(|tail| tail.level == level);
    let shortfall = attribution.level.and_then(tail).map(|tail| tail.expected_shortfall_usd_bn);
    shortfall.or(summary.system.mean_loss_usd_bn).expect("there were trials").point
}

#[test]
fn parts_add_up_to_mean_and_shortfall_in_every_shipped_scenario() {
    let mut lossy = 0;
    for path in shipped() {
        let scenario = load(&path, &[]);
        let run = simulate(&scenario.system, 1, 3_000, None);
        let summary = summarise(&run.accumulators, &Settings { levels: scenario.run.levels.clone(), cascade_min: 2 });
        assert_eq!(summary.attribution.len(), 1 + scenario.run.levels.len());
        for attribution in &summary.attribution {
            let (whole, parts) = (whole(&summary, attribution), &attribution.parts);
            let place = format!("{}, {}", path.display(), attribution.measure());
            // The last three channels are counted at the debtor.
            for way in [&parts.lenders[..], &parts.channels[..9], &parts.obligors, &parts.causes] {
                let (sum, share) = (losses(way).sum::<f64>(), way.iter().filter_map(|part| part.share).sum::<f64>());
                assert!((sum - whole).abs() <= ROUNDING * whole.abs(), "{place}: {sum} of {whole}");
                assert!((share - if whole == 0.0 { 0.0 } else { 1.0 }).abs() <= ROUNDING, "{place}: {share}");
            }
            lossy += usize::from(whole > 0.0);
        }
    }
    assert!(lossy >= 3 * 4, "three scenarios lose something in every measure");
}

/// Counted losses of a trial by lender, then by channel, obligor and cause.
fn parts(system: &System, outcome: &Outcome) -> Vec<Fixed> {
    let cell = |lender: usize, channel: Channel| {
        let decreed = if channel == Channel::OtherBook { outcome.decreed[lender] } else { 0 };
        let counted = is_counted(system.lenders[lender].kind, channel);
        if counted { outcome.losses[(lender, channel as usize)] - decreed } else { 0 }
    };
    let lenders = 0..system.lenders.len();
    let by_lender = lenders.clone().map(|lender| Channel::ALL.into_iter().map(|channel| cell(lender, channel)).sum());
    let by_channel = Channel::ALL.into_iter().map(|channel| lenders.clone().map(|lender| cell(lender, channel)).sum());
    let by_cause = LossCause::ALL.into_iter().map(|cause| {
        let of = |obligor: usize| match outcome.defaults.get(obligor) {
            Some(default) => default.map_or(LossCause::Performing, |default| LossCause::Default(default.cause)),
            None => LossCause::None,
        };
        let losses = outcome.losses_by_obligor.iter().enumerate();
        losses.filter(|(obligor, _)| of(*obligor) == cause).map(|(_, loss)| loss).sum()
    });
    by_lender.chain(by_channel).chain(outcome.losses_by_obligor.iter().copied()).chain(by_cause).collect()
}

/// The same parts as [`parts`], as the statistics have them, and their standard errors; 0 for what is none.
fn told(attribution: &Attribution) -> Vec<(f64, f64)> {
    let parts = &attribution.parts;
    let all = parts.lenders.iter().chain(&parts.channels).chain(&parts.obligors).chain(&parts.causes);
    let told = all.map(|part| part.loss_usd_bn.map_or((0.0, 0.0), |loss| (loss.point, loss.std_error.unwrap_or(0.0))));
    told.collect()
}

/// Mean parts of the worst `weight` trials, run again by their address; those that tie at the quantile share its weight.
fn replayed(system: &System, worst: &[(u64, Fixed)], weight: f64) -> Vec<f64> {
    let quantile = worst[weight.ceil() as usize - 1].1;
    let beyond = worst.iter().filter(|(_, loss)| *loss > quantile).count() as f64;
    let ties = worst.iter().filter(|(_, loss)| *loss == quantile).count() as f64;
    assert!(worst.last().is_some_and(|(_, loss)| *loss < quantile), "the list holds every tie");
    let mut workspace = Workspace::new(system).expect("claims form a network");
    let mut sums = Vec::new();
    for (trial, loss) in worst.iter().take_while(|(_, loss)| *loss >= quantile) {
        run(system, Streams::new(1), *trial, &mut workspace).expect("trials end");
        assert_eq!(workspace.outcome().system_loss, *loss);
        let parts = parts(system, workspace.outcome());
        sums.resize(parts.len(), 0.0);
        let share = if *loss > quantile { 1.0 } else { (weight - beyond) / ties };
        sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += share * part as f64 / FIXED_ONE / weight);
    }
    sums
}

/// Rows average the mix of parts within the one that the quantile cuts. That error is noise which falls with the trials in
/// the tail, as the standard error does.
#[test]
fn parts_of_the_tail_are_those_of_its_trials_run_again() {
    let trials = 19_007;
    let levels = vec![0.95, 0.99, 0.999];
    let mut found = Vec::new();
    for path in shipped().into_iter().filter(|path| !path.ends_with("template.toml")) {
        let system = load(&path, &[]).system;
        let accumulators = simulate(&system, 1, trials, None).accumulators;
        let worst = accumulators.worst_trials();
        let summary = summarise(&accumulators, &Settings { levels: levels.clone(), cascade_min: 2 });
        for attribution in &summary.attribution[1..] {
            let (level, whole) = (attribution.level.expect("a tail"), whole(&summary, attribution));
            let exact = replayed(&system, &worst, trials as f64 * (1.0 - level));
            let gaps =
                told(attribution).into_iter().zip(exact).map(|((told, error), exact)| ((told - exact).abs(), error));
            let (mut of_whole, mut of_error) = (0.0_f64, 0.0_f64);
            for (gap, error) in gaps {
                of_whole = of_whole.max(gap / whole);
                of_error = of_error.max(if error > 0.0 { gap / error } else { 0.0 });
                assert!(error > 0.0 || gap <= ROUNDING * whole);
            }
            let name = path.file_name().expect("a file").display();
            println!("{name}, {}: {of_whole:.1e} of the whole, {of_error:.2} standard errors", attribution.measure());
            found.push((level, of_whole, of_error));
        }
    }
    assert!(found.len() >= 3 * levels.len());
    for (level, of_whole, of_error) in found {
        assert!(of_error <= ERRORS, "{level}: {of_error} standard errors");
        assert!(level > 0.95 || of_whole <= ROWS, "{level}: {of_whole} of the shortfall");
    }
}
