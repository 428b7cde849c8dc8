//! Who owes whom: the fixed structure of claims, by creditor and by debtor.

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
    /// First entry of each creditor, and the end of the last.
    held_from: Vec<usize>,
    /// Debtor by entry; entries are in the order of creditors, then debtors, then claims.
    debtor: Vec<u32>,
    /// First of the `debts` of each debtor, outside last, and the end of the last.
    debts_from: Vec<usize>,
    debts: Vec<Debt>,
}

/// One claim as its debtor sees it; debts are in the order of debtors, then claims.
#[derive(Debug, Clone, Copy)]
struct Debt {
    claim: u32,
    /// Place among the claims held by lenders; their number if outside holds it.
    entry: u32,
    /// Number of lenders if outside holds it.
    creditor: u32,
}

impl Network {
    /// Builds the structure for `nodes` lenders.
    ///
    /// # Errors
    /// [`ClearingError::UnknownNode`] when a claim names a lender `>= nodes`; [`ClearingError::TooLarge`] beyond 32 bits.
    pub fn new(nodes: usize, links: &[Link]) -> Result<Self, ClearingError> {
        check(nodes, links)?;
        let (held_from, debtor, entry) = group_by_creditor(nodes, links);
        let (debts_from, debts) = group_by_debtor(nodes, links, &entry);
        Ok(Self { nodes, links: links.to_vec(), held_from, debtor, debts_from, debts })
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

    /// Number of claims that lenders hold.
    pub(super) fn entries(&self) -> usize {
        self.debtor.len()
    }

    /// Entries of the claims held by `creditor`.
    pub(super) fn held_by(&self, creditor: usize) -> Range<usize> {
        self.held_from[creditor]..self.held_from[creditor + 1]
    }

    /// Debtors by entry; outside is the number of lenders.
    pub(super) fn debtors(&self) -> &[u32] {
        &self.debtor
    }

    /// Creditors of `debtor`, one a claim; outside is the number of lenders.
    pub(super) fn creditors(&self, debtor: usize) -> impl Iterator<Item = usize> {
        self.debts_of(debtor).iter().map(|debt| debt.creditor as usize)
    }

    fn debts_of(&self, debtor: usize) -> &[Debt] {
        &self.debts[self.debts_from[debtor]..self.debts_from[debtor + 1]]
    }

    /// Everything at face, in one look at each claim: face values by entry, network debt l by debtor whoever is the
    /// creditor, receipts x by creditor. Claims on dead debtors are worth nothing.
    pub(super) fn value(&self, amounts: &[f64], alive: &[bool], at_face: Face<'_>) {
        let Face { face, owed, receipts } = at_face;
        receipts.fill(0.0);
        for debtor in 0..=self.nodes {
            let lives = debtor == self.nodes || alive[debtor];
            let mut sum = 0.0;
            for debt in self.debts_of(debtor) {
                let amount = if lives { amounts[debt.claim as usize] } else { 0.0 };
                sum += amount;
                if let Some(face) = face.get_mut(debt.entry as usize) {
                    *face = amount;
                }
                if let Some(receipts) = receipts.get_mut(debt.creditor as usize) {
                    *receipts += amount;
                }
            }
            if let Some(owed) = owed.get_mut(debtor) {
                *owed = sum;
            }
        }
    }

    /// Receipts x of one creditor when each debtor pays the fraction `pay` of face.
    pub(super) fn receipts(&self, creditor: usize, face: &[f64], pay: &[f64]) -> f64 {
        let held = self.held_by(creditor);
        let mut sum = 0.0;
        for (&face, &debtor) in face[held.clone()].iter().zip(&self.debtor[held]) {
            sum += face * pay[debtor as usize];
        }
        sum
    }
}

/// What [`Network::value`] fills.
pub(super) struct Face<'a> {
    /// Face value by entry.
    pub(super) face: &'a mut [f64],
    /// l by lender.
    pub(super) owed: &'a mut [f64],
    /// x by lender.
    pub(super) receipts: &'a mut [f64],
}

fn check(nodes: usize, links: &[Link]) -> Result<(), ClearingError> {
    let largest = nodes.max(links.len());
    if u32::try_from(largest).is_err() {
        return Err(ClearingError::TooLarge { largest });
    }
    for (claim, (debtor, creditor)) in links.iter().enumerate() {
        for node in [debtor, creditor].into_iter().flatten() {
            if *node >= nodes {
                return Err(ClearingError::UnknownNode { claim, node: *node, nodes });
            }
        }
    }
    Ok(())
}

/// First entry of each creditor, debtors by entry, and the entry of each claim; their number if it has none.
fn group_by_creditor(nodes: usize, links: &[Link]) -> (Vec<usize>, Vec<u32>, Vec<u32>) {
    let between = links.iter().enumerate().filter(|(_, (debtor, creditor))| debtor != creditor);
    let mut held: Vec<(usize, usize, usize)> = between
        .filter_map(|(claim, (debtor, creditor))| Some(((*creditor)?, debtor.unwrap_or(nodes), claim)))
        .collect();
    held.sort_unstable();
    let mut entry = vec![held.len() as u32; links.len()];
    for (place, (.., claim)) in held.iter().enumerate() {
        entry[*claim] = place as u32;
    }
    let from = (0..=nodes).map(|node| held.partition_point(|(creditor, ..)| *creditor < node)).collect();
    (from, held.iter().map(|(_, debtor, _)| *debtor as u32).collect(), entry)
}

/// First debt of each debtor, outside last, and all debts.
fn group_by_debtor(nodes: usize, links: &[Link], entry: &[u32]) -> (Vec<usize>, Vec<Debt>) {
    let between = links.iter().enumerate().filter(|(_, (debtor, creditor))| debtor != creditor);
    let mut owed: Vec<(usize, usize)> = between.map(|(claim, (debtor, _))| (debtor.unwrap_or(nodes), claim)).collect();
    owed.sort_unstable();
    let debt = |claim: usize| Debt {
        claim: claim as u32,
        entry: entry[claim],
        creditor: links[claim].1.unwrap_or(nodes) as u32,
    };
    let from = (0..=nodes + 1).map(|node| owed.partition_point(|(debtor, _)| *debtor < node)).collect();
    (from, owed.iter().map(|(_, claim)| debt(*claim)).collect())
}
