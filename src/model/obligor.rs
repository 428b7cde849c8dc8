//! Obligors: receipts, worth, dues, default and its cause. (methods.md, 5.1, 6.1)

use crate::model::compute::Market;
use crate::model::contract;
use crate::model::draws::DrawTable;
use crate::model::driver::struck;
use crate::model::facility::has_plain_loans;
use crate::model::outcome::DefaultCause;
use crate::model::property::owns_or_builds;
use crate::model::stake;
use crate::model::state::{Dues, Funding, ObligorState, State, Year};
use crate::model::system::{DefaultModel, Flow, Insolvency, Obligor, SolvencyBasis, System, Target};
use crate::random::Lanes;
use crate::units::per_quarter;

/// Opening state; that of facilities is known.
pub fn reset(system: &System, state: &mut State) {
    for (i, obligor) in system.obligors.iter().enumerate() {
        let spread = lowest_spread(state, i);
        let own_facilities = state.links.facilities[i].iter();
        state.obligors[i] = ObligorState {
            alive: true,
            cash: obligor.cash,
            debt: own_facilities.fold(0.0, |sum, f| sum + state.facilities[*f].balance),
            other_assets: obligor.other_assets,
            market_value: obligor.market_cap,
            support_left: obligor.support,
            discount: discount(system, spread),
            market_basis: obligor.solvency_basis == SolvencyBasis::Market,
            operates: operates(obligor),
            plain_loans: has_plain_loans(system, state, i),
            service_stale: true,
            ..ObligorState::default()
        };
    }
}

/// Does anything come in or go out beside contracts and debt: revenue, cost, rent of units, capex?
fn operates(obligor: &Obligor) -> bool {
    obligor.revenue != 0.0 || obligor.fixed_cost != Flow::default() || owns_or_builds(obligor)
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

/// Forgets what earlier trials and quarters left beside [`ObligorState`].
pub fn forget(state: &mut State) {
    forget_gaps(state);
    let State { lost_receipts, paid, invoiced, .. } = state;
    [lost_receipts, paid, invoiced].into_iter().for_each(Year::reset);
}

/// Nobody is short any more.
fn forget_gaps(state: &mut State) {
    let State { obligors, funding, short, .. } = state;
    for i in short.drain(..) {
        (obligors[i].short, funding[i]) = (false, Funding::default());
    }
}

/// Start of a quarter: sites are a quarter older, nobody is short, nothing is due yet but debt service, which may be that of the
/// last one. What was due by the dead stays as it was: nobody asks them.
pub fn open_quarter(state: &mut State) {
    forget_gaps(state);
    let State { obligors, property, lost_receipts, paid, invoiced, quarter, .. } = state;
    property.grow_older();
    for own in obligors.iter_mut().filter(|own| own.alive) {
        own.dues = Dues { interest: own.dues.interest, amortisation: own.dues.amortisation, ..Dues::default() };
    }
    [lost_receipts, paid, invoiced].into_iter().for_each(|year| year.open(*quarter));
}

/// Step 1: share prices and other assets at this quarter's index, where it moves them. `M = M_0 S^beta` (5.1)
pub fn reprice(system: &System, state: &mut State, lanes: Lanes) {
    let State { obligors, powers, market, .. } = state;
    powers.raise(market.equity, lanes);
    for (i, [other_assets, market_cap]) in powers.each() {
        let (obligor, own) = (&system.obligors[i], &mut obligors[i]);
        if own.alive {
            own.other_assets = obligor.other_assets * other_assets;
            own.market_value = obligor.market_cap * market_cap;
        }
    }
}

/// Step 2: other revenue, fixed cost and spot rent; what is to be invested falls due. (6.1)
pub fn operate(system: &System, state: &mut State, draws: &DrawTable) {
    let t = state.quarter as usize;
    state.fleets.value(t, state.market.lift, &state.curve, draws.lanes());
    state.revenue.grow(system, &state.market, draws, t);
    let State { obligors, revenue, fleets, occupied, market, quarter, outside, .. } = state;
    let kept = 1.0 - system.compute.spot_cost;
    let capacities =
        occupied.iter().zip(&fleets.young).map(|(occupied, young)| spot_capacity(market, *occupied, *young));
    let own = obligors.iter_mut().zip(&revenue.amounts).zip(capacities);
    for (obligor, ((own, revenue), capacity)) in system.obligors.iter().zip(own) {
        if !own.alive || !own.operates {
            continue;
        }
        let spot = obligor.region.map_or(0.0, |r| market.spot_rent[r] * capacity) * kept;
        let flow = obligor.margin * revenue - obligor.fixed_cost.at(*quarter) + spot;
        own.cash += flow;
        *outside -= flow;
        own.dues.capex = obligor.capex.at(*quarter);
    }
}

/// Cost of the units that can still be let at the present obsolescence, uncontracted share.
#[inline]
#[must_use]
pub fn spot_capacity(market: &Market, occupied: f64, young: f64) -> f64 {
    let free = (1.0 - occupied).max(0.0);
    free * (market.decay * young)
}

/// Step 3: what the obligor is worth before this quarter's sales, and whether it may raise money.
pub fn assess(system: &System, state: &mut State) {
    stake::reprice(system, state);
    contract::value(system, state);
    state.fees_moved = false;
    state.property.quote(&state.market, &state.fire_sales);
    revalue(system, state);
    let State { obligors, property, .. } = state;
    for (own, (fleet, site)) in obligors.iter_mut().zip(property.fleets.iter().zip(&property.sites)) {
        if own.alive {
            (own.fleet_value, own.site_value) = (*fleet, *site);
            own.equity = equity(own, own.hardware());
            own.access = own.equity > 0.0;
        }
    }
}

/// Equity on its solvency basis, with the larger of V_i and X_i.
#[inline]
fn equity(own: &ObligorState, worth: f64) -> f64 {
    if own.market_basis {
        return own.market_value;
    }
    own.cash + worth + own.other_assets + own.stakes - own.debt
}

/// Step 7: equity on its solvency basis after the payments of the quarter, V_i at the price before this quarter's sales;
/// 0 after its default. Fleets and contracts count as step 3 of the quarter and what followed left them: not to be asked for
/// before it.
#[inline]
#[must_use]
pub fn equity_after_payments(state: &State, i: usize) -> f64 {
    let own = &state.obligors[i];
    if !own.alive {
        return 0.0;
    }
    let contracts = if state.fees_moved { contract::contract_value(state, i) } else { own.contract_value };
    let worth = state.property.fleets[i] + state.property.sites[i];
    equity(own, worth.max(contracts))
}

/// V_i of every obligor as its fleet and sites stand, at the prices before this quarter's sales: in step 3, and after the
/// payments of step 5.
pub fn revalue(system: &System, state: &mut State) {
    state.property.value(&state.fleets.book, system.gpu.site_life_q);
}

/// Step 5: defaults that no money can prevent. Of several causes the first of latent, scheduled, insolvency (where that is a
/// default at once) counts: it is noted last.
pub fn test_defaults(system: &System, state: &mut State, draws: &DrawTable) {
    if system.credit.insolvency == Insolvency::Immediate {
        default_where_insolvent(system, state);
    }
    for (target, _) in struck(system, state.quarter as usize) {
        if let Target::Default(i) = target {
            let own = &mut state.obligors[i];
            own.defaulting = own.alive.then_some(DefaultCause::Scheduled);
        }
    }
    default_where_latent(system, state, draws);
}

/// Whoever's latent asset value falls below the threshold. Raw draws, no persistence. (6.1)
fn default_where_latent(system: &System, state: &mut State, draws: &DrawTable) {
    let State { latent_tests, obligors, drivers, quarter, .. } = state;
    let e = |i| draws.idiosyncratic(*quarter as usize, i);
    latent_tests.each_fall((&system.drivers, drivers), e, |i| {
        if obligors[i].alive {
            obligors[i].defaulting = Some(DefaultCause::Latent);
        }
    });
}

/// Insolvency is no matter to the purely latent.
fn default_where_insolvent(system: &System, state: &mut State) {
    for (obligor, own) in system.obligors.iter().zip(&mut state.obligors) {
        if own.alive && !own.access && !purely_latent(obligor) {
            own.defaulting = Some(DefaultCause::Insolvency);
        }
    }
}

/// Why an obligor that cannot pay defaults: the first tag that applies. (6.1)
#[must_use]
pub fn cause_of_illiquidity(state: &State, i: usize) -> DefaultCause {
    let dues = &state.obligors[i].dues;
    if dues.cure > 0.0 {
        DefaultCause::Covenant
    } else if dues.gap > 0.0 {
        DefaultCause::Maturity
    } else if state.lost_receipts.to(state.quarter, i) > state.funding[i].missing {
        DefaultCause::Contract
    } else {
        DefaultCause::Burn
    }
}

/// Step 5: capex, less what is dropped of it, buys GPUs and sites; the vendor earns its margin on the GPUs.
#[inline(always)]
pub fn invest(system: &System, state: &mut State, i: usize, dropped: f64) {
    let State { obligors, fleets, property, lenders, outside, .. } = state;
    let (obligor, own) = (&system.obligors[i], &mut obligors[i]);
    let paid = own.dues.capex - dropped;
    if paid <= 0.0 {
        return;
    }
    own.cash -= paid;
    *outside += paid;
    let hardware = obligor.gpu_share * paid;
    let site = paid - hardware;
    if hardware > 0.0 {
        fleets.buy(i, hardware);
    }
    if site > 0.0 {
        property.build(i, site);
    }
    if let Some(vendor) = obligor.vendor
        && lenders[vendor].alive
    {
        let income = system.lenders[vendor].sales_margin * hardware;
        lenders[vendor].earn(income);
        lenders[vendor].sold += hardware;
        *outside -= income;
    }
}

/// End of the quarter: what a purely latent obligor lacks comes from outside.
pub fn close_quarter(system: &System, state: &mut State) {
    let State { obligors, links, outside, .. } = state;
    for i in &links.latent {
        let own = &mut obligors[*i];
        if own.alive && own.cash < 0.0 && purely_latent(&system.obligors[*i]) {
            *outside += own.cash;
            own.cash = 0.0;
        }
    }
}

/// Has the recipient paid at least `milestone` of what it was invoiced over the last four quarters?
#[must_use]
pub fn meets_milestone(state: &State, recipient: usize, milestone: f64) -> bool {
    let last = state.quarter - 1;
    state.paid.to(last, recipient) >= milestone * state.invoiced.to(last, recipient)
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
