//! A random small world that the scenario room would admit.
//!
//! Shares sum to 1, opening buffers are above 0, external debt is not negative, collateral shares of a borrower sum to at
//! most 1 and every opening loan-to-value keeps its covenant.

use knockon::model::event::Event;
use knockon::model::lender::largest_scale;
use knockon::model::switches::Switches;
use knockon::model::system::*;
use knockon::model::trial::opening;

use crate::support::dice::Dice;
use crate::support::{economy, finance, lenders, uncertainty};

/// The world of a seed: 1 to 8 obligors, 1 to 12 lenders, 4 to 12 quarters.
pub fn random(seed: u64) -> System {
    let mut dice = Dice::new(seed);
    let dice = &mut dice;
    let quarters = dice.whole(4, 12);
    let regions = economy::regions(dice);
    let mut system = System {
        scale: 1.0,
        quarters,
        switches: switches(dice),
        drivers: economy::drivers(dice, &regions),
        jumps: economy::jumps(dice),
        shocks: vec![],
        gpu: economy::gpu(dice),
        compute: economy::compute(dice),
        equity: EquityIndex { equity_drift_pa: dice.within(-0.1, 0.1), equity_volatility_pa: dice.within(0.0, 0.6) },
        confidence: economy::confidence(dice),
        credit: finance::credit(dice),
        costs: FailureCosts { asset_recovery: dice.share(), claim_recovery: dice.share() },
        marks: Marks { mark_lgd: dice.share(), mark_convexity: dice.sometimes(0.6, 0.0, 6.0) },
        credit_market: CreditMarket {
            credit_depth: dice.within(1.0, 40.0),
            credit_impact_at_10pct: dice.within(0.0, 0.3),
        },
        liquidity: lenders::liquidity(dice),
        outside_new_lending: dice.sometimes(0.5, 0.0, 3.0),
        regions,
        obligors: vec![],
        facilities: vec![],
        contracts: vec![],
        backstops: vec![],
        instalments: vec![],
        equity_stakes: vec![],
        fund_stakes: vec![],
        lenders: vec![],
        claims: vec![],
        srts: vec![],
        shorts: vec![],
        draws: vec![],
        event: Event::Failures(1),
    };
    lenders::found(dice, &mut system);
    economy::obligors(dice, &mut system);
    finance::facilities(dice, &mut system);
    finance::contracts(dice, &mut system);
    finance::vendor_finance(dice, &mut system);
    lenders::stakes(dice, &mut system);
    lenders::claims(dice, &mut system);
    lenders::hedges(dice, &mut system);
    lenders::balance_sheets(dice, &mut system);
    uncertainty::shocks(dice, &mut system);
    uncertainty::draws(dice, &mut system);
    scaled(dice, system)
}

/// An AI sector of another size now and then, where lenders stand it and bond funds have room for it.
fn scaled(dice: &mut Dice, system: System) -> System {
    let factor = if dice.chance(0.3) { dice.within(0.5, 3.0) } else { 1.0 };
    let scaled = system.scaled(factor);
    let state = opening(&scaled);
    let room = largest_scale(&scaled, &state).is_none_or(|(_, largest)| factor <= largest);
    let standing = state.lenders.iter().all(|own| own.opening_buffer > 0.0);
    if room && standing { scaled } else { system }
}

/// Every channel on, or off, now and then; else one by one.
fn switches(dice: &mut Dice) -> Switches {
    let none = Switches { loan_marks: false, trade: false, circular: false, hedges: false, ..Switches::ON.twin() };
    match dice.whole(0, 15) {
        0 | 1 => Switches::ON,
        2 => none,
        _ => one_by_one(dice),
    }
}

fn one_by_one(dice: &mut Dice) -> Switches {
    Switches {
        clearing: dice.chance(0.85),
        revaluation: dice.chance(0.8),
        collateral_fire_sale: dice.chance(0.8),
        credit_fire_sale: dice.chance(0.8),
        funding: dice.chance(0.8),
        credit_crunch: dice.chance(0.8),
        loan_marks: dice.chance(0.7),
        trade: dice.chance(0.7),
        circular: dice.chance(0.7),
        hedges: dice.chance(0.8),
    }
}

/// Any party but this one.
pub fn party(dice: &mut Dice, system: &System, but: Party) -> Party {
    let chosen = match dice.whole(0, 4) {
        0 => Party::Outside,
        1 | 2 => Party::Obligor(dice.whole(0, system.obligors.len() - 1)),
        _ => Party::Lender(dice.whole(0, system.lenders.len() - 1)),
    };
    if chosen == but { Party::Outside } else { chosen }
}

/// A constant flow, or one in steps.
pub fn flow(dice: &mut Dice, low: f64, high: f64) -> Flow {
    let constant = dice.within(low, high);
    let mut steps = vec![];
    if dice.chance(0.3) {
        let mut from = dice.whole(0, 3) as i64;
        for _ in 0..dice.whole(1, 3) {
            steps.push((from, dice.within(low, high)));
            from += dice.whole(1, 4) as i64;
        }
    }
    Flow { constant, steps }
}
