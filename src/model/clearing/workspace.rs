//! Results of a clearing and the rounds that fill them.

use super::estates::{Estate, Estates};
use super::marks::Marks;
use super::network::{Face, Network};
use super::{Banks, ClearingError, Costs};
use crate::model::mark::Mark;
use crate::model::system::ExternalPriority;

/// Margin of the failure test against rounding, as a share of assets.
pub(in crate::model) const THRESHOLD_MARGIN: f64 = 1e-12;

/// Results of the last clearing, and its scratch.
///
/// Where marks act, what a fair-value holder counts enters `network_receipts`, and with them `equity`, `deadweight` and
/// the estates; what it is paid at settlement is `fraction`. See [`ClearingWorkspace::claim_value`].
///
/// # Units
/// Amounts in USD bn.
/// # Shapes
/// Every vector has one element a lender; a dead lender has zeros, `fraction` 1.
#[derive(Debug, Clone)]
pub struct ClearingWorkspace {
    /// Failed in this clearing.
    pub failed: Vec<bool>,
    /// Round of failure; 0 where it did not fail.
    pub round: Vec<usize>,
    /// p: share of network debt paid; 1 if there is none, or if alive.
    pub fraction: Vec<f64>,
    /// x: receipts on network claims as counted; without marks those on live debtors at face.
    pub network_receipts: Vec<f64>,
    /// Paid to external creditors by the failed; what the living owe them.
    pub external_paid: Vec<f64>,
    /// Paid to network creditors by the failed, outside and dead ones included; what the living owe them.
    pub network_paid: Vec<f64>,
    /// E, unfloored, of the living; residual equity >= 0 of the failed.
    pub equity: Vec<f64>,
    /// Lost in failure: e + x less the estate, so (1 - alpha) e + (1 - beta) x where e >= 0. An estate below zero, which
    /// nobody pays, enters with its sign.
    pub deadweight: Vec<f64>,
    /// h, with marks counted, also of the failed; 0 for everybody where no marks act.
    pub distress: Vec<f64>,
    /// Rounds up to the last in which somebody failed. All have failures, but round 0 may be empty where marks act.
    pub rounds: usize,
    owed: Vec<f64>,
    newly: Vec<usize>,
    estates: Estates,
    marks: Marks,
}

impl ClearingWorkspace {
    /// Room for every clearing of `network`; linear in lenders and claims.
    pub fn new(network: &Network) -> Self {
        let nodes = network.nodes();
        let zeros = || vec![0.0; nodes];
        Self {
            failed: vec![false; nodes],
            round: vec![0; nodes],
            fraction: vec![1.0; nodes],
            network_receipts: zeros(),
            external_paid: zeros(),
            network_paid: zeros(),
            equity: zeros(),
            deadweight: zeros(),
            distress: zeros(),
            rounds: 0,
            owed: zeros(),
            newly: Vec::with_capacity(nodes),
            estates: Estates::new(network),
            marks: Marks::new(network),
        }
    }

    /// l: network debt at face of the last clearing, by lender.
    pub fn network_debt(&self) -> &[f64] {
        &self.owed
    }

    /// What the creditor of a claim counts it at, as a share of face: p of a failed debtor, 1 for a live one; to a
    /// fair-value holder min(p, V(h)) and V(h). Of a void claim it means nothing.
    ///
    /// `claim` is a number of the list given to [`Network::new`].
    pub fn claim_value(&self, network: &Network, claim: usize) -> f64 {
        let (debtor, creditor) = network.link(claim);
        let Some(debtor) = debtor else { return 1.0 };
        let counts_marks = creditor.is_some_and(|creditor| self.marks.holder[creditor]);
        if counts_marks { self.marks.counted[debtor] } else { self.fraction[debtor] }
    }

    /// p - min(p, V(h)) of a claim on a failed debtor, as a share of face; 0 for other claims. It is the gain of a holder
    /// that lives, which is paid p, and goes to outside with the estate of one that failed.
    pub fn settlement_gain(&self, network: &Network, claim: usize) -> f64 {
        let failed = |debtor: &usize| self.failed[*debtor];
        let debtor = network.link(claim).0.filter(failed);
        debtor.map_or(0.0, |debtor| self.fraction[debtor] - self.claim_value(network, claim))
    }

    pub(super) fn open(&mut self, network: &Network, amounts: &[f64], banks: &Banks<'_>) {
        debug_assert_eq!(amounts.len(), network.claims());
        debug_assert!(amounts.iter().all(|amount| *amount >= 0.0 && amount.is_finite()));
        self.failed.fill(false);
        self.round.fill(0);
        self.rounds = 0;
        let (face, owed, receipts) = (&mut self.estates.face, &mut self.owed, &mut self.network_receipts);
        network.value(amounts, banks.alive, Face { face, owed, receipts });
        self.estates.reset(banks.costs.claim_recovery);
        self.marks.shut();
        self.distress.fill(0.0);
    }

    /// Rounds without marks.
    pub(super) fn cascade(&mut self, network: &Network, banks: &Banks<'_>) -> Result<(), ClearingError> {
        let mut fails = self.fail_at_face(banks);
        while fails {
            let round = self.rounds - 1;
            self.estates.settle(network).map_err(|residual| ClearingError::NotConverged { round, residual })?;
            fails = self.fail_where_stale(network, banks);
        }
        Ok(())
    }

    /// Rounds with marks: round 0 counts every claim at face, the first solve begins to mark.
    pub(super) fn cascade_marked(
        &mut self,
        mark: Mark,
        network: &Network,
        banks: &Banks<'_>,
    ) -> Result<(), ClearingError> {
        self.marks.open(mark, banks, &self.owed, &self.network_receipts);
        let mut rounds = usize::from(self.fail_at_face(banks));
        for round in 0.. {
            self.rounds = round + 1;
            let settled = self.marks.settle(network, &mut self.estates);
            settled.map_err(|residual| ClearingError::NotConverged { round, residual })?;
            if !self.fail_where_stale(network, banks) {
                break;
            }
            rounds = self.rounds;
        }
        self.rounds = rounds;
        for (node, distress) in self.distress.iter_mut().enumerate().filter(|(node, _)| banks.alive[*node]) {
            *distress = self.marks.distress(node);
        }
        Ok(())
    }

    /// Finds the failures of round 0; `false` if there are none.
    fn fail_at_face(&mut self, banks: &Banks<'_>) -> bool {
        self.weigh(banks);
        self.newly.clear();
        let nodes = self.equity.len();
        let (alive, forced, threshold) = (&banks.alive[..nodes], &banks.forced[..nodes], &banks.threshold[..nodes]);
        let (assets, receipts) = (&banks.external_assets[..nodes], &self.network_receipts[..nodes]);
        for (node, equity) in self.equity.iter().enumerate() {
            let below = is_below(*equity, threshold[node], assets[node].abs() + receipts[node]);
            if (below | forced[node]) & alive[node] {
                self.newly.push(node);
            }
        }
        self.bury_newly(banks)
    }

    /// E of everybody with every claim at face.
    fn weigh(&mut self, banks: &Banks<'_>) {
        let assets = banks.external_assets.iter().zip(&self.network_receipts);
        let debts = banks.external_debt.iter().zip(&self.owed);
        for (equity, ((assets, receipts), (debt, owed))) in self.equity.iter_mut().zip(assets.zip(debts)) {
            *equity = assets + receipts - debt - owed;
        }
    }

    /// Finds the failures of a later round among those whose debtors pay or count otherwise than in the last.
    fn fail_where_stale(&mut self, network: &Network, banks: &Banks<'_>) -> bool {
        self.newly.clear();
        for node in 0..self.failed.len() {
            if !self.estates.stale[node] || self.failed[node] || !banks.alive[node] {
                continue;
            }
            self.estates.stale[node] = false;
            let (assets, receipts) = (banks.external_assets[node], self.receipts(node, network));
            let equity = assets + receipts - banks.external_debt[node] - self.owed[node];
            self.network_receipts[node] = receipts;
            self.equity[node] = equity;
            if is_below(equity, banks.threshold[node], assets.abs() + receipts) {
                self.newly.push(node);
            }
        }
        self.bury_newly(banks)
    }

    fn bury_newly(&mut self, banks: &Banks<'_>) -> bool {
        for place in 0..self.newly.len() {
            self.bury(self.newly[place], banks);
        }
        self.rounds += usize::from(!self.newly.is_empty());
        !self.newly.is_empty()
    }

    fn receipts(&self, node: usize, network: &Network) -> f64 {
        let values = if self.marks.holder[node] { &self.marks.counted } else { &self.estates.pay };
        network.receipts(node, &self.estates.face, values)
    }

    fn bury(&mut self, node: usize, banks: &Banks<'_>) {
        self.failed[node] = true;
        self.round[node] = self.rounds;
        if self.owed[node] <= 0.0 {
            return;
        }
        let (debt, owed) = (banks.external_debt[node], self.owed[node]);
        let assets = surviving_assets(banks.external_assets[node], banks.costs);
        let (offset, weight) = match banks.priority[node] {
            ExternalPriority::Senior => (assets - debt, owed),
            ExternalPriority::PariPassu => (assets, debt + owed),
        };
        let scale = assets.abs() + debt + owed + self.network_receipts[node];
        let estate = Estate { offset, weight, scale };
        self.estates.push(node, estate, self.network_receipts[node]);
        self.marks.push(node, estate);
    }

    pub(super) fn close(&mut self, network: &Network, banks: &Banks<'_>) {
        self.fraction.copy_from_slice(&self.estates.pay[..network.nodes()]);
        self.external_paid.copy_from_slice(banks.external_debt);
        self.network_paid.copy_from_slice(&self.owed);
        self.deadweight.fill(0.0);
        for (node, alive) in banks.alive.iter().enumerate() {
            if !alive {
                self.close_dead(node);
            } else if self.failed[node] {
                self.network_receipts[node] = self.last_receipts(node, network);
                self.close_failed(node, banks);
            }
        }
    }

    /// x of a failed lender at what its debtors pay or count at last.
    fn last_receipts(&self, node: usize, network: &Network) -> f64 {
        let settled = self.owed[node] > 0.0 && !self.marks.acts();
        if settled { self.estates.receipts(node) } else { self.receipts(node, network) }
    }

    fn close_dead(&mut self, node: usize) {
        self.network_receipts[node] = 0.0;
        self.external_paid[node] = 0.0;
        self.network_paid[node] = 0.0;
        self.equity[node] = 0.0;
    }

    fn close_failed(&mut self, node: usize, banks: &Banks<'_>) {
        let (assets, receipts) = (banks.external_assets[node], self.network_receipts[node]);
        let debt = banks.external_debt[node];
        let estate = surviving_assets(assets, banks.costs) + banks.costs.claim_recovery * receipts;
        let estate = estate.max(0.0);
        let shares = banks.priority[node] == ExternalPriority::PariPassu && self.owed[node] > 0.0;
        let external = if shares { self.fraction[node] * debt } else { debt.min(estate) };
        let network = self.fraction[node] * self.owed[node];
        self.external_paid[node] = external;
        self.network_paid[node] = network;
        self.equity[node] = (estate - external - network).max(0.0);
        self.deadweight[node] = assets + receipts - estate;
    }
}

/// Equity strictly below the threshold, by more than the rounding of `assets`.
fn is_below(equity: f64, threshold: f64, assets: f64) -> bool {
    equity < threshold - THRESHOLD_MARGIN * assets
}

/// What failure leaves of assets other than claims; a lack of them stays whole.
pub(in crate::model) fn surviving_assets(assets: f64, costs: Costs) -> f64 {
    if assets > 0.0 { costs.asset_recovery * assets } else { assets }
}
