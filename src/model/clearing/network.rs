//! Who owes whom: the fixed structure of claims, by creditor.

use std::ops::Range;

use super::ClearingError;

/// The two ends of a claim, `(debtor, creditor)`; `None` is outside.
pub type Link = (Option<usize>, Option<usize>);

/// Structure of the claims between lenders, built once; amounts arrive with each clearing.
///
/// Outside as debtor never fails and pays face; outside as creditor receives like any network creditor. Several claims
/// between one pair add up. A claim of a lender on itself, or of outside on outside, nets to nothing and is left out.
///
/// # Shapes
/// Claims are numbered as in the list given to [`Network::new`]; storage is linear in lenders and claims.
#[derive(Debug, Clone)]
pub struct Network {
    nodes: usize,
    links: Vec<Link>,
    start: Vec<usize>,
    debtor: Vec<usize>,
    claim: Vec<usize>,
}

impl Network {
    /// Builds the structure for `nodes` lenders.
    ///
    /// # Errors
    /// [`ClearingError::UnknownNode`] when a claim names a lender `>= nodes`.
    pub fn new(nodes: usize, links: &[Link]) -> Result<Self, ClearingError> {
        check(nodes, links)?;
        let mut network = Self {
            nodes,
            links: links.to_vec(),
            start: Vec::with_capacity(nodes + 1),
            debtor: Vec::new(),
            claim: Vec::new(),
        };
        network.group_by_creditor();
        Ok(network)
    }

    /// Number of lenders.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Number of claims, those that net to nothing included: the length of the amounts of a clearing.
    pub fn claims(&self) -> usize {
        self.links.len()
    }

    /// The two ends of a claim.
    pub(super) fn link(&self, claim: usize) -> Link {
        self.links[claim]
    }

    fn group_by_creditor(&mut self) {
        let mut held: Vec<(usize, usize, usize)> = self
            .links
            .iter()
            .enumerate()
            .filter(|(_, (debtor, creditor))| debtor != creditor)
            .filter_map(|(claim, (debtor, creditor))| Some(((*creditor)?, debtor.unwrap_or(self.nodes), claim)))
            .collect();
        held.sort_unstable();
        for creditor in 0..=self.nodes {
            self.start.push(held.partition_point(|(holder, ..)| *holder < creditor));
        }
        self.debtor = held.iter().map(|(_, debtor, _)| *debtor).collect();
        self.claim = held.iter().map(|(.., claim)| *claim).collect();
    }

    /// Number of claims that a lender holds.
    pub(super) fn entries(&self) -> usize {
        self.debtor.len()
    }

    /// Entries of the claims held by `creditor`.
    pub(super) fn held_by(&self, creditor: usize) -> Range<usize> {
        self.start[creditor]..self.start[creditor + 1]
    }

    /// Debtors by entry; outside is the number of lenders.
    pub(super) fn debtors(&self) -> &[usize] {
        &self.debtor
    }

    /// Face values by entry; claims on dead debtors are worth nothing.
    pub(super) fn face(&self, amounts: &[f64], alive: &[bool], face: &mut [f64]) {
        for ((face, &debtor), &claim) in face.iter_mut().zip(&self.debtor).zip(&self.claim) {
            let owed = debtor == self.nodes || alive[debtor];
            *face = if owed { amounts[claim] } else { 0.0 };
        }
    }

    /// Network debt l by lender, at face, whoever is the creditor.
    pub(super) fn owed(&self, amounts: &[f64], alive: &[bool], owed: &mut [f64]) {
        owed.fill(0.0);
        for ((debtor, creditor), amount) in self.links.iter().zip(amounts) {
            if let Some(debtor) = *debtor
                && alive[debtor]
                && *creditor != Some(debtor)
            {
                owed[debtor] += amount;
            }
        }
    }

    /// Receipts x of one creditor when each debtor pays the fraction `pay` of face.
    pub(super) fn receipts(&self, creditor: usize, face: &[f64], pay: &[f64]) -> f64 {
        let held = self.held_by(creditor);
        let mut sum = 0.0;
        for (&face, &debtor) in face[held.clone()].iter().zip(&self.debtor[held]) {
            sum += face * pay[debtor];
        }
        sum
    }
}

fn check(nodes: usize, links: &[Link]) -> Result<(), ClearingError> {
    for (claim, (debtor, creditor)) in links.iter().enumerate() {
        for node in [debtor, creditor].into_iter().flatten() {
            if *node >= nodes {
                return Err(ClearingError::UnknownNode { claim, node: *node, nodes });
            }
        }
    }
    Ok(())
}
