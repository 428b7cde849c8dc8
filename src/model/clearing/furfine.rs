//! Sequential failures with a fixed recovery: what a failed lender pays is assumed, not solved for.

use super::THRESHOLD_MARGIN;
use super::network::{Face, Network};

/// Balance sheets of a sequence of failures, after any shock.
///
/// # Shapes
/// Every slice has one element a lender of the network.
#[derive(Debug, Clone, Copy)]
pub struct Buffers<'a> {
    /// e: value of all assets but network claims.
    pub external_assets: &'a [f64],
    /// D >= 0: debt outside the network.
    pub external_debt: &'a [f64],
    /// theta: a lender fails when its equity is strictly below.
    pub threshold: &'a [f64],
}

/// Who fails when, and what everybody holds and owes.
///
/// # Shapes
/// One element a lender.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Round of failure; `None` for who does not fail.
    pub round: Vec<Option<usize>>,
    /// x: receipts on network claims.
    pub receipts: Vec<f64>,
    /// l: network debt at face.
    pub network_debt: Vec<f64>,
}

/// Rounds of failures in which every creditor of a failed lender receives `recovery` per unit owed.
///
/// A claim on a failed lender is worth R of its face, one on any other its face:
///
/// ```text
/// E_j = e_j + sum_k L_kj (R if k failed, else 1) - D_j - l_j,   j fails iff E_j < theta_j, strictly
/// ```
///
/// (with a margin of 1e-12 of assets against rounding). Round 0 fails who is below with every claim at face; round n + 1
/// who is below with the claims on the failed of rounds 0 to n at R. Failure is absorbing and lowers every E, so the
/// sequence ends after at most as many rounds as there are lenders, at the fewest failures consistent with R.
///
/// # Units
/// Amounts in any one unit, not negative; `recovery` is a share in `[0, 1]`.
/// # Shapes
/// `amounts`: one a claim of `network`.
/// # References
/// Furfine (2003), Journal of Money, Credit and Banking 35(1).
#[must_use]
pub fn furfine(network: &Network, amounts: &[f64], buffers: &Buffers<'_>, recovery: f64) -> Sequence {
    let nodes = network.nodes();
    let everybody = vec![true; nodes];
    let mut face = vec![0.0; network.entries()];
    let mut sequence =
        Sequence { round: vec![None; nodes], receipts: vec![0.0; nodes], network_debt: vec![0.0; nodes] };
    let Sequence { receipts, network_debt: owed, .. } = &mut sequence;
    network.value(amounts, &everybody, Face { face: &mut face, owed, receipts });
    let mut pay = vec![1.0; nodes + 1];
    for round in 0..=nodes {
        for node in 0..nodes {
            sequence.receipts[node] = network.receipts(node, &face, &pay);
        }
        let newly: Vec<usize> = (0..nodes).filter(|node| sequence.falls(*node, buffers)).collect();
        if newly.is_empty() {
            break;
        }
        for node in newly {
            sequence.round[node] = Some(round);
            pay[node] = recovery;
        }
    }
    sequence
}

impl Sequence {
    fn falls(&self, node: usize, buffers: &Buffers<'_>) -> bool {
        let assets = buffers.external_assets[node] + self.receipts[node];
        let equity = assets - buffers.external_debt[node] - self.network_debt[node];
        self.round[node].is_none() && equity < buffers.threshold[node] - THRESHOLD_MARGIN * assets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clearing::Link;

    fn three_banks(recovery: f64) -> Sequence {
        let links: Vec<Link> =
            [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)].map(|(k, j)| (Some(k), Some(j))).to_vec();
        let network = Network::new(3, &links).expect("every lender exists");
        let buffers =
            Buffers { external_assets: &[0.5, 0.625, 0.75], external_debt: &[1.5, 0.5, 0.5], threshold: &[0.0; 3] };
        furfine(&network, &[0.5; 6], &buffers, recovery)
    }

    #[test]
    fn case_07_without_recovery_all_three_fail() {
        let sequence = three_banks(0.0);
        assert_eq!(sequence.round, [Some(0), Some(1), Some(1)]);
        assert_eq!(sequence.receipts, [0.0; 3]);
    }

    /// Buffers of lenders 2 and 3 are 0.125 and 0.25: a recovery of 0.75 on 0.5 costs the second exactly its buffer.
    #[test]
    fn recovery_decides_how_far_it_goes_and_a_buffer_used_up_is_no_failure() {
        assert_eq!(three_banks(0.75).round, [Some(0), None, None]);
        assert_eq!(three_banks(0.74).round, [Some(0), Some(1), Some(2)]);
        assert_eq!(three_banks(0.76).receipts, [1.0, 0.88, 0.88]);
        assert_eq!(three_banks(1.0).round, [Some(0), None, None]);
    }

    #[test]
    fn a_chain_falls_one_a_round() {
        let nodes = 50;
        let links: Vec<Link> = (1..nodes).map(|node| (Some(node - 1), Some(node))).collect();
        let network = Network::new(nodes, &links).expect("every lender exists");
        let mut assets = vec![0.5; nodes];
        assets[0] = 0.0;
        let buffers =
            Buffers { external_assets: &assets, external_debt: &vec![0.0; nodes], threshold: &vec![0.0; nodes] };
        let sequence = furfine(&network, &vec![1.0; nodes - 1], &buffers, 0.4);
        let expected: Vec<_> = (0..nodes).map(|node| (node < nodes - 1).then_some(node)).collect();
        assert_eq!(sequence.round, expected);
    }
}
