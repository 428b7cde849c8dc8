//! What each switch reduces the model to when it is off (model, section 10), in worlds small enough for exact numbers.

use crate::play::{Play, load, world};
use approx::assert_abs_diff_eq;
use knockon::model::outcome::{Channel, DefaultCause, Outcome};
use knockon::model::switches::Switches;
use knockon::model::system::{Accounting, Claim, LenderType, Party, System, Trader};
use knockon::model::trial::{Workspace, run};
use knockon::random::Streams;

/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 2e-9;

/// Cash at the end of the quarter of every lender, obligor and outside.
fn cash(play: &Play) -> Vec<f64> {
    let state = play.state();
    let lenders = state.lenders.iter().map(|own| own.cash);
    let obligors = state.obligors.iter().map(|own| own.cash);
    lenders.chain(obligors).chain([state.outside]).collect()
}

#[test]
fn clearing_off_repays_claims_in_full_and_fails_nobody_after_round_0() {
    let costs = ["clearing.asset_recovery=0.8", "clearing.claim_recovery=0.8"];
    let on = Play::open("example-10-clearing", &costs).until(1);
    assert_eq!(on.outcome().failed(), 4);
    let off = Play::open("example-10-clearing", &[costs[0], costs[1], "channels.clearing=false"]).until(1);
    let failure = off.outcome().failures[off.lender("a")].unwrap();
    assert_eq!((off.outcome().failed(), failure.round), (1, 0));
    for lender in ["a", "b", "c", "z"] {
        assert_eq!(off.loss(lender, Channel::Counterparty), 0.0);
    }
    // a keeps the cost of its own estate, (1 - alpha) e; its claims of 6 and 2 are paid by outside.
    assert_abs_diff_eq!(off.loss("a", Channel::Bankruptcy), 0.2 * 8.0, epsilon = EXACT);
    assert_abs_diff_eq!(off.lender_cash("b"), 5.0 + 6.0, epsilon = EXACT);
    assert_abs_diff_eq!(off.lender_cash("c"), 3.0 + 2.0, epsilon = EXACT);
    assert_abs_diff_eq!(off.lender_cash("z"), 0.5, epsilon = EXACT);
    // Claims between the living stay open: 3 + 4 + 6 + 1 of b, with 3 external and 4 of network debt.
    let b = off.state().lenders[off.lender("b")];
    assert_abs_diff_eq!(b.equity, 11.0 + 1.0 - 3.0 - 4.0, epsilon = EXACT);
}

#[test]
fn clearing_without_claims_changes_no_bit() {
    let sets = ["claim.line.enabled=false"];
    let on = Play::open("example-01-one-quarter", &sets).whole();
    let off = Play::open("example-01-one-quarter", &[sets[0], "channels.clearing=false"]).whole();
    assert!(on.outcome().failures[on.lender("bank_b")].is_some());
    assert_eq!(on.outcome(), off.outcome());
    assert_eq!(cash(&on), cash(&off));
}

#[test]
fn collateral_fire_sale_off_leaves_the_price_at_1() {
    let play = Play::open("case-13-fire-sale", &["channels.collateral_fire_sale=false"]).until(1);
    let sale = play.state().fire_sales[play.region("us")];
    assert_eq!((sale.before, sale.after), (1.0, 1.0));
    assert_abs_diff_eq!(play.loss("bank", Channel::Credit), 10.0, epsilon = EXACT);
    assert_eq!(play.loss("bank", Channel::FireSale), 0.0);
    assert_abs_diff_eq!(play.lender_cash("bank"), 50.0, epsilon = EXACT);
}

#[test]
fn credit_crunch_off_makes_every_lender_willing() {
    let hits = ["confidence.hit_default=1", "confidence.hit_failure=1"];
    let on = Play::open("case-15-refinancing", &hits).until(1);
    assert_abs_diff_eq!(on.state().hit, 24.0 / 34.0, epsilon = EXACT);
    let off = Play::open("case-15-refinancing", &[hits[0], hits[1], "channels.credit_crunch=false"]).until(1);
    assert_eq!(off.state().hit, 0.0);
    assert_eq!(off.state().lenders[off.lender("fund")].willingness, 1.0);
    // The exogenous fall of confidence stays: 0.64 of 0.8.
    let off = off.until(2);
    let loan = &off.state().facilities[off.facility("f1")];
    assert_abs_diff_eq!(loan.offer, 6.72, epsilon = EXACT);
    assert_abs_diff_eq!(loan.rolled, 6.72, epsilon = EXACT);
    assert_abs_diff_eq!(loan.gap, 3.28, epsilon = EXACT);
}

#[test]
fn credit_crunch_off_fills_every_request_in_the_proportions_of_the_pool() {
    let sets = ["channels.credit_crunch=false", "shock.failure.enabled=true"];
    let play = Play::open("case-15-refinancing", &sets).until(2);
    let loan = &play.state().facilities[play.facility("f1")];
    // The estate of the fund rolls nothing: 0.4 of the offer is asked of a pool of 0.672 and granted in full.
    assert_abs_diff_eq!(loan.rolled, 0.6 * 6.72, epsilon = EXACT);
    assert_abs_diff_eq!(loan.pooled, 0.4 * 6.72, epsilon = EXACT);
    assert_abs_diff_eq!(loan.gap, 3.28, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "bank"), 4.032 + 2.688 * 0.4 / 0.672, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "outside"), 2.688 * 0.272 / 0.672, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "fund"), 0.0, epsilon = EXACT);
}

/// With `trade` off the market takes over the contract at the same fee: nothing that lenders see changes. A market fee is
/// paid in its own quarter, the customer's one quarter later, so the supplier is one fee ahead until the contract ends.
#[test]
fn trade_off_replaces_a_failed_customer_at_the_same_fee() {
    let alive = ["run.quarters=9", "shock.loss.enabled=false"];
    let lost = ["run.quarters=9", "channels.trade=false"];
    let mut with = Play::open("example-05-lost-customer", &alive);
    let mut without = Play::open("example-05-lost-customer", &lost);
    for quarter in 1..=9 {
        with = with.until(quarter);
        without = without.until(quarter);
        let loan = |play: &Play| play.state().facilities[play.facility("loan")].collateral_value;
        assert_eq!(loan(&with), loan(&without), "quarter {quarter}");
        let ahead = if (2..=8).contains(&quarter) { 3.0 } else { 0.0 };
        assert_abs_diff_eq!(without.cash("supplier"), with.cash("supplier") + ahead, epsilon = EXACT);
    }
    assert!(without.outcome().defaults[without.obligor("customer")].is_some());
    assert!(without.outcome().defaults[without.obligor("supplier")].is_none());
    assert_eq!(without.lender_cash("bank"), with.lender_cash("bank"));
    let on = Play::open("example-05-lost-customer", &["run.quarters=9"]).until(2);
    let default = on.outcome().defaults[on.obligor("supplier")].unwrap();
    assert_eq!(default.cause, DefaultCause::Covenant);
}

/// On: 0.5 a quarter as far as the vendor's cash of 1.2 goes, no instalment below the trigger. Off: 2.5 of instalments and
/// all four backstops, whoever pays; the vendor gives what it has.
#[test]
fn circular_off_pays_vendor_finance_unconditionally() {
    let mut on = Play::open("switch-circular", &[]);
    let mut off = Play::open("switch-circular", &["channels.circular=false"]);
    for (quarter, conditional, unconditional) in [(1, 0.5, 1.5), (2, 1.0, 3.0), (3, 1.2, 4.0), (4, 1.2, 4.5)] {
        on = on.until(quarter);
        off = off.until(quarter);
        assert_abs_diff_eq!(on.cash("cloud"), conditional, epsilon = EXACT);
        assert_abs_diff_eq!(off.cash("cloud"), unconditional, epsilon = EXACT);
    }
    assert_abs_diff_eq!(on.loss("vendor", Channel::Credit), 1.2, epsilon = EXACT);
    // Off, its 1.2 are shared by calls of 0.5 and 1: a loss of 0.4 and a stake of 0.8, held at cost.
    assert_abs_diff_eq!(off.loss("vendor", Channel::Credit), 0.4, epsilon = EXACT);
    assert_abs_diff_eq!(off.loss("vendor", Channel::Equity), 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(off.lender_cash("vendor"), 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(off.state().lenders[off.lender("vendor")].stakes, 0.8, epsilon = EXACT);
    assert_eq!(on.outcome().failed() + off.outcome().failed(), 0);
}

/// A vendor's losses are no part of the system loss, so neither is the equity of 11.2 that a scheduled failure takes.
#[test]
fn a_scheduled_failure_of_a_vendor_is_no_gain_of_the_system() {
    let play = Play::open("switch-circular", &["shock.end={quarter=1,target=\"fail:vendor\"}"]).whole();
    assert!(play.outcome().failures[play.lender("vendor")].is_some());
    assert!(play.loss("vendor", Channel::OtherBook) > 10.0);
    assert_eq!(play.outcome().system_loss, 0);
}

/// Sets one switch.
type Flip = fn(&mut Switches, bool);

const CLEARING: Flip = |switches, on| switches.clearing = on;
const REVALUATION: Flip = |switches, on| switches.revaluation = on;
const COLLATERAL_FIRE_SALE: Flip = |switches, on| switches.collateral_fire_sale = on;
const CREDIT_FIRE_SALE: Flip = |switches, on| switches.credit_fire_sale = on;
const FUNDING: Flip = |switches, on| switches.funding = on;
const CREDIT_CRUNCH: Flip = |switches, on| switches.credit_crunch = on;
const LOAN_MARKS: Flip = |switches, on| switches.loan_marks = on;
const TRADE: Flip = |switches, on| switches.trade = on;
const CIRCULAR: Flip = |switches, on| switches.circular = on;
const HEDGES: Flip = |switches, on| switches.hedges = on;

/// The stormy world with every switch on, its credit fund owing 1.5 to the bank and 0.5 to the insurer on
/// little equity, so that its failures cost them; all credit can be sold.
fn storm(sets: &[&str]) -> System {
    let frail = ["lender.credit_fund.equity=2.5", "clearing.asset_recovery=0.5"];
    let mut system = load(&world("scale"), &[&frail, sets].concat()).system;
    system.switches = Switches::ON;
    let lender =
        |name: &str| system.lenders.iter().position(|lender| lender.name == name).expect("a lender of this world");
    let claim = |name: &str, creditor: &str, amount: f64| Claim {
        name: name.into(),
        debtor: Some(lender("credit_fund")),
        creditor: Some(lender(creditor)),
        amount,
        callable: true,
    };
    let claims = vec![claim("line", "bank", 1.5), claim("note", "insurer", 0.5)];
    system.claims = claims;
    system.facilities.iter_mut().for_each(|facility| facility.marketable = true);
    system
}

/// What a number of trials leaves to the last bit: outcomes, and the cash of everybody.
fn traces(system: &System) -> Vec<(Outcome, Vec<u64>)> {
    let mut workspace = Workspace::new(system).expect("claims form a network");
    let trace = |trial| {
        run(system, Streams::new(3), trial, &mut workspace).expect("trials end");
        let state = workspace.state();
        let lenders = state.lenders.iter().map(|own| own.cash.to_bits());
        let obligors = state.obligors.iter().map(|own| own.cash.to_bits());
        (workspace.outcome().clone(), lenders.chain(obligors).chain([state.outside.to_bits()]).collect())
    };
    (0..150).map(trace).collect()
}

/// A switch changes no bit of a world, and the world is not a quiet one.
fn cannot_act(mut system: System, flip: Flip) {
    flip(&mut system.switches, true);
    let on = traces(&system);
    flip(&mut system.switches, false);
    assert!(on == traces(&system), "a switch that cannot act acts");
    assert!(on.iter().filter(|(outcome, _)| outcome.defaults.iter().flatten().count() > 0).count() > 20);
}

/// A switch changes something of a world.
fn acts(mut system: System, flip: Flip) {
    flip(&mut system.switches, true);
    let on = traces(&system);
    flip(&mut system.switches, false);
    assert!(on != traces(&system), "a switch that can act does not");
}

/// The same world with every lender at face until default.
fn at_face(mut system: System) -> System {
    system.lenders.iter_mut().for_each(|lender| lender.accounting = Accounting::Accrual);
    system
}

#[test]
fn clearing_acts_through_claims_on_lenders_only() {
    acts(storm(&[]), CLEARING);
    let mut system = storm(&[]);
    system.claims.clear();
    cannot_act(system, CLEARING);
}

#[test]
fn revaluation_needs_claims_of_fair_value_holders() {
    let mut system = storm(&[]);
    system.claims.clear();
    cannot_act(system, REVALUATION);
    cannot_act(at_face(storm(&[])), REVALUATION);
}

#[test]
fn collateral_fire_sale_needs_fleets_sold_by_lenders() {
    acts(storm(&[]), COLLATERAL_FIRE_SALE);
    cannot_act(storm(&["credit.recovery=\"fixed\"", "credit.lgd=0.4"]), COLLATERAL_FIRE_SALE);
    let mut system = storm(&["facility.gpu.collateral=0", "facility.gpu.pledge_other=0.5", "facility.gpu.ltv_max=20"]);
    system.obligors.iter_mut().for_each(|obligor| obligor.fleet.clear());
    system.obligors.iter_mut().for_each(|obligor| obligor.gpu_share = 0.0);
    cannot_act(system, COLLATERAL_FIRE_SALE);
}

#[test]
fn credit_crunch_needs_hits_maturities_or_lines() {
    acts(storm(&[]), CREDIT_CRUNCH);
    let mut system = storm(&["confidence.hit_default=0", "confidence.hit_failure=0"]);
    for facility in &mut system.facilities {
        (facility.undrawn, facility.maturity_q) = (0.0, 90.0);
    }
    // Lines are called when their creditor is unwilling.
    system.claims.iter_mut().for_each(|claim| claim.callable = false);
    system.draws.retain(|draw| !draw.path.contains("outside_new_lending"));
    cannot_act(system, CREDIT_CRUNCH);
}

#[test]
fn trade_needs_contracts_between_obligors() {
    acts(storm(&[]), TRADE);
    let mut system = storm(&[]);
    system.contracts.iter_mut().for_each(|contract| contract.customer = Trader::Market);
    cannot_act(system, TRADE);
    let mut system = storm(&[]);
    system.contracts.clear();
    cannot_act(system, TRADE);
}

#[test]
fn circular_needs_promises_that_can_be_broken() {
    acts(storm(&[]), CIRCULAR);
    let mut system = storm(&[]);
    system.instalments.clear();
    system.backstops.clear();
    cannot_act(system, CIRCULAR);
    // Outside always can, and promised without conditions.
    let mut system = storm(&["instalment.equity.equity_trigger=0", "instalment.equity.milestone=0"]);
    system.instalments[0].payer = Party::Outside;
    cannot_act(system, CIRCULAR);
}

#[test]
fn loan_marks_need_fair_value_holders_or_sellers() {
    // Who sells credit sells it at fair value, whatever it carries it at.
    let mut system = at_face(storm(&[]));
    system.switches.funding = false;
    cannot_act(system, LOAN_MARKS);
}

#[test]
fn funding_needs_funds_or_callable_claims() {
    let mut system = storm(&[]);
    // A vendor owes what the fund did; a line that cannot be called is no matter of funding.
    for lender in &mut system.lenders {
        let fund = matches!(lender.kind, LenderType::CreditFund | LenderType::BondFund);
        lender.kind = if fund { LenderType::Vendor } else { lender.kind };
    }
    system.claims.iter_mut().for_each(|claim| claim.callable = false);
    cannot_act(system, FUNDING);
}

#[test]
fn credit_fire_sale_needs_sales() {
    let mut system = storm(&[]);
    system.switches.funding = false;
    cannot_act(system, CREDIT_FIRE_SALE);
}

#[test]
fn hedges_need_tables() {
    cannot_act(storm(&[]), HEDGES);
}

/// Nothing is asked for, called or sold, but a fund above its target leverage still repays out of cash: 10 - 0.8 x 12.
#[test]
fn funding_off_leaves_deleveraging_out_of_cash() {
    let sets = ["channels.funding=false", "liquidity.base=0.25", "lender.fund.target_leverage=0.8"];
    let play = Play::open("line-call", &sets).until(1);
    let fund = play.state().lenders[play.lender("fund")];
    assert_abs_diff_eq!(fund.network_debt, 9.6, epsilon = EXACT);
    let whole = play.whole();
    let fund = whole.state().lenders[whole.lender("fund")];
    assert_eq!((fund.alive, fund.liquidity.redemption_due, fund.liquidity.redeemed), (true, 0.0, 0.0));
    assert_abs_diff_eq!(fund.network_debt, 9.6, epsilon = EXACT);
    assert!(whole.state().calls.iter().all(|call| call.outstanding == 0.0 && call.due == 0));
    assert_eq!(whole.outcome().failed(), 0);
}

/// Without funds and callable claims `funding` and `credit_fire_sale` have nothing to act on.
#[test]
fn funding_without_funds_and_lines_changes_no_bit() {
    let quiet = ["run.quarters=6"];
    let on = ["run.quarters=6", "channels.funding=true", "channels.credit_fire_sale=true"];
    let [off, on] = [&quiet[..], &on[..]].map(|sets| Play::open("example-01-one-quarter", sets).whole());
    assert!(on.outcome().failures[on.lender("bank_b")].is_some());
    assert_eq!(on.outcome(), off.outcome());
    assert_eq!(cash(&on), cash(&off));
}
