//! Scheduled shocks and parameters drawn per trial of a random world.

use knockon::model::parameter::Law;
use knockon::model::system::*;
use knockon::random::key;

use crate::support::dice::Dice;

pub fn shocks(dice: &mut Dice, system: &mut System) {
    for k in 0..dice.whole(0, 3) {
        let targets: Vec<Target> = (0..dice.whole(1, 2)).map(|_| target(dice, system)).collect();
        let regional = targets.iter().all(|target| matches!(target, Target::Demand | Target::Supply));
        system.shocks.push(Shock {
            name: format!("x{k}"),
            quarter: dice.whole(1, system.quarters) as f64,
            size: dice.within(0.0, 1.0),
            length_q: dice.whole(1, 3) as f64,
            region: (regional && dice.chance(0.5)).then(|| dice.whole(0, system.regions.len() - 1)),
            targets,
        });
    }
}

fn target(dice: &mut Dice, system: &System) -> Target {
    match dice.whole(0, 8) {
        0 => Target::Demand,
        1 => Target::Supply,
        2 => Target::Equity,
        3 => Target::Obsolescence,
        4 => Target::Confidence,
        5 => Target::FreezeRefinancing,
        6 if !system.contracts.is_empty() => Target::Honour(dice.whole(0, system.contracts.len() - 1)),
        7 => Target::Fail(dice.whole(0, system.lenders.len() - 1)),
        _ => Target::Default(dice.whole(0, system.obligors.len() - 1)),
    }
}

const UNBOUNDED: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);
const NOT_NEGATIVE: (f64, f64) = (0.0, f64::INFINITY);

pub fn draws(dice: &mut Dice, system: &mut System) {
    if dice.chance(0.4) {
        return;
    }
    let life = system.gpu.life_q;
    let law = Law::Triangular(0.7 * life, life, 1.4 * life);
    add(system, "gpu.life_q", law, UNBOUNDED, |s, _| &mut s.gpu.life_q);
    let law = Law::Beta(2.0, 3.0);
    add(system, "clearing.asset_recovery", law, (0.0, 1.0), |s, _| &mut s.costs.asset_recovery);
    let law = Law::Lognormal(system.regions[0].depth, 0.5);
    add(system, "region.r0.depth", law, NOT_NEGATIVE, |s, e| &mut s.regions[e].depth);
    let obligor = dice.whole(0, system.obligors.len() - 1);
    let law = Law::Normal(system.obligors[obligor].cash, 0.5);
    add_of(system, obligor, law, NOT_NEGATIVE, |s, e| &mut s.obligors[e].cash);
    let lender = dice.whole(0, system.lenders.len() - 1);
    let cash = system.lenders[lender].cash;
    let law = Law::Uniform(0.9 * cash, 1.5 * cash);
    add_of(system, lender, law, NOT_NEGATIVE, |s, e| &mut s.lenders[e].cash);
    finance_draws(dice, system);
    if !system.facilities.is_empty() {
        facility_draws(dice, system);
    }
    if !system.shocks.is_empty() {
        let last = system.quarters as f64;
        let law = Law::Pert(0.5, 0.5 * last, last);
        add_of(system, 0, law, (1.0, last), |s, e| &mut s.shocks[e].quarter);
        round_up(system);
        add_of(system, 0, Law::Beta(2.0, 2.0), (0.0, 1.0), |s, e| &mut s.shocks[e].size);
    }
    if system.drivers.copula == Copula::StudentT {
        system.drivers.dof_values = vec![3, 5];
        let law = Law::Discrete(vec![(3.0, 1.0), (5.0, 2.0)]);
        system.drivers.dof = law.median(UNBOUNDED);
        add(system, "drivers.dof", law, UNBOUNDED, |s, _| &mut s.drivers.dof);
    }
}

fn finance_draws(dice: &mut Dice, system: &mut System) {
    let rates = (0.0, 1.0);
    add(system, "marks.mark_lgd", Law::Beta(2.0, 2.0), rates, |s, _| &mut s.marks.mark_lgd);
    add(system, "credit.base_rate_pa", Law::Uniform(0.0, 0.1), rates, |s, _| &mut s.credit.base_rate_pa);
    let obligor = dice.whole(0, system.obligors.len() - 1);
    add_of(system, obligor, Law::Triangular(0.0, 0.05, 0.3), rates, |s, e| &mut s.obligors[e].pd_pa);
    if !system.claims.is_empty() {
        let claim = dice.whole(0, system.claims.len() - 1);
        let amount = system.claims[claim].amount;
        let law = Law::Uniform(0.5 * amount, 1.5 * amount);
        add(system, "claim.amount", law, NOT_NEGATIVE, |s, e| &mut s.claims[e].amount);
        at(system, claim);
    }
}

fn facility_draws(dice: &mut Dice, system: &mut System) {
    let f = dice.whole(0, system.facilities.len() - 1);
    let amount = system.facilities[f].amount;
    let law = Law::Uniform(0.8 * amount, 1.2 * amount);
    add_of(system, f, law, NOT_NEGATIVE, |s, e| &mut s.facilities[e].amount);
    let maturity = system.facilities[f].maturity_q;
    if !matches!(system.facilities[f].amortisation, Amortisation::Sculpted(_)) {
        let law = Law::Uniform(maturity, maturity + 2.5);
        add_of(system, f, law, UNBOUNDED, |s, e| &mut s.facilities[e].maturity_q);
        round_up(system);
    }
}

type Place = fn(&mut System, usize) -> &mut f64;

fn add(system: &mut System, path: &str, law: Law, range: (f64, f64), place: Place) {
    let path = path.to_owned();
    system.draws.push(Draw {
        key: key(&path),
        path,
        order: 0,
        law,
        range,
        factor: 1.0,
        whole: false,
        entity: 0,
        place,
    });
}

fn add_of(system: &mut System, entity: usize, law: Law, range: (f64, f64), place: Place) {
    let path = format!("draw.{}", system.draws.len());
    add(system, &path, law, range, place);
    at(system, entity);
}

fn at(system: &mut System, entity: usize) {
    if let Some(draw) = system.draws.last_mut() {
        draw.entity = entity;
    }
}

fn round_up(system: &mut System) {
    if let Some(draw) = system.draws.last_mut() {
        draw.whole = true;
    }
}
