//! Clearing with fair-value marks: exact cases, then properties on random small networks (model, sections 12 and 13).

use approx::assert_abs_diff_eq;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::ExternalPriority::{PariPassu, Senior};
use super::properties::{assert_at_least_the_failures, assert_below, config, is_alive, payable, world};
use super::tests::{World, costs, rounds};
use super::*;
use crate::model::mark::distress;

impl World {
    /// Everybody at fair value, opening buffers as at the balance sheets given.
    fn marked(mut self, lgd: f64, convexity: f64) -> Self {
        self.fair_value.fill(true);
        self.marks = Some(Mark { lgd, convexity });
        self.open_buffers();
        self
    }

    fn network(&self) -> Network {
        Network::new(self.alive.len(), &self.links).expect("every lender exists")
    }

    /// b_0 = E - theta with every claim at face.
    fn open_buffers(&mut self) {
        for node in 0..self.alive.len() {
            let receipts = |value: &dyn Fn(usize) -> f64| self.receipts(node, value);
            let equity = self.external_assets[node] + receipts(&|_| 1.0) - self.external_debt[node] - self.owed(node);
            self.opening_buffer[node] = equity - self.level(node);
        }
    }

    fn level(&self, node: usize) -> f64 {
        if self.threshold[node].is_finite() { self.threshold[node] } else { 0.0 }
    }

    /// Numbers of the claims on those who take part that count: no claim on oneself.
    fn valid(&self) -> impl Iterator<Item = usize> {
        (0..self.links.len()).filter(|claim| {
            let (debtor, creditor) = self.links[*claim];
            debtor != creditor && is_alive(self, debtor)
        })
    }

    fn owed(&self, node: usize) -> f64 {
        self.valid().filter(|claim| self.links[*claim].0 == Some(node)).map(|claim| self.amounts[claim]).sum()
    }

    fn receipts(&self, node: usize, value: &dyn Fn(usize) -> f64) -> f64 {
        let held = self.valid().filter(|claim| self.links[*claim].1 == Some(node));
        held.map(|claim| self.amounts[claim] * value(claim)).sum()
    }

    fn holds_at_fair_value(&self, node: Option<usize>) -> bool {
        self.marks.is_some() && node.is_some_and(|node| self.alive[node] && self.fair_value[node])
    }
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_abs_diff_eq!(*found, *expected, epsilon = tolerance);
    }
}

/// a owes b 10, b owes c 10. (worked example 11)
fn chain(shock: f64, b_at_fair_value: bool) -> World {
    let mut world = World::new(&[14.0, 2.0, 2.0], &[0.0; 3], &[(0, 1, 10.0), (1, 2, 10.0)]);
    world.threshold[0] = 2.0;
    let mut world = world.marked(0.5, 0.0);
    assert_eq!(world.opening_buffer, [2.0, 2.0, 12.0]);
    world.fair_value = vec![false, b_at_fair_value, false];
    world.external_assets[0] -= shock;
    world
}

#[test]
fn worked_example_11_accrual() {
    for shock in [1.0, 1.9] {
        assert_eq!(rounds(&chain(shock, false).clear()), [None; 3]);
    }
    let cleared = chain(2.1, false).clear();
    assert_eq!(rounds(&cleared), [Some(0), None, None]);
    assert_close(&cleared.fraction, &[1.0; 3], 1e-14);
    assert_close(&cleared.equity, &[1.9, 2.0, 12.0], 1e-14);
}

#[test]
fn worked_example_11_fair_value() {
    for (shock, distress, value, equity, fraction) in [(1.0, 0.5, 0.75, -0.5, 0.95), (1.9, 0.95, 0.525, -2.75, 0.725)] {
        let world = chain(shock, true);
        let cleared = world.clear();
        assert_eq!(rounds(&cleared), [None, Some(1), None]);
        assert_eq!(cleared.rounds, 2, "round 0 is empty");
        assert_abs_diff_eq!(cleared.distress[0], distress, epsilon = 1e-14);
        assert_abs_diff_eq!(cleared.claim_value(&world.network(), 0), value, epsilon = 1e-14);
        assert_abs_diff_eq!(cleared.fraction[1], fraction, epsilon = 1e-14);
        assert_abs_diff_eq!(2.0 + cleared.network_receipts[1] - 10.0, equity, epsilon = 1e-14);
        assert_eq!(cleared.settlement_gain(&world.network(), 0), 0.0, "a lives");
    }
    let world = chain(2.1, true);
    let cleared = world.clear();
    assert_eq!(rounds(&cleared), [Some(0), Some(1), None]);
    assert_close(&cleared.fraction, &[1.0, 0.7, 1.0], 1e-14);
    assert_abs_diff_eq!(cleared.claim_value(&world.network(), 0), 0.5, epsilon = 1e-14);
    assert_abs_diff_eq!(cleared.settlement_gain(&world.network(), 0), 0.5, epsilon = 1e-14);
    assert_abs_diff_eq!(cleared.claim_value(&world.network(), 1), 0.7, epsilon = 1e-14);
}

/// Three lenders of equity 1, claims of 0.5 of 1 on 2, 2 on 3, 3 on 1. (section 13, case 8)
fn ring(convexity: f64, shock: f64) -> World {
    let claims = [(1, 0, 0.5), (2, 1, 0.5), (0, 2, 0.5)];
    let mut world = World::new(&[1.0; 3], &[0.0; 3], &claims).marked(1.0, convexity);
    assert_eq!(world.opening_buffer, [1.0; 3]);
    world.external_assets[0] -= shock;
    world
}

#[test]
fn debtrank_ring_of_case_08() {
    let cleared = ring(0.0, 0.5).clear();
    assert_close(&cleared.distress, &[4.0 / 7.0, 1.0 / 7.0, 2.0 / 7.0], 1e-15);
    assert_eq!(rounds(&cleared), [None; 3]);
    assert_close(&ring(4.0, 0.5).clear().distress, &[0.500003, 0.000355, 0.033834], 5e-7);
}

/// Each loses a share k of its distress on to the next: gain k round the ring.
fn loop_of(nodes: usize, leverage: f64, convexity: f64) -> World {
    let claims: Vec<_> = (0..nodes).map(|node| (node, (node + 1) % nodes, leverage)).collect();
    World::new(&vec![1.0; nodes], &vec![0.0; nodes], &claims).marked(1.0, convexity)
}

/// h_j = s k^j / (1 - k^n) for a linear mark and a loss of s at the first.
#[test]
fn a_gain_just_below_one_is_solved_exactly() {
    for nodes in [2, 5, 20, 100] {
        for (gain, tolerance) in [(0.9, 1e-13), (0.999, 1e-12), (1.0 - 1e-6, 1e-9)] {
            let mut world = loop_of(nodes, gain, 0.0);
            let total = 1.0 - (0..nodes).fold(1.0, |power, _| power * gain);
            world.external_assets[0] -= 0.5 * total;
            let cleared = world.clear();
            let mut expected = 0.5;
            for found in &cleared.distress {
                assert_abs_diff_eq!(*found, expected, epsilon = tolerance);
                expected *= gain;
            }
            assert_eq!(cleared.rounds, 0);
        }
    }
}

/// Everybody holds claims on everybody, so unequal that no order solves it, with the same sum: equal losses of s make
/// equal distress s / (1 - gain), whatever the claims.
fn thicket(nodes: usize, gain: f64) -> World {
    let mut claims = Vec::new();
    for creditor in 0..nodes {
        let weight =
            |debtor: usize| ((debtor * 7919 + creditor * 104_729) % 101) as f64 * f64::from(debtor != creditor);
        let total: f64 = (0..nodes).map(weight).sum();
        claims.extend((0..nodes).map(|debtor| (debtor, creditor, gain * weight(debtor) / total)));
    }
    let mut world = World::new(&vec![0.0; nodes], &vec![0.0; nodes], &claims).marked(1.0, 0.0);
    for node in 0..nodes {
        world.external_assets[node] = 1.0 - world.opening_buffer[node];
    }
    world.open_buffers();
    world
}

#[test]
fn a_thicket_is_solved_whatever_its_size_and_gain() {
    for nodes in [3, 12, 60, 150] {
        for (gain, tolerance) in [(0.5, 1e-13), (0.99, 1e-12), (1.0 - 1e-6, 1e-8)] {
            if nodes > 100 && gain > 0.99 {
                continue;
            }
            let mut world = thicket(nodes, gain);
            for assets in &mut world.external_assets {
                *assets -= 0.3 * (1.0 - gain);
            }
            let cleared = world.clear();
            assert_eq!(cleared.rounds, 0);
            assert_close(&cleared.distress, &vec![0.3; nodes], tolerance);
        }
        let mut world = thicket(nodes, 1.01);
        world.external_assets[nodes / 2] -= 1e-6;
        assert!(world.clear().failed.iter().any(|failed| *failed), "{nodes} lenders stand at a gain above 1");
        assert!(thicket(nodes, 1.01).clear().distress.iter().all(|distress| *distress == 0.0));
    }
}

/// The smallest shock that is more than rounding ends in failure; what is only rounding does nothing.
#[test]
fn a_gain_of_one_or_more_ends_in_failure_but_rounding_does_not_start_it() {
    for nodes in [2, 7, 60] {
        for gain in [1.0, 1.0 + 1e-9, 1.5, 40.0] {
            let mut world = loop_of(nodes, gain, 0.0);
            for rounding in [0.0, 1e-16, 1e-13, -1e-13] {
                world.external_assets[0] = 1.0 - rounding;
                let cleared = world.clear();
                assert_eq!((cleared.rounds, &cleared.distress), (0, &vec![0.0; nodes]), "gain {gain}");
                assert!((0..nodes).all(|claim| cleared.claim_value(&world.network(), claim) == 1.0));
            }
            world.external_assets[0] = 1.0 - 1e-7;
            let cleared = world.clear();
            assert!(cleared.failed.iter().filter(|failed| **failed).count() >= 1, "{nodes} {gain}");
            assert!(cleared.distress.contains(&1.0));
        }
    }
}

/// h = s + k^2 h exp(c (h - 1)) in a ring of equals, all shocked: the least root, found here by bisection.
#[test]
fn a_convex_mark_is_solved_where_its_slope_is_near_one() {
    let (convexity, leverage) = (3.0, 0.7);
    let excess = |h: f64, shock: f64| shock + leverage * h * libm::exp(convexity * (h - 1.0)) - h;
    for shock in [0.1, 0.3, 0.5, 0.54] {
        let mut world = loop_of(6, leverage, convexity);
        world.external_assets.fill(1.0 - shock);
        let (mut low, mut high) = (0.0, 1.0);
        // The excess falls to the minimum; the least root lies before it.
        for step in 0..4000 {
            let h = f64::from(step) / 4000.0;
            if excess(h, shock) <= 0.0 {
                high = h;
                break;
            }
            low = h;
        }
        let solvable = excess(high, shock) <= 0.0;
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if excess(middle, shock) > 0.0 { low = middle } else { high = middle }
        }
        let cleared = world.clear();
        if solvable {
            assert_eq!(cleared.rounds, 0, "shock {shock}");
            assert_close(&cleared.distress, &[low; 6], 1e-10);
        } else {
            assert!(cleared.failed.iter().all(|failed| *failed), "shock {shock}");
        }
    }
}

#[test]
fn a_lender_without_threshold_is_in_distress_by_its_equity() {
    let mut world = World::new(&[3.0, 1.0], &[0.0; 2], &[(0, 1, 1.0)]);
    world.threshold[0] = f64::NEG_INFINITY;
    let mut world = world.marked(0.5, 0.0);
    assert_eq!(world.opening_buffer[0], 2.0);
    world.external_assets[0] = 2.0;
    assert_eq!(world.clear().distress[0], 0.5);
    world.external_assets[0] = 0.5;
    let cleared = world.clear();
    assert_eq!((cleared.failed[0], cleared.distress[0], cleared.equity[1]), (false, 1.0, 1.5));
}

#[test]
fn without_an_opening_buffer_only_a_negative_buffer_is_distress() {
    for opening in [0.0, -3.0] {
        let mut world = World::new(&[1.5, 5.0], &[0.0; 2], &[(0, 1, 1.0)]).marked(0.4, 0.0);
        world.opening_buffer[0] = opening;
        assert_eq!(world.clear().distress[0], 0.0);
        world.external_assets[0] = 0.9;
        let cleared = world.clear();
        assert!(cleared.failed[0] && cleared.distress[0] == 1.0);
        assert_abs_diff_eq!(cleared.claim_value(&world.network(), 0), 0.6, epsilon = 1e-15);
        assert_abs_diff_eq!(cleared.settlement_gain(&world.network(), 0), 0.3, epsilon = 1e-15);
    }
}

#[test]
fn a_workspace_forgets_the_marks_before() {
    let mut world = thicket(20, 1.01);
    let network = world.network();
    let mut workspace = ClearingWorkspace::new(&network);
    world.external_assets[3] -= 0.01;
    for alive in [20, 5, 20] {
        world.alive = (0..20).map(|node| node < alive).collect();
        clear(&network, &world.amounts, &world.banks(), &mut workspace).expect("converges");
        assert_same(&workspace, &world.clear());
    }
    let unmarked = World { marks: None, ..world.clone() };
    clear(&network, &world.amounts, &unmarked.banks(), &mut workspace).expect("converges");
    assert_same(&workspace, &unmarked.clear());
    assert!((0..world.links.len()).all(|claim| workspace.claim_value(&network, claim) == 1.0));
}

/// Worked example 10 has accrual holders only: marks that nobody counts by change no bit.
#[test]
fn worked_example_10_stands_with_marks_that_nobody_counts_by() {
    let claims = [(0, 1, 6.0), (0, 2, 2.0), (1, 2, 4.0), (2, 1, 1.0), (2, 3, 2.0)];
    let mut world = World::new(&[8.0, 5.0, 3.0, 0.5], &[4.0, 3.0, 5.0, 1.0], &claims);
    world.threshold = vec![1.0, 1.0, 0.5, 1.5];
    world.marks = Some(Mark { lgd: 0.5, convexity: 4.0 });
    for (priority, recovery, fraction) in [
        (Senior, 1.0, [0.5, 1.0, 1.0, 1.0]),
        (PariPassu, 1.0, [2.0 / 3.0, 1.0, 1.0, 1.0]),
        (Senior, 0.8, [0.3, 0.61, 0.0, 1.0]),
        (PariPassu, 0.8, [8.0 / 15.0, 1.0, 2.42 / 3.0, 1.0]),
    ] {
        world.priority.fill(priority);
        world.costs = costs(recovery, recovery);
        let cleared = world.clear();
        assert_close(&cleared.fraction, &fraction, 1e-12);
        assert_same(&cleared, &World { marks: None, ..world.clone() }.clear());
    }
}

/// A larger shock may lower the sum of direct loss and deadweight: a failed holder's estate then counts less on a live
/// debtor, and an estate that is smaller anyway loses less by failing. With what marks take it holds (below).
#[test]
fn a_larger_shock_may_lower_deadweight() {
    let claims = [(0, 1, 4.0)];
    let mut world = World::new(&[6.0, 0.0], &[0.0, 3.0], &claims).marked(1.0, 0.0);
    world.costs = costs(1.0, 0.0);
    world.forced[1] = true;
    assert_eq!(world.opening_buffer[0], 2.0);
    let before = world.clear();
    world.external_assets[0] -= 1.0;
    let after = world.clear();
    assert_eq!((before.deadweight[1], after.deadweight[1]), (4.0, 2.0));
    assert!(1.0 + after.deadweight[1] < before.deadweight[1]);
}

fn assert_same(one: &ClearingWorkspace, other: &ClearingWorkspace) {
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
