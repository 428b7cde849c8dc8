//! The exposure multiplier `[run] scale`: the AI sector against its lenders (methods.md, 11.1).

use crate::play::{Play, load, world};
use knockon::model::lender::largest_scale;
use knockon::model::outcome::Outcome;
use knockon::model::system::{LenderType, Srt, System};
use knockon::model::trial::{Workspace, begin, opening, run};
use knockon::random::Streams;

const SEED: u64 = 7;

/// What a trial of a system leaves: its outcome, and the cash of every obligor.
fn trials(system: &System, count: u64) -> Vec<(Outcome, Vec<f64>)> {
    let mut workspace = Workspace::new(system).expect("claims form a network");
    (0..count)
        .map(|trial| {
            run(system, Streams::new(SEED), trial, &mut workspace).expect("trials end");
            let cash = workspace.state().obligors.iter().map(|own| own.cash).collect();
            (workspace.outcome().clone(), cash)
        })
        .collect()
}

fn refusal(name: &str, sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_string()).collect();
    knockon::scenario::Scenario::load(&world(name), &sets).expect_err("a refusal").to_string()
}

#[test]
fn scale_1_changes_no_bit() {
    for name in ["scale", "example-01-one-quarter", "example-05-lost-customer", "../../scenarios/base"] {
        let system = load(&world(name), &["run.twin=false"]).system;
        let same = system.scaled(1.0);
        assert_eq!(trials(&system, 40), trials(&same, 40), "{name}");
        let ones = trials(&system.scaled(4.0).scaled(0.25), 40);
        assert_eq!(trials(&system, 40), ones, "{name}: powers of 2 go back and forth without rounding");
    }
}

/// Nothing limits these lenders, so the sector does at any scale what it did: the same defaults for the same reasons, every
/// flow multiplied. Times 2 is exact in binary; postings are rounded to 2^-30 before and after.
#[test]
fn a_sector_of_twice_the_size_does_everything_twice() {
    let system = load(&world("scale"), &[]).system;
    let bank = system.lenders.iter().position(|lender| lender.name == "bank").unwrap();
    let once = trials(&system, 400);
    let mut defaults = 0;
    for (factor, exact) in [(2.0, true), (3.0, false)] {
        for (trial, (one, more)) in once.iter().zip(trials(&system.scaled(factor), 400)).enumerate() {
            let when = |outcome: &Outcome| -> Vec<_> {
                outcome.defaults.iter().map(|default| default.map(|default| (default.quarter, default.cause))).collect()
            };
            assert_eq!(when(&one.0), when(&more.0), "trial {trial} at {factor}");
            for (cash, multiplied) in one.1.iter().zip(&more.1) {
                let error = (multiplied - factor * cash).abs();
                assert!(
                    if exact { error == 0.0 } else { error <= 1e-11 * (1.0 + cash.abs()) },
                    "trial {trial}: {error}"
                );
            }
            // The bank, which no loss brings down: some hundred postings at the most, each half a unit off before and after.
            for (loss, multiplied) in one.0.losses.row(bank).iter().zip(more.0.losses.row(bank)) {
                assert!((multiplied - factor as i64 * loss).abs() < 400, "trial {trial}: {multiplied} for {loss}");
            }
            for (one, more) in one.0.defaults.iter().flatten().zip(more.0.defaults.iter().flatten()) {
                let errors = [(one.loss, more.loss), (one.exposure, more.exposure)].map(|(x, y)| y - factor as i64 * x);
                assert!(errors.iter().all(|error| error.abs() <= 2), "trial {trial}: {errors:?}");
            }
            defaults += one.0.defaults.iter().flatten().count();
        }
    }
    assert!(defaults > 400, "{defaults}");
}

/// The insurer has 2 of the bond, 2 of stakes in the lab, and a quarter of the bond fund, which does not grow: at scale 2
/// its other assets of 3.2 lack 0.8 for the 4 that its part grows by, and its debt of 3 grows by that.
#[test]
fn lenders_keep_their_equity_and_make_room() {
    let one = Play::open("scale", &["facility.gpu.amount=16"]);
    let two = Play::open("scale", &["facility.gpu.amount=16", "run.scale=2"]);
    for name in ["bank", "insurer", "credit_fund", "bond_fund"] {
        let [one, two] = [&one, &two].map(|play| play.state().lenders[play.lender(name)]);
        assert!((two.equity - one.equity).abs() < 1e-12, "{name}: {} {}", one.equity, two.equity);
        assert_eq!((two.loans, two.cash), (2.0 * one.loans, one.cash), "{name}");
    }
    let [bank, insurer, credit, bond] =
        ["bank", "insurer", "credit_fund", "bond_fund"].map(|name| two.state().lenders[two.lender(name)]);
    // 8 of `gpu`, 2 of `bond`, 5 of `term`, 2.5 of `cn`.
    assert!((bank.other_assets - (600.0 - 17.5)).abs() < 1e-12);
    assert_eq!((insurer.other_assets, bond.other_assets), (0.0, 2.0));
    assert!((insurer.external_debt - 3.8).abs() < 1e-12, "{}", insurer.external_debt);
    // 1 of cash + 5 of loans, no other assets left, less equity of 4.
    assert!((credit.external_debt - 2.0).abs() < 1e-12 && credit.other_assets == 0.0);
    let stake = two.state().fund_stakes[0].carrying;
    assert!((stake - 0.25 * 7.0).abs() < 1e-12, "{stake}");
    // A smaller sector leaves more of other assets.
    let half = Play::open("scale", &["facility.gpu.amount=16", "run.scale=0.5"]);
    assert!((half.state().lenders[half.lender("bank")].other_assets - (600.0 + 17.5 / 2.0)).abs() < 1e-12);
}

/// The notional of a risk transfer follows from the faces it refers to: the notes of its seller grow with them, at the
/// expense of other assets and not of equity or debt.
#[test]
fn notes_make_room_too() {
    let mut system = load(&world("scale"), &[]).system;
    let place = |name: &str| system.lenders.iter().position(|lender| lender.name == name).expect("a lender");
    let (buyer, seller) = (place("insurer"), place("bank"));
    let reference = system.facilities.iter().position(|facility| facility.name == "bond").expect("a facility");
    system.switches.hedges = true;
    system.srts.push(Srt {
        name: "note".into(),
        buyer,
        sellers: vec![(seller, 1.0)],
        reference: vec![reference],
        attach: 0.0,
        detach: 0.5,
        coupon_pa: 0.0,
    });
    let [one, three] = [1.0, 3.0].map(|factor| opening(&system.scaled(factor)).lenders[seller]);
    assert!((three.external_debt - one.external_debt).abs() < 1e-10, "{} {}", one.external_debt, three.external_debt);
    assert_eq!((one.equity, three.equity), (500.0, 500.0));
    let grown = three.external_assets() - three.other_assets - (one.external_assets() - one.other_assets);
    assert!((one.other_assets - three.other_assets - grown).abs() < 1e-10);
}

#[test]
fn the_room_follows_the_drawn_amounts() {
    let unscaled = load(&world("scale"), &[]).system;
    let system = unscaled.scaled(3.0);
    let mut workspaces = [&unscaled, &system].map(|system| Workspace::new(system).unwrap());
    let mut seen = Vec::new();
    for trial in 0..20 {
        let [one, three] = [(0, &unscaled), (1, &system)].map(|(place, system)| {
            begin(system, Streams::new(SEED), trial, &mut workspaces[place]);
            workspaces[place].state().clone()
        });
        let j = system.lenders.iter().position(|lender| lender.name == "bank").unwrap();
        let [bank, larger] = [one.lenders[j], three.lenders[j]];
        assert!((larger.loans - 3.0 * bank.loans).abs() < 1e-12);
        assert!((larger.other_assets - (bank.other_assets - 2.0 * bank.loans)).abs() < 1e-12);
        assert!((larger.external_debt - bank.external_debt).abs() < 1e-10 && larger.equity == 500.0);
        seen.push(bank.loans);
    }
    seen.sort_by(f64::total_cmp);
    assert!(seen[19] - seen[0] > 0.5, "the law on the loan moves it");
}

/// The bond fund has 2 of the bond and other assets of 4: three times the sector and no more.
#[test]
fn a_bond_fund_without_room_names_the_scale_at_which_it_ends() {
    let system = load(&world("scale"), &[]).system;
    let (fund, largest) = largest_scale(&system, &opening(&system)).unwrap();
    assert_eq!((system.lenders[fund].kind, largest), (LenderType::BondFund, 3.0));
    let scaled = system.scaled(2.0);
    assert_eq!(largest_scale(&scaled, &opening(&scaled)), Some((fund, 3.0)), "it counts from the world as written");
    assert_eq!(load(&world("scale"), &["run.scale=3"]).system.scale, 3.0);
    let text = refusal("scale", &["run.scale=3.5"]);
    assert!(text.contains("`scale` 3.5 is more than the bond fund `bond_fund` has room for"), "{text}");
    assert!(
        text.contains("no bond fund has room above 3: loans of 2 grow at the expense of other assets of 4; buffers of other lenders may end earlier"),
        "{text}"
    );
    assert_eq!(text.matches("error").count(), 1, "{text}");
}

/// Risk-weighted assets grow with the loans: 0.045 (20 + 15 scale) exceeds an equity of 1.7 beyond a scale of 1.19.
#[test]
fn a_buffer_that_the_scale_uses_up_is_told_with_the_scale() {
    let sets = ["lender.bank_b.rwa_other=20", "lender.bank_b.equity=1.7"];
    assert_eq!(load(&world("example-01-one-quarter"), &sets).system.scale, 1.0);
    let text = refusal("example-01-one-quarter", &[sets[0], sets[1], "run.scale=1.5"]);
    assert!(text.contains("leaves no buffer above the threshold") && text.contains("(at `[run] scale` 1.5)"), "{text}");
}
