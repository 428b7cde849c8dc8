//! Limiting cases with exact values (model, section 13) as scenario files through the code that runs, at the printed digits.

use crate::play::Play;
use approx::assert_abs_diff_eq;
use knockon::model::outcome::{Channel, FIXED_ONE};

/// Six printed decimals.
const PRINTED: f64 = 5e-7;
/// A closed form; the ledger rounds each posting to 2^-30.
const EXACT: f64 = 2e-9;

/// Case 11: g as printed in the model, section 4.
fn book_share(shape: &str, life: f64, age: f64) -> f64 {
    let (salvage, left) = (0.1, life - age);
    match shape {
        _ if age > life => salvage,
        "straight_line" => 1.0 - 0.9 * age / life,
        "geometric" => libm::pow(salvage, age / life),
        _ => salvage + 0.9 * left * (left + 1.0) / (life * (life + 1.0)),
    }
}

/// Case 11: value after 4, 8 and 12 quarters of a cost of 1, N = 16 and 12, s = 0.1.
const DEPRECIATION: [(&str, u32, [f64; 3]); 6] = [
    ("straight_line", 16, [0.775, 0.55, 0.325]),
    ("geometric", 16, [0.562341, 0.316228, 0.177828]),
    ("accelerated", 16, [0.616176, 0.338235, 0.166176]),
    ("straight_line", 12, [0.7, 0.4, 0.1]),
    ("geometric", 12, [0.464159, 0.215443, 0.1]),
    ("accelerated", 12, [0.515385, 0.215385, 0.1]),
];

#[test]
fn case_11_depreciation() {
    for (shape, life, values) in DEPRECIATION {
        let sets = [format!("gpu.depreciation=\"{shape}\""), format!("gpu.life_q={life}")];
        let mut play = Play::open("case-11-depreciation", &[&sets[0], &sets[1]]);
        let collateral = |play: &Play, loan: &str| play.state().facilities[play.facility(loan)].collateral_value;
        for quarter in 1..=12 {
            play = play.until(quarter);
            for (cloud, age) in [("young", quarter), ("old", quarter + 4)] {
                let fleet = play.state().obligors[play.obligor(cloud)].fleet_value;
                assert_abs_diff_eq!(fleet, book_share(shape, f64::from(life), age as f64), epsilon = 1e-14);
            }
            let Some(place) = [4, 8, 12].iter().position(|own| *own == quarter) else { continue };
            assert_abs_diff_eq!(collateral(&play, "young-loan"), values[place], epsilon = PRINTED);
            // Four quarters older; at 16 only the salvage is left.
            let older = values.get(place + 1).copied().unwrap_or(0.1);
            assert_abs_diff_eq!(collateral(&play, "old-loan"), older, epsilon = PRINTED);
        }
    }
}

#[test]
fn case_13_fire_sale() {
    let play = Play::open("case-13-fire-sale", &[]).until(1);
    let sale = play.state().fire_sales[play.region("us")];
    assert_eq!(sale.before, 1.0);
    assert_abs_diff_eq!(sale.after, 0.729, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("bank", Channel::Credit), 10.0, epsilon = EXACT);
    assert_abs_diff_eq!(play.loss("bank", Channel::FireSale), 30.0 * 0.271, epsilon = EXACT);
    assert_abs_diff_eq!(play.lender_cash("bank"), 20.0 + 30.0 * 0.729, epsilon = EXACT);
}

#[test]
fn case_15_refinancing() {
    let play = Play::open("case-15-refinancing", &[]).until(1);
    assert_abs_diff_eq!(play.state().lenders[play.lender("fund")].willingness, 0.5, epsilon = EXACT);
    let play = play.until(2);
    let loan = &play.state().facilities[play.facility("f1")];
    assert_abs_diff_eq!(play.state().relative_confidence, 0.8, epsilon = EXACT);
    assert_abs_diff_eq!(loan.collateral_value, 12.0, epsilon = EXACT);
    assert_abs_diff_eq!(loan.offer, 6.72, epsilon = EXACT);
    assert_abs_diff_eq!(loan.rolled, 5.376, epsilon = EXACT);
    assert_abs_diff_eq!(play.state().pool, 0.672, epsilon = EXACT);
    assert_abs_diff_eq!(loan.pooled, 0.672, epsilon = EXACT);
    assert_abs_diff_eq!(loan.gap, 3.952, epsilon = EXACT);
    assert_abs_diff_eq!(loan.balance, 6.048, epsilon = EXACT);
    assert_abs_diff_eq!(play.cash("first"), 5.0 - 3.952, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "bank"), 4.032 + 0.4, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "fund"), 1.344, epsilon = EXACT);
    assert_abs_diff_eq!(play.face("f1", "outside"), 0.272, epsilon = EXACT);
}

#[test]
fn case_16_rent() {
    for (elasticity, rent) in [(1.0, 0.25), (1.5, 0.125)] {
        let set = format!("region.us.rent_elasticity={elasticity}");
        let play = Play::open("case-16-rent", &[&set]).until(1);
        let us = play.region("us");
        assert_abs_diff_eq!(play.state().market.utilisation[us], 0.2, epsilon = 1e-12);
        assert_abs_diff_eq!(play.state().market.rent[us], rent, epsilon = 1e-12);
        assert_abs_diff_eq!(play.cash("cloud"), 0.1 * 10.0 * rent * 0.2, epsilon = 1e-12);
    }
}

/// Counterparty losses, rounds and deadweight that the fractions `p` of the failed leave in a world of lenders a, b, ...
fn assert_cleared(world: &str, sets: &[&str], p: &[f64], rounds: &[Option<usize>], deadweight: f64) {
    let play = Play::open(world, sets).until(1);
    let mut dead = 0.0;
    for (k, name) in ["a", "b", "c", "d"].into_iter().take(p.len()).enumerate() {
        let j = play.lender(name);
        let told = play.system.claims.iter().filter(|claim| claim.creditor == Some(j));
        let lost: f64 = told.map(|claim| claim.amount * (1.0 - p[claim.debtor.expect("a lender")])).sum();
        assert_abs_diff_eq!(play.loss(name, Channel::Counterparty), lost, epsilon = 5e-6);
        assert_eq!(play.outcome().failures[j].map(|failure| failure.round), rounds[k], "{name} with {sets:?}");
        dead += play.loss(name, Channel::Bankruptcy);
    }
    assert_abs_diff_eq!(dead, deadweight, epsilon = 2e-6);
}

/// Case 4 (Eisenberg and Noe 2001; R package systemicrisk): total payments 165/112, 159/112, 3/2; equity of the third 1/56.
#[test]
fn case_04_eisenberg_noe() {
    let p = [165.0 / 112.0 / 2.5, 159.0 / 112.0 / 1.5, 1.0];
    assert_cleared("case-04-eisenberg-noe", &[], &p, &[Some(0), Some(1), None], 0.0);
    let play = Play::open("case-04-eisenberg-noe", &[]).until(1);
    assert_abs_diff_eq!(play.state().lenders[play.lender("c")].equity, 1.0 / 56.0, epsilon = 1e-9);
}

/// Case 5 (Rogers and Veraart 2013): alpha 0.5, beta 0.7; total payments 0.502020, 0.514705, 0.565381.
#[test]
fn case_05_rogers_veraart() {
    let p = [0.502020 / 2.5, 0.514705 / 1.5, 0.565381 / 1.5];
    let costs = ["clearing.asset_recovery=0.5", "clearing.claim_recovery=0.7"];
    assert_cleared("case-04-eisenberg-noe", &costs, &p, &[Some(0), Some(1), Some(1)], 1.213760);
}

/// Case 6: four lenders, pari passu and senior, without and with costs of failure.
#[test]
fn case_06_four_lenders() {
    let world = "case-06-four-lenders";
    let costs = ["clearing.asset_recovery=0.7", "clearing.claim_recovery=0.7"];
    let senior = ["a", "b", "c", "d"].map(|name| format!("lender.{name}.external_priority=\"senior\""));
    let senior: Vec<&str> = senior.iter().map(String::as_str).collect();
    let dear: Vec<&str> = senior.iter().copied().chain(costs).collect();
    assert_cleared(world, &[], &[0.384615, 0.994872, 1.0, 1.0], &[Some(0), Some(1), None, None], 0.0);
    assert_cleared(world, &costs, &[0.269231, 0.669487, 1.0, 1.0], &[Some(0), Some(1), None, None], 5.803846);
    assert_cleared(world, &senior, &[0.0, 0.714286, 0.976190, 1.0], &[Some(0), Some(1), Some(2), None], 0.0);
    assert_cleared(world, &dear, &[0.0, 0.157143, 0.173333, 1.0], &[Some(0), Some(1), Some(2), None], 7.740571);
}

/// Case 10: after its loss lender a has equity 3 + 1 - 1.5 - 1 = 1.5, below a threshold of 2 but not below 0: it fails, and
/// without costs of failure its creditors, who carry at face, lose nothing. Half its assets gone in the failure, they do.
#[test]
fn case_10_threshold_without_costs() {
    let world = "case-04-eisenberg-noe";
    let fails = ["lender.a.cash=3", "lender.a.fail_ratio=2"];
    assert_cleared(world, &fails, &[1.0; 3], &[Some(0), None, None], 0.0);
    let play = Play::open(world, &fails).until(1);
    assert_abs_diff_eq!(play.loss("b", Channel::Counterparty), 0.0, epsilon = 1e-15);
    let costly =
        Play::open(world, &["lender.a.cash=3", "lender.a.fail_ratio=2", "clearing.asset_recovery=0.4"]).until(1);
    assert!(costly.loss("b", Channel::Counterparty) > 0.01);
}

/// Case 7 (Furfine 2003): nothing is recovered; all three fail.
#[test]
fn case_07_furfine() {
    let costs = ["clearing.asset_recovery=0", "clearing.claim_recovery=0"];
    let rounds = [Some(0), Some(1), Some(1)];
    // Everything the lenders have is lost: their assets, and nothing arrives on claims.
    assert_cleared("case-04-eisenberg-noe", &costs, &[0.0; 3], &rounds, 0.5 + 0.625 + 0.75);
}

/// Case 8 (Battiston et al. 2012; Bardoscia et al. 2016): distress in a ring of three, and what each counts less.
#[test]
fn case_08_debtrank() {
    for (convexity, distress) in [("0", [4.0 / 7.0, 1.0 / 7.0, 2.0 / 7.0]), ("4", [0.500003, 0.000355, 0.033834])] {
        let set = format!("clearing.mark_convexity={convexity}");
        let play = Play::open("case-08-debtrank", &[&set]).until(1);
        let direct = [0.5, 0.0, 0.0];
        for (k, name) in ["a", "b", "c"].into_iter().enumerate() {
            let own = play.state().lenders[play.lender(name)];
            assert!(own.alive);
            assert_abs_diff_eq!(1.0 - own.equity, distress[k], epsilon = PRINTED);
            assert_abs_diff_eq!(play.loss(name, Channel::NetworkMark), distress[k] - direct[k], epsilon = PRINTED);
        }
    }
    let play = Play::open("case-08-debtrank", &[]).whole();
    let loss = play.outcome().system_loss as f64 / FIXED_ONE;
    assert_abs_diff_eq!(loss, 0.5, epsilon = EXACT);
}
