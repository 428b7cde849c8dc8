//! Switches that cannot act, and the twin, over random worlds. (methods.md, 10, 12.9 and case 9)

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use knockon::engine::{self, RunSettings};
use knockon::model::outcome::{Channel, Outcome};
use knockon::model::switches::Switches;
use knockon::model::system::{Accounting, LenderType, Refinancing, System, Trader};
use knockon::model::trial::Workspace;
use knockon::random::Streams;
use knockon::statistics::Accumulators;

use crate::support::world;
use crate::{clear_claims, outcome};

/// A switch, what it has no effect without, and in how many of 300 worlds it has one otherwise.
struct Mute {
    name: &'static str,
    switch: fn(&mut Switches) -> &mut bool,
    silence: fn(&mut System),
    acts: u64,
}

const MUTES: &[Mute] = &[
    Mute { name: "clearing", switch: |s| &mut s.clearing, silence: clear_claims, acts: 100 },
    Mute { name: "revaluation", switch: |s| &mut s.revaluation, silence: clear_claims, acts: 50 },
    Mute { name: "collateral_fire_sale", switch: |s| &mut s.collateral_fire_sale, silence: sell_no_fleet, acts: 100 },
    Mute {
        name: "credit_fire_sale",
        switch: |s| &mut s.credit_fire_sale,
        silence: |system| system.switches.funding = false,
        acts: 20,
    },
    Mute { name: "funding", switch: |s| &mut s.funding, silence: without_funds_and_lines, acts: 100 },
    Mute { name: "credit_crunch", switch: |s| &mut s.credit_crunch, silence: lend_blindly, acts: 100 },
    Mute { name: "loan_marks", switch: |s| &mut s.loan_marks, silence: neither_mark_nor_sell, acts: 80 },
    Mute { name: "trade", switch: |s| &mut s.trade, silence: sell_to_the_market, acts: 50 },
    Mute { name: "circular", switch: |s| &mut s.circular, silence: without_vendor_finance, acts: 80 },
    Mute { name: "hedges", switch: |s| &mut s.hedges, silence: without_hedges, acts: 100 },
];

fn sell_no_fleet(system: &mut System) {
    for obligor in &mut system.obligors {
        obligor.fleet.clear();
        obligor.gpu_share = 0.0;
    }
}

/// Nobody redeems from banks, and nobody calls a line that is not callable.
fn without_funds_and_lines(system: &mut System) {
    system.fund_stakes.clear();
    system.claims.iter_mut().for_each(|claim| claim.callable = false);
    for lender in &mut system.lenders {
        if matches!(lender.kind, LenderType::CreditFund | LenderType::BondFund) {
            lender.kind = LenderType::Insurer;
        }
    }
}

/// Nothing that willingness or confidence limits: no maturity asks, no line is drawn, no call is made, no hit is dealt.
fn lend_blindly(system: &mut System) {
    system.credit.refinancing = Refinancing::Always;
    system.claims.iter_mut().for_each(|claim| claim.callable = false);
    system.facilities.iter_mut().for_each(|facility| facility.undrawn = 0.0);
    (system.confidence.hit_default, system.confidence.hit_failure) = (0.0, 0.0);
}

/// Nobody marks, and no fund at accrual sells at what those that mark would carry.
fn neither_mark_nor_sell(system: &mut System) {
    system.lenders.iter_mut().for_each(|lender| lender.accounting = Accounting::Accrual);
    system.switches.funding = false;
}

fn sell_to_the_market(system: &mut System) {
    system.contracts.iter_mut().for_each(|contract| contract.customer = Trader::Market);
}

fn without_vendor_finance(system: &mut System) {
    system.backstops.clear();
    system.instalments.clear();
}

fn without_hedges(system: &mut System) {
    system.srts.clear();
    system.shorts.clear();
}

/// The outcome of a trial, and the cash and equity that everybody ends with.
fn played(system: &System, seed: u64) -> (Outcome, Vec<f64>) {
    let mut workspace = Workspace::new(system).expect("claims form a network");
    let outcome = outcome(system, Streams::new(seed), 1, &mut workspace);
    let state = workspace.state();
    let obligors = state.obligors.iter().flat_map(|own| [own.cash, own.equity]);
    let lenders = state.lenders.iter().flat_map(|own| [own.cash, own.equity]);
    (outcome, obligors.chain(lenders).chain([state.outside]).collect())
}

fn turned(system: &System, switch: fn(&mut Switches) -> &mut bool, on: bool) -> System {
    let mut turned = system.clone();
    *switch(&mut turned.switches) = on;
    turned
}

/// 9. A switch that cannot act changes no bit of what a trial tells; one that can, does.
#[test]
fn switches_that_cannot_act_change_no_bit() {
    for Mute { name, switch, silence, acts } in MUTES {
        let mut acted = 0;
        for seed in 0..300 {
            let mut system = world::random(seed);
            let [on, off] = [true, false].map(|on| turned(&system, *switch, on));
            acted += u64::from(played(&on, seed) != played(&off, seed));
            silence(&mut system);
            let [on, off] = [true, false].map(|on| turned(&system, *switch, on));
            assert!(played(&on, seed) == played(&off, seed), "world {seed}: `{name}` acts");
        }
        println!("{name} acts in {acted} of 300 worlds");
        assert!(acted >= *acts, "{name} acts in {acted} of 300 worlds");
    }
}

pub fn twin(system: &System) -> System {
    System { switches: system.switches.twin(), ..system.clone() }
}

/// Case 9: without claims and stakes in funds, and with the five channels off that need none of them, `clearing` has nothing
/// to do: no failure is contagion, and trial and twin are one to the last bit.
#[test]
fn case_09_no_links_in_random_worlds() {
    let mut failures = 0;
    for seed in 0..2_000 {
        let mut system = world::random(seed);
        clear_claims(&mut system);
        system.fund_stakes.clear();
        system.switches = Switches { clearing: true, ..system.switches.twin() };
        let (full, twin) = (played(&system, seed), played(&twin(&system), seed));
        assert!(full == twin, "world {seed}");
        failures += full.0.failed();
    }
    assert!(failures > 1_000, "{failures} failures");
}

/// The pairs of a run are the trials of the world and of the world with the twin's switches, and none breaks an invariant;
/// the same where a run leaves out twins that would be the trial itself, as it does without checks.
#[test]
fn the_twin_of_a_random_world_is_the_world_without_contagion() {
    const TRIALS: u64 = 20;
    let (mut differ, mut own) = (0, 0);
    for seed in 0..250 {
        let system = world::random(seed);
        let settings =
            RunSettings { threads: NonZeroUsize::new(1), twin: true, check: true, ..RunSettings::new(seed, TRIALS) };
        let run = engine::run(&system, &settings, &(), &AtomicBool::new(false)).expect("the run ends");
        assert!(!run.residuals.is_empty() && run.residuals.iter().all(|residual| !residual.is_breach()));
        let calm = twin(&system);
        let (mut room, mut calm_room) = (Workspace::new(&system).unwrap(), Workspace::new(&calm).unwrap());
        let mut accumulators = Accumulators::for_system(&system);
        for trial in 0..TRIALS {
            let full = outcome(&system, Streams::new(seed), trial, &mut room);
            let beside = outcome(&calm, Streams::new(seed), trial, &mut calm_room);
            accumulators.record(trial, &full, Some(&beside)).expect("in range");
            for channel in [Channel::Counterparty, Channel::NetworkMark, Channel::Funding, Channel::FireSale] {
                let lost = beside.losses.column(channel as usize).iter().any(|loss| *loss != 0);
                assert!(!lost, "world {seed}: the twin books {}", channel.name());
            }
            differ += u64::from(full != beside);
            own += u64::from(room.is_its_own_twin(&calm_room));
        }
        assert_eq!(run.accumulators, accumulators, "world {seed}");
        let quick = engine::run(&system, &RunSettings { check: false, ..settings }, &(), &AtomicBool::new(false));
        assert_eq!(quick.expect("the run ends").accumulators, accumulators, "world {seed}");
    }
    assert!(differ > 1_000, "{differ} pairs differ");
    assert!(own > 100, "{own} trials are their own twin");
}

/// 9. One thread or three, over several blocks.
#[test]
fn random_worlds_tell_the_same_on_any_number_of_threads() {
    for seed in 0..4 {
        let system = world::random(seed);
        let run = |threads: usize| {
            let threads = NonZeroUsize::new(threads);
            let settings = RunSettings { threads, twin: true, check: true, ..RunSettings::new(seed, 2_100) };
            engine::run(&system, &settings, &(), &AtomicBool::new(false)).expect("the run ends")
        };
        assert_eq!(run(1), run(3), "world {seed}");
    }
}
