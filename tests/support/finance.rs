//! Facilities, contracts and vendor finance of a random world.

use knockon::model::compute::book_share;
use knockon::model::system::*;

use crate::support::dice::Dice;
use crate::support::world::{flow, party};

pub fn credit(dice: &mut Dice) -> Credit {
    Credit {
        base_rate_pa: dice.within(0.0, 0.08),
        repricing: dice.within(0.0, 0.1),
        unsecured_multiple: dice.within(0.0, 1.0),
        bankruptcy_cost: dice.within(0.0, 0.3),
        other_haircut: dice.share(),
        lgd: dice.share(),
        refinancing: dice.pick(&[
            Refinancing::Market,
            Refinancing::Market,
            Refinancing::Market,
            Refinancing::Always,
            Refinancing::Never,
        ]),
        acceleration: dice.pick(&[Acceleration::Shortfall, Acceleration::Full]),
        insolvency: dice.pick(&[Insolvency::LosesAccess, Insolvency::LosesAccess, Insolvency::Immediate]),
        recovery: dice.pick(&[Recovery::Endogenous, Recovery::Endogenous, Recovery::Endogenous, Recovery::Fixed]),
    }
}

pub fn facilities(dice: &mut Dice, system: &mut System) {
    for borrower in 0..system.obligors.len() {
        let (mut free, mut free_other) = (1.0, 1.0);
        for _ in 0..dice.whole(0, 3) {
            let mut facility = facility(dice, system, borrower);
            facility.collateral = free * dice.share();
            facility.pledge_other = free_other * dice.sometimes(0.3, 0.0, 1.0);
            free -= facility.collateral;
            free_other -= facility.pledge_other;
            facility.ltv_max = covenant(dice, system, &facility);
            system.facilities.push(facility);
        }
    }
}

fn facility(dice: &mut Dice, system: &System, borrower: usize) -> Facility {
    let place = system.facilities.len();
    let maturity = dice.whole(1, system.quarters + 3);
    let amortisation = match dice.whole(0, 2) {
        0 => Amortisation::Bullet,
        1 => Amortisation::Linear,
        _ => Amortisation::Sculpted(sculpture(dice, maturity)),
    };
    let guarantor = dice.chance(0.3).then(|| party(dice, system, Party::Obligor(borrower)));
    Facility {
        name: format!("f{place}"),
        place,
        borrower,
        amount: dice.sometimes(0.93, 0.2, 6.0),
        undrawn: dice.sometimes(0.5, 0.0, 3.0),
        draws: if dice.chance(0.4) { flow(dice, 0.0, 1.0) } else { Flow::default() },
        rank: dice.whole(1, 3) as u32,
        collateral: 0.0,
        pledge_other: 0.0,
        spread_pa: dice.within(0.0, 0.12),
        maturity_q: maturity as f64,
        amortisation,
        ltv_max: f64::INFINITY,
        cure_q: dice.pick(&[0.0, 0.0, 1.0, 2.0]),
        advance: dice.within(0.3, 1.2),
        tenor_q: dice.whole(1, 6) as f64,
        extension_q: dice.whole(0, 2) as f64,
        marketable: dice.chance(0.6),
        guarantor,
        guarantee_share: dice.share(),
        guarantee_cap: dice.within(0.0, 5.0),
        holders: holders(dice, system.lenders.len()),
    }
}

fn sculpture(dice: &mut Dice, quarters: usize) -> Vec<f64> {
    let count = dice.whole(1, quarters);
    let shares: Vec<f64> = (0..count).map(|_| dice.within(0.0, 1.0)).collect();
    let total: f64 = shares.iter().sum();
    let together = dice.within(0.3, 1.0);
    shares.iter().map(|share| share / total * together).collect()
}

/// Shares that sum to 1, or to less where outside holds the rest.
fn holders(dice: &mut Dice, lenders: usize) -> Vec<(usize, f64)> {
    let first = dice.whole(0, lenders - 1);
    let count = dice.whole(0, lenders.min(4));
    let shares: Vec<f64> = (0..count).map(|_| dice.within(0.1, 1.0)).collect();
    let total: f64 = shares.iter().sum();
    let together = if dice.chance(0.7) { 1.0 } else { dice.within(0.2, 1.0) };
    let mut rows: Vec<(usize, f64)> =
        shares.iter().enumerate().map(|(k, share)| ((first + k) % lenders, share / total * together)).collect();
    rows.sort_by_key(|(lender, _)| *lender);
    rows
}

/// A covenant that the opening keeps, now and then only just; infinite where there is none.
fn covenant(dice: &mut Dice, system: &System, facility: &Facility) -> f64 {
    let obligor = &system.obligors[facility.borrower];
    let fleet: f64 =
        obligor.fleet.iter().map(|vintage| vintage.cost * book_share(&system.gpu, vintage.age_q as f64)).sum();
    let age = (obligor.site_age_q / system.gpu.site_life_q).min(1.0);
    let value =
        facility.collateral * (fleet + obligor.site_cost * (1.0 - age)) + facility.pledge_other * obligor.other_assets;
    if value <= 0.0 || facility.amount <= 0.0 || dice.chance(0.3) {
        return f64::INFINITY;
    }
    facility.amount / value * dice.within(1.0, 1.3)
}

pub fn contracts(dice: &mut Dice, system: &mut System) {
    let count = dice.whole(0, 2 * system.obligors.len());
    for place in 0..count {
        let contract = contract(dice, system, place, count);
        if contract.customer != contract.supplier {
            system.contracts.push(contract);
        }
    }
}

fn trader(dice: &mut Dice, system: &System) -> Trader {
    match dice.whole(0, 4) {
        0 => Trader::Market,
        _ => Trader::Obligor(dice.whole(0, system.obligors.len() - 1)),
    }
}

fn contract(dice: &mut Dice, system: &System, place: usize, count: usize) -> Contract {
    let start = if dice.chance(0.6) { 0 } else { dice.whole(1, system.quarters) };
    Contract {
        name: format!("c{place}"),
        customer: trader(dice, system),
        supplier: trader(dice, system),
        fee: flow(dice, 0.0, 0.6),
        start_q: start as f64,
        end_q: (start.max(1) + dice.whole(0, system.quarters)) as f64,
        take_or_pay: dice.share(),
        fleet_share: dice.within(0.0, 1.0) / count as f64,
        renew_if_utilisation: dice.chance(0.4).then(|| dice.within(0.0, 1.5)),
        renewal_rent_beta: dice.within(0.0, 1.5),
        service_cost: dice.sometimes(0.4, 0.0, 1.0),
        contract_credit: dice.chance(0.3).then(|| dice.share()),
    }
}

pub fn vendor_finance(dice: &mut Dice, system: &mut System) {
    for k in 0..dice.whole(0, 3) {
        let recipient = dice.whole(0, system.obligors.len() - 1);
        system.backstops.push(Backstop {
            name: format!("b{k}"),
            payer: party(dice, system, Party::Obligor(recipient)),
            recipient,
            cap: dice.within(0.0, 0.5),
            price_share: dice.share(),
            end_q: dice.whole(0, system.quarters) as f64,
        });
    }
    for k in 0..dice.whole(0, 3) {
        let recipient = dice.whole(0, system.obligors.len() - 1);
        system.instalments.push(Instalment {
            name: format!("i{k}"),
            payer: party(dice, system, Party::Obligor(recipient)),
            recipient,
            amount: flow(dice, 0.0, 0.5),
            total: dice.within(0.0, 3.0),
            equity_trigger: dice.sometimes(0.5, 0.5, 1.2),
            milestone: dice.share(),
        });
    }
}
