//! Which entities belong to which.

use std::ops::{Index, Range};

use crate::model::line::outside_share;
use crate::model::stake;
use crate::model::system::{DefaultModel, Party, System};

/// Lists of indices by owner, one list behind the other.
#[derive(Debug, Clone)]
pub struct Lists {
    /// Where the list of each owner begins, and where that of the last one ends.
    start: Vec<usize>,
    members: Vec<usize>,
}

impl Lists {
    /// What belongs to each of `owners` owners, from pairs of an owner and what it owns; each list in the order of the pairs.
    #[must_use]
    pub fn new(owners: usize, mut pairs: Vec<(usize, usize)>) -> Self {
        pairs.sort_by_key(|(owner, _)| *owner);
        let start = (0..=owners).map(|owner| pairs.partition_point(|pair| pair.0 < owner)).collect();
        Lists { start, members: pairs.into_iter().map(|(_, member)| member).collect() }
    }

    /// Where the list of an owner lies in a column that follows the order of all lists, and what [`Lists::at`] finds: for a walk
    /// along it while the rest of the state changes.
    #[must_use]
    pub fn places(&self, owner: usize) -> Range<usize> {
        self.start[owner]..self.start[owner + 1]
    }

    /// What stands in a place.
    #[must_use]
    pub fn at(&self, place: usize) -> usize {
        self.members[place]
    }
}

impl Index<usize> for Lists {
    type Output = [usize];

    fn index(&self, owner: usize) -> &[usize] {
        &self.members[self.places(owner)]
    }
}

/// Which entities belong to which: fixed for a run.
#[derive(Debug, Clone)]
pub struct Links {
    /// Outside's share of each facility's commitment.
    pub outside: Vec<f64>,
    /// Is a fund, which lends no more than its cash, among the opening holders of each facility?
    pub limited: Vec<bool>,
    /// Does any obligor hold stakes, or may it come to?
    pub obligors_invest: bool,
    /// Obligors that may default because their latent asset value falls.
    pub latent: Vec<usize>,
    /// Facilities of each obligor, by rank.
    pub facilities: Lists,
    /// Contracts each obligor supplies.
    pub supplies: Lists,
    /// Contracts each obligor pays.
    pub pays: Lists,
    /// Region of each contract's supplier, of its customer where the market supplies.
    pub regions: Vec<Option<usize>>,
    /// Credit and bond funds.
    pub funds: Vec<usize>,
    /// Banks and insurers.
    pub regulated: Vec<usize>,
}

impl Links {
    /// Collects the lists.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let owners = system.obligors.len();
        let mut facilities: Vec<_> = system.facilities.iter().map(|facility| facility.borrower).zip(0..).collect();
        facilities.sort_by_key(|(_, f)| system.facilities[*f].rank);
        let (mut supplies, mut pays, mut regions) = (Vec::new(), Vec::new(), Vec::new());
        for (c, contract) in system.contracts.iter().enumerate() {
            let (supplier, customer) = (contract.supplier.obligor(), contract.customer.obligor());
            supplies.extend(supplier.map(|i| (i, c)));
            pays.extend(customer.map(|i| (i, c)));
            regions.push(supplier.or(customer).and_then(|i| system.obligors[i].region));
        }
        let is_fund = |(j, _): &(usize, f64)| system.lenders[*j].kind.is_fund();
        let lenders = |chosen: &dyn Fn(usize) -> bool| (0..system.lenders.len()).filter(|j| chosen(*j)).collect();
        Links {
            outside: system.facilities.iter().map(outside_share).collect(),
            limited: system.facilities.iter().map(|facility| facility.holders.iter().any(is_fund)).collect(),
            obligors_invest: stake::holders(system).any(|holder| matches!(holder, Party::Obligor(_))),
            latent: (0..owners).filter(|i| system.obligors[*i].default_model != DefaultModel::Structural).collect(),
            facilities: Lists::new(owners, facilities),
            supplies: Lists::new(owners, supplies),
            pays: Lists::new(owners, pays),
            regions,
            funds: lenders(&|j| system.lenders[j].kind.is_fund()),
            regulated: lenders(&|j| system.lenders[j].kind.is_regulated()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::system::{Facility, FundStake, Lender, LenderType};

    #[test]
    fn lists_stand_one_behind_the_other_and_facilities_by_rank() {
        let lists = Lists::new(3, vec![(2, 7), (0, 5), (2, 1)]);
        assert_eq!([&lists[0], &lists[1], &lists[2]], [&[5][..], &[], &[7, 1]]);
        let mut system = fixture::system(&["us"]);
        system.obligors = vec![fixture::obligor("a"), fixture::obligor("b")];
        let ranked = |borrower, rank| Facility { rank, ..fixture::facility(borrower, 1.0, vec![]) };
        system.facilities = vec![ranked(1, 2), ranked(0, 1), ranked(1, 1), ranked(1, 2)];
        let links = Links::new(&system);
        assert_eq!([&links.facilities[0], &links.facilities[1]], [&[1][..], &[2, 0, 3]]);
    }

    #[test]
    fn lenders_are_listed_by_type_and_obligors_asked_for_stakes() {
        let mut system = fixture::system(&["us"]);
        system.obligors = vec![fixture::obligor("a"), fixture::obligor("b")];
        let kinds = [LenderType::Bank, LenderType::BondFund, LenderType::Vendor, LenderType::CreditFund];
        system.lenders = kinds.map(|kind| Lender { kind, ..fixture::fund("lender") }).into();
        let links = Links::new(&system);
        assert_eq!((&links.funds[..], &links.regulated[..], links.obligors_invest), (&[1, 3][..], &[0][..], false));
        let stake = |holder| FundStake { name: "stake".into(), holder, of: 1, share: 0.5 };
        system.fund_stakes = vec![stake(Party::Lender(0)), stake(Party::Outside)];
        assert!(!Links::new(&system).obligors_invest);
        system.fund_stakes.push(stake(Party::Obligor(1)));
        assert!(Links::new(&system).obligors_invest);
    }
}
