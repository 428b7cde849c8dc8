//! Names to indices.

use std::collections::BTreeMap;

use crate::model::system::{Party, Trader};
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::entity::{Entity, Section};
use crate::scenario::file::facility::Contract;
use crate::scenario::file::value::Located;

/// An entity with its rank in the scenario.
pub(super) type Placed<'a, T> = (usize, &'a Entity<T>);

/// Indices of the entities that take part.
pub(super) struct Index<'a> {
    obligors: BTreeMap<&'a str, usize>,
    lenders: BTreeMap<&'a str, usize>,
    regions: BTreeMap<&'a str, usize>,
    contracts: BTreeMap<&'a str, usize>,
}

impl<'a> Index<'a> {
    pub(super) fn new(file: &'a ScenarioFile) -> Self {
        let mut index = Index {
            obligors: indices(&sorted(&file.obligor, |_| true)),
            lenders: indices(&sorted(&file.lender, |_| true)),
            regions: indices(&sorted(&file.region, |_| true)),
            contracts: BTreeMap::new(),
        };
        index.contracts = indices(&index.contracts_of(file));
        index
    }

    /// Contracts whose sides both take part.
    pub(super) fn contracts_of(&self, file: &'a ScenarioFile) -> Vec<Placed<'a, Contract>> {
        sorted(&file.contract, |contract| {
            self.trader(&contract.customer).is_some() && self.trader(&contract.supplier).is_some()
        })
    }

    pub(super) fn obligor(&self, name: &Option<Located<String>>) -> Option<usize> {
        find(&self.obligors, name)
    }

    pub(super) fn lender(&self, name: &Option<Located<String>>) -> Option<usize> {
        find(&self.lenders, name)
    }

    pub(super) fn obligor_named(&self, name: &str) -> Option<usize> {
        self.obligors.get(name).copied()
    }

    pub(super) fn lender_named(&self, name: &str) -> Option<usize> {
        self.lenders.get(name).copied()
    }

    pub(super) fn contract_named(&self, name: &str) -> Option<usize> {
        self.contracts.get(name).copied()
    }

    pub(super) fn region_named(&self, name: &str) -> Option<usize> {
        self.regions.get(name).copied()
    }

    pub(super) fn region(&self, name: &Option<Located<String>>) -> Option<usize> {
        find(&self.regions, name)
    }

    /// The only region, where there is only one.
    pub(super) fn single_region(&self) -> Option<usize> {
        (self.regions.len() == 1).then_some(0)
    }

    pub(super) fn party(&self, name: &Option<Located<String>>) -> Option<Party> {
        let name = name.as_ref()?;
        if name.value == "outside" {
            return Some(Party::Outside);
        }
        let obligor = self.obligor_named(&name.value).map(Party::Obligor);
        obligor.or_else(|| self.lender_named(&name.value).map(Party::Lender))
    }

    pub(super) fn trader(&self, name: &Option<Located<String>>) -> Option<Trader> {
        let name = name.as_ref()?;
        match name.value == "market" {
            true => Some(Trader::Market),
            false => self.obligor_named(&name.value).map(Trader::Obligor),
        }
    }
}

fn find(indices: &BTreeMap<&str, usize>, name: &Option<Located<String>>) -> Option<usize> {
    indices.get(name.as_ref()?.value.as_str()).copied()
}

fn indices<'a, T>(entities: &[Placed<'a, T>]) -> BTreeMap<&'a str, usize> {
    let names = entities.iter().map(|(_, entity)| entity.name.value.as_str());
    names.enumerate().map(|(index, name)| (name, index)).collect()
}

/// The entities that take part and are kept, by name, each with its rank among them in the scenario.
pub(super) fn sorted<'a, T>(section: &'a Section<T>, keep: impl Fn(&Entity<T>) -> bool) -> Vec<Placed<'a, T>> {
    let kept = section.enabled().filter(|entity| keep(entity));
    let mut placed: Vec<_> = kept.enumerate().collect();
    placed.sort_by(|(_, a), (_, b)| a.name.value.cmp(&b.name.value));
    placed
}
