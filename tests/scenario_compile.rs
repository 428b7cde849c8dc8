//! Scenarios through check and compilation: the worlds of the worked examples and the first world.

use std::path::PathBuf;

use knockon::model::event::Event;
use knockon::model::trial::opening;
use knockon::scenario::Scenario;

fn load(file: &str, sets: &[&str]) -> Scenario {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    Scenario::load(&path, &sets).map_err(|report| report.to_string()).expect("accepted")
}

fn refusal(file: &str, sets: &[&str]) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
    Scenario::load(&path, &sets).expect_err("refused").to_string()
}

const EXAMPLES: [&str; 12] = [
    "01-one-quarter",
    "02-covenant",
    "03-pool",
    "04-waterfall",
    "05-lost-customer",
    "06-fire-sale",
    "07-redemptions",
    "08-stakes",
    "10-clearing",
    "15-sale-before-default",
    "16-funding-gap",
    "17-spillover",
];

#[test]
fn every_worked_example_compiles_without_a_draw() {
    for example in EXAMPLES {
        let scenario = load(&format!("tests/worlds/example-{example}.toml"), &[]);
        assert!(scenario.system.draws.is_empty(), "{example}");
        assert_eq!(scenario.name, format!("example-{example}"));
    }
}

#[test]
fn variants_of_the_examples_compile() {
    let variants: [(&str, &[&str]); 9] = [
        ("02-covenant", &["obligor.borrower.support=0"]),
        ("02-covenant", &["credit.acceleration=\"full\""]),
        ("02-covenant", &["obligor.borrower.fleet=[{cost=24,age_q=0}]", "run.quarters=6"]),
        ("03-pool", &["shock.freeze.enabled=true"]),
        ("04-waterfall", &["facility.u.guarantee_share=0"]),
        ("05-lost-customer", &["shock.loss.enabled=false"]),
        ("06-fire-sale", &["obligor.cn-one.fleet=[{cost=60,age_q=0}]"]),
        ("10-clearing", &["lender.a.external_priority=\"pari_passu\""]),
        ("16-funding-gap", &["shock.breach.enabled=true"]),
    ];
    for (example, sets) in variants {
        load(&format!("tests/worlds/example-{example}.toml"), sets);
    }
}

/// Worked example 1 by hand: D = 24 and 2, thresholds 0.045 x 114 and 0.045 x 25.
#[test]
fn opening_balance_sheets_of_the_first_example() {
    let sheets = opening(&load("tests/worlds/example-01-one-quarter.toml", &[]).system).lenders;
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    close(sheets[0].external_debt, 24.0);
    close(sheets[1].external_debt, 2.0);
    close(sheets[0].threshold, 5.13);
    close(sheets[1].threshold, 1.125);
    close(sheets[1].network_debt, 12.0);
}

/// Worked example 8: NAV of a fund of funds, and the stake of the bank in it.
#[test]
fn opening_values_of_a_chain_of_funds() {
    let sheets = opening(&load("tests/worlds/example-08-stakes.toml", &[]).system).lenders;
    let equity: Vec<f64> = sheets.iter().map(|sheet| sheet.equity).collect();
    assert_eq!(equity, [10.0, 30.0, 50.0]);
    assert_eq!(sheets[0].external_assets(), 20.0);
}

/// Worked example 5 at opening: X = 0.7 x 8 x 3 = 16.8, K = 8.4; with half the fee firm X = 8.4 < V = 12, K = 6.
#[test]
fn opening_collateral_counts_the_larger_of_hardware_and_contracts() {
    let file = "tests/worlds/example-05-lost-customer.toml";
    let world = load(file, &[]).system;
    let state = opening(&world);
    assert!((state.obligors[world.facilities[0].borrower].contract_value - 16.8).abs() < 1e-12);
    assert!((state.facilities[0].collateral_value - 8.4).abs() < 1e-12);
    let sets = ["contract.lease.take_or_pay=0.5", "facility.loan.ltv_max=0.9"];
    let state = opening(&load(file, &sets).system);
    assert!((state.facilities[0].collateral_value - 6.0).abs() < 1e-12);
    let text = refusal(file, &sets[..1]);
    assert!(text.contains("loan-to-value of 0.833333, above `ltv_max` 0.8"), "{text}");
}

#[test]
fn shocks_that_would_pass_in_silence_are_refused() {
    let file = "tests/worlds/example-01-one-quarter.toml";
    for (set, expected) in [
        ("shock.a={ quarter = 1, target = [], size = 1 }", "`a` has no target"),
        ("shock.a={ quarter = 1, target = \"demand\", size = 1, length_q = 2 }", "lengthens only `freeze_refinancing`"),
        ("obligor.\"\".type=\"spv\"", "a name is empty"),
    ] {
        let text = refusal(file, &[set]);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn an_override_of_extends_is_refused_not_ignored() {
    let text = refusal("tests/worlds/example-01-one-quarter.toml", &["extends=\"still.toml\""]);
    assert!(text.contains("error[bad-override]: `extends` cannot be overridden\n --> --set:1:9"), "{text}");
}

#[test]
fn lenders_that_cannot_stand_are_refused() {
    let file = "tests/worlds/example-01-one-quarter.toml";
    let text = refusal(file, &["lender.bank_b.equity=7"]);
    assert!(text.contains("external debt is -1,"), "{text}");
    let text = refusal(file, &["lender.bank_b.equity=1.125"]);
    assert!(text.contains("no buffer above the threshold 1.125"), "{text}");
}

#[test]
fn a_lender_taken_out_leaves_its_shares_to_outside() {
    let file = "tests/worlds/example-01-one-quarter.toml";
    let system = load(file, &["lender.bank_b.enabled=false"]).system;
    assert!(system.claims.is_empty());
    let gpu = &system.facilities[0];
    assert_eq!(gpu.name, "gpu");
    assert_eq!(gpu.holders, [(0, 0.3)]);
}

#[test]
fn an_obligor_taken_out_takes_its_facilities_and_legs_along() {
    let system = load("tests/worlds/example-04-waterfall.toml", &["obligor.guarantor.enabled=false"]).system;
    assert!(system.facilities.iter().all(|facility| facility.guarantor.is_none()));
    let system = load("tests/worlds/example-04-waterfall.toml", &["obligor.other.enabled=false"]).system;
    assert_eq!(system.facilities.len(), 3);
    assert_eq!(system.shocks[0].targets.len(), 1);
    let system = load(
        "tests/worlds/example-05-lost-customer.toml",
        &["obligor.customer.enabled=false", "facility.loan.ltv_max=0.9"],
    )
    .system;
    assert!(system.contracts.is_empty() && system.shocks.is_empty());
}

#[test]
fn marks_need_equity_to_measure_distress_by() {
    let world = "tests/worlds/example-08-stakes.toml";
    let text = refusal(world, &["channels.loan_marks=true"]);
    assert!(text.contains("`borrower` opens with equity -5"), "{text}");
    assert!(text.contains("`k` may hold its loans at fair value"), "{text}");
    assert_eq!(text.matches("error").count(), 1, "{text}");
    load(world, &["channels.loan_marks=true", "lender.k.accounting=\"accrual\""]);
    load(world, &["channels.loan_marks=true", "obligor.borrower.cash=5.1"]);
}

const LATER: [(&str, &str); 1] =
    [("uncertainty.rank_corr=[[\"gpu.life_q\",\"gpu.salvage\",0.3]]", "`[uncertainty] rank_corr`")];

#[test]
fn what_is_not_simulated_yet_is_refused_by_name() {
    for (set, named) in LATER {
        let text = refusal("tests/worlds/example-01-one-quarter.toml", &[set]);
        assert!(text.contains(&format!("{named} is not simulated yet")), "{set}: {text}");
        assert_eq!(text.matches("error").count(), 1, "{set}: {text}");
    }
}

#[test]
fn the_event_of_reverse_stress_reaches_the_system() {
    let world = "tests/worlds/example-01-one-quarter.toml";
    assert_eq!(load(world, &[]).system.event, Event::Failures(1));
    assert_eq!(load(world, &["run.event=\"N>=3\""]).system.event, Event::Failures(3));
    assert_eq!(load(world, &["run.event=\" L >= 12.5\""]).system.event, Event::Loss(12.5));
    for event in ["N>=0", "N>=2.5", "N>=-1"] {
        let text = refusal(world, &[&format!("run.event=\"{event}\"")]);
        assert!(text.contains(&format!("`{event}` is no number of failures")), "{event}: {text}");
        assert_eq!(text.matches("error").count(), 1, "{event}: {text}");
    }
}

#[test]
fn what_a_switch_governs_is_accepted_while_it_is_off() {
    let sets = [
        "facility.gpu.marketable=true",
        "claim.line.callable=true",
        "clearing.mark_lgd=0.4",
        "short.s={holder=\"bank_a\",notional=1}",
        "srt.n={buyer=\"bank_b\",sellers={outside=1},reference=[\"gpu\"]}",
    ];
    load("tests/worlds/example-01-one-quarter.toml", &sets);
}

const TANGLE: &str = r#"
[region.us]
utilisation = 0.99
spillover = { us = 0.1 }
[region.cn]
supply = 40
[drivers]
correlation = [["demand", "equity", 0.9], ["demand", "credit", 0.9], ["equity", "credit", -0.9], ["demand", "demnd", 0.1]]
[shock.late]
quarter = 21
target = "default:opnai"
[obligor.openai]
type = "ai_lab"
fleet = [{ cost = 1, age_q = 0 }]
sponsor = "openai"
[obligor.cloud]
type = "hyperscaler"
region = "us"
[facility.loan]
borrower = "cloud"
amount = 10
spread_pa = 0.02
maturity_q = 2.5
collateral = 0.6
amortisation = { sculpted = [0.6, 0.6] }
holders = { bank = 0.6, outside = 0.3 }
[facility.second]
borrower = "bank"
amount = 1
spread_pa = 0.02
maturity_q = 8
holders = { outside = 1 }
[contract.lease]
customer = "market"
supplier = "cloud"
fee = 1
start_q = 9
end_q = 8
[lender.bank]
type = "bank"
[lender.bonds]
type = "bond_fund"
equity = 5
[claim.line]
debtor = "bonds"
creditor = "bank"
amount = 1
[stake.odd]
holder = "bank"
of = "bonds"
amount = 1
"#;

#[test]
fn every_cross_field_mistake_is_told_at_once() {
    let report = Scenario::from_text("tangle", TANGLE, &[]).expect_err("many mistakes").to_string();
    for expected in [
        "utilisation 0.99 is above `u_max` 0.95",
        "`us` spills over into itself",
        "`us` needs the key `supply`",
        "`demnd` is no factor",
        "did you mean `demand`?",
        "the smallest eigenvalue is",
        "is outside 1 to 20",
        "`opnai` is not an obligor",
        "did you mean `openai`?",
        "`openai` needs the key `region`: it has a fleet",
        "`openai` is its own sponsor",
        "`cloud` needs the key `pd_pa`",
        "quarters are whole",
        "the sculpted shares sum to 1.2,",
        "the shares of `holders` sum to 0.9,",
        "`bank` is not an obligor, it is a lender",
        "`end_q` 8 is before `start_q` 9",
        "`bank` needs the key `rwa_other`",
        "`bank` needs the key `equity`: or `external_debt`",
        "a bond fund has no debt: its net asset value balances",
        "`bonds` is a bond fund, which has no debt",
        "`bonds` is not an obligor, it is a lender",
    ] {
        assert!(report.contains(expected), "missing {expected:?} in\n{report}");
    }
}

/// The order in which a scenario lists its entities changes `place` and nothing else.
#[test]
fn reordering_the_entities_changes_only_their_places() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/worlds/example-10-clearing.toml");
    let text = std::fs::read_to_string(&path).expect("readable").replace("extends = \"still.toml\"", "");
    let (head, body) = text.split_at(text.find("\n[").expect("a table"));
    let mut tables: Vec<&str> = body.split("\n[").skip(1).collect();
    let join = |tables: &[&str]| format!("{head}\n[{}", tables.join("\n["));
    let listed = |text: &str| {
        let mut system = Scenario::from_text("order", text, &[]).expect("sound").system;
        for obligor in &mut system.obligors {
            obligor.place = 0;
        }
        for facility in &mut system.facilities {
            facility.place = 0;
        }
        for lender in &mut system.lenders {
            lender.place = 0;
        }
        system.draws.clear();
        format!("{system:?}")
    };
    let straight = listed(&join(&tables));
    tables.reverse();
    assert_eq!(straight, listed(&join(&tables)));
}

/// The first world. JPMorgan by hand: 4,560 of assets less 287.3 of equity less 8 owed to Bank of America, Mizuho and
/// Deutsche Bank leaves D = 4,264.7 (the other assets are rounded to 0.1).
#[test]
fn the_first_world_compiles() {
    let system = load("scenarios/base.toml", &[]).system;
    assert!(system.obligors.len() >= 15 && system.lenders.len() >= 20);
    assert!(system.facilities.len() + system.contracts.len() >= 40);
    let j = system.lenders.iter().position(|lender| lender.name == "jpmorgan").expect("named");
    let bank = &opening(&system).lenders[j];
    assert_eq!(bank.network_debt, 8.0);
    assert!((bank.external_debt - 4264.7).abs() < 0.1, "{}", bank.external_debt);
}

const HEDGED: &str = "tests/worlds/case-14-srt.toml";

/// Changes to a world with a risk transfer, and what is told of each.
const UNSOUND: [(&str, &str); 9] = [
    ("srt.note.sellers={y=0,buyer=0.4}", "`buyer` sells protection to itself"),
    ("srt.note.reference=[]", "expected at least one facility"),
    ("srt.note.reference=[\"one\",\"one\"]", "`one` is listed twice"),
    ("srt.note.buyer=\"y\"", "is not held by `y`"),
    ("srt.note.attach=0.1", "`attach` 0.1 is not below `detach` 0.1"),
    (
        "srt.over={buyer=\"buyer\",sellers={x=1},reference=[\"one\",\"two\",\"three\",\"sound\"],attach=0.05,detach=0.2}",
        "`note` and `over` both cover `one`",
    ),
    (
        "srt.over={buyer=\"buyer\",sellers={x=1},reference=[\"two\"],attach=0.1,detach=0.2}",
        "`note` and `over` both cover `two`",
    ),
    ("lender.y.other_book={assets=1,pd_pa=0.01,lgd=0.4}", "`other_book` of `y` needs the key `rho`"),
    ("lender.y.other_book={assets=1,pd_pa=0.01,rho=1,lgd=0.4}", "rho"),
];

#[test]
fn unsound_hedges_and_books_are_refused() {
    for (set, told) in UNSOUND {
        let text = refusal(HEDGED, &[set]);
        assert!(text.contains(told), "{set}: {text}");
    }
}

#[test]
fn slices_of_one_pool_may_lie_on_each_other_and_an_opening_says_what_notes_are_worth() {
    let above = "srt.upper={buyer=\"buyer\",sellers={x=1},reference=[\"sound\",\"three\",\"two\",\"one\"],attach=0.1,detach=0.2}";
    assert_eq!(load(HEDGED, &[above]).system.srts.len(), 2);
    let text = refusal(HEDGED, &["lender.y.equity=6"]);
    assert!(text.contains("assets are 5.32 (loans 0, notes of risk transfers 0.32)"), "{text}");
}
