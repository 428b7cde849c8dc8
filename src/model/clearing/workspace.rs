//! Results of a clearing and the rounds that fill them.

use super::estates::{Estate, Estates};
use super::network::Network;
use super::{Banks, ClearingError, Costs};
use crate::model::system::ExternalPriority;

/// Margin of the failure test against rounding, as a share of assets.
pub(in crate::model) const THRESHOLD_MARGIN: f64 = 1e-12;

/// Results of the last clearing, and its scratch.
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
    /// x: receipts on network claims, those on live debtors at face.
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
    /// Rounds in which somebody failed.
    pub rounds: usize,
    owed: Vec<f64>,
    newly: Vec<usize>,
    estates: Estates,
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
            rounds: 0,
            owed: zeros(),
            newly: Vec::with_capacity(nodes),
            estates: Estates::new(network),
        }
    }

    /// l: network debt at face of the last clearing, by lender.
    pub fn network_debt(&self) -> &[f64] {
        &self.owed
    }

    pub(super) fn open(&mut self, network: &Network, amounts: &[f64], banks: &Banks<'_>) {
        debug_assert_eq!(amounts.len(), network.claims());
        debug_assert!(amounts.iter().all(|amount| *amount >= 0.0 && amount.is_finite()));
        self.failed.fill(false);
        self.round.fill(0);
        self.rounds = 0;
        network.owed(amounts, banks.alive, &mut self.owed);
        network.face(amounts, banks.alive, &mut self.estates.face);
        self.estates.reset(banks.costs.claim_recovery);
    }

    /// Finds the failures of the next round; `false` if there are none.
    pub(super) fn fail(&mut self, network: &Network, banks: &Banks<'_>) -> bool {
        self.newly.clear();
        for node in 0..network.nodes() {
            if !banks.alive[node] || self.failed[node] {
                continue;
            }
            let receipts = network.receipts(node, &self.estates.face, &self.estates.pay);
            self.network_receipts[node] = receipts;
            if banks.forced[node] || self.is_below_threshold(node, banks) {
                self.newly.push(node);
            }
        }
        for place in 0..self.newly.len() {
            self.bury(self.newly[place], banks);
        }
        self.rounds += usize::from(!self.newly.is_empty());
        !self.newly.is_empty()
    }

    fn is_below_threshold(&self, node: usize, banks: &Banks<'_>) -> bool {
        let assets = banks.external_assets[node].abs() + self.network_receipts[node];
        self.live_equity(node, banks) < banks.threshold[node] - THRESHOLD_MARGIN * assets
    }

    fn live_equity(&self, node: usize, banks: &Banks<'_>) -> f64 {
        banks.external_assets[node] + self.network_receipts[node] - banks.external_debt[node] - self.owed[node]
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
        self.estates.push(node, Estate { offset, weight, scale });
    }

    pub(super) fn settle(&mut self, network: &Network) -> Result<(), ClearingError> {
        let round = self.rounds - 1;
        self.estates.settle(network).map_err(|residual| ClearingError::NotConverged { round, residual })
    }

    pub(super) fn close(&mut self, network: &Network, banks: &Banks<'_>) {
        for node in 0..network.nodes() {
            self.fraction[node] = self.estates.pay[node];
            if !banks.alive[node] {
                self.close_dead(node);
            } else if self.failed[node] {
                self.network_receipts[node] = network.receipts(node, &self.estates.face, &self.estates.pay);
                self.close_failed(node, banks);
            } else {
                self.external_paid[node] = banks.external_debt[node];
                self.network_paid[node] = self.owed[node];
                self.equity[node] = self.live_equity(node, banks);
                self.deadweight[node] = 0.0;
            }
        }
    }

    fn close_dead(&mut self, node: usize) {
        self.network_receipts[node] = 0.0;
        self.external_paid[node] = 0.0;
        self.network_paid[node] = 0.0;
        self.equity[node] = 0.0;
        self.deadweight[node] = 0.0;
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

/// What failure leaves of assets other than claims; a lack of them stays whole.
pub(in crate::model) fn surviving_assets(assets: f64, costs: Costs) -> f64 {
    if assets > 0.0 { costs.asset_recovery * assets } else { assets }
}
