//! Fair-value marks of loans, by hand in `loan-marks.toml`: the fund has face 3, the bank 2. Amounts in USD bn.

use crate::play::Play;
use approx::assert_abs_diff_eq;
use knockon::model::outcome::Channel;

/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 4e-9;

/// Distress of quarter 2: other assets are 2.5 short of the calm path's 9.65.
const SECOND: f64 = 2.5 / 9.65;

/// What a lender carries the loan at.
fn carrying(play: &Play, lender: &str) -> f64 {
    play.state().lenders[play.lender(lender)].loans
}

#[test]
fn a_mark_follows_equity_down_and_up_and_ends_in_the_loss_at_default() {
    let play = Play::open("loan-marks", &[]).until(1);
    assert_abs_diff_eq!(play.state().reference_equity[[0, play.obligor("operator")]], 10.0, epsilon = EXACT);
    // h = 1/2, V = 3/4.
    assert_abs_diff_eq!(play.loss("fund", Channel::Mark), 0.75, epsilon = EXACT);
    assert_abs_diff_eq!(carrying(&play, "fund"), 2.25, epsilon = EXACT);
    let play = play.until(2);
    assert_abs_diff_eq!(play.loss("fund", Channel::Mark), 1.5 * SECOND, epsilon = EXACT);
    assert_abs_diff_eq!(carrying(&play, "fund"), 3.0 - 1.5 * SECOND, epsilon = EXACT);
    assert_eq!(play.loss("fund", Channel::Credit), 0.0);
    // Recovered is 0.6 (1.25 + 3.1) of 5: credit is carrying less recovery, and with the mark face less recovery.
    let play = play.until(3);
    let recovery = 3.0 * 0.522;
    assert_abs_diff_eq!(play.loss("fund", Channel::Credit), 3.0 - 1.5 * SECOND - recovery, epsilon = EXACT);
    let whole = play.loss("fund", Channel::Credit) + play.loss("fund", Channel::Mark);
    assert_abs_diff_eq!(whole, 3.0 - recovery, epsilon = EXACT);
    assert_eq!((carrying(&play, "fund"), play.loss("fund", Channel::FireSale)), (0.0, 0.0));
}

#[test]
fn a_holder_at_accrual_books_nothing_before_the_default() {
    let play = Play::open("loan-marks", &[]).until(2);
    assert_eq!(carrying(&play, "bank"), 2.0);
    let play = play.until(3);
    assert_eq!(play.loss("bank", Channel::Mark), 0.0);
    assert_abs_diff_eq!(play.loss("bank", Channel::Credit), 2.0 * 0.478, epsilon = EXACT);
}

#[test]
fn a_recovery_above_the_carrying_value_is_a_gain_of_the_default_quarter() {
    let play = Play::open("loan-marks", &["credit.bankruptcy_cost=0", "credit.other_haircut=0"]).until(3);
    assert_abs_diff_eq!(play.loss("fund", Channel::Credit), -1.5 * SECOND, epsilon = EXACT);
    let whole = play.loss("fund", Channel::Credit) + play.loss("fund", Channel::Mark);
    assert_abs_diff_eq!(whole, 0.0, epsilon = EXACT);
}

#[test]
fn a_living_guarantor_bears_its_share_of_the_mark() {
    let guarantee = "facility.loan.guarantee_share=0.4";
    let play = Play::open("loan-marks", &[guarantee]).until(1);
    assert_abs_diff_eq!(play.loss("fund", Channel::Mark), 0.6 * 0.75, epsilon = EXACT);
    let fallen = Play::open("loan-marks", &[guarantee, "shock.fall.enabled=true"]).until(1);
    assert_abs_diff_eq!(fallen.loss("fund", Channel::Mark), 0.75, epsilon = EXACT);
}

#[test]
fn convexity_delays_the_mark() {
    let play = Play::open("loan-marks", &["clearing.mark_convexity=4"]).until(1);
    assert_abs_diff_eq!(play.loss("fund", Channel::Mark), 0.75 * libm::exp(-2.0), epsilon = EXACT);
}

/// A linear loan repays 5/8 a quarter: below par its carrying value falls by the cash, and what was marked on it comes
/// back with the next marking.
#[test]
fn principal_repaid_below_par_comes_back_as_a_gain() {
    let play = Play::open("loan-marks", &["facility.loan.amortisation=\"linear\""]).until(1);
    let first = 3.0 * 7.0 / 8.0;
    let h = 5.0 / 10.0;
    assert_abs_diff_eq!(play.loss("fund", Channel::Mark), first * 0.5 * h, epsilon = EXACT);
    let play = play.until(2);
    let second = 3.0 * 6.0 / 8.0;
    // Cash has paid principal of 1.25 and interest of 0.05 and 0.04375.
    let calm = 1.35 - 1.25 - 0.09375 + 3.4 + 10.0 - 3.75;
    let h = 2.5 / calm;
    assert_abs_diff_eq!(play.loss("fund", Channel::Mark), second * 0.5 * h, epsilon = EXACT);
    assert_abs_diff_eq!(carrying(&play, "fund"), second * (1.0 - 0.5 * h), epsilon = EXACT);
}

/// Without shocks GPUs age from 4 to 1.6 behind a bullet loan of 5, and nobody marks anything.
#[test]
fn a_calm_world_books_no_mark() {
    let calm =
        ["run.quarters=8", "shock.crash.enabled=false", "shock.rebound.enabled=false", "shock.default.enabled=false"];
    let mut play = Play::open("loan-marks", &calm);
    for quarter in 1..=8 {
        play = play.until(quarter);
        for lender in ["fund", "bank"] {
            assert_eq!(play.loss(lender, Channel::Mark), 0.0, "{lender} in quarter {quarter}");
        }
    }
}

#[test]
fn loan_marks_off_leaves_loans_at_face() {
    let off = Play::open("loan-marks", &["channels.loan_marks=false"]).whole();
    let accrual = Play::open("loan-marks", &["lender.fund.accounting=\"accrual\""]).whole();
    assert_eq!(off.outcome(), accrual.outcome());
    assert_eq!(off.loss("fund", Channel::Mark), 0.0);
    assert_abs_diff_eq!(off.loss("fund", Channel::Credit), 3.0 * 0.478, epsilon = EXACT);
}
