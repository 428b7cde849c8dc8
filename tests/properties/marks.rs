//! Carrying values over random worlds: a mark and a later default never count a dollar twice. (methods.md, 5.2, 7, 12)

use knockon::model::driver::Draws;
use knockon::model::obligor::equity_after_payments;
use knockon::model::outcome::{Channel, FIXED_ONE};
use knockon::model::state::State;
use knockon::model::system::{Accounting, System};
use knockon::model::trial::{self, Workspace, begin, quarter};
use knockon::random::Streams;

use crate::checks::pays_for_others;
use crate::outcome;
use crate::support::world;

/// Rounding of the postings of a trial, USD bn.
const LEDGER: f64 = 1e-6;

/// A random world in which loans are marked and nothing is sold, so that all a loan can lose is a mark or a default.
fn world_of_marks(seed: u64) -> System {
    let mut system = world::random(seed);
    system.switches.loan_marks = true;
    system.switches.funding = false;
    // What a mark leaves at least is told by the world.
    system.draws.retain(|draw| draw.path != "marks.mark_lgd");
    system
}

/// Plays a trial and shows the state before and after each quarter.
fn each_quarter(system: &System, seed: u64, trial: u64, mut see: impl FnMut(&State, &State)) {
    let streams = Streams::new(seed);
    let mut workspace = Workspace::new(system).expect("claims form a network");
    begin(system, streams, trial, &mut workspace);
    for _ in 0..system.quarters {
        let before = workspace.state().clone();
        quarter(Draws { streams, trial }, &mut workspace).expect("the quarter clears");
        see(&before, workspace.state());
    }
}

/// Face less carrying value of all loans of a lender.
fn marked(system: &System, state: &State, lender: usize) -> f64 {
    let holdings = (0..system.facilities.len()).flat_map(|f| state.holdings.row(f));
    holdings.filter(|held| held.holder == lender).map(|held| held.face - held.carrying).sum()
}

/// Face that a lender loses in the defaults of a quarter.
fn face_lost(system: &System, before: &State, after: &State, lender: usize) -> f64 {
    let defaults = |i: usize| before.obligors[i].alive && !after.obligors[i].alive;
    let lost = |f: usize| -> f64 {
        let rate = after.facilities[f].loss[1] / before.facilities[f].balance.max(1e-300);
        before.holdings.row(f).filter(|held| held.holder == lender).map(|held| held.face * rate).sum()
    };
    (0..system.facilities.len()).filter(|f| defaults(system.facilities[*f].borrower)).map(lost).sum()
}

fn booked(state: &State, lender: usize, channels: &[Channel]) -> f64 {
    channels.iter().map(|channel| state.ledger.losses()[[lender, *channel as usize]] as f64 / FIXED_ONE).sum()
}

/// 2. What a lender books on loans is the face it lost in defaults and what its open loans are carried below face.
#[test]
fn marks_and_defaults_sum_to_the_face_lost() {
    let (mut marks, mut write_ups, mut gains) = (0, 0, 0);
    for seed in 0..800 {
        let system = world_of_marks(seed);
        let lenders: Vec<usize> = (0..system.lenders.len()).filter(|j| !pays_for_others(&system, *j)).collect();
        let mut lost = vec![0.0; system.lenders.len()];
        each_quarter(&system, seed, 0, |before, after| {
            for j in lenders.iter().copied().filter(|j| before.lenders[*j].alive) {
                let place = format!("world {seed}, quarter {}, lender {j}", after.quarter);
                lost[j] += face_lost(&system, before, after, j);
                let told = booked(after, j, &[Channel::Credit, Channel::FireSale, Channel::Mark]);
                let expected = lost[j] + marked(&system, after, j);
                assert!((told - expected).abs() <= LEDGER, "{place}: {told} not {expected}");
                let change = |channel| booked(after, j, &[channel]) - booked(before, j, &[channel]);
                if system.lenders[j].accounting == Accounting::Accrual {
                    assert_eq!(booked(after, j, &[Channel::Mark]), 0.0, "{place}");
                }
                marks += u64::from(change(Channel::Mark) > 1e-6);
                write_ups += u64::from(change(Channel::Mark) < -1e-6);
                gains += u64::from(change(Channel::Credit) < -1e-6);
            }
            within_bounds(&system, after);
        });
    }
    println!("{marks} marks down, {write_ups} up, {gains} gains at default");
    assert!(marks >= 500 && write_ups >= 200 && gains >= 20, "{marks}, {write_ups}, {gains}");
}

/// Nothing is carried above face or below what full distress leaves; accrual is face to the last bit.
fn within_bounds(system: &System, state: &State) {
    let holdings = (0..system.facilities.len()).flat_map(|f| state.holdings.row(f));
    for held in holdings {
        let accounting = system.lenders.get(held.holder).map(|lender| lender.accounting);
        if accounting != Some(Accounting::FairValue) {
            assert_eq!(held.carrying, held.face);
        } else if state.lenders[held.holder].alive {
            let least = held.face * (1.0 - system.marks.mark_lgd);
            let rounding = 1e-12 * held.face;
            assert!(held.carrying >= least - rounding && held.carrying <= held.face, "{held:?} not from {least}");
        }
    }
}

#[test]
fn loan_marks_off_is_accrual_for_everybody() {
    for seed in 0..300 {
        let mut off = world::random(seed);
        (off.switches.loan_marks, off.switches.revaluation, off.switches.funding) = (false, false, false);
        let mut accrual = off.clone();
        accrual.switches.loan_marks = true;
        accrual.lenders.iter_mut().for_each(|lender| lender.accounting = Accounting::Accrual);
        let streams = Streams::new(seed);
        for trial in 0..2 {
            let expected = outcome(&accrual, streams, trial, &mut Workspace::new(&accrual).unwrap());
            let found = outcome(&off, streams, trial, &mut Workspace::new(&off).unwrap());
            assert_eq!(found, expected, "world {seed}, trial {trial}");
        }
    }
}

/// Where nothing moves by chance a trial is its own calm path and books no mark, until a plan itself takes somebody below a
/// twentieth of its opening equity: that is marked, and weakens its lenders.
#[test]
fn a_world_without_chance_books_no_mark() {
    let mut at_face = 0;
    for seed in 0..400 {
        let mut system = world_of_marks(seed);
        system.switches.revaluation = false;
        still(&mut system);
        let opening = trial::opening(&system);
        let sinks = |state: &State, i: usize| {
            let floor = (0.05 * opening.obligors[i].equity).max(0.0);
            state.obligors[i].alive && equity_after_payments(state, i) <= floor
        };
        let mut sunk = false;
        each_quarter(&system, seed, 0, |_, after| {
            sunk |= (0..system.obligors.len()).any(|i| sinks(after, i));
            for j in (0..system.lenders.len()).filter(|_| !sunk) {
                let place = format!("world {seed}, quarter {}, lender {j}", after.quarter);
                assert_eq!(booked(after, j, &[Channel::Mark]), 0.0, "{place}");
                let fair = system.lenders[j].accounting == Accounting::FairValue;
                at_face += u64::from(fair && after.lenders[j].alive && after.holdings.face_of(j) > 0.0);
            }
        });
    }
    assert!(at_face >= 1_000, "only {at_face} books at fair value");
}

/// Takes all chance out of a world.
fn still(system: &mut System) {
    system.draws.clear();
    system.jumps.clear();
    system.shocks.clear();
    system.gpu.residual_volatility_pa = 0.0;
    system.equity.equity_volatility_pa = 0.0;
    system.confidence.confidence_volatility_q = 0.0;
    system.regions.iter_mut().for_each(|region| region.demand_volatility_pa = 0.0);
    for obligor in &mut system.obligors {
        (obligor.revenue_volatility_pa, obligor.pd_pa) = (0.0, 0.0);
    }
    for lender in &mut system.lenders {
        lender.other_book = None;
    }
}
