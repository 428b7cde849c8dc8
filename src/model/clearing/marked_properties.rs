//! Clearing with fair-value marks: properties on random small networks, beside brute force. (methods.md, section 12)

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::properties::{assert_at_least_the_failures, assert_below, config, is_alive, payable, world};
use super::tests::{World, costs, rounds};
use super::*;
use crate::model::mark::distress;

pub(super) fn assert_same(one: &ClearingWorkspace, other: &ClearingWorkspace) {
    assert_eq!((&one.failed, &one.round, one.rounds), (&other.failed, &other.round, other.rounds));
    let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    for (one, other) in [
        (&one.fraction, &other.fraction),
        (&one.network_receipts, &other.network_receipts),
        (&one.external_paid, &other.external_paid),
        (&one.network_paid, &other.network_paid),
        (&one.equity, &other.equity),
        (&one.deadweight, &other.deadweight),
        (&one.distress, &other.distress),
    ] {
        assert_eq!(bits(one), bits(other));
    }
}

/// What reaches live owners and creditors beyond the network once marks and differences are added back, and what there
/// was; the second pair of `World::identity` with them.
fn identity(world: &World, cleared: &ClearingWorkspace) -> (f64, f64) {
    let (reached, present) = world.identity(cleared);
    (reached + taken_by_marks(world, cleared), present)
}

/// Marks on live debtors, and what holders count below what they are paid.
fn taken_by_marks(world: &World, cleared: &ClearingWorkspace) -> f64 {
    let network = world.network();
    let of = |claim: usize| {
        let (debtor, creditor) = world.links[claim];
        let settled = debtor.map_or(1.0, |debtor| cleared.fraction[debtor]);
        let held = creditor.is_some_and(|creditor| world.alive[creditor]);
        let taken = settled - cleared.claim_value(&network, claim);
        if held { world.amounts[claim] * taken } else { 0.0 }
    };
    world.valid().map(of).sum()
}

/// Values of all claims and payments at the values given, straight from the definitions.
fn image(world: &World, failed: &[bool], value: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let nodes = world.alive.len();
    let (mut paid, mut counted) = (vec![1.0; nodes], vec![1.0; nodes]);
    let mark = world.marks.expect("marked");
    for node in (0..nodes).filter(|node| world.alive[*node]) {
        let (owed, receipts) = (world.owed(node), world.receipts(node, &|claim| value[claim]));
        let equity = world.external_assets[node] + receipts - world.external_debt[node] - owed;
        let buffer = equity - world.level(node);
        let face = world.receipts(node, &|_| 1.0);
        let margin = 1e-12 * (world.external_assets[node].abs() + face);
        let opening = world.opening_buffer[node];
        let h = distress(buffer, opening, margin);
        if failed[node] {
            paid[node] = payable(world, node, receipts, owed);
        }
        counted[node] = mark.value(h).min(paid[node]);
    }
    let of = |claim: usize| {
        let (debtor, creditor) = world.links[claim];
        let Some(debtor) = debtor else { return 1.0 };
        if world.holds_at_fair_value(creditor) { counted[debtor] } else { paid[debtor] }
    };
    ((0..world.links.len()).map(of).collect(), paid)
}

/// The rounds with nothing but long iteration from above; `None` where that is too slow to tell.
fn brute_force(world: &World) -> Option<(Vec<Option<usize>>, Vec<f64>)> {
    let nodes = world.alive.len();
    let mut value = vec![1.0; world.links.len()];
    let mut round = vec![None; nodes];
    for now in 0..=nodes + 1 {
        let fails = |node: usize| {
            let receipts = world.receipts(node, &|claim| value[claim]);
            let assets = world.external_assets[node] + receipts;
            let equity = assets - world.external_debt[node] - world.owed(node);
            let margin = 1e-12 * (world.external_assets[node].abs() + receipts);
            world.alive[node] && (world.forced[node] || equity < world.threshold[node] - margin)
        };
        let newly: Vec<usize> = (0..nodes).filter(|node| round[*node].is_none() && fails(*node)).collect();
        if newly.is_empty() && now > 0 {
            break;
        }
        newly.iter().for_each(|node| round[*node] = Some(now));
        let failed: Vec<bool> = round.iter().map(Option::is_some).collect();
        let mut still = false;
        for _ in 0..20_000 {
            let lower = image(world, &failed, &value).0;
            still = lower.iter().zip(&value).all(|(lower, upper)| (lower - upper).abs() < 1e-15);
            value = lower;
            if still {
                break;
            }
        }
        if !still {
            return None;
        }
    }
    Some((round, value))
}

/// Worlds whose lenders open with a buffer, most of them thin against their claims, and then lose something.
fn marked_world() -> impl Strategy<Value = World> {
    let lgd = prop_oneof![Just(1.0), Just(0.5), 0.0..1.0];
    let convexity = prop_oneof![Just(0.0), Just(1.0), 0.0..10.0];
    let lender = (
        prop::bool::weighted(0.7),
        prop_oneof![6 => (0.05..3.0).prop_map(Some), 1 => Just(None)],
        prop_oneof![4 => Just(0.0), 2 => 0.0..0.5, 1 => 0.0..4.0],
    );
    (world(), lgd, convexity, prop::collection::vec(lender, 12), prop::bool::weighted(0.5)).prop_map(
        |(mut world, lgd, convexity, lenders, calm)| {
            let nodes = world.alive.len();
            world.marks = Some(Mark { lgd, convexity });
            if nodes > 3 {
                world.threshold[nodes - 1] = f64::NEG_INFINITY;
            }
            world.open_buffers();
            for (node, (fair_value, buffer, loss)) in lenders.into_iter().enumerate().take(nodes) {
                world.fair_value[node] = fair_value;
                world.forced[node] &= !calm;
                let Some(buffer) = buffer.or(calm.then_some(2.0)) else { continue };
                let excess = world.opening_buffer[node] - buffer;
                world.external_debt[node] += excess.max(0.0);
                world.external_assets[node] +=
                    (-excess).max(0.0) - if calm { f64::min(loss, 0.5 * buffer) } else { loss };
                world.opening_buffer[node] = buffer;
            }
            world
        },
    )
}

/// What the strategy must bring about for the properties to mean something, in shares of its worlds.
#[test]
fn random_worlds_exercise_marks() {
    let mut runner = proptest::test_runner::TestRunner::new(config());
    let (mut marks, mut late, mut empty, mut told) = (0, 0, 0, 0);
    let worlds = 500;
    for _ in 0..worlds {
        let world = marked_world().new_tree(&mut runner).expect("no filter").current();
        let cleared = world.clear();
        marks += i32::from(taken_by_marks(&world, &cleared) > 1e-6);
        empty += i32::from(cleared.rounds > 1 && !rounds(&cleared).contains(&Some(0)));
        late += i32::from(rounds(&cleared).iter().any(|round| round.is_some_and(|round| round > 1)));
        told += i32::from(brute_force(&world).is_some());
    }
    assert!(marks > worlds / 3, "marks act in {marks}");
    assert!(late > worlds / 50, "a round 2 in {late}");
    assert!(empty > worlds / 25, "an empty round 0 in {empty}");
    assert!(told > worlds * 9 / 10, "iteration settles in {told}");
}

fn values(world: &World, cleared: &ClearingWorkspace) -> Vec<f64> {
    let network = world.network();
    let of = |claim: usize| {
        if is_alive(world, world.links[claim].0) { cleared.claim_value(&network, claim) } else { 1.0 }
    };
    (0..world.links.len()).map(of).collect()
}

fn assert_worse(world: &World, less: &ClearingWorkspace, dearer: &World) -> Result<(), TestCaseError> {
    let more = dearer.clear();
    assert_below(&more.fraction, &less.fraction)?;
    assert_at_least_the_failures(&more, less)?;
    assert_below(&less.distress, &more.distress)?;
    assert_below(&values(dearer, &more), &values(world, less))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn marks_and_payments_are_the_greatest_fixed_point(world in marked_world()) {
        let cleared = world.clear();
        let found = values(&world, &cleared);
        let (image, paid) = image(&world, &cleared.failed, &found);
        for (claim, (image, found)) in image.iter().zip(&found).enumerate() {
            if is_alive(&world, world.links[claim].0) {
                prop_assert!((image - found).abs() < 1e-11, "claim {}: {} for {}", claim, found, image);
            }
        }
        for node in (0..paid.len()).filter(|node| world.alive[*node]) {
            prop_assert!((paid[node] - cleared.fraction[node]).abs() < 1e-11);
        }
        if let Some((round, value)) = brute_force(&world) {
            prop_assert_eq!(rounds(&cleared), round);
            for claim in world.valid() {
                prop_assert!((value[claim] - found[claim]).abs() < 1e-9, "{} for {}", found[claim], value[claim]);
            }
        }
    }

    #[test]
    fn value_is_conserved_with_marks_added_back(world in marked_world()) {
        let cleared = world.clear();
        let (reached, present) = identity(&world, &cleared);
        prop_assert!((reached - present).abs() <= 1e-11, "{reached} for {present}");
    }

    #[test]
    fn marks_that_nobody_counts_by_change_no_bit(mut world in marked_world()) {
        let unmarked = World { marks: None, ..world.clone() }.clear();
        world.fair_value.fill(false);
        assert_same(&world.clear(), &unmarked);
    }

    #[test]
    fn a_larger_shock_helps_nobody_at_fair_value(world in marked_world(), place in 0..12_usize, shock in 0.0..4.0) {
        let node = place % world.alive.len();
        let shock = if world.alive[node] { shock } else { 0.0 };
        let before = world.clear();
        let mut shocked = world.clone();
        shocked.external_assets[node] -= shock;
        assert_worse(&world, &before, &shocked)?;
        let lost = |world: &World, cleared: &ClearingWorkspace| {
            cleared.deadweight.iter().sum::<f64>() + taken_by_marks(world, cleared)
        };
        let after = lost(&shocked, &shocked.clear());
        prop_assert!(shock + after >= lost(&world, &before) - 1e-9, "{} for {}", after, lost(&world, &before));
    }

    #[test]
    fn higher_costs_thresholds_and_marks_help_nobody(world in marked_world(), keep in 0.0..1.0, rise in 0.0..2.0) {
        let before = world.clear();
        let Costs { asset_recovery, claim_recovery } = world.costs;
        let mark = world.marks.expect("marked");
        let mut dearer = vec![world.clone(); 4];
        dearer[0].costs = costs(keep * asset_recovery, claim_recovery);
        dearer[1].costs = costs(asset_recovery, keep * claim_recovery);
        for threshold in &mut dearer[2].threshold {
            *threshold += rise;
        }
        dearer[3].marks = Some(Mark { lgd: 1.0 - keep * (1.0 - mark.lgd), ..mark });
        for dearer in &dearer {
            assert_worse(&world, &before, dearer)?;
        }
    }
}
