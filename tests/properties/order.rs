//! Nobody's place in a list matters: the same world with every list turned round tells the same of everybody.
//! (methods.md, 12.9)

use knockon::model::outcome::{FailureCause, Outcome};
use knockon::model::system::*;
use knockon::model::trial::Workspace;
use knockon::random::Streams;

use crate::outcome;
use crate::support::world;

/// Sums in another order, USD bn in units of 2^-30.
const ROUNDING: i64 = 1 << 10;

/// The world with obligors, lenders and papers in reverse order. Shocks stay: of two on one contract in one quarter the last
/// by name holds.
fn reversed(system: &System) -> System {
    let mut turned = system.clone();
    let (obligors, lenders) = (system.obligors.len() - 1, system.lenders.len());
    let obligor = |i: usize| obligors - i;
    let lender = |j: usize| lenders - 1 - j;
    let facility = |f: usize| system.facilities.len() - 1 - f;
    let contract = |c: usize| system.contracts.len() - 1 - c;
    let party = |party: &mut Party| match party {
        Party::Obligor(i) => *i = obligor(*i),
        Party::Lender(j) => *j = lender(*j),
        Party::Outside => {}
    };
    let trader = |trader: &mut Trader| {
        if let Trader::Obligor(i) = trader {
            *i = obligor(*i);
        }
    };
    for own in &mut turned.obligors {
        own.sponsor.iter_mut().for_each(party);
        own.vendor = own.vendor.map(lender);
    }
    for own in &mut turned.facilities {
        own.borrower = obligor(own.borrower);
        own.guarantor.iter_mut().for_each(party);
        own.holders.iter_mut().for_each(|(holder, _)| *holder = lender(*holder));
        own.holders.reverse();
    }
    for own in &mut turned.contracts {
        trader(&mut own.customer);
        trader(&mut own.supplier);
    }
    for own in &mut turned.backstops {
        party(&mut own.payer);
        own.recipient = obligor(own.recipient);
    }
    for own in &mut turned.instalments {
        party(&mut own.payer);
        own.recipient = obligor(own.recipient);
    }
    for own in &mut turned.equity_stakes {
        party(&mut own.holder);
        own.of = obligor(own.of);
    }
    for own in &mut turned.fund_stakes {
        party(&mut own.holder);
        own.of = lender(own.of);
    }
    for own in &mut turned.claims {
        own.debtor = own.debtor.map(lender);
        own.creditor = own.creditor.map(lender);
    }
    for own in &mut turned.srts {
        own.buyer = lender(own.buyer);
        own.sellers.iter_mut().for_each(|(seller, _)| *seller = lender(*seller));
        own.reference.iter_mut().for_each(|f| *f = facility(*f));
    }
    for own in &mut turned.shorts {
        own.holder = lender(own.holder);
    }
    for target in turned.shocks.iter_mut().flat_map(|shock| &mut shock.targets) {
        match target {
            Target::Default(i) => *i = obligor(*i),
            Target::Fail(j) => *j = lender(*j),
            Target::Honour(c) => *c = contract(*c),
            _ => {}
        }
    }
    turned.obligors.reverse();
    turned.lenders.reverse();
    turned.facilities.reverse();
    turned.contracts.reverse();
    turned.backstops.reverse();
    turned.instalments.reverse();
    turned.equity_stakes.reverse();
    turned.fund_stakes.reverse();
    turned.claims.reverse();
    turned.srts.reverse();
    turned.shorts.reverse();
    turned
}

fn close(a: i64, b: i64) -> bool {
    (a - b).abs() <= ROUNDING
}

/// Same events in the same quarters and rounds, same dollars but for rounding; main causes may tie.
fn same(one: &Outcome, other: &Outcome) -> Result<(), String> {
    for (j, failure) in one.failures.iter().enumerate() {
        let k = one.failures.len() - 1 - j;
        let told = |failure: &Option<knockon::model::outcome::LenderFailure>| {
            failure.map(|own| (own.quarter, own.round, own.cause == FailureCause::Scheduled))
        };
        if told(failure) != told(&other.failures[k]) {
            return Err(format!("lender {j}: {failure:?} and {:?}", other.failures[k]));
        }
        let row = one.losses.row(j).into_iter().zip(other.losses.row(k));
        if !row.into_iter().all(|(a, b)| close(*a, *b)) {
            return Err(format!("lender {j}: {:?} and {:?}", one.losses.row(j), other.losses.row(k)));
        }
    }
    for (i, default) in one.defaults.iter().enumerate() {
        let found = other.defaults[one.defaults.len() - 1 - i];
        let told = |own: &Option<knockon::model::outcome::ObligorDefault>| own.map(|own| (own.quarter, own.cause));
        if told(default) != told(&found) {
            return Err(format!("obligor {i}: {default:?} and {found:?}"));
        }
    }
    if close(one.system_loss, other.system_loss) { Ok(()) } else { Err("system loss".into()) }
}

/// Failures and defaults of a world, or what differs where its lists are turned round.
fn difference(seed: u64) -> Result<usize, String> {
    let mut system = world::random(seed);
    // The place that a law draws anew is an index.
    system.draws.clear();
    let turned = reversed(&system);
    let streams = Streams::new(seed);
    let expected = outcome(&system, streams, 0, &mut Workspace::new(&system).expect("claims form a network"));
    let found = outcome(&turned, streams, 0, &mut Workspace::new(&turned).expect("claims form a network"));
    same(&expected, &found)?;
    Ok(expected.failed() + expected.defaults.iter().flatten().count())
}

/// 9. Nothing is first come, first served.
#[test]
fn the_order_of_entities_changes_no_event_and_no_dollar() {
    let mut events = 0;
    for seed in 0..2_000 {
        events += difference(seed).unwrap_or_else(|difference| panic!("world {seed}: {difference}"));
    }
    assert!(events > 5_000, "{events} events");
}
