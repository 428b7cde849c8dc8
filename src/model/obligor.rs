//! Obligors: receipts, worth, dues, default and its cause. (methods.md, 5.1, 6.1)

use crate::model::contract;
use crate::model::draws::DrawTable;
use crate::model::driver::struck;
use crate::model::outcome::DefaultCause;
use crate::model::stake;
use crate::model::state::{Funding, ObligorState, State, slot, year_to};
use crate::model::system::{DefaultModel, Insolvency, Means, Obligor, Party, SolvencyBasis, System, Target};
use crate::units::per_quarter;

/// Opening state.
pub fn reset(system: &System, state: &mut State) {
    for (i, obligor) in system.obligors.iter().enumerate() {
        let spread = lowest_spread(state, i);
        state.obligors[i] = ObligorState {
            alive: true,
            cash: obligor.cash,
            other_assets: obligor.other_assets,
            market_value: obligor.market_cap,
            support_left: obligor.support,
            discount: discount(system, spread),
            ..ObligorState::default()
        };
    }
}

/// The lowest spread of an obligor's facilities; 0 without any.
#[must_use]
pub fn lowest_spread(state: &State, obligor: usize) -> f64 {
    let own = state.links.facilities[obligor].iter();
    let lowest = own.map(|f| state.facilities[*f].spread_pa).fold(f64::INFINITY, f64::min);
    if lowest.is_finite() { lowest } else { 0.0 }
}

/// Discount factor of one quarter at the base rate and a spread.
#[must_use]
pub fn discount(system: &System, spread_pa: f64) -> f64 {
    1.0 / (1.0 + per_quarter(system.credit.base_rate_pa + spread_pa))
}

/// A purely latent obligor pays in full until it defaults.
#[must_use]
pub fn purely_latent(obligor: &Obligor) -> bool {
    obligor.default_model == DefaultModel::Latent
}

/// Start of a quarter: sites are a quarter older, nothing is due yet, purses hold the cash of the last quarter. What was due to
/// and by the dead stays as it was: nobody asks them.
pub fn open_quarter(system: &System, state: &mut State) {
    let State { obligors, purses, short, quarter, property, .. } = state;
    property.grow_older();
    for i in short.drain(..) {
        obligors[i].funding = Funding::default();
    }
    let now = slot(*quarter);
    for (i, (obligor, own)) in system.obligors.iter().zip(obligors).enumerate().filter(|(_, (_, own))| own.alive) {
        own.occupied = 0.0;
        own.draws = 0.0;
        (own.lost_receipts[now], own.paid[now], own.invoiced[now]) = (0.0, 0.0, 0.0);
        purses.fill(Party::Obligor(i), if purely_latent(obligor) { f64::INFINITY } else { own.cash });
    }
}

/// Step 1: share prices and other assets at this quarter's index. `M = M_0 S^beta` (5.1)
pub fn reprice(system: &System, state: &mut State) {
    let State { obligors, powers, market, .. } = state;
    powers.raise(market.equity);
    for (i, (obligor, own)) in system.obligors.iter().zip(obligors).enumerate().filter(|(_, (_, own))| own.alive) {
        let [other_assets, market_cap] = powers.of(i);
        own.other_assets = obligor.other_assets * other_assets;
        own.market_value = obligor.market_cap * market_cap;
    }
}

/// Step 2: other revenue, fixed cost and spot rent. (6.1)
pub fn operate(system: &System, state: &mut State, draws: &DrawTable) {
    let t = state.quarter as usize;
    state.fleets.value(t, state.market.lift, &state.curve, draws.lanes());
    state.revenue.grow(system, &state.market, draws, t);
    for (i, obligor) in system.obligors.iter().enumerate() {
        if !state.obligors[i].alive {
            continue;
        }
        let spot = spot_rent(system, state, i) * (1.0 - system.compute.spot_cost);
        let flow = obligor.margin * state.revenue.amounts[i] - obligor.fixed_cost.at(state.quarter) + spot;
        state.obligors[i].cash += flow;
        state.outside -= flow;
    }
}

/// Cost of the units that can still be let at the present obsolescence, uncontracted share.
#[inline]
#[must_use]
pub fn spot_capacity(state: &State, i: usize) -> f64 {
    let free = (1.0 - state.obligors[i].occupied).max(0.0);
    free * (state.market.decay * state.fleets.young[i])
}

/// Spot rent before operating cost: yield . rent . u . capacity.
#[inline]
fn spot_rent(system: &System, state: &State, i: usize) -> f64 {
    system.obligors[i].region.map_or(0.0, |r| {
        let price = system.compute.rental_yield * state.market.rent[r];
        price * state.market.utilisation[r] * spot_capacity(state, i)
    })
}

/// Step 3: what the obligor is worth before this quarter's sales, and whether it may raise money.
pub fn assess(system: &System, state: &mut State) {
    stake::reprice(system, state);
    contract::value(system, state);
    state.fees_moved = false;
    state.property.quote(&state.market, &state.fire_sales);
    revalue(system, state);
    for (i, obligor) in system.obligors.iter().enumerate() {
        if !state.obligors[i].alive {
            continue;
        }
        let debt = debt(state, i);
        let own = &mut state.obligors[i];
        (own.fleet_value, own.site_value) = (state.property.fleets[i], state.property.sites[i]);
        own.equity = equity(obligor, own, own.value().max(own.contract_value), debt);
        own.access = own.equity > 0.0;
    }
}

/// Equity on its solvency basis, with the larger of V_i and X_i.
#[inline]
fn equity(obligor: &Obligor, own: &ObligorState, worth: f64, debt: f64) -> f64 {
    match obligor.solvency_basis {
        SolvencyBasis::Market => own.market_value,
        SolvencyBasis::Assets => own.cash + worth + own.other_assets + own.stakes - debt,
    }
}

/// Step 7: equity on its solvency basis after the payments of the quarter, V_i at the price before this quarter's sales;
/// 0 after its default. Fleets and contracts count as step 3 of the quarter and what followed left them: not to be asked for
/// before it.
#[must_use]
pub fn equity_after_payments(system: &System, state: &State, i: usize) -> f64 {
    equity_beside(system, state, i, debt(state, i))
}

/// [`equity_after_payments`] of an obligor of that [`debt`].
#[must_use]
pub fn equity_beside(system: &System, state: &State, i: usize, debt: f64) -> f64 {
    let own = &state.obligors[i];
    if !own.alive {
        return 0.0;
    }
    let contracts = if state.fees_moved { contract::contract_value(state, i) } else { own.contract_value };
    let worth = state.property.fleets[i] + state.property.sites[i];
    equity(&system.obligors[i], own, worth.max(contracts), debt)
}

/// Balances of all its facilities, USD bn.
#[inline]
#[must_use]
pub fn debt(state: &State, i: usize) -> f64 {
    state.links.facilities[i].iter().fold(0.0, |sum, f| sum + state.facilities[*f].balance)
}

/// V_i of every obligor as its fleet and sites stand, at the prices before this quarter's sales: in step 3, and after the
/// payments of step 5.
pub fn revalue(system: &System, state: &mut State) {
    state.property.value(&state.fleets.book, system.gpu.site_life_q);
}

/// Step 5: defaults that no money can prevent: latent, scheduled, insolvency where that is a default at once.
pub fn test_defaults(system: &System, state: &mut State, draws: &DrawTable) {
    let scheduled = struck(system, state.quarter as usize).next().is_some();
    for i in 0..system.obligors.len() {
        if !state.obligors[i].alive {
            continue;
        }
        let obligor = &system.obligors[i];
        let structural = !purely_latent(obligor);
        let insolvent = structural && !state.obligors[i].access;
        let cause = if obligor.default_model != DefaultModel::Structural && latent_default(system, state, i, draws) {
            Some(DefaultCause::Latent)
        } else if scheduled && struck(system, state.quarter as usize).any(|(target, _)| target == Target::Default(i)) {
            Some(DefaultCause::Scheduled)
        } else if insolvent && system.credit.insolvency == Insolvency::Immediate {
            Some(DefaultCause::Insolvency)
        } else {
            None
        };
        state.obligors[i].defaulting = cause;
    }
}

/// `A = sqrt(rho) n'g + sqrt(1-rho) e`; default iff `s A` falls below the threshold. Raw draws, no persistence. (6.1)
fn latent_default(system: &System, state: &State, i: usize, draws: &DrawTable) -> bool {
    let own = draws.idiosyncratic(state.quarter as usize, i);
    state.latent_tests[i].fails(&system.drivers, state.drivers.latent_asset(&system.obligors[i], own))
}

/// Why an obligor that cannot pay defaults: the first tag that applies. (6.1)
#[must_use]
pub fn cause_of_illiquidity(own: &ObligorState, quarter: i64) -> DefaultCause {
    if own.dues.cure > 0.0 {
        DefaultCause::Covenant
    } else if own.dues.gap > 0.0 {
        DefaultCause::Maturity
    } else if year_to(&own.lost_receipts, quarter) > own.funding.missing {
        DefaultCause::Contract
    } else {
        DefaultCause::Burn
    }
}

/// Step 5: capex paid buys GPUs and sites; the vendor earns its margin on the GPUs.
pub fn invest(system: &System, state: &mut State, i: usize) {
    let obligor = &system.obligors[i];
    let own = &mut state.obligors[i];
    let paid = own.dues.capex - own.funding.filled[Means::Capex as usize];
    if paid <= 0.0 {
        return;
    }
    own.cash -= paid;
    state.outside += paid;
    let hardware = obligor.gpu_share * paid;
    let site = paid - hardware;
    if hardware > 0.0 {
        state.fleets.buy(i, hardware);
    }
    if site > 0.0 {
        state.property.build(i, site);
    }
    if let Some(vendor) = obligor.vendor
        && state.lenders[vendor].alive
    {
        let income = system.lenders[vendor].sales_margin * hardware;
        state.lenders[vendor].earn(income);
        state.lenders[vendor].sold += hardware;
        state.outside -= income;
    }
}

/// End of the quarter: what a purely latent obligor lacks comes from outside.
pub fn close_quarter(system: &System, state: &mut State) {
    for (obligor, own) in system.obligors.iter().zip(&mut state.obligors) {
        if own.alive && purely_latent(obligor) && own.cash < 0.0 {
            state.outside += own.cash;
            own.cash = 0.0;
        }
    }
}

/// Has the recipient paid at least `milestone` of what it was invoiced over the last four quarters?
#[must_use]
pub fn meets_milestone(own: &ObligorState, quarter: i64, milestone: f64) -> bool {
    year_to(&own.paid, quarter - 1) >= milestone * year_to(&own.invoiced, quarter - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::trial::{Workspace, begin, quarter};
    use crate::random::Streams;

    #[test]
    fn sites_grow_older_quarter_by_quarter() {
        let mut system = fixture::system(&["us"]);
        system.obligors.push(Obligor {
            site_cost: 8.0,
            site_age_q: 20.0,
            region: Some(0),
            ..fixture::obligor("owner")
        });
        let draws = Draws { streams: Streams::new(1), trial: 0 };
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, draws.streams, draws.trial, &mut workspace);
        for age in [21.0, 22.0] {
            quarter(draws, &mut workspace).unwrap();
            let value = workspace.state().obligors[0].site_value;
            assert!((value - 8.0 * (1.0 - age / 80.0)).abs() < 1e-12, "{value}");
        }
    }
}
