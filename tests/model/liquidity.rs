//! Redemptions, calls, forced sales: worked examples 7 and 15, and worlds by hand. Amounts in USD bn.

use crate::play::Play;
use approx::assert_abs_diff_eq;
use knockon::model::invariant::cash;
use knockon::model::outcome::{Channel, FIXED_ONE, FailureCause};
use knockon::model::state::{LenderState, LiquidityState};

/// Six printed decimals.
const PRINTED: f64 = 1e-6;
/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 2e-9;

fn lender(play: &Play, name: &str) -> LenderState {
    play.state().lenders[play.lender(name)]
}

fn flows(play: &Play, name: &str) -> LiquidityState {
    lender(play, name).liquidity
}

fn claim(play: &Play, name: &str) -> usize {
    play.system.claims.iter().position(|claim| claim.name == name).expect("a name of this world")
}

fn assert_cash_is_kept(play: &Play) {
    let (sum, size) = cash(play.state());
    assert_abs_diff_eq!(sum, play.state().opening_cash, epsilon = 1e-12 * (1.0 + size));
}

#[test]
fn example_7_gate_and_forced_sale() {
    let play = Play::open("example-07-redemptions", &[]).until(1);
    assert_abs_diff_eq!(lender(&play, "f").equity, 400.0, epsilon = EXACT);
    assert!(flows(&play, "f").gated);
    assert_abs_diff_eq!(flows(&play, "f").redemption_due, 20.0, epsilon = EXACT);
    let play = play.until(2);
    assert_abs_diff_eq!(play.state().credit_price.after, 0.9, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().credit_sold, 22.222222, epsilon = PRINTED);
    assert_abs_diff_eq!(flows(&play, "f").sold, 22.222222, epsilon = PRINTED);
    assert_abs_diff_eq!(flows(&play, "f").redemption_paid, 20.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("f"), 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("f", Channel::Funding), 2.222222, epsilon = PRINTED);
    for (name, marked) in [("f", 1.777778), ("insurer", 3.0), ("bank", 0.0)] {
        assert_abs_diff_eq!(play.loss(name, Channel::FireSale), marked, epsilon = PRINTED);
    }
    assert_abs_diff_eq!(play.face("paper", "outside"), 22.222222, epsilon = PRINTED);
    assert_abs_diff_eq!(play.face("paper", "f"), 17.777778, epsilon = PRINTED);
    assert_abs_diff_eq!(lender(&play, "f").equity, 376.0, epsilon = EXACT);
    assert!(!flows(&play, "f").suspended && !flows(&play, "f").gated);
    assert_abs_diff_eq!(flows(&play, "f").redemption_due, 1.88, epsilon = EXACT);
    assert_cash_is_kept(&play);
}

#[test]
fn example_7_a_small_loss_passes_the_gate() {
    let sets = ["facility.lost.amount=12", "lender.f.other_assets=348", "lender.f.equity=400"];
    let play = Play::open("example-07-redemptions", &sets).until(1);
    assert!(!flows(&play, "f").gated);
    assert_abs_diff_eq!(flows(&play, "f").redemption_due, 9.7, epsilon = EXACT);
}

#[test]
fn example_7_the_price_recovers_where_nobody_sells() {
    let play = Play::open("example-07-redemptions", &["liquidity.tolerance=0.02"]).until(2);
    let before = ["f", "insurer", "bank"].map(|name| play.loss(name, Channel::FireSale));
    assert_eq!(flows(&play, "f").redemption_due, 0.0);
    let play = play.until(3);
    assert_abs_diff_eq!(play.state().credit_price.after, 0.924021, epsilon = PRINTED);
    for (k, (name, gain)) in [("f", 0.427042), ("insurer", 0.720633), ("bank", 0.0)].into_iter().enumerate() {
        assert_abs_diff_eq!(before[k] - play.loss(name, Channel::FireSale), gain, epsilon = PRINTED);
    }
    assert_eq!(play.state().credit_sold, 0.0);
}

#[test]
fn example_7_too_little_to_sell_suspends_the_fund() {
    let holders = "facility.paper.holders={ f = 0.15, insurer = 0.3, bank = 0.3, outside = 0.25 }";
    let play = Play::open("example-07-redemptions", &[holders, "lender.f.other_assets=385"]).until(2);
    assert_abs_diff_eq!(1.0 - play.state().credit_price.after, 0.075979, epsilon = PRINTED);
    assert_abs_diff_eq!(flows(&play, "f").redemption_paid, 13.860316, epsilon = PRINTED);
    assert_abs_diff_eq!(flows(&play, "f").redemption_due, 6.139684, epsilon = PRINTED);
    assert_abs_diff_eq!(play.face("paper", "f"), 0.0, epsilon = EXACT);
    assert!(flows(&play, "f").suspended);
    assert_eq!(play.outcome().failed(), 0);
    // Nobody asks for more: the same amount stays due, and nothing is left to pay it with.
    let play = play.until(3);
    assert_abs_diff_eq!(flows(&play, "f").redemption_due, 6.139684, epsilon = PRINTED);
    assert!(flows(&play, "f").suspended && lender(&play, "f").alive);
    assert_cash_is_kept(&play);
}

#[test]
fn example_7_without_price_impact_sales_cost_nothing() {
    let play = Play::open("example-07-redemptions", &["channels.credit_fire_sale=false"]).until(2);
    assert_abs_diff_eq!(play.state().credit_sold, 20.0, epsilon = EXACT);
    assert_eq!(play.state().credit_price.after, 1.0);
    assert_eq!(play.loss("f", Channel::Funding), 0.0);
    assert_eq!(play.loss("insurer", Channel::FireSale), 0.0);
    assert_abs_diff_eq!(lender(&play, "f").equity, 380.0, epsilon = EXACT);
}

/// The bank carries 0.25 of the published NAV: 110, 110, 100 less 5 of cash, 94. Its loss is its part of the losses of the
/// fund, 10 and 1, not of the redemption.
#[test]
fn a_redemption_is_cash_to_the_holder_of_a_stake_and_no_loss() {
    let play = Play::open("example-07-redemptions", &["stake.investor.enabled=true"]).until(2);
    assert_abs_diff_eq!(play.loss("bank", Channel::FundStake), 10.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("bank"), 6.0, epsilon = EXACT);
    assert_abs_diff_eq!(lender(&play, "bank").stakes, 95.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().outside, -20.0 + 15.0, epsilon = EXACT);
    let play = play.until(3);
    assert_abs_diff_eq!(play.loss("bank", Channel::FundStake), 11.0, epsilon = EXACT);
    assert_cash_is_kept(&play);
}

/// An accrual seller carries face 40 at 40: the next sale, at psi = 0.9^0.75, costs it what fair-value holders have lost
/// before as well. It raises n = 1.88 at d = 1 - 0.9^(n / 20) by selling fair value n / (1 - d), face n / ((1 - d) psi).
#[test]
fn an_accrual_seller_books_all_that_is_below_its_carrying_value() {
    let sets = ["lender.f.accounting=\"accrual\"", "liquidity.tolerance=0.0005"];
    let play = Play::open("example-07-redemptions", &sets).until(2);
    assert_abs_diff_eq!(play.loss("f", Channel::Funding), 2.222222, epsilon = PRINTED);
    assert_eq!(play.loss("f", Channel::FireSale), 0.0);
    let [nav, lost] = [400.0 - 20.0 - 20.0 / 9.0, 20.0 / 9.0];
    let request = nav * (lost / 400.0 - 0.0005);
    assert_abs_diff_eq!(flows(&play, "f").redemption_due, request, epsilon = EXACT);
    let play = play.until(3);
    let (psi, kept) = (libm::pow(0.9, 0.75), libm::pow(0.9, request / 20.0));
    let face = request / (kept * psi);
    assert_abs_diff_eq!(play.face("paper", "f"), 40.0 - 200.0 / 9.0 - face, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("f", Channel::Funding), lost + face - request, epsilon = 2.0 * EXACT);
}

#[test]
fn example_15_a_sale_before_the_default_loses_less() {
    let play = Play::open("example-15-sale-before-default", &[]).until(2);
    assert_abs_diff_eq!(play.loss("f", Channel::Funding), 2.222222, epsilon = PRINTED);
    assert_abs_diff_eq!(play.loss("f", Channel::FireSale), 1.777778, epsilon = PRINTED);
    let whole = play.whole();
    assert_abs_diff_eq!(whole.loss("f", Channel::Credit), 8.888889, epsilon = PRINTED);
    assert_abs_diff_eq!(whole.loss("f", Channel::FireSale), 1.777778, epsilon = PRINTED);
    let full = whole.outcome().system_loss as f64 / FIXED_ONE;
    assert_abs_diff_eq!(full, 12.888889, epsilon = PRINTED);
    let off = ["clearing", "revaluation", "collateral_fire_sale", "credit_fire_sale", "funding", "credit_crunch"];
    let off = off.map(|channel| format!("channels.{channel}=false"));
    let twin = Play::open("example-15-sale-before-default", &off.each_ref().map(String::as_str)).whole();
    let alone = twin.outcome().system_loss as f64 / FIXED_ONE;
    assert_abs_diff_eq!(alone, 24.0, epsilon = EXACT);
    assert_abs_diff_eq!(full - alone, -11.111111, epsilon = PRINTED);
}

#[test]
fn an_unpaid_call_is_carried_and_fails_the_debtor_beyond_its_grace() {
    let mut play = Play::open("line-call", &[]).until(1);
    let line = claim(&play, "line");
    let call = play.state().calls[line];
    assert_eq!((call.outstanding, call.due), (5.0, 2));
    for (quarter, paid, left) in [(2, 2.5, 2.5), (3, 0.0, 2.5)] {
        play = play.until(quarter);
        let call = play.state().calls[line];
        assert_eq!((call.outstanding, call.due, call.paid), (left, 2, paid), "quarter {quarter}");
        assert_abs_diff_eq!(play.state().claims[line], 7.5, epsilon = EXACT);
        assert_abs_diff_eq!(play.lender_cash("bank"), 3.5, epsilon = EXACT);
        assert!(lender(&play, "fund").alive);
    }
    let play = play.until(4);
    let failure = play.outcome().failures[play.lender("fund")].unwrap();
    let cause = FailureCause::Channel(Channel::Funding);
    assert_eq!((failure.quarter, failure.round, failure.cause), (4, 0, cause));
    // Its estate of 0.9 x 19.5 pays the 7.5 that are left in full.
    assert_abs_diff_eq!(play.lender_cash("bank"), 11.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("fund", Channel::Bankruptcy), 1.95, epsilon = EXACT);
    assert_eq!(play.loss("bank", Channel::Counterparty), 0.0);
    assert_eq!(play.state().calls[line].outstanding, 0.0);
    assert_cash_is_kept(&play);
}

/// The fund is repaid a loan in eight parts and nothing else happens: its buffer moves by rounding, which calls no line,
/// though any distress would and any creditor that is not fully willing.
#[test]
fn rounding_calls_no_line() {
    let still = [
        "run.quarters=7",
        "channels.credit_crunch=true",
        "liquidity.call_trigger=0",
        "liquidity.full_willingness=1",
        "shock.loss.enabled=false",
        "obligor.issuer.cash=10",
        "facility.paper.amortisation=\"linear\"",
        "facility.paper.holders={ fund = 1, outside = 0 }",
        "lender.calling.min_ratio=0.045",
    ];
    let mut moved = false;
    for amount in [0.7, 1.3, 3.3, 5.9, 7.7, 9.1] {
        let amount = format!("facility.paper.amount={amount}");
        let mut play = Play::open("line-call", &[&still[..], &[amount.as_str()]].concat());
        for quarter in 1..=7 {
            play = play.until(quarter);
            moved |= play.state().lenders.iter().any(|own| own.buffer() < own.opening_buffer);
            assert!(play.state().calls.iter().all(|call| call.outstanding == 0.0), "{amount}, quarter {quarter}");
            assert!(play.state().lenders.iter().all(|own| own.willingness == 1.0), "{amount}, quarter {quarter}");
        }
    }
    assert!(moved, "no rounding to test");
}

#[test]
fn without_grace_an_unpaid_call_fails_the_debtor_when_it_is_due() {
    for set in ["liquidity.call_grace_q=0", "lender.fund.call_grace_q=0"] {
        let play = Play::open("line-call", &[set]).until(2);
        let failure = play.outcome().failures[play.lender("fund")].unwrap();
        assert_eq!((failure.quarter, failure.cause), (2, FailureCause::Channel(Channel::Funding)), "{set}");
    }
}

/// Income of 1 a quarter: cash 2.5, 3.5, then 4.5 for a call of 5; the last 0.5 in quarter 3, after which half of the 5
/// that are left is called.
#[test]
fn a_call_paid_late_within_its_grace_is_followed_by_the_next() {
    let play = Play::open("line-call", &["lender.fund.income_q=1"]).until(2);
    let line = claim(&play, "line");
    assert_abs_diff_eq!(play.state().calls[line].outstanding, 0.5, epsilon = EXACT);
    let play = play.until(3);
    let call = play.state().calls[line];
    assert_abs_diff_eq!(call.paid, 0.5, epsilon = EXACT);
    assert_abs_diff_eq!(call.outstanding, 2.5, epsilon = EXACT);
    assert_eq!(call.due, 4);
    assert_abs_diff_eq!(play.lender_cash("fund"), 0.5, epsilon = EXACT);
    let play = play.until(4);
    assert!(lender(&play, "fund").alive);
    assert_abs_diff_eq!(play.state().calls[line].outstanding, 1.0, epsilon = EXACT);
}

/// 2.5 of the 5 called come from a sale: 1 - d = 0.9^(10 x 2.5 / 50), y = 2.5 / (1 - d) of its 8.
#[test]
fn a_call_is_paid_by_a_sale() {
    let sets = ["facility.paper.holders={ fund = 1, outside = 0 }", "lender.fund.other_assets=11.5"];
    let play = Play::open("line-call", &sets).until(2);
    let kept = 0.9_f64.sqrt();
    assert_abs_diff_eq!(flows(&play, "fund").call_paid, 5.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("fund"), 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("fund", Channel::Funding), 2.5 / kept - 2.5, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("fund", Channel::FireSale), (8.0 - 2.5 / kept) * (1.0 - kept), epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("bank"), 6.0, epsilon = EXACT);
    assert_cash_is_kept(&play);
}

/// Quarter 1 repays 0.4 of 10 to come to 0.8 of equity 12. Quarter 2: called 0.1 x 9.6, redemption 0.25 x 12, and deleveraging
/// 9.6 - 0.96 - 0.8 x (12 - 3).
#[test]
fn calls_come_before_redemptions_and_those_before_deleveraging() {
    for (cash, paid) in
        [(0.6, [0.6, 0.0, 0.0]), (2.96, [0.96, 2.0, 0.0]), (4.96, [0.96, 3.0, 1.0]), (10.0, [0.96, 3.0, 1.44])]
    {
        let (cash, rest) = (cash + 0.4, 21.6 - cash);
        let assets = [format!("lender.fund.cash={cash}"), format!("lender.fund.other_assets={rest}")];
        let rules = ["liquidity.base=0.25", "liquidity.call_share=0.1", "lender.fund.target_leverage=0.8"];
        let play = Play::open("line-call", &[rules[0], rules[1], rules[2], &assets[0], &assets[1]]).until(2);
        let own = lender(&play, "fund");
        let repaid = own.repaid_share * (9.6 - own.liquidity.call_paid);
        let found = [own.liquidity.call_paid, own.liquidity.redemption_paid, repaid];
        for (found, expected) in found.into_iter().zip(paid) {
            assert_abs_diff_eq!(found, expected, epsilon = EXACT);
        }
        assert_eq!(own.liquidity.suspended, paid[1] < 3.0);
        assert_cash_is_kept(&play);
    }
}

#[test]
fn a_called_bank_borrows_what_it_lacks() {
    let play = Play::open("line-call", &[]).until(1);
    let deposit = claim(&play, "deposit");
    assert_eq!(lender(&play, "calling").willingness, 0.0);
    assert_eq!(play.state().calls[deposit].outstanding, 4.0);
    let debt = lender(&play, "called").external_debt;
    let play = play.until(2);
    let called = lender(&play, "called");
    assert_abs_diff_eq!(called.cash, 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(called.external_debt, debt + 1.0, epsilon = EXACT);
    assert_abs_diff_eq!(called.equity, 5.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("calling"), 5.0, epsilon = EXACT);
    assert_eq!(play.state().calls[deposit].outstanding, 2.0);
}

#[test]
fn a_call_lapses_with_its_creditor() {
    let play = Play::open("line-call", &["shock.gone={ quarter = 2, target = \"fail:bank\" }"]).until(3);
    let line = claim(&play, "line");
    assert_eq!(play.state().calls[line].outstanding, 0.0);
    assert_abs_diff_eq!(play.state().claims[line], 7.5, epsilon = EXACT);
    assert_eq!(play.until(4).outcome().failed(), 1);
}

#[test]
fn outside_calls_the_distressed_too() {
    let play = Play::open("line-call", &["claim.line.creditor=\"outside\""]).until(2);
    assert_abs_diff_eq!(play.state().claims[claim(&play, "line")], 7.5, epsilon = EXACT);
}
