//! Clearing with fair-value marks: exact cases. (methods.md, section 13)

use approx::assert_abs_diff_eq;

use super::ExternalPriority::{PariPassu, Senior};
use super::marked_properties::assert_same;
use super::properties::is_alive;
use super::tests::{World, costs, rounds};
use super::*;

impl World {
    /// Everybody at fair value, opening buffers as at the balance sheets given.
    pub(super) fn marked(mut self, lgd: f64, convexity: f64) -> Self {
        self.fair_value.fill(true);
        self.marks = Some(Mark { lgd, convexity });
        self.open_buffers();
        self
    }

    pub(super) fn network(&self) -> Network {
        Network::new(self.alive.len(), &self.links).expect("every lender exists")
    }

    /// b_0 = E - theta with every claim at face.
    pub(super) fn open_buffers(&mut self) {
        for node in 0..self.alive.len() {
            let receipts = |value: &dyn Fn(usize) -> f64| self.receipts(node, value);
            let equity = self.external_assets[node] + receipts(&|_| 1.0) - self.external_debt[node] - self.owed(node);
            self.opening_buffer[node] = equity - self.level(node);
        }
    }

    pub(super) fn level(&self, node: usize) -> f64 {
        if self.threshold[node].is_finite() { self.threshold[node] } else { 0.0 }
    }

    /// Numbers of the claims on those who take part that count: no claim on oneself.
    pub(super) fn valid(&self) -> impl Iterator<Item = usize> {
        (0..self.links.len()).filter(|claim| {
            let (debtor, creditor) = self.links[*claim];
            debtor != creditor && is_alive(self, debtor)
        })
    }

    pub(super) fn owed(&self, node: usize) -> f64 {
        self.valid().filter(|claim| self.links[*claim].0 == Some(node)).map(|claim| self.amounts[claim]).sum()
    }

    pub(super) fn receipts(&self, node: usize, value: &dyn Fn(usize) -> f64) -> f64 {
        let held = self.valid().filter(|claim| self.links[*claim].1 == Some(node));
        held.map(|claim| self.amounts[claim] * value(claim)).sum()
    }

    pub(super) fn holds_at_fair_value(&self, node: Option<usize>) -> bool {
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
