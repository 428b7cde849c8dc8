//! A trial goes on from any step of any quarter as if it had never been interrupted, and its twin from where the two part.
//! (methods.md, 10)

use knockon::model::audit::Audit;
use knockon::model::driver::Draws;
use knockon::model::observer::{Observer, Step, View};
use knockon::model::state::{FeeValues, Holding, Holdings, State};
use knockon::model::system::System;
use knockon::model::trial::{Fork, Workspace, resume, run_observed};
use knockon::random::Streams;

use crate::support::world;
use crate::{outcome, twin};

/// Copies a trial into another workspace after a step of a quarter.
struct Copyist<'a> {
    room: &'a mut Workspace,
    place: (i64, Step),
    /// Whether contagion had acted by then.
    acted: Option<bool>,
}

impl Observer for Copyist<'_> {
    fn after(&mut self, step: Step, view: View<'_>) {
        if (view.state.quarter, step) == self.place {
            self.room.copy_from(&view);
            self.acted = Some(view.state.contagion);
        }
    }
}

/// A step of a quarter, another one for every trial.
fn place(system: &System, seed: u64, trial: u64) -> (i64, Step) {
    let quarter = 1 + (seed + 5 * trial) as usize % system.quarters;
    (quarter as i64, Step::ALL[(seed / 3 + trial) as usize % Step::ALL.len()])
}

/// Lets a room go on from a copy of the trial of `system`, unless no copy is made or contagion has acted before where it must not
/// have; has it?
fn from_copy(system: &System, draws: Draws, place: (i64, Step), room: &mut Workspace, is_twin: bool) -> bool {
    let mut full = Workspace::new(system).expect("claims form a network");
    let mut copyist = Copyist { room, place, acted: None };
    run_observed(system, draws, &mut full, &mut copyist).expect("every trial ends");
    let Some(acted) = copyist.acted else { return false };
    if is_twin && (acted || !room.shares_measure(&full)) {
        return false;
    }
    room.take_draws(&mut full);
    room.take_parameters(&mut full);
    resume(draws, room, place.1, &mut ()).expect("every trial ends");
    true
}

/// Every field of the outcome, the series along the quarters too, in a room that has had other trials before: the trial itself goes on
/// from anywhere, its twin from where contagion has not acted.
#[test]
fn a_trial_and_its_twin_go_on_from_a_copy_at_any_step() {
    let mut resumed = [0, 0];
    for seed in 0..200 {
        let system = world::random(seed);
        for (world, is_twin) in [(system.clone(), false), (twin(&system), true)] {
            let mut room = Workspace::new(&world).unwrap();
            let mut whole = room.clone();
            for trial in 0..9 {
                let (draws, place) = (Draws { streams: Streams::new(seed), trial }, place(&system, seed, trial));
                if from_copy(&system, draws, place, &mut room, is_twin) {
                    let expected = outcome(&world, draws.streams, trial, &mut whole);
                    assert_eq!(*room.outcome(), expected, "world {seed}, trial {trial}, twin {is_twin}, {place:?}");
                    resumed[usize::from(is_twin)] += 1;
                }
            }
        }
    }
    assert!(resumed[0] > 1_000 && resumed[1] > 100, "{resumed:?}");
}

/// As in a run with twins: the two part where contagion is about to act, late in a trial as well.
#[test]
fn a_twin_that_parts_from_its_trial_is_the_twin_run_in_full() {
    let (mut parted, mut apart) = (0, 0);
    for seed in 0..200 {
        let system = world::random(seed);
        let calm = twin(&system);
        let (mut full, mut room) = (Workspace::new(&system).unwrap(), Workspace::new(&calm).unwrap());
        let mut whole = room.clone();
        if !room.shares_measure(&full) {
            continue;
        }
        for trial in 0..9 {
            let draws = Draws { streams: Streams::new(seed), trial };
            let mut nobody = ();
            let mut fork = Fork::new(Some(&mut room), &mut nobody);
            run_observed(&system, draws, &mut full, &mut fork).unwrap();
            let Some(last) = fork.last() else { continue };
            room.take_draws(&mut full);
            room.take_parameters(&mut full);
            resume(draws, &mut room, last, &mut ()).unwrap();
            let expected = outcome(&calm, draws.streams, trial, &mut whole);
            assert_eq!(*room.outcome(), expected, "world {seed}, trial {trial}, {last:?}");
            parted += 1;
            apart += u64::from(expected != *full.outcome());
        }
    }
    assert!(parted > 400 && apart > 200, "{parted} parted, {apart} of them apart");
}

/// Whoever looks on copies the world after every step over the one of another trial.
struct Mirror<'a> {
    system: &'a System,
    copy: State,
    copies: u64,
}

impl Observer for Mirror<'_> {
    fn after(&mut self, _step: Step, view: View<'_>) {
        self.copy.copy_from(view.state);
        let [copy, state] = [&self.copy, view.state].map(|state| told(self.system, state));
        assert!(copy == state, "quarter {}:\n{copy}\n{state}", view.state.quarter);
        self.copies += 1;
    }
}

/// Every field of a state, but for checks, values kept from trial to trial and room that no holding is in.
fn told(system: &System, state: &State) -> String {
    let rows = (0..system.facilities.len()).map(|f| state.holdings.row(f).collect::<Vec<Holding>>());
    let fees = (0..=system.quarters as i64 + 1).map(|t| state.fee_values.at(t));
    let kept = format!("{:?} {:?}", rows.collect::<Vec<_>>(), fees.collect::<Vec<_>>());
    let mut rest = state.clone();
    (rest.audit, rest.holdings, rest.fee_values) = (Audit::default(), Holdings::new(system), FeeValues::new(system));
    format!("{kept} {rest:?}")
}

#[test]
fn a_copy_of_a_world_has_all_that_moves() {
    let mut copies = 0;
    for seed in 0..25 {
        let system = world::random(seed);
        let mut workspace = Workspace::new(&system).unwrap();
        outcome(&system, Streams::new(seed), 1, &mut workspace);
        let mut mirror = Mirror { system: &system, copy: workspace.state().clone(), copies: 0 };
        let draws = Draws { streams: Streams::new(seed), trial: 2 };
        run_observed(&system, draws, &mut workspace, &mut mirror).unwrap();
        copies += mirror.copies;
    }
    assert!(copies > 1_000, "{copies} copies");
}
