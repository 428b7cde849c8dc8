//! Small worlds worked by hand, as scenario files through the code that runs. Amounts in USD bn.

use crate::play::Play;
use approx::assert_abs_diff_eq;
use knockon::model::outcome::{Channel, DefaultCause, FIXED_ONE};

/// Six printed decimals.
const PRINTED: f64 = 1e-6;
/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 2e-9;

fn dollars(fixed: i64) -> f64 {
    fixed as f64 / FIXED_ONE
}

#[test]
fn example_1_all_ten_steps() {
    let play = Play::open("example-01-one-quarter", &[]).until(1);
    let default = play.outcome().defaults[play.obligor("cloud")].unwrap();
    assert_eq!((default.quarter, default.cause), (1, DefaultCause::Burn));
    assert_abs_diff_eq!(dollars(default.exposure), 30.0, epsilon = EXACT);
    assert_abs_diff_eq!(dollars(default.loss), 7.547981, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().fire_sales[0].after, 0.744525, epsilon = PRINTED);
    for (lender, channel, loss) in [
        ("bank_a", Channel::Credit, 0.333),
        ("bank_a", Channel::FireSale, 1.931394),
        ("bank_a", Channel::Counterparty, 1.196592),
        ("bank_a", Channel::Bankruptcy, 0.0),
        ("bank_b", Channel::Credit, 0.555),
        ("bank_b", Channel::FireSale, 3.218991),
        ("bank_b", Channel::Bankruptcy, 1.422601),
        ("bank_b", Channel::Counterparty, 0.0),
    ] {
        assert_abs_diff_eq!(play.loss(lender, channel), loss, epsilon = PRINTED);
    }
    assert_abs_diff_eq!(play.cash("lab"), 4.275, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("bank_a"), 27.601514, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().outside, -12.876514, epsilon = PRINTED);
    let bank_a = play.state().lenders[play.lender("bank_a")];
    assert_abs_diff_eq!(bank_a.equity, 8.601514, epsilon = PRINTED);
    assert_abs_diff_eq!(bank_a.external_debt, 24.0, epsilon = EXACT);
    assert_abs_diff_eq!(bank_a.opening_ratio, 0.105263, epsilon = PRINTED);
    assert_abs_diff_eq!(bank_a.income, 0.0625, epsilon = EXACT);
    assert_eq!(bank_a.willingness, 1.0);
    assert_abs_diff_eq!(bank_a.depletion, 0.081919 - 0.105263, epsilon = 2.0 * PRINTED);
    let failure = play.outcome().failures[play.lender("bank_b")].unwrap();
    assert_eq!((failure.quarter, failure.round), (1, 0));
    let bank_b = play.state().lenders[play.lender("bank_b")];
    assert_abs_diff_eq!(bank_b.equity, -1.196592, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().hit, 0.75, epsilon = EXACT);
    let whole = play.whole();
    assert_abs_diff_eq!(dollars(whole.outcome().system_loss), 7.460986, epsilon = PRINTED);
    assert_eq!(whole.outcome().failed(), 1);
}

#[test]
fn example_1_confidence_of_the_next_quarter() {
    let play = Play::open("example-01-one-quarter", &["run.quarters=2"]).until(2);
    assert_abs_diff_eq!(play.state().market.confidence.level, 0.05, epsilon = EXACT);
}

#[test]
fn example_1_without_fire_sale_and_clearing() {
    let sets = ["channels.collateral_fire_sale=false", "channels.clearing=false"];
    let play = Play::open("example-01-one-quarter", &sets).whole();
    assert_eq!(play.outcome().failed(), 0);
    assert_abs_diff_eq!(dollars(play.outcome().system_loss), 0.888, epsilon = EXACT);
}

/// Balance, loan-to-value and breach counter of the loan of example 2 after a quarter.
fn loan(play: &Play) -> (f64, f64, f64) {
    let loan = &play.state().facilities[play.facility("loan")];
    (loan.balance, loan.collateral_value, loan.breaches)
}

#[test]
fn example_2_breach_counter_and_cure_by_the_sponsor() {
    let mut play = Play::open("example-02-covenant", &[]);
    for (quarter, value, counter) in [(1, 18.5, 0.0), (2, 17.0, 1.0), (3, 15.5, 2.0), (4, 14.0, 3.0)] {
        let before = play.state().facilities[play.facility("loan")].balance;
        play = play.until(quarter);
        let (_, collateral, breaches) = loan(&play);
        assert_abs_diff_eq!(collateral, value, epsilon = EXACT);
        assert_abs_diff_eq!(before, 14.0, epsilon = EXACT);
        assert_eq!(breaches, counter, "quarter {quarter}");
    }
    assert_abs_diff_eq!(loan(&play).0, 11.2, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().obligors[play.obligor("borrower")].support_left, 2.2, epsilon = EXACT);
    assert_abs_diff_eq!(play.cash("sponsor"), 7.2, epsilon = EXACT);
}

#[test]
fn example_2_without_a_sponsor_or_with_full_acceleration() {
    for sets in [["obligor.borrower.support=0"], ["credit.acceleration=\"full\""]] {
        let play = Play::open("example-02-covenant", &sets).until(4);
        let default = play.outcome().defaults[play.obligor("borrower")].unwrap();
        assert_eq!((default.quarter, default.cause), (4, DefaultCause::Covenant));
        assert_abs_diff_eq!(play.cash("sponsor"), 10.0, epsilon = EXACT);
    }
}

#[test]
fn example_2_with_a_larger_fleet() {
    let sets = ["run.quarters=6", "obligor.borrower.fleet=[{cost=24,age_q=0}]"];
    let mut play = Play::open("example-02-covenant", &sets);
    for (quarter, ltv, counter) in [(3, 0.752688, 0.0), (4, 0.833333, 1.0), (5, 0.933333, 2.0)] {
        play = play.until(quarter);
        let (balance, collateral, breaches) = loan(&play);
        assert_abs_diff_eq!(balance / collateral, ltv, epsilon = PRINTED);
        assert_eq!(breaches, counter);
    }
    let play = play.until(6);
    assert_abs_diff_eq!(14.0 - loan(&play).0, 3.44, epsilon = EXACT);
}

#[test]
fn example_2_with_free_cash_swept() {
    let mut play = Play::open("example-02-covenant", &["obligor.borrower.revenue=0.85", "obligor.borrower.support=0"]);
    for (quarter, balance) in [(1, 14.0), (2, 13.0), (3, 12.475)] {
        play = play.until(quarter);
        assert_abs_diff_eq!(loan(&play).0, balance, epsilon = EXACT);
    }
    let play = play.until(4);
    let dues = play.state().obligors[play.obligor("borrower")].dues;
    assert_abs_diff_eq!(dues.sweep, 0.538125, epsilon = EXACT);
    assert_abs_diff_eq!(dues.cure, 0.736875, epsilon = EXACT);
    let default = play.outcome().defaults[play.obligor("borrower")].unwrap();
    assert_eq!(default.cause, DefaultCause::Covenant);
}

#[test]
fn a_breach_that_is_mended_bars_no_later_draw() {
    let sets = [
        "obligor.borrower.revenue=3",
        "facility.loan.ltv_max=0.7",
        "facility.loan.amortisation=\"linear\"",
        "facility.loan.maturity_q=8",
        "facility.loan.undrawn=4",
        "facility.loan.draws={ steps = [[1, 1]] }",
    ];
    let mut play = Play::open("example-02-covenant", &sets);
    for (quarter, in_breach, draw) in [(1, true, 0.0), (2, false, 1.0)] {
        play = play.until(quarter);
        let loan = &play.state().facilities[play.facility("loan")];
        assert_eq!((loan.in_breach, loan.draw), (in_breach, draw), "quarter {quarter}");
    }
}

#[test]
fn example_3_two_maturities_share_the_pool() {
    let play = Play::open("example-03-pool", &[]).until(1);
    assert_abs_diff_eq!(play.state().lenders[play.lender("fund")].willingness, 0.5, epsilon = EXACT);
    let before = (play.lender_cash("bank"), play.lender_cash("fund"));
    let play = play.until(2);
    let [f1, f2] = ["f1", "f2"].map(|name| &play.state().facilities[play.facility(name)]);
    assert_abs_diff_eq!(f1.offer, 6.72, epsilon = EXACT);
    assert_abs_diff_eq!(f1.rolled, 5.376, epsilon = EXACT);
    assert_abs_diff_eq!(f1.pooled, 0.402481, epsilon = PRINTED);
    assert_abs_diff_eq!(f1.gap, 4.221519, epsilon = PRINTED);
    assert_abs_diff_eq!(f2.offer, 3.6, epsilon = EXACT);
    assert_abs_diff_eq!(f2.rolled, 2.7, epsilon = EXACT);
    assert_abs_diff_eq!(f2.pooled, 0.269519, epsilon = PRINTED);
    assert_abs_diff_eq!(f2.gap, 1.030481, epsilon = PRINTED);
    assert_abs_diff_eq!(play.face("f1", "bank"), 4.271572, epsilon = PRINTED);
    assert_abs_diff_eq!(play.face("f1", "fund"), 1.344, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "outside"), 0.162909, epsilon = PRINTED);
    assert_abs_diff_eq!(f1.spread_pa, 0.01, epsilon = EXACT);
    assert_eq!(f1.maturity, 10);
    // Of f2 the bank lends 0.4 / 0.672 of what the pool fills; the fund leaves 2 - 0.9.
    let bank_of_f2 = 0.269519 * 0.4 / 0.672;
    assert_abs_diff_eq!(play.lender_cash("bank") - before.0, 1.728428 - bank_of_f2, epsilon = 2.0 * PRINTED);
    assert_abs_diff_eq!(play.lender_cash("fund") - before.1, 2.656 + 1.1, epsilon = PRINTED);
}

#[test]
fn example_3_frozen_or_short_of_cash() {
    let frozen = Play::open("example-03-pool", &["shock.freeze.enabled=true"]).until(2);
    for (name, gap) in [("f1", 10.0), ("f2", 4.0)] {
        assert_abs_diff_eq!(frozen.state().facilities[frozen.facility(name)].gap, gap, epsilon = EXACT);
    }
    let short = Play::open("example-03-pool", &["obligor.first.cash=4"]).until(2);
    let default = short.outcome().defaults[short.obligor("first")].unwrap();
    assert_eq!(default.cause, DefaultCause::Maturity);
    assert_abs_diff_eq!(dollars(default.exposure), 10.0, epsilon = EXACT);
    assert_abs_diff_eq!(short.state().facilities[short.facility("f2")].pooled, 0.269519, epsilon = PRINTED);
}

#[test]
fn example_4_waterfall_and_a_shared_guarantor() {
    let bare = ["facility.u.guarantee_share=0", "facility.o.guarantee_share=0"];
    let play = Play::open("example-04-waterfall", &bare).until(1);
    for (name, loss) in [("s1", 0.0), ("s2", 0.0), ("u", 7.1), ("o", 4.0)] {
        assert_abs_diff_eq!(play.state().facilities[play.facility(name)].loss[1], loss, epsilon = EXACT);
    }
    let play = Play::open("example-04-waterfall", &[]).until(1);
    for (name, loss) in [("s1", 0.0), ("s2", 0.0), ("u", 5.3), ("o", 2.8)] {
        assert_abs_diff_eq!(play.state().facilities[play.facility(name)].loss[1], loss, epsilon = EXACT);
    }
    assert_abs_diff_eq!(play.cash("guarantor"), 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("bank", Channel::Credit), 8.1, epsilon = EXACT);
}

#[test]
fn example_5_collateral_falls_with_the_customer() {
    let alive = Play::open("example-05-lost-customer", &["shock.loss.enabled=false"]).until(1);
    let loan = &alive.state().facilities[alive.facility("loan")];
    assert_abs_diff_eq!(loan.collateral_value, 8.4, epsilon = EXACT);
    assert_abs_diff_eq!(loan.balance / loan.collateral_value, 0.595238, epsilon = PRINTED);
    let play = Play::open("example-05-lost-customer", &[]).until(2);
    assert_abs_diff_eq!(play.state().facilities[play.facility("loan")].collateral_value, 6.0, epsilon = EXACT);
    let default = play.outcome().defaults[play.obligor("supplier")].unwrap();
    assert_eq!((default.quarter, default.cause), (2, DefaultCause::Covenant));
    let weak = ["contract.lease.take_or_pay=0.5", "facility.loan.ltv_max=0.9"];
    for quarter in [1, 2] {
        let play = Play::open("example-05-lost-customer", &weak).until(quarter);
        let loan = &play.state().facilities[play.facility("loan")];
        assert_abs_diff_eq!(loan.collateral_value, 6.0, epsilon = EXACT);
    }
}

#[test]
fn example_6_fire_sale_in_two_regions() {
    let play = Play::open("example-06-fire-sale", &[]).until(1);
    let (us, cn) = (play.region("us"), play.region("cn"));
    assert_abs_diff_eq!(play.state().fire_sales[us].after, 0.894328, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().fire_sales[cn].after, 0.6561, epsilon = EXACT);
    let play = play.until(2);
    assert_abs_diff_eq!(play.state().fire_sales[us].before, 0.919650, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().fire_sales[us].after, 0.744917, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().fire_sales[cn].after, 0.729, epsilon = EXACT);
    let loan = &play.state().facilities[play.facility("us-two-loan")];
    assert_abs_diff_eq!(loan.loss[0], 25.0 - 20.0, epsilon = EXACT);
    assert_abs_diff_eq!(loan.loss[1], 25.0 - 20.0 * 0.744917 / 0.919650, epsilon = 20.0 * PRINTED);
    let floored = Play::open("example-06-fire-sale", &["obligor.cn-one.fleet=[{cost=60,age_q=0}]"]).until(1);
    assert_abs_diff_eq!(floored.state().fire_sales[cn].after, 0.2, epsilon = EXACT);
}

#[test]
fn example_8_stakes_in_a_chain_of_funds() {
    let mut play = Play::open("example-08-stakes", &[]);
    let nav = |play: &Play, name: &str| play.state().lenders[play.lender(name)].equity;
    assert_abs_diff_eq!(nav(&play, "k"), 50.0, epsilon = EXACT);
    for (quarter, k, j, stake) in [(1, 45.0, 30.0, 9.0), (2, 45.0, 29.0, 9.0), (3, 45.0, 29.0, 8.7)] {
        play = play.until(quarter);
        assert_abs_diff_eq!(nav(&play, "k"), k, epsilon = EXACT);
        assert_abs_diff_eq!(nav(&play, "j"), j, epsilon = EXACT);
        assert_abs_diff_eq!(play.state().lenders[play.lender("bank")].stakes, stake, epsilon = EXACT);
    }
    assert_abs_diff_eq!(play.loss("j", Channel::FundStake), 1.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("bank", Channel::FundStake), 0.3, epsilon = EXACT);
    let whole = play.whole();
    assert_abs_diff_eq!(dollars(whole.outcome().system_loss), 5.0, epsilon = EXACT);
}

/// One row of example 10: rounds (none where alive), deadweight of all.
fn clearing_row(sets: &[&str], rounds: [Option<usize>; 4], deadweight: f64, equity: [f64; 4]) {
    let play = Play::open("example-10-clearing", sets).until(1);
    let mut dead = 0.0;
    for (k, name) in ["a", "b", "c", "z"].into_iter().enumerate() {
        let j = play.lender(name);
        assert_eq!(play.outcome().failures[j].map(|failure| failure.round), rounds[k], "{name} in {sets:?}");
        dead += play.loss(name, Channel::Bankruptcy);
        if rounds[k].is_none() {
            assert_abs_diff_eq!(play.state().lenders[j].equity, equity[k], epsilon = PRINTED);
        }
    }
    assert_abs_diff_eq!(dead, deadweight, epsilon = PRINTED);
}

#[test]
fn example_10_thresholds_a_tie_and_a_node_without_network_debt() {
    let pari = ["a", "b", "c", "z"].map(|name| format!("lender.{name}.external_priority=\"pari_passu\""));
    let pari: Vec<&str> = pari.iter().map(String::as_str).collect();
    let costly = ["clearing.asset_recovery=0.8", "clearing.claim_recovery=0.8"];
    let both: Vec<&str> = pari.iter().copied().chain(costly).collect();
    clearing_row(&[], [Some(0), None, Some(1), None], 0.0, [0.0, 2.0, 0.0, 1.5]);
    clearing_row(&pari, [Some(0), None, Some(1), None], 0.0, [0.0, 3.0, 0.0, 1.5]);
    clearing_row(&costly, [Some(0), Some(1), Some(1), Some(2)], 4.268, [0.0; 4]);
    clearing_row(&both, [Some(0), None, Some(1), Some(2)], 3.636, [0.0, 2.006667, 0.0, 0.690667]);
}

/// One row of example 11 after quarter 1: rounds of a, b, c (none where alive), and what b and c book.
fn marks_row(s: f64, b: &str, rounds: [Option<usize>; 3], [counted, marked, paid]: [f64; 3]) {
    let sets = [
        format!("facility.to-now.amount={s}"),
        format!("lender.a.cash={}", 11.0 - s),
        format!("lender.b.accounting=\"{b}\""),
    ];
    let play = Play::open("example-11-marks", &sets.each_ref().map(String::as_str)).until(1);
    let told = ["a", "b", "c"].map(|name| play.outcome().failures[play.lender(name)].map(|failure| failure.round));
    assert_eq!(told, rounds, "s = {s}, {b}");
    assert_abs_diff_eq!(play.loss("b", Channel::Counterparty), counted, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("b", Channel::NetworkMark), marked, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("c", Channel::Counterparty), 10.0 * (1.0 - paid), epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("c", Channel::NetworkMark), 0.0, epsilon = EXACT);
    for (name, equity) in [("b", 2.0 - counted - marked), ("c", 12.0 - 10.0 * (1.0 - paid))] {
        assert_abs_diff_eq!(play.state().lenders[play.lender(name)].equity, equity, epsilon = EXACT);
    }
    let late = if rounds[0].is_none() { 3.0 } else { 0.0 };
    assert_abs_diff_eq!(dollars(play.whole().outcome().system_loss), s + late, epsilon = EXACT);
}

#[test]
fn example_11_marks_of_fair_value_holders() {
    marks_row(1.0, "accrual", [None; 3], [0.0, 0.0, 1.0]);
    marks_row(1.9, "accrual", [None; 3], [0.0, 0.0, 1.0]);
    marks_row(2.1, "accrual", [Some(0), None, None], [0.0, 0.0, 1.0]);
    marks_row(1.0, "fair_value", [None, Some(1), None], [0.0, 2.5, 0.95]);
    marks_row(1.9, "fair_value", [None, Some(1), None], [0.0, 4.75, 0.725]);
    marks_row(2.1, "fair_value", [Some(0), Some(1), None], [5.0, 0.0, 0.7]);
}

#[test]
fn example_16_closing_a_gap_in_order() {
    let play = Play::open("example-16-funding-gap", &[]).until(1);
    assert_abs_diff_eq!(play.state().lenders[play.lender("fund")].willingness, 0.4, epsilon = EXACT);
    let play = play.until(2);
    let borrower = &play.state().obligors[play.obligor("borrower")];
    assert!(borrower.alive);
    assert_abs_diff_eq!(borrower.dues.total(), 6.1, epsilon = EXACT);
    for (filled, amount) in play.state().funding[play.obligor("borrower")].filled.iter().zip([1.0, 1.4, 0.9, 1.6, 0.2])
    {
        assert_abs_diff_eq!(*filled, amount, epsilon = EXACT);
    }
    assert_abs_diff_eq!(borrower.support_left, 0.3, epsilon = EXACT);
    assert_abs_diff_eq!(borrower.cash, 0.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().facilities[play.facility("term")].undrawn, 0.6, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("term", "bank"), 11.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("term", "fund"), 10.4, epsilon = EXACT);
}

#[test]
fn example_16_not_enough_support_or_a_breach() {
    let short = Play::open("example-16-funding-gap", &["obligor.borrower.support=0.1"]).until(2);
    let borrower = short.obligor("borrower");
    assert_eq!(short.outcome().defaults[borrower].unwrap().cause, DefaultCause::Burn);
    assert_abs_diff_eq!(short.state().obligors[borrower].estate_cash, 1.0, epsilon = EXACT);
    let breach = Play::open("example-16-funding-gap", &["shock.breach.enabled=true"]).until(2);
    assert!(!breach.state().obligors[borrower].alive);
    let funding = &breach.state().funding[borrower];
    assert_eq!(funding.filled[1], 0.0);
    // The gap after capex, equity and invoice is 1.6; the sponsor has 0.5.
    assert_abs_diff_eq!(funding.missing, 1.6 - 0.5, epsilon = EXACT);
}

#[test]
fn example_16_with_more_cash() {
    let rich = "obligor.borrower.cash=4.5";
    let play = Play::open("example-16-funding-gap", &[rich]).until(2);
    let filled = play.state().funding[play.obligor("borrower")].filled;
    for (filled, amount) in filled.iter().zip([1.0, 1.1, 0.0, 0.0, 0.0]) {
        assert_abs_diff_eq!(*filled, amount, epsilon = EXACT);
    }
    let order = "obligor.borrower.gap_order=[\"capex\",\"invoices\",\"lines\",\"equity\",\"sponsor\"]";
    let play = Play::open("example-16-funding-gap", &[rich, order]).until(2);
    let filled = play.state().funding[play.obligor("borrower")].filled;
    for (filled, amount) in filled.iter().zip([1.0, 0.0, 0.0, 1.1, 0.0]) {
        assert_abs_diff_eq!(*filled, amount, epsilon = EXACT);
    }
}

#[test]
fn example_17_a_glut_spills_over_one_quarter_later() {
    let play = Play::open("example-17-spillover", &[]).until(1);
    let (us, cn) = (play.region("us"), play.region("cn"));
    assert_abs_diff_eq!(play.state().market.utilisation[cn], 0.1, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().market.rent[cn], 0.353553, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().market.utilisation[us], 0.75, epsilon = EXACT);
    let play = play.until(2);
    assert_abs_diff_eq!(play.state().market.utilisation[us], 0.748503, epsilon = PRINTED);
    assert_abs_diff_eq!(play.state().market.rent[us], 0.997007, epsilon = PRINTED);
    let spot = 0.1 * 10.0;
    assert_abs_diff_eq!(play.cash("us-cloud"), spot * (0.75 + 0.748503 * 0.997007), epsilon = PRINTED);
}
