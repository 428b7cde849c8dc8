//! Clearing of the lender network: who fails, in which round, and what the failed pay.
//!
//! Stands alone: it knows balance sheets and claims, nothing of loans or quarters.

pub mod debtrank;
mod descent;
mod estates;
pub mod furfine;
mod linear;
mod marks;
mod network;
mod workspace;

pub use network::{Link, Network};
pub use workspace::ClearingWorkspace;
pub(super) use workspace::{THRESHOLD_MARGIN, surviving_assets};

use crate::model::mark::Mark;
use crate::model::system::ExternalPriority;

/// Shares of an estate that survive failure (Rogers and Veraart 2013).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// alpha in [0, 1]: share of external assets. A negative e counts whole: failure makes no debt smaller.
    pub asset_recovery: f64,
    /// beta in [0, 1]: share of network receipts.
    pub claim_recovery: f64,
}

/// Balance sheets at a clearing.
///
/// # Units
/// Amounts in USD bn.
/// # Shapes
/// Every slice has one element a lender of the network.
#[derive(Debug, Clone, Copy)]
pub struct Banks<'a> {
    /// e: value of all assets but network claims.
    pub external_assets: &'a [f64],
    /// D >= 0: debt outside the network.
    pub external_debt: &'a [f64],
    /// theta: a lender fails when its equity is strictly below.
    pub threshold: &'a [f64],
    /// Who is paid first from its estate.
    pub priority: &'a [ExternalPriority],
    /// Takes part. Claims on a lender that does not are void; what others owe it goes to outside at the same rank.
    pub alive: &'a [bool],
    /// Fails in round 0 whatever its equity.
    pub forced: &'a [bool],
    /// Counts its claims at fair value. Outside and who does not take part count them like accrual.
    pub fair_value: &'a [bool],
    /// b_0: buffer E - theta at opening, by which distress is measured; theta counts 0 where it is not finite. At or below
    /// 0 a debtor is in full distress as soon as its buffer is negative, and in none before.
    pub opening_buffer: &'a [f64],
    /// Marks of fair-value holders; `None`, and claims count their face until the debtor fails.
    pub marks: Option<Mark>,
    /// Costs of failure.
    pub costs: Costs,
}

impl Banks<'_> {
    /// The mark, if anybody who takes part counts by it.
    fn acting_mark(&self) -> Option<Mark> {
        let mut holders = self.alive.iter().zip(self.fair_value);
        self.marks.filter(|mark| mark.lgd > 0.0 && holders.any(|(alive, fair_value)| *alive && *fair_value))
    }
}

/// What a network or a clearing may refuse.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ClearingError {
    /// A claim names a lender that does not exist.
    #[error("claim {claim} names lender {node}, but the network has {nodes} lenders")]
    UnknownNode {
        /// Number of the claim.
        claim: usize,
        /// The lender named.
        node: usize,
        /// Lenders there are.
        nodes: usize,
    },
    /// More lenders or claims than 32 bits can number.
    #[error("a network of {largest} lenders or claims: at most 4294967295 can be cleared; merge claims of one pair")]
    TooLarge {
        /// The larger of the two.
        largest: usize,
    },
    /// Fractions did not settle.
    #[error("clearing did not converge in round {round}: residual {residual:e} of a payment fraction")]
    NotConverged {
        /// Round of the fictitious default.
        round: usize,
        /// Largest residual of a payment fraction; with marks, of receipts as a share of their face.
        residual: f64,
    },
}

/// Greatest clearing vector of the lender network with failure thresholds, costs of failure and fair-value marks.
///
/// Payments start at face. Round 0 fails every lender whose equity E = e + x - D - l is strictly below its threshold
/// (beyond a margin of 1e-12 of its assets against rounding) or that is forced; p is solved for the failed; whoever then
/// falls below its threshold makes the next round, until none does. An estate is worth G = alpha e + beta x, never below
/// 0. Senior external debt receives min(D, G) and the network min(l, G - D); pari passu both share min(D + l, G) in
/// proportion. p is solved exactly on the failed set, not stopped at a small step: where the loop gain is near 1, a small
/// step is not a small error.
///
/// Marks: a fair-value holder counts V(h) on a live debtor and min(p, V(h)) on a failed one, h = 1 - b / b_0 being the
/// distress of the debtor at the equity of this clearing, 0 as long as its buffer lies no more than 1e-12 of assets below
/// b_0. Round 0 still counts every claim at face; each solve finds payments and marks together, so what marks bring about
/// is of round 1 or later, even if nobody failed in round 0. Without round 0 and without distress of a debtor of such a
/// holder this ends after one look at every claim.
///
/// # Units
/// Amounts in USD bn, not negative.
/// # Shapes
/// `amounts`: one a claim of `network`; results in `workspace`, which must be made for this network.
/// # Errors
/// [`ClearingError::NotConverged`] with the round and the largest residual of a payment fraction; with marks, of receipts
/// as a share of their face.
/// # References
/// Eisenberg and Noe (2001), Management Science 47(2); Rogers and Veraart (2013), Management Science 59(4), algorithm GA;
/// Elsinger (2009), OeNB working paper 156, for seniority; Bardoscia et al. (2016), PLoS ONE 11, and Barucca et al. (2020),
/// Mathematical Finance 30, for marks.
pub fn clear(
    network: &Network,
    amounts: &[f64],
    banks: &Banks<'_>,
    workspace: &mut ClearingWorkspace,
) -> Result<(), ClearingError> {
    workspace.open(network, amounts, banks);
    match banks.acting_mark() {
        None => workspace.cascade(network, banks)?,
        Some(mark) => workspace.cascade_marked(mark, network, banks)?,
    }
    workspace.close(network, banks);
    Ok(())
}

#[cfg(test)]
mod marked;
#[cfg(test)]
mod marked_properties;
#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::ExternalPriority::{PariPassu, Senior};
    use super::*;

    /// A network and its balance sheets, owned.
    #[derive(Debug, Clone)]
    pub(super) struct World {
        pub(super) links: Vec<Link>,
        pub(super) amounts: Vec<f64>,
        pub(super) external_assets: Vec<f64>,
        pub(super) external_debt: Vec<f64>,
        pub(super) threshold: Vec<f64>,
        pub(super) priority: Vec<ExternalPriority>,
        pub(super) alive: Vec<bool>,
        pub(super) forced: Vec<bool>,
        pub(super) fair_value: Vec<bool>,
        pub(super) opening_buffer: Vec<f64>,
        pub(super) marks: Option<Mark>,
        pub(super) costs: Costs,
    }

    impl World {
        pub(super) fn new(external_assets: &[f64], external_debt: &[f64], claims: &[(usize, usize, f64)]) -> Self {
            let nodes = external_assets.len();
            Self {
                links: claims.iter().map(|(k, j, _)| (Some(*k), Some(*j))).collect(),
                amounts: claims.iter().map(|(.., amount)| *amount).collect(),
                external_assets: external_assets.to_vec(),
                external_debt: external_debt.to_vec(),
                threshold: vec![0.0; nodes],
                priority: vec![PariPassu; nodes],
                alive: vec![true; nodes],
                forced: vec![false; nodes],
                fair_value: vec![false; nodes],
                opening_buffer: vec![1.0; nodes],
                marks: None,
                costs: costs(1.0, 1.0),
            }
        }

        fn with(mut self, priority: ExternalPriority, alpha: f64, beta: f64) -> Self {
            self.priority.fill(priority);
            self.costs = costs(alpha, beta);
            self
        }

        pub(super) fn banks(&self) -> Banks<'_> {
            Banks {
                external_assets: &self.external_assets,
                external_debt: &self.external_debt,
                threshold: &self.threshold,
                priority: &self.priority,
                alive: &self.alive,
                forced: &self.forced,
                fair_value: &self.fair_value,
                opening_buffer: &self.opening_buffer,
                marks: self.marks,
                costs: self.costs,
            }
        }

        pub(super) fn clear(&self) -> ClearingWorkspace {
            let network = Network::new(self.external_assets.len(), &self.links).expect("every lender exists");
            let mut workspace = ClearingWorkspace::new(&network);
            clear(&network, &self.amounts, &self.banks(), &mut workspace).expect("converges");
            workspace
        }

        /// What reaches live owners and creditors beyond the network, and what was there; equal at every clearing.
        pub(super) fn identity(&self, cleared: &ClearingWorkspace) -> (f64, f64) {
            let taking_part = |node: Option<usize>| node.is_some_and(|node| self.alive[node]);
            let mut reached = 0.0;
            let mut present = 0.0;
            for node in (0..self.alive.len()).filter(|node| self.alive[*node]) {
                reached += cleared.equity[node] + cleared.external_paid[node] + cleared.deadweight[node];
                present += self.external_assets[node];
            }
            for ((debtor, creditor), amount) in self.links.iter().zip(&self.amounts) {
                if taking_part(*debtor) && !taking_part(*creditor) {
                    reached += amount * cleared.fraction[debtor.expect("takes part")];
                } else if debtor.is_none() && taking_part(*creditor) {
                    present += amount;
                }
            }
            (reached, present)
        }
    }

    pub(super) fn costs(asset_recovery: f64, claim_recovery: f64) -> Costs {
        Costs { asset_recovery, claim_recovery }
    }

    fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_abs_diff_eq!(*found, *expected, epsilon = tolerance);
        }
    }

    fn total_payments(cleared: &ClearingWorkspace) -> Vec<f64> {
        let paid = cleared.external_paid.iter().zip(&cleared.network_paid);
        paid.map(|(external, network)| external + network).collect()
    }

    pub(super) fn rounds(cleared: &ClearingWorkspace) -> Vec<Option<usize>> {
        let of = |node: usize| cleared.failed[node].then_some(cleared.round[node]);
        (0..cleared.failed.len()).map(of).collect()
    }

    fn three_banks() -> World {
        let claims = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)].map(|(k, j)| (k, j, 0.5));
        World::new(&[0.5, 0.625, 0.75], &[1.5, 0.5, 0.5], &claims)
    }

    fn four_lenders() -> World {
        let claims =
            [(0, 1, 5.0), (0, 2, 2.0), (1, 2, 4.0), (1, 3, 3.0), (2, 0, 1.0), (2, 3, 5.0), (3, 0, 2.0), (3, 1, 1.0)];
        World::new(&[2.0, 12.0, 8.0, 20.0], &[6.0, 8.0, 5.0, 14.0], &claims)
    }

    fn worked_example() -> World {
        let claims = [(0, 1, 6.0), (0, 2, 2.0), (1, 2, 4.0), (2, 1, 1.0), (2, 3, 2.0)];
        let mut world = World::new(&[8.0, 5.0, 3.0, 0.5], &[4.0, 3.0, 5.0, 1.0], &claims);
        world.threshold = vec![1.0, 1.0, 0.5, 1.5];
        world
    }

    /// A closed ring in which each owes the next 1.
    fn closed_ring(nodes: usize) -> World {
        let claims: Vec<_> = (0..nodes).map(|node| (node, (node + 1) % nodes, 1.0)).collect();
        World::new(&vec![0.0; nodes], &vec![0.0; nodes], &claims).with(Senior, 1.0, 1.0)
    }

    #[test]
    fn reproduces_the_eisenberg_noe_example_of_systemicrisk() {
        let cleared = three_banks().clear();
        assert_close(&total_payments(&cleared), &[165.0 / 112.0, 159.0 / 112.0, 1.5], 1e-14);
        assert_eq!(rounds(&cleared), [Some(0), Some(1), None]);
        assert_abs_diff_eq!(cleared.equity[2], 1.0 / 56.0, epsilon = 1e-14);
        assert_eq!(cleared.rounds, 2);
    }

    #[test]
    fn reproduces_rogers_veraart_with_costs() {
        let cleared = three_banks().with(PariPassu, 0.5, 0.7).clear();
        assert_close(&total_payments(&cleared), &[0.502020, 0.514705, 0.565381], 5e-7);
        assert_eq!(rounds(&cleared), [Some(0), Some(1), Some(1)]);
        assert_abs_diff_eq!(cleared.deadweight.iter().sum::<f64>(), 1.213760, epsilon = 5e-7);
    }

    #[test]
    fn reproduces_four_lenders_pari_passu() {
        let cleared = four_lenders().clear();
        assert_close(&cleared.fraction, &[0.384615, 0.994872, 1.0, 1.0], 5e-7);
        let cleared = four_lenders().with(PariPassu, 0.7, 0.7).clear();
        assert_close(&cleared.fraction, &[0.269231, 0.669487, 1.0, 1.0], 5e-7);
        assert_abs_diff_eq!(cleared.deadweight.iter().sum::<f64>(), 5.803846, epsilon = 5e-7);
    }

    #[test]
    fn reproduces_four_lenders_with_senior_external_debt() {
        let cleared = four_lenders().with(Senior, 1.0, 1.0).clear();
        assert_close(&cleared.fraction, &[0.0, 0.714286, 0.976190, 1.0], 5e-7);
        assert_eq!(rounds(&cleared), [Some(0), Some(1), Some(2), None]);
        let cleared = four_lenders().with(Senior, 0.7, 0.7).clear();
        assert_close(&cleared.fraction, &[0.0, 0.157143, 0.173333, 1.0], 5e-7);
        assert_abs_diff_eq!(cleared.deadweight.iter().sum::<f64>(), 7.740571, epsilon = 5e-7);
        let reached: f64 = (0..4).map(|j| cleared.equity[j] + cleared.external_paid[j] + cleared.deadweight[j]).sum();
        assert_abs_diff_eq!(reached, 42.0, epsilon = 1e-12);
    }

    #[test]
    fn furfine_is_zero_recovery() {
        let cleared = three_banks().with(PariPassu, 0.0, 0.0).clear();
        assert_eq!(cleared.fraction, [0.0; 3]);
        assert_eq!(rounds(&cleared), [Some(0), Some(1), Some(1)]);
    }

    struct Row {
        priority: ExternalPriority,
        recovery: f64,
        fraction: [f64; 4],
        rounds: [Option<usize>; 4],
        external: [f64; 4],
        equity: [f64; 4],
        deadweight: f64,
    }

    fn check_row(row: &Row) {
        let world = worked_example().with(row.priority, row.recovery, row.recovery);
        let cleared = world.clear();
        assert_close(&cleared.fraction, &row.fraction, 5e-7);
        assert_eq!(rounds(&cleared), row.rounds);
        assert_close(&cleared.external_paid, &row.external, 5e-7);
        assert_close(&cleared.equity, &row.equity, 5e-7);
        assert_abs_diff_eq!(cleared.deadweight.iter().sum::<f64>(), row.deadweight, epsilon = 1e-12);
        assert_abs_diff_eq!(world.identity(&cleared).0, 16.5, epsilon = 1e-12);
    }

    #[test]
    fn reproduces_the_worked_example_without_costs() {
        check_row(&Row {
            priority: Senior,
            recovery: 1.0,
            fraction: [0.5, 1.0, 1.0, 1.0],
            rounds: [Some(0), None, Some(1), None],
            external: [4.0, 3.0, 5.0, 1.0],
            equity: [0.0, 2.0, 0.0, 1.5],
            deadweight: 0.0,
        });
        check_row(&Row {
            priority: PariPassu,
            recovery: 1.0,
            fraction: [2.0 / 3.0, 1.0, 1.0, 1.0],
            rounds: [Some(0), None, Some(1), None],
            external: [8.0 / 3.0, 3.0, 5.0, 1.0],
            equity: [0.0, 3.0, 1.0 / 3.0, 1.5],
            deadweight: 0.0,
        });
    }

    #[test]
    fn reproduces_the_worked_example_with_costs() {
        check_row(&Row {
            priority: Senior,
            recovery: 0.8,
            fraction: [0.3, 0.61, 0.0, 1.0],
            rounds: [Some(0), Some(1), Some(1), Some(2)],
            external: [4.0, 3.0, 4.832, 0.4],
            equity: [0.0; 4],
            deadweight: 4.268,
        });
        check_row(&Row {
            priority: PariPassu,
            recovery: 0.8,
            fraction: [8.0 / 15.0, 1.0, 0.806_666_666_667, 1.0],
            rounds: [Some(0), None, Some(1), Some(2)],
            external: [2.133333, 3.0, 4.033333, 1.0],
            equity: [0.0, 2.006667, 0.0, 0.690667],
            deadweight: 3.636,
        });
    }

    #[test]
    fn a_threshold_without_costs_hurts_no_creditor() {
        let mut world = World::new(&[3.0, 1.0], &[1.0, 1.0], &[(0, 1, 1.5)]);
        world.threshold = vec![1.0, 0.0];
        let cleared = world.clear();
        assert_eq!(cleared.failed, [true, false]);
        assert_eq!(cleared.fraction, [1.0, 1.0]);
        assert_abs_diff_eq!(cleared.equity[0], 0.5, epsilon = 1e-15);
    }

    #[test]
    fn equity_exactly_at_the_threshold_survives() {
        let mut world = World::new(&[0.1 + 0.2], &[0.2], &[]);
        world.threshold = vec![0.1];
        assert!(!world.clear().failed[0]);
        world.threshold = vec![0.1 + 1e-9];
        assert!(world.clear().failed[0]);
    }

    /// Each also owes outside a leak e, so p falls by 1/(1+e) a link and a first estate a sets the level:
    /// p_0 ((1+e) - (1+e)^-(n-1)) = a. Plain iteration would need some 1/(n e) times as many steps as digits.
    #[test]
    fn a_ring_with_gain_near_one_is_solved_exactly() {
        for nodes in [3, 30, 300, 5000] {
            for (leak, tolerance) in [(1e-3, 1e-12), (1e-6, 1e-9)] {
                let mut world = closed_ring(nodes);
                world.links.extend((0..nodes).map(|node| (Some(node), None)));
                world.amounts.resize(2 * nodes, leak);
                let last = (1..nodes).fold(0.5, |p, _| p / (1.0 + leak));
                world.external_assets[0] = 0.5 * (1.0 + leak) - last;
                let cleared = world.clear();
                assert!(cleared.failed[0]);
                assert_abs_diff_eq!(cleared.fraction[0], 0.5, epsilon = tolerance);
                assert_abs_diff_eq!(cleared.fraction[nodes - 1], last, epsilon = tolerance);
            }
        }
    }

    #[test]
    fn a_lossless_closed_ring_pays_in_full_and_a_leaking_one_nothing() {
        for nodes in [2, 25, 200] {
            let mut world = closed_ring(nodes);
            world.threshold.fill(1.0);
            assert_eq!(world.clear().fraction, vec![1.0; nodes]);
            world.external_debt[0] = 1e-7;
            assert_eq!(world.clear().fraction, vec![0.0; nodes], "a leak of 1e-7 drains the ring");
        }
    }

    /// A dense-knit network whose greatest vector is known: estates are set so that `p` clears, one claim in `leak` goes
    /// outside.
    fn known_solution(nodes: usize, leak: f64) -> (World, Vec<f64>) {
        let p: Vec<f64> = (0..nodes).map(|j| 0.2 + 0.6 * ((j * 7919 % nodes) as f64 / nodes as f64)).collect();
        let mut claims = Vec::new();
        for debtor in 0..nodes {
            for link in 0..6 {
                let creditor = (debtor * 31 + link * link * 17 + link + 1) % nodes;
                if creditor != debtor {
                    claims.push((debtor, creditor, 1.0 + 0.1 * link as f64));
                }
            }
        }
        let mut world = World::new(&vec![0.0; nodes], &vec![0.0; nodes], &claims).with(Senior, 1.0, 1.0);
        let mut need = vec![0.0; nodes];
        for (debtor, creditor, amount) in &claims {
            need[*debtor] += amount * p[*debtor];
            need[*creditor] -= amount * p[*debtor];
        }
        for debtor in 0..nodes {
            world.links.push((Some(debtor), None));
            world.amounts.push(leak);
            need[debtor] += leak * p[debtor];
        }
        world.external_assets = need.iter().map(|need| need.max(0.0)).collect();
        world.external_debt = need.iter().map(|need| (-need).max(0.0)).collect();
        (world, p)
    }

    #[test]
    fn every_method_of_solution_finds_a_known_vector() {
        for nodes in [10, 60, 120, 400, 3000] {
            for (leak, tolerance) in [(3.0, 1e-12), (1e-2, 1e-11), (1e-5, 1e-8)] {
                let (world, p) = known_solution(nodes, leak);
                let cleared = world.clear();
                assert!(cleared.failed.iter().all(|failed| *failed));
                assert_close(&cleared.fraction, &p, tolerance);
            }
        }
    }

    #[test]
    fn a_forced_failure_is_of_round_zero_and_pays_what_it_has() {
        let mut world = World::new(&[5.0, 1.0], &[1.0, 0.5], &[(0, 1, 2.0)]).with(Senior, 0.5, 1.0);
        world.forced[0] = true;
        let cleared = world.clear();
        assert_eq!(rounds(&cleared), [Some(0), None]);
        assert_close(&cleared.fraction, &[0.75, 1.0], 1e-15);
        assert_eq!(cleared.deadweight, [2.5, 0.0]);
    }

    #[test]
    fn empty_and_isolated_lenders_stand() {
        let cleared = World::new(&[0.0, 0.0, 4.0], &[0.0, 2.0, 1.0], &[]).clear();
        assert_eq!(cleared.failed, [false, true, false]);
        assert_eq!(cleared.fraction, [1.0; 3]);
        assert_eq!(cleared.external_paid, [0.0, 0.0, 1.0]);
        assert_eq!(World::new(&[], &[], &[]).clear().rounds, 0);
    }

    #[test]
    fn an_estate_without_assets_pays_nothing() {
        for priority in [Senior, PariPassu] {
            let cleared =
                World::new(&[0.0, -1.0, 9.0], &[0.0; 3], &[(0, 2, 3.0), (1, 2, 1.0)]).with(priority, 0.9, 0.9).clear();
            assert_eq!(cleared.fraction, [0.0, 0.0, 1.0]);
            assert_eq!(cleared.equity, [0.0, 0.0, 9.0]);
            assert_eq!(cleared.deadweight, [0.0, -1.0, 0.0]);
        }
    }

    #[test]
    fn a_self_claim_nets_to_nothing_and_duplicates_add_up() {
        let claims = [(0, 1, 3.0), (1, 2, 4.0)];
        let plain = World::new(&[2.0, 1.5, 0.0], &[1.0, 0.5, 0.0], &claims).with(Senior, 0.9, 0.9);
        let split = [(0, 1, 1.0), (2, 2, 7.0), (0, 1, 2.0), (0, 0, 5.0), (1, 2, 4.0)];
        let split = World::new(&[2.0, 1.5, 0.0], &[1.0, 0.5, 0.0], &split).with(Senior, 0.9, 0.9);
        let (plain, split) = (plain.clear(), split.clear());
        assert_close(&split.fraction, &plain.fraction, 1e-15);
        assert_close(&split.equity, &plain.equity, 1e-15);
        assert_eq!(split.failed, plain.failed);
    }

    #[test]
    fn a_dead_creditor_is_paid_like_any_other_and_a_dead_debtor_pays_nothing() {
        let claims = [(0, 1, 2.0), (0, 2, 2.0), (1, 2, 9.0)];
        let mut world = World::new(&[2.0, 50.0, 1.0], &[0.0; 3], &claims);
        world.alive[1] = false;
        let cleared = world.clear();
        assert_close(&cleared.fraction, &[0.5, 1.0, 1.0], 1e-15);
        assert_close(&cleared.network_receipts, &[0.0, 0.0, 1.0], 1e-15);
        assert_close(&cleared.equity, &[0.0, 0.0, 2.0], 1e-15);
        let (reached, present) = world.identity(&cleared);
        assert_abs_diff_eq!(reached, present, epsilon = 1e-14);
    }

    #[test]
    fn outside_pays_face_and_receives_like_any_creditor() {
        let mut world = World::new(&[1.0, 1.0], &[0.0, 0.0], &[(0, 1, 2.0)]);
        world.links.extend([(None, Some(0)), (Some(0), None), (None, None)]);
        world.amounts.extend([1.0, 2.0, 100.0]);
        let cleared = world.clear();
        assert_close(&cleared.fraction, &[0.5, 1.0], 1e-15);
        assert_close(&cleared.equity, &[0.0, 2.0], 1e-15);
        assert_eq!(world.identity(&cleared), (3.0, 3.0));
    }

    #[test]
    fn a_workspace_forgets_the_clearing_before() {
        let world = worked_example().with(Senior, 0.8, 0.8);
        let network = Network::new(4, &world.links).expect("every lender exists");
        let mut workspace = ClearingWorkspace::new(&network);
        clear(&network, &world.amounts, &world.banks(), &mut workspace).expect("converges");
        let mut calm = world.clone();
        calm.external_assets = vec![100.0; 4];
        clear(&network, &world.amounts, &calm.banks(), &mut workspace).expect("converges");
        assert_eq!(workspace.rounds, 0);
        assert_eq!(workspace.fraction, [1.0; 4]);
        clear(&network, &world.amounts, &world.banks(), &mut workspace).expect("converges");
        assert_eq!(workspace.fraction, world.clear().fraction);
    }

    #[test]
    fn an_unknown_lender_is_named() {
        let error = Network::new(2, &[(Some(0), Some(1)), (None, Some(2))]).expect_err("lender 2 does not exist");
        assert_eq!(error.to_string(), "claim 1 names lender 2, but the network has 2 lenders");
    }
}
