//! Properties of the clearing on random small networks (model, section 12: 3, 5, 6, 7).

use std::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};

use super::tests::{World, costs};
use super::*;

pub(super) fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 2000,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_251_107),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn end(nodes: usize) -> impl Strategy<Value = Option<usize>> {
    prop_oneof![8 => (0..nodes).prop_map(Some), 1 => Just(None)]
}

fn recovery() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), Just(0.9), 0.0..1.0]
}

fn amount(most: f64) -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 5 => 0.0..most]
}

fn priority() -> impl Strategy<Value = ExternalPriority> {
    prop_oneof![Just(ExternalPriority::Senior), Just(ExternalPriority::PariPassu)]
}

pub(super) fn world() -> impl Strategy<Value = World> {
    world_of(1..=12)
}

fn world_of(nodes: RangeInclusive<usize>) -> impl Strategy<Value = World> {
    nodes.prop_flat_map(|nodes| {
        let of = prop::collection::vec::<BoxedStrategy<f64>>;
        let claims = prop::collection::vec(((end(nodes), end(nodes)), amount(4.0)), 0..4 * nodes);
        let sheets = (of(amount(10.0).boxed(), nodes), of(amount(6.0).boxed(), nodes), of(amount(1.0).boxed(), nodes));
        let flags = (
            prop::collection::vec(priority(), nodes),
            prop::collection::vec(prop::bool::weighted(0.9), nodes),
            prop::collection::vec(prop::bool::weighted(0.05), nodes),
        );
        (claims, sheets, flags, (recovery(), recovery())).prop_map(move |(claims, sheets, flags, recovery)| World {
            links: claims.iter().map(|(link, _)| *link).collect(),
            amounts: claims.iter().map(|(_, amount)| *amount).collect(),
            external_assets: sheets.0,
            external_debt: sheets.1,
            threshold: sheets.2,
            priority: flags.0,
            alive: flags.1,
            forced: flags.2,
            fair_value: vec![false; nodes],
            opening_buffer: vec![1.0; nodes],
            marks: None,
            costs: costs(recovery.0, recovery.1),
        })
    })
}

/// A world, a lender and how much it loses.
fn shocked_world() -> impl Strategy<Value = (World, usize, f64)> {
    world().prop_flat_map(|world| {
        let nodes = world.external_assets.len();
        (Just(world), 0..nodes, 0.0..8.0)
    })
}

pub(super) fn is_alive(world: &World, node: Option<usize>) -> bool {
    node.is_none_or(|node| world.alive[node])
}

/// Receipts and network debt at the fractions given, claim by claim.
fn sheets(world: &World, fraction: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let nodes = world.external_assets.len();
    let (mut receipts, mut owed) = (vec![0.0; nodes], vec![0.0; nodes]);
    for ((debtor, creditor), amount) in world.links.iter().zip(&world.amounts) {
        if debtor == creditor || !is_alive(world, *debtor) {
            continue;
        }
        if let Some(debtor) = debtor {
            owed[*debtor] += amount;
        }
        if let Some(creditor) = creditor {
            receipts[*creditor] += amount * debtor.map_or(1.0, |debtor| fraction[debtor]);
        }
    }
    (receipts, owed)
}

/// The fraction that a failed lender can pay, straight from the definitions.
pub(super) fn payable(world: &World, node: usize, receipts: f64, owed: f64) -> f64 {
    if owed == 0.0 {
        return 1.0;
    }
    let Costs { asset_recovery, claim_recovery } = world.costs;
    let (assets, debt) = (world.external_assets[node], world.external_debt[node]);
    let kept = if assets > 0.0 { asset_recovery * assets } else { assets };
    let estate = (kept + claim_recovery * receipts).max(0.0);
    match world.priority[node] {
        ExternalPriority::Senior => (estate - debt).max(0.0).min(owed) / owed,
        ExternalPriority::PariPassu => (estate / (debt + owed)).min(1.0),
    }
}

fn map(world: &World, failed: &[bool], fraction: &[f64]) -> Vec<f64> {
    let (receipts, owed) = sheets(world, fraction);
    let of = |node| {
        if failed[node] { payable(world, node, receipts[node], owed[node]) } else { 1.0 }
    };
    (0..failed.len()).map(of).collect()
}

/// Fictitious default with nothing but long iteration from above.
fn brute_force(world: &World) -> (Vec<bool>, Vec<f64>) {
    let nodes = world.external_assets.len();
    let (mut failed, mut fraction) = (vec![false; nodes], vec![1.0; nodes]);
    loop {
        let (receipts, owed) = sheets(world, &fraction);
        let fails = |node: usize| {
            let assets = world.external_assets[node] + receipts[node];
            let equity = assets - world.external_debt[node] - owed[node];
            world.alive[node] && (world.forced[node] || equity < world.threshold[node] - 1e-12 * assets)
        };
        let next: Vec<bool> = (0..nodes).map(|node| failed[node] || fails(node)).collect();
        if next == failed {
            return (failed, fraction);
        }
        failed = next;
        for _ in 0..100_000 {
            let lower = map(world, &failed, &fraction);
            let still = lower.iter().zip(&fraction).all(|(lower, upper)| (lower - upper).abs() < 1e-16);
            fraction = lower;
            if still {
                break;
            }
        }
    }
}

pub(super) fn assert_below(lower: &[f64], upper: &[f64]) -> Result<(), TestCaseError> {
    for (lower, upper) in lower.iter().zip(upper) {
        prop_assert!(*lower <= upper + 1e-12, "{lower} above {upper}");
    }
    Ok(())
}

pub(super) fn assert_at_least_the_failures(
    more: &ClearingWorkspace,
    fewer: &ClearingWorkspace,
) -> Result<(), TestCaseError> {
    let mut pairs = more.failed.iter().zip(&fewer.failed);
    prop_assert!(pairs.all(|(more, fewer)| *more || !*fewer));
    Ok(())
}

fn assert_greatest(world: &World) -> Result<(), TestCaseError> {
    let cleared = world.clear();
    let residual = map(world, &cleared.failed, &cleared.fraction);
    for (image, fraction) in residual.iter().zip(&cleared.fraction) {
        prop_assert!((image - fraction).abs() < 1e-12, "residual {}", image - fraction);
    }
    let (failed, fraction) = brute_force(world);
    prop_assert_eq!(&cleared.failed, &failed);
    for (exact, iterated) in cleared.fraction.iter().zip(&fraction) {
        prop_assert!((exact - iterated).abs() < 1e-9, "{exact} for {iterated}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..config() })]

    #[test]
    fn larger_networks_reach_the_greatest_fixed_point_too(world in world_of(30..=200)) {
        assert_greatest(&world)?;
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn payments_lie_within_what_is_owed_and_owned(world in world()) {
        let cleared = world.clear();
        for node in (0..world.alive.len()).filter(|node| cleared.failed[*node]) {
            let (external, network) = (cleared.external_paid[node], cleared.network_paid[node]);
            let assets = world.external_assets[node] + cleared.network_receipts[node];
            prop_assert!((0.0..=1.0).contains(&cleared.fraction[node]));
            prop_assert!((0.0..=world.external_debt[node]).contains(&external));
            prop_assert!((0.0..=cleared.network_debt()[node]).contains(&network));
            prop_assert!(cleared.equity[node] >= 0.0 && cleared.deadweight[node] >= -1e-12);
            prop_assert!(external + network <= assets * (1.0 + 1e-14));
            prop_assert!(cleared.round[node] < cleared.rounds);
            if world.priority[node] == ExternalPriority::Senior && network > 0.0 {
                prop_assert!(external == world.external_debt[node], "senior before junior");
            }
        }
    }

    #[test]
    fn value_is_conserved((mut world, node, shock) in shocked_world()) {
        world.external_assets[node] -= shock;
        let (reached, present) = world.identity(&world.clear());
        let total: f64 = world.external_assets.iter().chain(&world.amounts).map(|x| x.abs()).sum();
        prop_assert!((reached - present).abs() <= 1e-12 * total.max(1e-300), "{reached} for {present}");
    }

    #[test]
    fn fractions_are_the_greatest_fixed_point(world in world()) {
        assert_greatest(&world)?;
    }

    #[test]
    fn a_larger_shock_helps_nobody((mut world, node, shock) in shocked_world()) {
        world.alive[node] = true;
        let before = world.clear();
        let mut shocked = world.clone();
        shocked.external_assets[node] -= shock;
        let after = shocked.clear();
        assert_below(&after.fraction, &before.fraction)?;
        assert_at_least_the_failures(&after, &before)?;
        let lost: f64 = after.deadweight.iter().sum();
        prop_assert!(shock + lost >= before.deadweight.iter().sum::<f64>() - 1e-11);
    }

    #[test]
    fn higher_costs_and_thresholds_help_nobody(world in world(), keep in 0.0..1.0, rise in 0.0..2.0) {
        let before = world.clear();
        let Costs { asset_recovery, claim_recovery } = world.costs;
        let mut dearer = [world.clone(), world.clone(), world.clone()];
        dearer[0].costs = costs(keep * asset_recovery, claim_recovery);
        dearer[1].costs = costs(asset_recovery, keep * claim_recovery);
        for threshold in &mut dearer[2].threshold {
            *threshold += rise;
        }
        for dearer in &dearer {
            let after = dearer.clear();
            assert_below(&after.fraction, &before.fraction)?;
            assert_at_least_the_failures(&after, &before)?;
        }
    }
}
