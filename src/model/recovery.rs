//! Resolution of defaulted obligors: sale or step-in, fire-sale price, waterfall, guarantees, losses by holder.
//! (methods.md, 6.3)

use crate::model::contract::{contract_value, lose_customer, lose_supplier};
use crate::model::hedge;
use crate::model::invariant;
use crate::model::ledger::{Origin, fixed};
use crate::model::outcome::{Channel, FacilityEvents, ObligorDefault, Outcome};
use crate::model::stake;
use crate::model::state::{FacilityState, Holding, State};
use crate::model::system::{Party, Recovery, System};

/// Before and after this quarter's sales: the two evaluations of every loss.
const BEFORE: usize = 0;
const AFTER: usize = 1;

/// Step 1: the fire-sale factor recovers towards 1 before anything is sold.
pub fn open_quarter(system: &System, state: &mut State) {
    state.defaulted = 0.0;
    for sale in &mut state.fire_sales {
        if sale.log_factor != 0.0 {
            sale.log_factor *= 1.0 - system.compute.impact_reversion_q;
            sale.before = libm::exp(sale.log_factor);
            sale.after = sale.before;
        }
    }
}

/// Step 6: everything that follows from the defaults of this quarter. Are there any?
pub fn resolve(system: &System, state: &mut State, outcome: &mut Outcome) -> bool {
    let State { obligors, defaulting, .. } = state;
    defaulting.clear();
    defaulting.extend((0..obligors.len()).filter(|i| obligors[*i].defaulting.is_some()));
    let any = !defaulting.is_empty();
    if any {
        resolve_defaults(system, state, outcome);
    }
    any
}

#[cold]
fn resolve_defaults(system: &System, state: &mut State, outcome: &mut Outcome) {
    state.fees_moved = true;
    each_default(state, |state, i| take_possession(system, state, i));
    each_default(state, |state, i| choose_route(system, state, i));
    sell_fleets(system, state);
    for phase in [BEFORE, AFTER] {
        each_default(state, |state, i| distribute(system, state, i, phase));
        call_guarantees(system, state, phase);
    }
    each_default(state, |state, i| close(system, state, i, outcome));
}

fn each_default(state: &mut State, mut act: impl FnMut(&mut State, usize)) {
    for position in 0..state.defaulting.len() {
        act(state, state.defaulting[position]);
    }
}

/// All resources stay in the estate; if they are negative outside goes unpaid. Customers' contracts end.
fn take_possession(system: &System, state: &mut State, i: usize) {
    let own = &mut state.obligors[i];
    state.outside += own.cash;
    own.estate_cash = own.cash.max(0.0);
    own.cash = 0.0;
    state.purses.fill(Party::Obligor(i), 0.0);
    lose_customer(system, state, i);
}

/// Lenders step in where contracts are worth more to them than a sale at the price before this quarter's sales.
fn choose_route(system: &System, state: &mut State, i: usize) {
    let value = system.gpu.contract_recovery * contract_value(state, i);
    let own = &mut state.obligors[i];
    let sale = own.fleet_value + (1.0 - system.gpu.site_haircut) * own.site_value;
    let stepping_in = system.credit.recovery == Recovery::Endogenous && value > sale;
    own.step_in_value = stepping_in.then_some(value);
}

/// Will step 6 sell collateral that moves its price, as far as can be seen before it?
#[must_use]
pub fn is_near(system: &System, state: &State) -> bool {
    moves_prices(system) && state.obligors.iter().any(|own| own.defaulting.is_some() && own.fleet_value > 0.0)
}

/// Do sales of collateral move its price?
fn moves_prices(system: &System) -> bool {
    system.switches.collateral_fire_sale && system.credit.recovery != Recovery::Fixed
}

/// `ln phi = (1 - k) ln phi_t-1 - lambda (Q_r + sum_s w_sr Q_s) / depth_r`, not below phi_min.
fn sell_fleets(system: &System, state: &mut State) {
    if !moves_prices(system) {
        return;
    }
    let impact = -libm::log1p(-system.compute.impact_at_10pct) / 0.1;
    for r in 0..system.regions.len() {
        let mut sold = 0.0;
        for (i, obligor) in system.obligors.iter().enumerate() {
            let own = &state.obligors[i];
            if let (Some(s), Some(_), None) = (obligor.region, own.defaulting, own.step_in_value) {
                let reach = if s == r { 1.0 } else { system.regions[s].spillover[r] };
                sold += reach * own.fleet_value;
            }
        }
        state.contagion |= sold > 0.0;
        let sale = &mut state.fire_sales[r];
        let factor = sale.log_factor - impact * sold / system.regions[r].depth;
        sale.log_factor = factor.max(libm::log(system.compute.phi_min));
        sale.after = libm::exp(sale.log_factor);
    }
}

/// Proceeds of collateral, then the estate by rank; leaves each facility's shortfall in `loss[phase]`.
fn distribute(system: &System, state: &mut State, i: usize, phase: usize) {
    if system.credit.recovery == Recovery::Fixed {
        for f in &state.links.facilities[i] {
            let own = &mut state.facilities[*f];
            own.loss[phase] = system.credit.lgd * own.balance;
        }
        return;
    }
    let mut estate = pay_secured(system, state, i, phase);
    let State { links, facilities, .. } = state;
    let rank = |f: &usize| system.facilities[*f].rank;
    for claims in links.facilities[i].chunk_by(|a, b| rank(a) == rank(b)) {
        let owed: f64 = claims.iter().map(|f| facilities[*f].loss[phase]).sum();
        let paid = estate.min(owed);
        if owed > 0.0 {
            claims.iter().for_each(|f| facilities[*f].loss[phase] *= 1.0 - paid / owed);
        }
        estate -= paid;
    }
}

/// Secured facilities take the proceeds of their slices. Returns the estate: what is unpledged, with their surpluses.
fn pay_secured(system: &System, state: &mut State, i: usize, phase: usize) -> f64 {
    let kept = 1.0 - system.credit.bankruptcy_cost;
    let assets = realised_value(system, state, i, phase);
    let own = &state.obligors[i];
    let unhaircut = 1.0 - system.credit.other_haircut;
    let other = unhaircut * own.other_assets;
    let mut estate = kept * (own.estate_cash + unhaircut * own.stakes);
    let (mut free, mut free_other) = (1.0, 1.0);
    for position in 0..state.links.facilities[i].len() {
        let f = state.links.facilities[i][position];
        let facility = &system.facilities[f];
        let own = &mut state.facilities[f];
        let proceeds = kept * (facility.collateral * assets + facility.pledge_other * other);
        let paid = proceeds.min(own.balance);
        own.loss[phase] = own.balance - paid;
        estate += proceeds - paid;
        free -= facility.collateral;
        free_other -= facility.pledge_other;
    }
    estate + kept * (free.max(0.0) * assets + free_other.max(0.0) * other)
}

/// Fleet at the price of the phase and site after its haircut, or the step-in value.
fn realised_value(system: &System, state: &State, i: usize, phase: usize) -> f64 {
    let own = &state.obligors[i];
    let price = system.obligors[i].region.map_or(1.0, |r| {
        let sale = &state.fire_sales[r];
        if phase == BEFORE { 1.0 } else { sale.after / sale.before }
    });
    own.step_in_value.unwrap_or(own.fleet_value * price + (1.0 - system.gpu.site_haircut) * own.site_value)
}

/// Guarantors pay min(share . shortfall, cap), pro rata to their purses; nothing if dead or defaulting.
fn call_guarantees(system: &System, state: &mut State, phase: usize) {
    if system.credit.recovery == Recovery::Fixed {
        return;
    }
    state.purses.open();
    for f in 0..system.facilities.len() {
        if let Some((guarantor, call)) = guarantee(system, state, f, phase) {
            state.purses.ask(guarantor, call);
        }
    }
    if phase == BEFORE {
        state.purses.preview();
    } else {
        state.purses.settle();
    }
    for f in 0..system.facilities.len() {
        let Some((guarantor, call)) = guarantee(system, state, f, phase) else {
            continue;
        };
        let granted = state.purses.granted(guarantor, call);
        state.facilities[f].loss[phase] -= granted;
        state.facilities[f].guaranteed = granted;
        if phase == AFTER {
            pay_guarantee(state, guarantor, granted, Origin::Obligor(system.facilities[f].borrower));
        }
    }
}

/// The guarantor of a facility that defaults this quarter and what is called from it.
fn guarantee(system: &System, state: &State, f: usize, phase: usize) -> Option<(Party, f64)> {
    let facility = &system.facilities[f];
    let guarantor = facility.guarantor?;
    state.obligors[facility.borrower].defaulting?;
    if !state.is_alive(guarantor) {
        return None;
    }
    let shortfall = state.facilities[f].loss[phase];
    Some((guarantor, (facility.guarantee_share * shortfall).min(facility.guarantee_cap)))
}

fn pay_guarantee(state: &mut State, guarantor: Party, amount: f64, origin: Origin) {
    state.take_cash(guarantor, amount);
    state.outside += amount;
    if let Party::Lender(j) = guarantor {
        state.ledger.post(j, Channel::Credit, origin, amount);
    }
}

/// Losses are booked, recoveries paid, contracts and stakes unwound; the obligor is gone.
fn close(system: &System, state: &mut State, i: usize, outcome: &mut Outcome) {
    let (mut exposure, mut loss) = (0.0, 0.0);
    for position in 0..state.links.facilities[i].len() {
        let f = state.links.facilities[i][position];
        exposure += state.facilities[f].balance;
        loss += state.facilities[f].loss[AFTER];
        invariant::check_loss(&state.facilities[f], &mut state.audit);
        hedge::cover(system, state, f);
        tell(&state.facilities[f], &mut outcome.facilities[f]);
        book(state, f, i);
    }
    state.defaulted += exposure;
    let stepped_in = state.obligors[i].step_in_value.is_some();
    lose_supplier(state, i, stepped_in);
    stake::release(system, state, Party::Obligor(i));
    let own = &mut state.obligors[i];
    let cause = own.defaulting.take();
    own.alive = false;
    (own.debt, own.service_stale) = (0.0, true);
    (own.market_value, own.other_assets) = (0.0, 0.0);
    (own.fleet_value, own.site_value, own.contract_value) = (0.0, 0.0, 0.0);
    outcome.defaults[i] = cause.map(|cause| ObligorDefault {
        quarter: state.quarter as usize,
        cause,
        exposure: fixed(exposure),
        loss: fixed(loss),
    });
}

fn tell(own: &FacilityState, events: &mut FacilityEvents) {
    events.exposure = fixed(own.balance);
    events.loss = fixed(own.loss[AFTER]);
}

/// `credit` at the price before this quarter's sales, less what was marked down already; `fire_sale` for what the sales
/// add; cash to the holders at once.
fn book(state: &mut State, f: usize, borrower: usize) {
    let own = &mut state.facilities[f];
    if own.balance > 0.0 {
        let [before, after] = own.loss.map(|loss| loss / own.balance);
        let origin = Origin::Obligor(borrower);
        for held in state.holdings.row_mut(f) {
            let Holding { holder, face, carrying } = held.read();
            if let Some(lender) = state.lenders.get_mut(holder)
                && lender.alive
            {
                let marked = face - carrying;
                state.ledger.post(holder, Channel::Credit, origin, face * before - marked);
                state.ledger.post(holder, Channel::FireSale, origin, face * (after - before));
                lender.cash += face * (1.0 - after);
                state.outside -= face * (1.0 - after);
            }
            (*held.face, *held.carrying) = (0.0, 0.0);
        }
    }
    (own.balance, own.undrawn) = (0.0, 0.0);
}
