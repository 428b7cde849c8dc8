//! The opening world of a trial: balances follow from the parameters, whatever those are, and are copied where no draw moves
//! them. (methods.md, 2)

use crate::model::state::{FireSale, State};
use crate::model::system::System;
use crate::model::{contract, facility, hedge, invariant, lender, line_call, obligor, stake};

/// How the trials of a system begin.
#[derive(Debug, Clone)]
pub struct Opening {
    /// A world that was derived once, if its balances are those of every trial.
    world: Option<Box<State>>,
    /// A draw moves what obligors go by.
    laws_move: bool,
}

impl Opening {
    /// The opening of the trials of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let mut state = State::new(system);
        derive(system, &mut state);
        let drawn = drawn_everywhere(system);
        let world = is_settled(system, &drawn, &state).then(|| Box::new(state));
        let laws_move =
            drawn.obligors != system.obligors || drawn.gpu != system.gpu || drawn.drivers.dof != system.drivers.dof;
        Opening { laws_move: laws_move || world.is_none(), world }
    }

    /// Begins a trial of that system, whose parameters are those drawn for the trial. `state` is the room of earlier trials of
    /// it, or was derived.
    pub fn begin(&self, drawn: &System, state: &mut State) {
        if self.laws_move {
            begin_laws(drawn, state);
        }
        begin_markets(drawn, state);
        match &self.world {
            Some(world) => restore(state, world),
            None => derive_balances(drawn, state),
        }
    }
}

/// The opening world of a system, its parameters as they stand.
pub fn derive(system: &System, state: &mut State) {
    begin_laws(system, state);
    begin_markets(system, state);
    derive_balances(system, state);
}

/// What no balance depends on, and what obligors own and earn beside balances; what they go by is known.
fn begin_markets(drawn: &System, state: &mut State) {
    state.quarter = 0;
    state.hit = 0.0;
    state.ledger.reset();
    state.drivers.reset(drawn);
    state.market.reset(drawn);
    state.property.reset(drawn);
    state.revenue.reset(drawn);
    obligor::forget(state);
}

/// What obligors go by: how units age and who has which, how revenue grows, whether they own anything, what the equity index does
/// to them, when latent ones default.
fn begin_laws(drawn: &System, state: &mut State) {
    state.curve.tabulate(&drawn.gpu);
    state.fleets.reset(drawn);
    state.powers.begin(drawn);
    state.revenue.begin(drawn);
    state.property.begin(drawn);
    state.latent_tests.begin(drawn);
}

fn derive_balances(drawn: &System, state: &mut State) {
    state.outside = 0.0;
    state.contagion = false;
    state.fire_sales.fill(FireSale::UNMOVED);
    state.credit_price = FireSale::UNMOVED;
    state.marked_price = FireSale::UNMOVED.after;
    facility::note_terms(drawn, state);
    facility::reset(drawn, state);
    obligor::reset(drawn, state);
    facility::open_service(drawn, state);
    contract::reset(drawn, state);
    stake::reset(drawn, state);
    hedge::reset(drawn, state);
    lender::reset(drawn, state);
    line_call::reset(drawn, state);
    state.credit_sold = 0.0;
    state.opening_cash = invariant::cash(state).0;
}

/// Everything that [`derive_balances`] writes and a trial moves.
fn restore(state: &mut State, world: &State) {
    state.copy_balances(world);
    state.holdings.copy_from(&world.holdings);
    state.maturing.clear();
    state.breaching.clear();
}

/// The system with a number that is none, and equals nothing wherever it gets to, in the place of every draw.
fn drawn_everywhere(system: &System) -> System {
    let mut drawn = system.clone();
    for draw in &system.draws {
        *(draw.place)(&mut drawn, draw.entity) = f64::NAN;
    }
    drawn
}

/// Does no draw go where a balance comes from? `drawn` is [`drawn_everywhere`], `world` the opening world of the system.
fn is_settled(system: &System, drawn: &System, world: &State) -> bool {
    let (mut moved, mut unmoved) = (world.clone(), world.clone());
    obligor::reset(drawn, &mut moved);
    obligor::reset(system, &mut unmoved);
    let presets = |system: &System| {
        (system.liquidity.full_willingness, system.liquidity.call_trigger, system.gpu.contract_credit)
    };
    moved.obligors == unmoved.obligors
        && presets(drawn) == presets(system)
        && drawn.facilities == system.facilities
        && drawn.contracts == system.contracts
        && drawn.equity_stakes == system.equity_stakes
        && drawn.fund_stakes == system.fund_stakes
        && drawn.srts == system.srts
        && drawn.lenders == system.lenders
        && drawn.claims == system.claims
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::parameter::Law;
    use crate::model::system::{
        Claim, Contract, Draw, EquityStake, Facility, Flow, Lender, Obligor, Party, Shock, Target, Trader, Vintage,
    };
    use crate::model::trial::{Workspace, run};
    use crate::random::Streams;

    /// A cloud that owes a fund, which owes a bank, and is owed fees by a lab; the cloud defaults in quarter 2 of 3.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.quarters = 3;
        let fleet = vec![Vintage { cost: 4.0, age_q: 2 }];
        system.obligors = vec![
            Obligor { cash: 1.0, fleet, region: Some(0), ..fixture::obligor("cloud") },
            Obligor { cash: 30.0, market_cap: 50.0, ..fixture::obligor("lab") },
        ];
        system.lenders = vec![Lender { cash: 2.0, ..fixture::fund("fund") }, fixture::fund("bank")];
        system.facilities = vec![Facility { spread_pa: 0.02, ..fixture::facility(0, 5.0, vec![(0, 0.8)]) }];
        system.contracts = vec![Contract {
            customer: Trader::Obligor(1),
            supplier: Trader::Obligor(0),
            fee: Flow { constant: 0.5, steps: vec![] },
            take_or_pay: 1.0,
            fleet_share: 0.5,
            service_cost: 0.1,
            contract_credit: None,
            name: "hosting".into(),
            start_q: 0.0,
            end_q: 1.0,
            renew_if_utilisation: Some(0.0),
            renewal_rent_beta: 1.0,
        }];
        let (debtor, creditor) = (Some(0), Some(1));
        system.claims = vec![Claim { name: "line".into(), debtor, creditor, amount: 3.0, callable: true }];
        let holder = Party::Lender(1);
        system.equity_stakes = vec![EquityStake { name: "stake".into(), holder, of: 1, amount: 2.0 }];
        let targets = vec![Target::Default(0)];
        system.shocks =
            vec![Shock { name: "end".into(), quarter: 2.0, size: 1.0, length_q: 1.0, targets, region: None }];
        system
    }

    #[test]
    fn a_world_is_copied_as_it_is_derived() {
        let system = world();
        let mut workspace = Workspace::new(&system).unwrap();
        run(&system, Streams::new(1), 0, &mut workspace).unwrap();
        let (mut copied, mut derived) = (workspace.state().clone(), workspace.state().clone());
        let opening = Opening::new(&system);
        assert!(opening.world.is_some() && !opening.laws_move);
        opening.begin(&system, &mut copied);
        derive(&system, &mut derived);
        // Sums that are added up anew before they are read.
        copied.holdings.carried();
        assert!(!workspace.state().obligors[0].alive && derived.obligors[0].alive);
        assert_eq!(format!("{copied:?}"), format!("{derived:?}"));
    }

    #[test]
    fn balances_are_derived_anew_where_a_draw_moves_them() {
        type Place = fn(&mut System, usize) -> &mut f64;
        let places: [(Place, bool); 14] = [
            (|system, i| &mut system.obligors[i].rho, true),
            (|system, i| &mut system.obligors[i].revenue_growth_pa, true),
            (|system, i| &mut system.obligors[i].revenue, true),
            (|system, i| &mut system.obligors[i].site_cost, true),
            (|system, i| &mut system.regions[i].growth_pa, true),
            (|system, _| &mut system.gpu.life_q, true),
            (|system, i| &mut system.obligors[i].cash, false),
            (|system, i| &mut system.obligors[i].fleet[0].cost, true),
            (|system, _| &mut system.gpu.contract_credit, false),
            (|system, i| &mut system.facilities[i].amount, false),
            (|system, i| &mut system.lenders[i].cash, false),
            (|system, i| &mut system.claims[i].amount, false),
            (|system, _| &mut system.credit.base_rate_pa, false),
            (|system, _| &mut system.liquidity.full_willingness, false),
        ];
        for (number, (place, settled)) in places.into_iter().enumerate() {
            let system =
                System { draws: vec![Draw { place, ..fixture::draw("drawn", Law::Uniform(1.0, 2.0)) }], ..world() };
            let opening = Opening::new(&system);
            assert_eq!(opening.world.is_some(), settled, "place {number}");
            assert_eq!(opening.laws_move, number != 4, "place {number}");
            let mut drawn = system.clone();
            *place(&mut drawn, 0) = 1.5;
            let (mut begun, mut derived) = (State::new(&system), State::new(&system));
            derive(&system, &mut begun);
            opening.begin(&drawn, &mut begun);
            derive(&drawn, &mut derived);
            begun.holdings.carried();
            assert_eq!(format!("{begun:?}"), format!("{derived:?}"), "place {number}");
        }
    }
}
