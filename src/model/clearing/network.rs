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
    /// Debtor and claim by entry; entries are in the order of creditors, then debtors, then claims.
    debtor: Vec<u32>,
    held: Vec<u32>,
    /// First debt of each lender, and the end of the last.
    owed_from: Vec<usize>,
    /// Creditor, claim and entry by debt, in the order of debtors, then claims; what outside holds has no entry: their number.
    creditor: Vec<u32>,
    owed: Vec<u32>,
    entry: Vec<u32>,
}

impl Network {
    /// Builds the structure for `nodes` lenders.
    ///
    /// # Errors
    /// [`ClearingError::UnknownNode`] when a claim names a lender `>= nodes`; [`ClearingError::TooLarge`] beyond 32 bits.
    pub fn new(nodes: usize, links: &[Link]) -> Result<Self, ClearingError> {
        check(nodes, links)?;
        let mut network = Self {
            nodes,
            links: links.to_vec(),
            held_from: Vec::new(),
            debtor: Vec::new(),
            held: Vec::new(),
            owed_from: Vec::new(),
            creditor: Vec::new(),
            owed: Vec::new(),
            entry: Vec::new(),
        };
        network.group_by_creditor();
        network.group_by_debtor();
        Ok(network)
    }

    fn group_by_creditor(&mut self) {
        let mut held: Vec<(usize, usize, usize)> = self
            .between()
            .filter_map(|(claim, (debtor, creditor))| Some((creditor?, debtor.unwrap_or(self.nodes), claim)))
            .collect();
        held.sort_unstable();
        let first = |creditor| held.partition_point(|(holder, ..)| *holder < creditor);
        self.held_from = (0..=self.nodes).map(first).collect();
        self.debtor = held.iter().map(|(_, debtor, _)| *debtor as u32).collect();
        self.held = held.iter().map(|(.., claim)| *claim as u32).collect();
    }

    fn group_by_debtor(&mut self) {
        let mut owed: Vec<(usize, usize)> =
            self.between().filter_map(|(claim, (debtor, _))| Some((debtor?, claim))).collect();
        owed.sort_unstable();
        let mut entry = vec![self.entries() as u32; self.claims()];
        for (place, claim) in self.held.iter().enumerate() {
            entry[*claim as usize] = place as u32;
        }
        let first = |debtor| owed.partition_point(|(owing, _)| *owing < debtor);
        self.owed_from = (0..=self.nodes).map(first).collect();
        self.creditor = owed.iter().map(|(_, claim)| self.links[*claim].1.unwrap_or(self.nodes) as u32).collect();
        self.owed = owed.iter().map(|(_, claim)| *claim as u32).collect();
        self.entry = owed.iter().map(|(_, claim)| entry[*claim]).collect();
    }

    /// Claims that do not net to nothing, with their ends.
    fn between(&self) -> impl Iterator<Item = (usize, Link)> {
        self.links.iter().copied().enumerate().filter(|(_, (debtor, creditor))| debtor != creditor)
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

    /// Creditors of `debtor`, one a debt; outside is the number of lenders.
    pub(super) fn creditors(&self, debtor: usize) -> &[u32] {
        &self.creditor[self.owed_from[debtor]..self.owed_from[debtor + 1]]
    }

    /// Everything at face: face values by entry, network debt l by debtor whoever is the creditor, receipts x by creditor.
    /// Claims on dead debtors are worth nothing.
    pub(super) fn value(&self, amounts: &[f64], alive: &[bool], at_face: Face<'_>) {
        let Face { face, owed, receipts } = at_face;
        for (face, &claim) in face.iter_mut().zip(&self.held) {
            *face = amounts[claim as usize];
        }
        for (debtor, owed) in owed.iter_mut().enumerate() {
            let debts = self.owed_from[debtor]..self.owed_from[debtor + 1];
            if alive[debtor] {
                *owed = self.owed[debts].iter().fold(0.0, |sum, &claim| sum + amounts[claim as usize]);
            } else {
                *owed = 0.0;
                self.void(debts, face);
            }
        }
        for (creditor, receipts) in receipts.iter_mut().enumerate() {
            *receipts = face[self.held_by(creditor)].iter().fold(0.0, |sum, face| sum + face);
        }
    }

    fn void(&self, debts: Range<usize>, face: &mut [f64]) {
        for &entry in &self.entry[debts] {
            if let Some(face) = face.get_mut(entry as usize) {
                *face = 0.0;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 owes 1 twice, itself and outside; 1 owes 0; outside owes 1 and itself.
    fn network() -> Network {
        let claims = [(0, 1), (1, 0), (0, 0), (0, 1)].map(|(debtor, creditor)| (Some(debtor), Some(creditor)));
        let links = [&claims[..], &[(Some(0), None), (None, Some(1)), (None, None)]].concat();
        Network::new(2, &links).expect("every lender exists")
    }

    fn valued(alive: [bool; 2]) -> (Vec<f64>, [f64; 2], [f64; 2]) {
        let network = network();
        let (mut face, mut owed, mut receipts) = (vec![f64::NAN; network.entries()], [f64::NAN; 2], [f64::NAN; 2]);
        let amounts = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
        network.value(&amounts, &alive, Face { face: &mut face, owed: &mut owed, receipts: &mut receipts });
        (face, owed, receipts)
    }

    #[test]
    fn claims_at_face_are_owed_and_received_once() {
        assert_eq!(valued([true; 2]), (vec![2.0, 1.0, 8.0, 32.0], [25.0, 2.0], [2.0, 41.0]));
    }

    #[test]
    fn claims_on_the_dead_are_void_and_those_of_the_dead_are_owed() {
        assert_eq!(valued([false, true]), (vec![2.0, 0.0, 0.0, 32.0], [0.0, 2.0], [2.0, 32.0]));
        assert_eq!(valued([true, false]), (vec![0.0, 1.0, 8.0, 32.0], [25.0, 0.0], [0.0, 41.0]));
    }

    #[test]
    fn both_directions_name_the_same_claims() {
        let network = network();
        assert_eq!((network.claims(), network.entries()), (7, 4));
        assert_eq!(network.debtors(), [1, 0, 0, 2]);
        assert_eq!((network.held_by(0), network.held_by(1)), (0..1, 1..4));
        assert_eq!((network.creditors(0), network.creditors(1)), (&[1, 1, 2][..], &[0][..]));
        assert_eq!(network.receipts(1, &[2.0, 1.0, 8.0, 32.0], &[0.5, 0.0, 1.0]), 36.5);
    }
}
