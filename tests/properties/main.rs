//! The invariants of the model over random small worlds, looked at from outside after every quarter. (methods.md, 12)
//!
//! What one trial can show of itself is asserted inside the model in a debug build as well; here the books are kept a
//! second time, from what the state tells.

mod checks;
mod consolidation;
mod coverage;
mod events;
mod fork;
mod marks;
mod order;
mod prices;
mod silence;
#[path = "../support/mod.rs"]
mod support;
mod switches;

use knockon::model::driver::Draws;
use knockon::model::invariant::cash;
use knockon::model::outcome::{Channel, Outcome};
use knockon::model::state::State;
use knockon::model::system::{Accounting, System};
use knockon::model::trial::{Workspace, begin, quarter, run};
use knockon::random::Streams;

use checks::{Quarter, Trial};
use events::EVENTS;
use support::world;
use switches::twin;

const WORLDS: u64 = 5_000;
const TRIALS: u64 = 3;
/// All cash of a small world and of outside, USD bn: what the relative tolerance of the cash check is measured by.
const LARGEST_CASH: f64 = 1e4;
/// Every channel of losses books something in one of so many worlds.
const CHANNEL_ONE_IN: u64 = 20;

#[test]
fn invariants_hold_in_random_worlds() {
    let mut seen = Seen::default();
    for seed in 0..WORLDS {
        let system = world::random(seed);
        let mut workspace = Workspace::new(&system).unwrap();
        let mut saw = Seen::default();
        for trial in 0..TRIALS {
            simulate(&system, seed, trial, &mut workspace, &mut saw);
        }
        let twin = System { switches: system.switches.twin(), ..system };
        simulate(&twin, seed, 0, &mut Workspace::new(&twin).unwrap(), &mut Seen::default());
        seen.add(&saw);
    }
    seen.report();
}

/// In how many worlds something happened.
struct Seen {
    events: Vec<u64>,
    channels: [u64; Channel::ALL.len()],
}

impl Default for Seen {
    fn default() -> Self {
        Seen { events: vec![0; EVENTS.len()], channels: [0; Channel::ALL.len()] }
    }
}

impl Seen {
    fn see(&mut self, now: &Quarter) {
        for (saw, event) in self.events.iter_mut().zip(EVENTS) {
            *saw += u64::from(*saw == 0 && (event.seen)(now));
        }
        for (saw, channel) in self.channels.iter_mut().zip(Channel::ALL) {
            let losses = now.after.ledger.losses();
            let booked = losses.column(channel as usize);
            *saw |= u64::from(booked.iter().any(|loss| *loss != 0));
        }
    }

    fn add(&mut self, world: &Seen) {
        for (count, saw) in
            self.events.iter_mut().zip(&world.events).chain(self.channels.iter_mut().zip(&world.channels))
        {
            *count += saw;
        }
    }

    /// Prints every rate, then holds each to what is stated.
    fn report(&self) {
        let channels = Channel::ALL.iter().map(|channel| (channel.name(), CHANNEL_ONE_IN)).zip(self.channels);
        let events = EVENTS.iter().map(|event| (event.name, event.one_in)).zip(self.events.iter().copied());
        let rates: Vec<_> = channels.chain(events).collect();
        for ((name, one_in), count) in &rates {
            let rate = 100.0 * *count as f64 / WORLDS as f64;
            println!("{rate:5.1} % of worlds (at least {:4.1} %): {name}", 100.0 / *one_in as f64);
        }
        for ((name, one_in), count) in rates {
            assert!(count * one_in >= WORLDS, "only {count} of {WORLDS} worlds saw {name}");
        }
    }
}

/// One trial quarter by quarter, every one of them checked.
fn simulate(system: &System, seed: u64, trial: u64, workspace: &mut Workspace, seen: &mut Seen) {
    let streams = Streams::new(seed);
    begin(system, streams, trial, workspace);
    let place = format!("world {seed}, trial {trial}");
    checks::opening(system, workspace.state(), &place);
    let opening_cash = cash(workspace.state()).0;
    let mut whole = Trial::new(workspace.state());
    for _ in 0..system.quarters {
        let before = workspace.state().clone();
        let done = quarter(Draws { streams, trial }, workspace);
        assert!(done.is_ok(), "{place}: {done:?}");
        let now =
            Quarter { system, before: &before, after: workspace.state(), outcome: workspace.outcome(), place: &place };
        now.check(opening_cash);
        let size = cash(workspace.state()).1;
        assert!(size < LARGEST_CASH, "{place}: {size} USD bn of cash, against which no leak would show");
        whole.follow(&now);
        seen.see(&now);
        if !workspace.state().anyone_alive() {
            break;
        }
    }
    let outcome = workspace.outcome();
    whole.check(system, workspace.state(), outcome, &place);
}

#[test]
fn a_workspace_carries_nothing_from_trial_to_trial() {
    for seed in 0..300 {
        let system = world::random(seed);
        let streams = Streams::new(seed);
        let mut used = Workspace::new(&system).unwrap();
        for trial in [3, 0, 2, 2, 1, 3] {
            let mut fresh = Workspace::new(&system).unwrap();
            let place = format!("world {seed}, trial {trial}");
            let expected = outcome(&system, streams, trial, &mut fresh);
            assert_eq!(outcome(&system, streams, trial, &mut used), expected, "{place}");
            assert_eq!(told(used.state()), told(fresh.state()), "{place}");
        }
    }
}

/// What a state says of everybody, to the last bit.
fn told(state: &State) -> String {
    let parties = (&state.obligors, &state.lenders, &state.outside);
    let papers = (&state.facilities, &state.contracts, &state.claims, &state.claim_values, &state.calls);
    let stakes = (&state.instalments, &state.equity_stakes, &state.fund_stakes, &state.srts);
    format!("{parties:?} {papers:?} {stakes:?} {:?} {:?}", state.market, state.credit_price)
}

fn outcome(system: &System, streams: Streams, trial: u64, workspace: &mut Workspace) -> Outcome {
    run(system, streams, trial, workspace).expect("the trial runs");
    workspace.outcome().clone()
}

/// Takes the claims out of a world, and the law of one.
fn clear_claims(system: &mut System) {
    system.claims.clear();
    system.draws.retain(|draw| draw.path != "claim.amount");
}

#[test]
fn clearing_changes_nothing_without_claims() {
    let mut failures = 0;
    for seed in 0..400 {
        let mut system = world::random(seed);
        clear_claims(&mut system);
        system.switches.clearing = true;
        let mut alone = system.clone();
        alone.switches.clearing = false;
        let streams = Streams::new(seed);
        let expected = outcome(&system, streams, 1, &mut Workspace::new(&system).unwrap());
        let found = outcome(&alone, streams, 1, &mut Workspace::new(&alone).unwrap());
        failures += expected.failed();
        assert_eq!(found, expected, "world {seed}");
    }
    assert!(failures > 100, "only {failures} failures");
}

/// Without `clearing` outside stands in for every debtor; without holders at fair value nobody marks.
#[test]
fn revaluation_that_cannot_act_changes_no_bit() {
    let (mut acts, mut compared) = (0, 0);
    for seed in 0..400 {
        let mut on = world::random(seed);
        on.switches.revaluation = true;
        on.switches.loan_marks = false;
        let off = |system: &System| {
            let mut system = system.clone();
            system.switches.revaluation = false;
            system
        };
        let streams = Streams::new(seed);
        let played = |system: &System| {
            let mut workspace = Workspace::new(system).unwrap();
            let outcome = outcome(system, streams, 1, &mut workspace);
            (outcome, told(workspace.state()))
        };
        acts += u64::from(played(&on) != played(&off(&on)));
        let mut unpaired = on.clone();
        unpaired.switches.clearing = false;
        let mut accrual = on.clone();
        accrual.lenders.iter_mut().for_each(|lender| lender.accounting = Accounting::Accrual);
        let mut unclaimed = on.clone();
        clear_claims(&mut unclaimed);
        let mut lossless = on.clone();
        lossless.marks.mark_lgd = 0.0;
        lossless.draws.clear();
        for mute in [unpaired, accrual, unclaimed, lossless] {
            assert!(played(&mute) == played(&off(&mute)), "world {seed}");
            compared += 1;
        }
    }
    assert!(acts > 100 && compared == 1_600, "revaluation acts in {acts}");
}

#[test]
fn quarters_one_by_one_are_the_trial() {
    for seed in 0..100 {
        let system = world::random(seed);
        let streams = Streams::new(seed);
        let mut stepped = Workspace::new(&system).unwrap();
        let mut whole = Workspace::new(&system).unwrap();
        begin(&system, streams, 5, &mut stepped);
        for _ in 0..system.quarters {
            quarter(Draws { streams, trial: 5 }, &mut stepped).unwrap();
        }
        let expected = outcome(&system, streams, 5, &mut whole);
        assert_eq!(stepped.state().ledger.losses(), expected.losses, "world {seed}");
        assert_eq!(stepped.outcome().failures, expected.failures, "world {seed}");
        assert_eq!(stepped.outcome().defaults, expected.defaults, "world {seed}");
    }
}
