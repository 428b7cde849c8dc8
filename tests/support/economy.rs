//! Drivers, compute market and obligors of a random world.

use knockon::model::copula;
use knockon::model::system::*;
use knockon::random::key;
use ndarray::Array2;

use crate::support::dice::Dice;
use crate::support::world::{flow, party};

const MEANS: [Means; 5] = [Means::Capex, Means::Lines, Means::Equity, Means::Invoices, Means::Sponsor];

pub fn regions(dice: &mut Dice) -> Vec<Region> {
    let count = dice.whole(1, 2);
    (0..count)
        .map(|r| Region {
            name: format!("r{r}"),
            utilisation: dice.within(0.2, 0.9),
            u_max: dice.within(0.9, 1.0),
            growth_pa: dice.within(-0.2, 0.4),
            supply_growth_pa: dice.within(-0.1, 0.6),
            supply: dice.within(10.0, 200.0),
            demand_volatility_pa: dice.within(0.0, 0.4),
            demand_loading: dice.within(-1.0, 1.0),
            rent_elasticity: dice.within(0.5, 2.5),
            depth: dice.within(2.0, 100.0),
            spillover: (0..count).map(|s| if s == r { 0.0 } else { dice.share() }).collect(),
        })
        .collect()
}

/// Correlation from a random root with rows of length 1, which makes it positive semidefinite.
pub fn drivers(dice: &mut Dice, regions: &[Region]) -> Drivers {
    let mut names: Vec<String> = ["demand", "residual", "credit", "equity"].map(String::from).into();
    names.extend(regions.iter().map(|region| format!("region.{}", region.name)));
    let n = names.len();
    let mut rows = Array2::<f64>::zeros((n, n));
    for k in 0..n {
        for j in 0..k {
            rows[[k, j]] = dice.within(-0.6, 0.6);
        }
        rows[[k, k]] = 1.0;
        let length = rows.row(k).dot(&rows.row(k)).sqrt();
        rows.row_mut(k).mapv_inplace(|x| x / length);
    }
    let mut correlation = rows.dot(&rows.t());
    correlation.diag_mut().fill(1.0);
    let student = dice.chance(0.5);
    let dof = dice.pick(&[3u32, 4, 7]);
    Drivers {
        copula: if student { Copula::StudentT } else { Copula::Gaussian },
        dof: f64::from(dof),
        dof_values: if student { vec![dof] } else { vec![] },
        root: copula::root(&correlation).expect("rows of length 1 make a correlation"),
        correlation,
        persistence: (0..n).map(|_| dice.sometimes(0.5, -0.5, 0.9)).collect(),
        keys: names.iter().map(|name| key(name)).collect(),
        names,
    }
}

pub fn jumps(dice: &mut Dice) -> Vec<Jump> {
    (0..dice.whole(0, 2))
        .map(|k| Jump {
            name: format!("j{k}"),
            place: k,
            key: key(&format!("jump.j{k}")),
            rate_pa: dice.within(0.0, 2.0),
            obsolescence: dice.sometimes(0.7, 0.0, 0.3),
            demand: dice.sometimes(0.5, -0.1, 0.3),
            equity: dice.sometimes(0.5, 0.0, 0.3),
            confidence: dice.sometimes(0.5, 0.0, 0.3),
            compensated: dice.chance(0.5),
        })
        .collect()
}

pub fn gpu(dice: &mut Dice) -> Gpu {
    Gpu {
        depreciation: dice.pick(&[
            Depreciation::StraightLine,
            Depreciation::Geometric,
            Depreciation::Accelerated,
            Depreciation::Table(vec![(0.0, 1.0), (4.0, 0.6), (12.0, 0.1)]),
        ]),
        life_q: dice.within(6.0, 20.0),
        salvage: dice.within(0.02, 0.3),
        obsolescence_drift_pa: dice.sometimes(0.3, 0.0, 0.2),
        residual_reversion_q: dice.share(),
        residual_rent_beta: dice.within(0.0, 1.5),
        residual_volatility_pa: dice.within(0.0, 0.3),
        site_life_q: dice.within(20.0, 80.0),
        site_beta: dice.within(0.0, 1.0),
        site_haircut: dice.share(),
        contract_credit: dice.share(),
        contract_recovery: dice.share(),
    }
}

pub fn compute(dice: &mut Dice) -> Compute {
    Compute {
        rental_yield: dice.within(0.0, 0.12),
        spot_cost: dice.share(),
        relet_q: dice.whole(0, 3) as f64,
        impact_at_10pct: dice.within(0.0, 0.4),
        impact_reversion_q: dice.share(),
        phi_min: dice.within(0.05, 1.0),
    }
}

pub fn confidence(dice: &mut Dice) -> Confidence {
    Confidence {
        confidence_mean: dice.within(0.3, 1.0),
        confidence_reversion_q: dice.share(),
        confidence_volatility_q: dice.within(0.0, 0.15),
        hit_default: dice.within(0.0, 1.5),
        hit_failure: dice.within(0.0, 1.5),
    }
}

pub fn obligors(dice: &mut Dice, system: &mut System) {
    for i in 0..dice.whole(1, 8) {
        let obligor = obligor(dice, system, i);
        system.obligors.push(obligor);
    }
    for i in 0..system.obligors.len() {
        if dice.chance(0.4) {
            system.obligors[i].sponsor = Some(party(dice, system, Party::Obligor(i)));
            system.obligors[i].support = dice.within(0.0, 4.0);
        }
    }
}

fn obligor(dice: &mut Dice, system: &System, i: usize) -> Obligor {
    let name = format!("o{i}");
    let revenue = dice.sometimes(0.7, 0.0, 1.0);
    Obligor {
        key: key(&format!("obligor.{name}")),
        name,
        place: i,
        default_model: dice.pick(&[
            DefaultModel::Structural,
            DefaultModel::Structural,
            DefaultModel::Latent,
            DefaultModel::Both,
        ]),
        pd_pa: dice.within(0.0, 0.2),
        rho: dice.share(),
        loadings: loadings(dice, &system.drivers),
        cash: dice.within(0.0, 2.0) + dice.sometimes(0.3, 0.0, 6.0),
        other_assets: dice.sometimes(0.5, 0.0, 8.0),
        other_assets_beta: dice.within(-0.5, 2.0),
        fleet: (0..dice.whole(0, 3))
            .map(|_| Vintage { cost: dice.within(0.5, 6.0), age_q: dice.whole(0, 8) })
            .collect(),
        site_cost: dice.sometimes(0.5, 0.0, 5.0),
        site_age_q: dice.within(0.0, 30.0),
        revenue,
        revenue_growth_pa: dice.within(-0.3, 0.3),
        revenue_beta: dice.within(0.0, 1.5),
        revenue_volatility_pa: dice.sometimes(0.6, 0.0, 0.5),
        margin: dice.within(-0.2, 1.0),
        fixed_cost: flow(dice, 0.0, 0.5 * revenue),
        capex: if dice.chance(0.5) { flow(dice, 0.0, 0.6) } else { Flow::default() },
        deferrable: dice.share(),
        gpu_share: dice.share(),
        market_cap: dice.sometimes(0.7, 0.0, 40.0),
        equity_beta: dice.within(0.0, 2.0),
        raise_pa: dice.sometimes(0.5, 0.0, 0.2),
        solvency_basis: dice.pick(&[SolvencyBasis::Assets, SolvencyBasis::Market]),
        sponsor: None,
        support: 0.0,
        gap_order: dice.some_in_any_order(&MEANS),
        region: Some(dice.whole(0, system.regions.len() - 1)),
        vendor: (0..system.lenders.len())
            .find(|j| system.lenders[*j].kind == LenderType::Vendor)
            .filter(|_| dice.chance(0.6)),
    }
}

/// Weights n with n' C n = 1.
fn loadings(dice: &mut Dice, drivers: &Drivers) -> Vec<f64> {
    let n = drivers.keys.len();
    let raw: Vec<f64> = (0..n).map(|_| dice.within(-0.3, 1.0)).collect();
    let at = |k: usize, j: usize| raw[k] * drivers.correlation[[k, j]] * raw[j];
    let variance: f64 = (0..n).map(|k| (0..n).map(|j| at(k, j)).sum::<f64>()).sum();
    raw.iter().map(|x| x / variance.sqrt()).collect()
}
