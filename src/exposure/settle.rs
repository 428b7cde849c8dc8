//! What the nodes pay, who fails and who is distressed, by one of three methods.

use crate::exposure::Exposures;
use crate::model::clearing::debtrank::{Distress, Shocked, StillRising, debtrank};
use crate::model::clearing::furfine::{Buffers, furfine};
use crate::model::clearing::{Banks, ClearingError, ClearingWorkspace, Costs, Network, clear};
use crate::model::mark::Mark;
use crate::model::system::ExternalPriority;

/// How a clearing treats an estate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Shares of an estate that survive failure.
    pub costs: Costs,
    /// Who is paid first from an estate.
    pub priority: ExternalPriority,
}

/// What every node pays and is left with.
///
/// # Units
/// Amounts in the unit of the exposures.
/// # Shapes
/// One element a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// Paid to other nodes.
    pub payment_network: Vec<f64>,
    /// Paid to external creditors.
    pub payment_external: Vec<f64>,
    /// Owed to all creditors.
    pub liabilities: Vec<f64>,
    /// Round of failure; `None` for who does not fail.
    pub round: Vec<Option<usize>>,
    /// External assets after the shock plus receipts less liabilities: not floored, not reduced by costs of failure.
    pub equity: Vec<f64>,
}

impl Settlement {
    /// Paid to all creditors.
    #[must_use]
    pub fn payment(&self, node: usize) -> f64 {
        self.payment_network[node] + self.payment_external[node]
    }

    /// Share of all liabilities paid; 1 without any.
    #[must_use]
    pub fn payment_fraction(&self, node: usize) -> f64 {
        let liabilities = self.liabilities[node];
        if liabilities > 0.0 { (self.payment(node) / liabilities).min(1.0) } else { 1.0 }
    }
}

impl Exposures {
    /// The greatest clearing vector.
    ///
    /// # Errors
    /// [`ClearingError::NotConverged`] if the payments do not settle.
    pub fn clear(&self, rule: &Rule) -> Result<Settlement, ClearingError> {
        let nodes = self.names.len();
        let network = self.network()?;
        let external_assets = self.shocked_assets();
        let banks = Banks {
            external_assets: &external_assets,
            external_debt: &self.external_liabilities,
            threshold: &self.threshold,
            priority: &vec![rule.priority; nodes],
            alive: &vec![true; nodes],
            forced: &vec![false; nodes],
            fair_value: &vec![false; nodes],
            opening_buffer: &vec![0.0; nodes],
            marks: None,
            costs: rule.costs,
        };
        let mut cleared = ClearingWorkspace::new(&network);
        clear(&network, &self.amounts, &banks, &mut cleared)?;
        let network_debt = cleared.network_debt().to_vec();
        let round = |node: usize| cleared.failed[node].then_some(cleared.round[node]);
        let round = (0..nodes).map(round).collect();
        let equity = self.equity(&external_assets, &cleared.network_receipts, &network_debt);
        let liabilities = self.liabilities(&network_debt);
        let (payment_network, payment_external) = (cleared.network_paid, cleared.external_paid);
        Ok(Settlement { payment_network, payment_external, liabilities, round, equity })
    }

    /// Rounds of failures in which every creditor of a failed node receives `recovery` per unit owed.
    ///
    /// # Errors
    /// [`ClearingError::UnknownNode`] for a claim on a node that does not exist.
    pub fn furfine(&self, recovery: f64) -> Result<Settlement, ClearingError> {
        let external_assets = self.shocked_assets();
        let buffers = Buffers {
            external_assets: &external_assets,
            external_debt: &self.external_liabilities,
            threshold: &self.threshold,
        };
        let sequence = furfine(&self.network()?, &self.amounts, &buffers, recovery);
        let paid = |owed: &[f64]| -> Vec<f64> {
            let of = |(owed, round): (&f64, &Option<usize>)| if round.is_some() { recovery * owed } else { *owed };
            owed.iter().zip(&sequence.round).map(of).collect()
        };
        Ok(Settlement {
            payment_network: paid(&sequence.network_debt),
            payment_external: paid(&self.external_liabilities),
            liabilities: self.liabilities(&sequence.network_debt),
            equity: self.equity(&external_assets, &sequence.receipts, &sequence.network_debt),
            round: sequence.round,
        })
    }

    /// DebtRank: how much of its equity each node loses before anybody defaults.
    ///
    /// # Errors
    /// [`DistressError`] if distress does not settle.
    pub fn debtrank(&self, mark: Mark) -> Result<Distress, DistressError> {
        let shocked = Shocked {
            external_assets: &self.external_assets,
            external_debt: &self.external_liabilities,
            shock: &self.shock,
        };
        Ok(debtrank(&self.network()?, &self.amounts, &shocked, mark)?)
    }

    fn network(&self) -> Result<Network, ClearingError> {
        Network::new(self.names.len(), &self.links)
    }

    /// External assets less the shock, never below 0.
    fn shocked_assets(&self) -> Vec<f64> {
        self.external_assets.iter().zip(&self.shock).map(|(assets, shock)| (assets - shock).max(0.0)).collect()
    }

    fn liabilities(&self, network_debt: &[f64]) -> Vec<f64> {
        self.external_liabilities.iter().zip(network_debt).map(|(external, network)| external + network).collect()
    }

    fn equity(&self, assets: &[f64], receipts: &[f64], network_debt: &[f64]) -> Vec<f64> {
        let of = |node: usize| assets[node] + receipts[node] - self.external_liabilities[node] - network_debt[node];
        (0..self.names.len()).map(of).collect()
    }
}

/// Why DebtRank has no result.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DistressError {
    /// A claim on a node that does not exist.
    #[error(transparent)]
    Network(#[from] ClearingError),
    /// Distress does not settle.
    #[error(transparent)]
    StillRising(#[from] StillRising),
}
