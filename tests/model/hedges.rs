//! Risk transfers, shorts and the rest of a lender's book, in worlds small enough for exact numbers. Amounts in USD bn.

use crate::play::{Play, each_trial, load, world};
use approx::assert_abs_diff_eq;
use knockon::model::outcome::{Channel, FIXED_ONE};
use knockon::model::state::LenderState;
use knockon::model::system::CREDIT;
use statrs::distribution::{ContinuousCDF, Normal};

/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 4e-9;
const WORLD: &str = "case-14-srt";

fn lender(play: &Play, name: &str) -> LenderState {
    play.state().lenders[play.lender(name)]
}

/// Losses booked by the risk transfer so far: buyer, x, y.
fn srt(play: &Play) -> [f64; 3] {
    ["buyer", "x", "y"].map(|name| play.loss(name, Channel::Srt))
}

fn assert_srt(play: &Play, expected: [f64; 3]) {
    for (told, loss) in srt(play).into_iter().zip(expected) {
        assert_abs_diff_eq!(told, loss, epsilon = EXACT);
    }
}

/// Cash of every lender and of outside.
fn cash(play: &Play) -> Vec<f64> {
    let state = play.state();
    state.lenders.iter().map(|own| own.cash).chain([state.outside]).collect()
}

#[test]
fn case_14_srt_and_example_9_two_sellers() {
    let mut play = Play::open(WORLD, &[]);
    for (quarter, lost, paid) in [(1, 0.1, 0.0), (2, 0.5, 0.3), (3, 1.4, 0.8), (4, 1.4, 0.8)] {
        play = play.until(quarter);
        let own = &play.state().srts[0];
        assert_abs_diff_eq!(own.lost, lost, epsilon = EXACT);
        assert_abs_diff_eq!(own.paid, paid, epsilon = EXACT);
        assert_abs_diff_eq!(own.note, 0.8 - paid, epsilon = EXACT);
        assert_srt(&play, [-paid, 0.6 * paid, 0.4 * paid]);
        // The pool is lost as without the hedge, half of it comes back in cash; the payout comes from the custodian.
        assert_abs_diff_eq!(play.loss("buyer", Channel::Credit), lost, epsilon = EXACT);
        assert_abs_diff_eq!(lender(&play, "buyer").cash, 20.0 + lost + paid, epsilon = EXACT);
        assert_abs_diff_eq!(lender(&play, "buyer").equity, 10.0 - lost + paid, epsilon = EXACT);
        assert_abs_diff_eq!(lender(&play, "x").notes, 0.6 * (0.8 - paid), epsilon = EXACT);
        assert_abs_diff_eq!(lender(&play, "y").equity, 2.0 - 0.4 * paid, epsilon = EXACT);
    }
    let system_loss = play.whole().outcome().system_loss as f64 / FIXED_ONE;
    assert_abs_diff_eq!(system_loss, 1.4, epsilon = EXACT);
}

#[test]
fn the_part_of_outside_is_the_loss_that_leaves_the_system() {
    let sets = ["srt.note.sellers={y=0,outside=0.4}"];
    let play = Play::open(WORLD, &sets).until(3);
    assert_srt(&play, [-0.8, 0.48, 0.0]);
    let system_loss = play.whole().outcome().system_loss as f64 / FIXED_ONE;
    assert_abs_diff_eq!(system_loss, 1.4 - 0.4 * 0.8, epsilon = EXACT);
}

#[test]
fn notes_stand_on_opening_balance_sheets_while_the_switch_is_on() {
    let on = Play::open(WORLD, &[]);
    assert_abs_diff_eq!(lender(&on, "x").equity, 5.48, epsilon = EXACT);
    assert_abs_diff_eq!(lender(&on, "y").external_debt, 3.32, epsilon = EXACT);
    assert_abs_diff_eq!(lender(&on, "y").equity, 2.0, epsilon = EXACT);
    let off = Play::open(WORLD, &["channels.hedges=false"]);
    assert_abs_diff_eq!(lender(&off, "x").equity, 5.0, epsilon = EXACT);
    assert_abs_diff_eq!(lender(&off, "y").external_debt, 3.0, epsilon = EXACT);
}

/// The coupon runs on the note at the start of the quarter: 0.8, 0.8, 0.5, 0.
#[test]
fn the_coupon_is_paid_on_the_outstanding_note() {
    let mut play = Play::open(WORLD, &["srt.note.coupon_pa=0.1"]);
    for (quarter, paid, coupons) in [(1, 0.0, 0.02), (2, 0.3, 0.04), (3, 0.8, 0.0525), (4, 0.8, 0.0525)] {
        play = play.until(quarter);
        let flow = coupons - paid;
        assert_srt(&play, [flow, -0.6 * flow, -0.4 * flow]);
        assert_abs_diff_eq!(lender(&play, "x").cash, 5.0 + 0.6 * coupons, epsilon = EXACT);
    }
}

#[test]
fn the_notes_of_a_failed_seller_belong_to_outside() {
    let sets = ["srt.note.coupon_pa=0.1", "shock.end={quarter=2,target=\"fail:y\"}"];
    let play = Play::open(WORLD, &sets).until(4);
    let coupons = [0.02, 0.02, 0.0125];
    let y = 0.4 * (0.3 - coupons[0] - coupons[1]);
    let all: f64 = 0.8 - coupons.iter().sum::<f64>();
    assert_srt(&play, [-all, 0.6 * all, y]);
    assert_eq!((lender(&play, "y").notes, lender(&play, "y").cash), (0.0, 0.0));
    assert_abs_diff_eq!(lender(&play, "x").cash, 5.0 + 0.6 * 0.0525, epsilon = EXACT);
}

#[test]
fn sellers_get_the_outstanding_note_back_when_the_buyer_fails() {
    let play = Play::open(WORLD, &["shock.end={quarter=2,target=\"fail:buyer\"}"]).until(4);
    assert_srt(&play, [-0.3, 0.18, 0.12]);
    for (name, cash) in [("x", 5.0 + 0.6 * 0.5), ("y", 5.0 + 0.4 * 0.5)] {
        assert_eq!(lender(&play, name).notes, 0.0);
        assert_abs_diff_eq!(lender(&play, name).cash, cash, epsilon = EXACT);
    }
    assert_eq!(play.state().srts[0].note, 0.0);
}

/// Loan three has 1.8 covered and draws as much again: its loss is 1.8, half of it covered.
#[test]
fn draws_above_the_opening_face_are_not_covered() {
    let sets = ["srt.note.detach=0.5", "facility.three.undrawn=1.8", "facility.three.draws={steps=[[1,1.8],[2,0]]}"];
    let play = Play::open(WORLD, &sets).until(3);
    assert_abs_diff_eq!(play.loss("buyer", Channel::Credit), 0.1 + 0.4 + 1.8, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().srts[0].lost, 1.4, epsilon = EXACT);
    assert_srt(&play, [-1.2, 0.72, 0.48]);
}

#[test]
fn what_is_rolled_stays_covered_and_what_is_repaid_does_not() {
    let rolled = ["srt.note.detach=0.5", "facility.three.maturity_q=2", "credit.refinancing=\"always\""];
    let play = Play::open(WORLD, &rolled).until(3);
    assert_srt(&play, [-1.2, 0.72, 0.48]);
    // Half of 1.8 is repaid in quarter 1, so that the rest loses 0.45.
    let repaid = ["srt.note.detach=0.5", "facility.three.amortisation={sculpted=[0.5]}", "obligor.three.cash=1"];
    let play = Play::open(WORLD, &repaid).until(3);
    assert_abs_diff_eq!(play.state().srts[0].lost, 0.95, epsilon = EXACT);
    assert_srt(&play, [-0.75, 0.45, 0.3]);
}

/// Half of the only loan covered is lost, below the slice from 0.6 to 1: the note of 0.08 comes back with one coupon.
#[test]
fn a_note_ends_when_its_buyer_holds_nothing_of_the_reference() {
    let sets = ["srt.note.reference=[\"one\"]", "srt.note.attach=0.6", "srt.note.detach=1", "srt.note.coupon_pa=0.1"];
    let play = Play::open(WORLD, &sets).until(4);
    assert_srt(&play, [0.002, -0.0012, -0.0008]);
    assert_eq!(play.state().srts[0].note, 0.0);
    assert_abs_diff_eq!(lender(&play, "x").cash, 5.0 + 0.048 + 0.0012, epsilon = EXACT);
    assert_abs_diff_eq!(lender(&play, "x").equity, 5.048 + 0.0012, epsilon = EXACT);
}

#[test]
fn a_short_gains_what_the_index_loses_less_its_carry() {
    let sets = [
        "short.s={holder=\"buyer\",notional=2,carry_pa=0.04}",
        "shock.crash={quarter=2,target=\"equity\",size=0.6931471805599453}",
        "srt.note.enabled=false",
        "shock.first.enabled=false",
        "shock.second.enabled=false",
    ];
    let mut play = Play::open(WORLD, &sets);
    for (quarter, gain) in [(1, -0.02), (2, 0.96)] {
        play = play.until(quarter);
        assert_abs_diff_eq!(play.loss("buyer", Channel::Short), -gain, epsilon = EXACT);
        assert_abs_diff_eq!(lender(&play, "buyer").cash, 20.0 + gain, epsilon = EXACT);
        assert_abs_diff_eq!(lender(&play, "buyer").equity, 10.0 + gain, epsilon = EXACT);
    }
    let failed: Vec<&str> = sets.into_iter().chain(["shock.end={quarter=1,target=\"fail:buyer\"}"]).collect();
    let play = Play::open(WORLD, &failed).until(3);
    assert_abs_diff_eq!(play.loss("buyer", Channel::Short), 0.02, epsilon = EXACT);
}

#[test]
fn hedges_off_is_the_world_without_them() {
    let short = "short.s={holder=\"y\",notional=2,carry_pa=0.04}";
    let volatile = "equity.equity_volatility_pa=0.35";
    let hedged = Play::open(WORLD, &[short, volatile]).whole();
    let off = Play::open(WORLD, &[short, volatile, "channels.hedges=false"]).whole();
    let bare = ["srt.note.enabled=false", volatile];
    let gross = Play::open(WORLD, &bare).whole();
    assert_ne!(hedged.outcome(), off.outcome());
    assert_eq!(off.outcome(), gross.outcome());
    assert_eq!(cash(&off), cash(&gross));
    let gross_off = Play::open(WORLD, &[bare[0], bare[1], "channels.hedges=false"]).whole();
    assert_eq!(gross.outcome(), gross_off.outcome());
    assert_eq!(cash(&gross), cash(&gross_off));
}

const BOOK: &str = "lender.y.other_book={assets=50,pd_pa=0.02,rho=0.2,lgd=0.4}";

/// Loss of that book at a credit factor, by the formula of Vasicek (2002) and another library's normal distribution.
fn excess(factor: f64) -> f64 {
    let normal = Normal::new(0.0, 1.0).expect("a standard normal");
    let p = 1.0 - libm::pow(0.98, 0.25);
    let argument = (normal.inverse_cdf(p) - 0.2f64.sqrt() * factor) / 0.8f64.sqrt();
    50.0 * 0.4 * (normal.cdf(argument) - p)
}

#[test]
fn the_rest_of_the_book_follows_the_persistent_credit_factor() {
    let mut play = Play::open(WORLD, &[BOOK]);
    let (mut losses, mut signs) = (0.0, [false; 2]);
    for quarter in 1..=4 {
        play = play.until(quarter);
        let loss = excess(play.state().drivers.factors[CREDIT]);
        signs[usize::from(loss > 0.0)] = true;
        losses += loss;
        assert_abs_diff_eq!(play.loss("y", Channel::OtherBook), losses, epsilon = 2e-8);
        let srt = play.loss("y", Channel::Srt);
        assert_abs_diff_eq!(lender(&play, "y").cash, 5.0 - losses, epsilon = 2e-8);
        assert_abs_diff_eq!(lender(&play, "y").equity, 2.0 - losses - srt, epsilon = 2e-8);
    }
    assert!(signs[0], "a quiet quarter is a gain: {losses}");
}

/// 20,000 one-quarter trials: the mean is 0 within 4.5 standard errors (false alarm 7e-6), and losses lie beyond the
/// closed-form quantile as often as they should within 4.5 standard deviations of the binomial.
#[test]
fn the_rest_of_the_book_loses_nothing_on_average_and_has_the_tail_of_vasicek() {
    let sets = [
        BOOK,
        "run.quarters=1",
        "shock.first.enabled=false",
        "shock.second.enabled=false",
        "shock.third.enabled=false",
    ];
    let system = load(&world(WORLD), &sets).system;
    let y = system.lenders.iter().position(|own| own.name == "y").unwrap();
    let trials = 20_000;
    let (mut sum, mut square) = (0.0, 0.0);
    let levels = [0.5, 0.95, 0.99];
    let quantiles = levels.map(|level| excess(-Normal::new(0.0, 1.0).unwrap().inverse_cdf(level)));
    let mut beyond = [0.0; 3];
    each_trial(&system, 11, trials, |workspace| {
        let loss = workspace.outcome().losses[[y, Channel::OtherBook as usize]] as f64 / FIXED_ONE;
        sum += loss;
        square += loss * loss;
        for (count, quantile) in beyond.iter_mut().zip(quantiles) {
            *count += f64::from(u8::from(loss > quantile));
        }
    });
    let n = trials as f64;
    let error = ((square / n - (sum / n) * (sum / n)) / n).sqrt();
    assert!((sum / n).abs() < 4.5 * error, "mean {} of error {error}", sum / n);
    for ((level, count), quantile) in levels.into_iter().zip(beyond).zip(quantiles) {
        let spread = (n * level * (1.0 - level)).sqrt();
        assert!((count - n * (1.0 - level)).abs() < 4.5 * spread, "{count} of {n} beyond {quantile} at {level}");
    }
}
