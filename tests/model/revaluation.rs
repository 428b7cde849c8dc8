//! Marks of claims between lenders (model, section 7), quarter after quarter, in worlds small enough for exact numbers.

use crate::play::Play;
use approx::assert_abs_diff_eq;
use knockon::model::outcome::{Channel, FailureCause};

/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 2e-9;

/// What a creditor has lost through claims: marks and failures.
fn lost(play: &Play, lender: &str) -> f64 {
    play.loss(lender, Channel::NetworkMark) + play.loss(lender, Channel::Counterparty)
}

#[test]
fn marks_are_booked_once_and_stand_while_nothing_happens() {
    let first = Play::open("case-08-debtrank", &[]).until(1);
    let losses = first.state().ledger.losses().to_owned();
    let values = first.state().claim_values.clone();
    let last = first.until(3);
    assert_eq!(last.state().ledger.losses(), losses);
    for (then, now) in values.iter().zip(&last.state().claim_values) {
        assert_abs_diff_eq!(then, now, epsilon = 1e-15);
    }
    assert!(last.state().claims.iter().all(|face| *face == 0.5));
}

/// a earns in two quarters what it lost in the first: h_a = (1/4) / (1 - 1/8) after the first, 0 after the second.
#[test]
fn marks_reverse_with_the_equity_of_the_debtor() {
    let play = Play::open("case-08-debtrank", &["lender.a.income_q=0.25"]).until(1);
    assert_abs_diff_eq!(play.loss("c", Channel::NetworkMark), 0.5 * 2.0 / 7.0, epsilon = EXACT);
    let play = play.until(2);
    for name in ["a", "b", "c"] {
        assert_eq!(play.loss(name, Channel::NetworkMark), 0.0);
    }
    assert_eq!(play.state().claim_values, play.state().claims);
}

/// a pays 0.9 of 10 in quarter 2, its claim counts min(0.9, V(1)) = 0.5 after V(1/2) = 0.75 in quarter 1; b, which lives,
/// books the difference at settlement as a gain.
#[test]
fn a_mark_and_a_later_failure_make_one_loss() {
    let sets = ["clearing.asset_recovery=0.9", "lender.b.cash=20"];
    let play = Play::open("example-11-marks", &sets).until(1);
    assert_abs_diff_eq!(play.loss("b", Channel::NetworkMark), 2.5, epsilon = EXACT);
    let play = play.until(2);
    assert!(play.outcome().failures[play.lender("a")].is_some());
    assert_abs_diff_eq!(play.loss("b", Channel::Counterparty), 7.5 - 5.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("b", Channel::NetworkMark), 2.5 - 4.0, epsilon = EXACT);
    assert_abs_diff_eq!(lost(&play, "b"), 10.0 - 9.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("b"), 20.0 + 9.0, epsilon = EXACT);
    let b = play.state().lenders[play.lender("b")];
    assert_abs_diff_eq!(b.equity, 20.0 + 9.0 - 10.0, epsilon = EXACT);
    assert_eq!((b.claims, b.claims_face), (0.0, 0.0));
}

/// The fund a repays 1 of 10 in quarter 1 and 0.9 of 9 in quarter 2, then carried at 5.85: buffers 0.75 and 0.675 of 2.5.
#[test]
fn repayment_at_par_lowers_carrying_by_the_cash_and_gains_at_the_next_mark() {
    let sets = [
        "lender.a.type=\"credit_fund\"",
        "lender.a.max_leverage=4",
        "lender.a.target_leverage=3",
        "lender.a.cash=12.7",
        "lender.b.cash=20",
        "facility.to-now.amount=2",
        "facility.to-late.amount=0.3",
    ];
    let play = Play::open("example-11-marks", &sets).until(1);
    assert_abs_diff_eq!(play.state().claims[0], 9.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().claim_values[0], 9.0 * 0.65, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("b", Channel::NetworkMark), 9.0 * 0.35, epsilon = EXACT);
    let play = play.until(2);
    assert_abs_diff_eq!(play.state().claims[0], 8.1, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().claim_values[0], 8.1 * 0.635, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("b", Channel::NetworkMark), 8.1 * 0.365, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("b"), 20.0 + 1.9, epsilon = EXACT);
}

/// Equity and leverage are those of the books: claims at carrying value; threshold and network debt do not move.
#[test]
fn a_mark_lowers_equity_and_willingness() {
    let play = Play::open("example-11-marks", &["lender.b.cash=3", "lender.b.min_ratio=0"]).until(1);
    let b = play.state().lenders[play.lender("b")];
    assert_abs_diff_eq!(b.equity, 3.0 - 2.5, epsilon = EXACT);
    assert_abs_diff_eq!(b.claims, 7.5, epsilon = EXACT);
    assert_eq!((b.claims_face, b.network_debt), (10.0, 10.0));
    assert_abs_diff_eq!(b.willingness, 0.5 / 3.0 / 0.5, epsilon = EXACT);
}

/// b opens with 4, is marked by 2.5 in quarter 1 and loses 0.8 in both: at face 2.4 are left, so it fails in round 1.
#[test]
fn a_marked_lender_is_tested_at_face_first() {
    let sets = ["obligor.late.enabled=false", "lender.a.cash=13", "lender.b.cash=4", "lender.b.income_q=-0.8"];
    let play = Play::open("example-11-marks", &sets).until(1);
    assert!(play.state().lenders[play.lender("b")].alive);
    let play = play.until(2);
    let failure = play.outcome().failures[play.lender("b")].expect("b fails");
    assert_eq!((failure.round, failure.cause), (1, FailureCause::Channel(Channel::NetworkMark)));
}

#[test]
fn without_clearing_outside_stands_in_and_nobody_marks() {
    for world in ["case-08-debtrank", "example-11-marks"] {
        let off = Play::open(world, &["channels.clearing=false", "channels.revaluation=false"]).whole();
        let on = Play::open(world, &["channels.clearing=false"]).whole();
        assert_eq!(on.outcome(), off.outcome(), "{world}");
        assert_eq!(on.state().claim_values, on.state().claims, "{world}");
    }
}

/// `revaluation` off, or a mark without loss, is Rogers and Veraart's clearing.
#[test]
fn off_it_is_default_only() {
    let losses = |sets: &[&str]| Play::open("example-11-marks", sets).whole().outcome().clone();
    let off = losses(&["channels.revaluation=false", "clearing.asset_recovery=0.8"]);
    assert!(off.failures[0].is_some());
    assert_eq!(losses(&["clearing.mark_lgd=0", "clearing.asset_recovery=0.8"]), off);
    assert_eq!(losses(&["lender.b.accounting=\"accrual\"", "clearing.asset_recovery=0.8"]), off);
}
