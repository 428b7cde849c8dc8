//! Sponsors, guarantors, payers of backstops and instalments: every type of payer, alive and dead, rich and short, with the
//! switches on and off (methods.md, 6.1, 6.3, 6.4, 16.1).

use crate::play::Play;
use approx::assert_abs_diff_eq;
use knockon::model::outcome::{Channel, DefaultCause};
use knockon::model::system::Party;

/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 2e-9;

/// Opening cash of every payer.
const CASH: f64 = 3.0;

const LENDERS: [&str; 5] = ["bank", "insurer", "credit_fund", "bond_fund", "vendor"];
const PAYERS: [&str; 8] = ["outside", "industrial", "giant", "bank", "insurer", "credit_fund", "bond_fund", "vendor"];

/// A call on a third party: the key that names the payer, and what is asked in quarter 1.
const BACKSTOP: (&str, f64) = ("backstop.capacity.payer", 0.5);
const INSTALMENT: (&str, f64) = ("instalment.equity.payer", 1.0);
const SPONSOR: (&str, f64) = ("obligor.burner.sponsor", 2.0);
const GUARANTEE: (&str, f64) = ("facility.bond.guarantor", 10.0);
const CALLS: [(&str, f64); 4] = [BACKSTOP, INSTALMENT, SPONSOR, GUARANTEE];

/// The world with overrides `key=value`.
fn play(sets: &[String]) -> Play {
    Play::open("payers", &sets.iter().map(String::as_str).collect::<Vec<_>>())
}

fn pays((key, _): (&str, f64), payer: &str) -> String {
    format!("{key}=\"{payer}\"")
}

/// The shock that ends a payer in quarter 1.
fn ends(payer: &str) -> [String; 2] {
    let kind = if LENDERS.contains(&payer) { "fail" } else { "default" };
    ["shock.payer.enabled=true".into(), format!("shock.payer.target=\"{kind}:{payer}\"")]
}

/// All positions of the three switches that touch who pays for whom.
fn switches() -> Vec<Vec<String>> {
    let names = ["circular", "credit_crunch", "trade"];
    let at = |bits: usize, k: usize| format!("channels.{}={}", names[k], bits >> k & 1 == 0);
    (0..8).map(|bits| (0..3).map(|k| at(bits, k)).collect()).collect()
}

fn cash_of(play: &Play, payer: &str) -> f64 {
    if LENDERS.contains(&payer) { play.lender_cash(payer) } else { play.cash(payer) }
}

/// What a call brought by the end of the quarters played.
fn received(play: &Play, call: (&str, f64)) -> f64 {
    match call {
        BACKSTOP => play.cash("cloud"),
        INSTALMENT => play.cash("startup"),
        // The burner spends all it gets.
        SPONSOR => 9.0 - play.state().obligors[play.obligor("burner")].support_left,
        _ => 10.0 - play.loss("holder", Channel::Credit),
    }
}

fn default_of(play: &Play, obligor: &str) -> Option<(usize, DefaultCause)> {
    play.outcome().defaults[play.obligor(obligor)].map(|default| (default.quarter, default.cause))
}

/// One call on one payer: it gets what is asked, but of a guarantee of 10 only the payer's 3; outside and the purely latent
/// payer have no limit. Lenders book what they pay as `credit`, but for an instalment, which buys them a stake.
#[test]
fn every_type_of_payer_pays_every_kind_of_call() {
    for switches in switches() {
        for payer in PAYERS {
            for call in CALLS {
                let mut sets = switches.clone();
                sets.push(pays(call, payer));
                let play = play(&sets).until(1);
                let unlimited = ["outside", "giant"].contains(&payer);
                let paid = if unlimited { call.1 } else { call.1.min(CASH) };
                let case = format!("{sets:?}");
                assert!((received(&play, call) - paid).abs() < EXACT, "{case}: {}", received(&play, call));
                assert_eq!(default_of(&play, "burner"), None, "{case}");
                if payer != "outside" {
                    // What the purely latent payer lacks comes from outside.
                    let left = (CASH - paid).max(0.0);
                    assert!((cash_of(&play, payer) - left).abs() < EXACT, "{case}: {}", cash_of(&play, payer));
                }
                if LENDERS.contains(&payer) {
                    let own = play.state().lenders[play.lender(payer)];
                    let lost = if call == INSTALMENT { 0.0 } else { paid };
                    assert!((play.loss(payer, Channel::Credit) - lost).abs() < EXACT, "{case}");
                    assert!((own.stakes - (paid - lost)).abs() < EXACT, "{case}: {}", own.stakes);
                    assert!((own.equity - (12.0 - lost)).abs() < EXACT, "{case}: {}", own.equity);
                }
            }
        }
    }
}

/// A payer that defaults in quarter 1 has paid its vendor finance in step 2 and still pays its support in step 5, but no
/// guarantee in step 6; a lender fails in step 9, after all of them.
#[test]
fn a_payer_that_ends_in_the_same_quarter_pays_all_but_a_guarantee() {
    for switches in switches() {
        for payer in &PAYERS[1..] {
            for call in CALLS {
                let mut sets = switches.clone();
                sets.extend(ends(payer));
                sets.push(pays(call, payer));
                let play = play(&sets).until(1);
                let paid = match call {
                    GUARANTEE if !LENDERS.contains(payer) => 0.0,
                    _ => call.1.min(CASH),
                };
                assert!((received(&play, call) - paid).abs() < EXACT, "{sets:?}: {}", received(&play, call));
                assert_eq!(default_of(&play, "burner"), None, "{sets:?}");
            }
        }
    }
}

/// In quarter 2 a dead payer pays nobody. Vendor finance then comes from outside where `circular` is off, whoever promised
/// it; support and guarantees are no vendor finance: the burner defaults on its 2, the holder loses all.
#[test]
fn a_dead_payer_pays_only_where_outside_stands_in() {
    for switches in switches() {
        let circular = switches[0] == "channels.circular=true";
        for payer in &PAYERS[1..] {
            for call in CALLS {
                let mut sets = switches.clone();
                sets.extend(ends(payer));
                sets.push("shock.loss.quarter=2".into());
                sets.push(pays(call, payer));
                let play = play(&sets).until(2);
                let first = if call == GUARANTEE { 0.0 } else { call.1 };
                let second = if circular || [SPONSOR, GUARANTEE].contains(&call) { 0.0 } else { call.1 };
                let got = received(&play, call);
                assert!((got - (first + second)).abs() < EXACT, "{sets:?}: {got}");
                let burnt = (call == SPONSOR).then_some((2, DefaultCause::Burn));
                assert_eq!(default_of(&play, "burner"), burnt, "{sets:?}");
                let party = play.system.obligors.iter().position(|own| own.name == **payer);
                let party = party.map_or_else(|| Party::Lender(play.lender(payer)), Party::Obligor);
                assert!(!play.state().is_alive(party), "{sets:?}");
                assert_eq!(cash_of(&play, payer), 0.0, "{sets:?}");
            }
        }
    }
}

/// A purse of 1 under calls of 0.5 and 1: two thirds of each, and nothing is left for the burner, which defaults. With
/// `circular` off outside adds the missing third, but not to the support.
#[test]
fn simultaneous_calls_share_a_purse() {
    for payer in ["industrial", "bank", "insurer", "credit_fund", "bond_fund", "vendor"] {
        let table = if LENDERS.contains(&payer) { "lender" } else { "obligor" };
        let mut sets = vec![format!("{table}.{payer}.cash=1")];
        sets.extend([BACKSTOP, INSTALMENT, SPONSOR, GUARANTEE].map(|call| pays(call, payer)));
        let on = play(&sets).until(1);
        sets.push("channels.circular=false".into());
        let off = play(&sets).until(1);
        for (play, share) in [(&on, 2.0 / 3.0), (&off, 1.0)] {
            assert_abs_diff_eq!(received(play, BACKSTOP), 0.5 * share, epsilon = EXACT);
            assert_abs_diff_eq!(received(play, INSTALMENT), share, epsilon = EXACT);
            assert_eq!(default_of(play, "burner"), Some((1, DefaultCause::Burn)), "{payer}");
            assert_abs_diff_eq!(received(play, GUARANTEE), 0.0, epsilon = EXACT);
            assert_abs_diff_eq!(cash_of(play, payer), 0.0, epsilon = EXACT);
            let bought = play.state().instalments[0];
            // M of the startup is 5: each 1 buys a fifth of it.
            assert_abs_diff_eq!(bought.units, bought.carrying / 5.0, epsilon = EXACT);
            assert_abs_diff_eq!(bought.carrying, 2.0 / 3.0, epsilon = EXACT);
            assert_abs_diff_eq!(bought.paid, share, epsilon = EXACT);
        }
    }
}

/// A purse of 3 pays 1.5 in step 2; the 1.5 left do not close the burner's gap of 2, so they are not paid, and the guarantee
/// of step 6 gets them. With 0.5 of its own the burner lives and the guarantee gets nothing.
#[test]
fn support_that_does_not_save_stays_in_the_purse() {
    for payer in ["industrial", "bank", "insurer", "credit_fund", "bond_fund", "vendor"] {
        let mut sets: Vec<String> = CALLS.iter().map(|call| pays(*call, payer)).collect();
        let lost = play(&sets).until(1);
        assert_eq!(default_of(&lost, "burner"), Some((1, DefaultCause::Burn)), "{payer}");
        assert_abs_diff_eq!(received(&lost, GUARANTEE), 1.5, epsilon = EXACT);
        sets.push("obligor.burner.cash=0.5".into());
        let saved = play(&sets).until(1);
        assert_eq!(default_of(&saved, "burner"), None, "{payer}");
        assert_abs_diff_eq!(received(&saved, SPONSOR), 1.5, epsilon = EXACT);
        assert_abs_diff_eq!(received(&saved, GUARANTEE), 0.0, epsilon = EXACT);
        for play in [lost, saved] {
            assert_abs_diff_eq!(cash_of(&play, payer), 0.0, epsilon = EXACT);
        }
    }
}

/// What is missing to one who is short is asked again: an instalment of which two thirds were paid goes on until its total.
/// A purse that nothing refills pays no more; the support promised falls by what was paid, and ends with the promise.
#[test]
fn promises_end_with_the_purse_or_their_total() {
    let sets = ["instalment.equity.total=1.5", "obligor.burner.support=3"];
    let outside = Play::open("payers", &sets).until(3);
    assert_abs_diff_eq!(received(&outside, INSTALMENT), 1.5, epsilon = EXACT);
    // 2 in quarter 1; the 1 left in quarter 2 does not close the gap.
    assert_eq!(default_of(&outside, "burner"), Some((2, DefaultCause::Burn)));
    assert_abs_diff_eq!(outside.state().obligors[outside.obligor("burner")].support_left, 1.0, epsilon = EXACT);
    let short = Play::open("payers", &["instalment.equity.payer=\"vendor\"", "instalment.equity.amount=2"]).until(3);
    assert_abs_diff_eq!(received(&short, INSTALMENT), CASH, epsilon = EXACT);
    assert_eq!(default_of(&short, "startup"), None);
    // A structural payer short of cash after its support answers for it in its own test of the next quarter.
    let sponsor = ["obligor.burner.sponsor=\"industrial\"", "obligor.industrial.fixed_cost=2", "shock.loss.quarter=3"];
    let spent = Play::open("payers", &sponsor).until(1);
    // 3 - 2 of cost - 2 of support, out of the 3 it had before its own costs.
    assert_abs_diff_eq!(spent.cash("industrial"), -1.0, epsilon = EXACT);
    assert_eq!(default_of(&spent, "industrial"), None);
    let spent = spent.until(2);
    assert_eq!(default_of(&spent, "industrial"), Some((2, DefaultCause::Burn)));
    // Its purse was empty, so the burner defaults beside it.
    assert_eq!(default_of(&spent, "burner"), Some((2, DefaultCause::Burn)));
}

/// The hit to confidence counts the debtor's 10 of 10, whoever guaranteed it; only `credit_crunch` lets it act.
#[test]
fn a_guarantee_pays_holders_and_not_confidence() {
    for payer in PAYERS {
        for (crunch, hit) in [(true, 1.0), (false, 0.0)] {
            let play = play(&[pays(GUARANTEE, payer), format!("channels.credit_crunch={crunch}")]).until(1);
            assert_abs_diff_eq!(play.state().hit, hit, epsilon = EXACT);
        }
    }
}
