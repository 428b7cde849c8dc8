//! One purse per third party that pays for others: guarantors, sponsors, payers of backstops and instalments.
//!
//! A purse holds the payer's cash at the end of the last quarter less what it has already paid third parties in this
//! one; simultaneous calls share it pro rata. (methods.md, 6.4 and 16)

use crate::model::obligor::purely_latent;
use crate::model::state::State;
use crate::model::system::{Party, System};

#[derive(Debug, Clone, Copy, Default)]
struct Purse {
    budget: f64,
    asked: f64,
    scale: f64,
}

impl Purse {
    fn rescale(&mut self) {
        self.scale = if self.asked > self.budget { self.budget / self.asked } else { 1.0 };
    }
}

/// The purses of all obligors and lenders, USD bn.
#[derive(Debug, Clone)]
pub struct Purses {
    obligors: Vec<Purse>,
    lenders: Vec<Purse>,
    /// Who may ever be called on; fixed for a run.
    payers: Vec<Party>,
    /// Whose purse was called on since they were last opened.
    called: Vec<Party>,
}

/// Start of a quarter: purses hold the cash of the last one, that of a purely latent payer no end of it, those of the fallen
/// nothing.
pub fn open_quarter(system: &System, state: &mut State) {
    let State { purses, obligors, lenders, .. } = state;
    for place in 0..purses.payers.len() {
        let payer = purses.payers[place];
        let budget = match payer {
            Party::Obligor(i) if !obligors[i].alive => 0.0,
            Party::Obligor(i) if purely_latent(&system.obligors[i]) => f64::INFINITY,
            Party::Obligor(i) => obligors[i].cash,
            Party::Lender(j) if lenders[j].alive => lenders[j].cash,
            Party::Lender(_) | Party::Outside => 0.0,
        };
        purses.fill(payer, budget);
    }
}

impl Purses {
    /// Empty purses for the parties of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let (obligors, lenders) = (system.obligors.len(), system.lenders.len());
        let everybody = (0..obligors).map(Party::Obligor).chain((0..lenders).map(Party::Lender));
        Purses {
            obligors: vec![Purse::default(); obligors],
            lenders: vec![Purse::default(); lenders],
            payers: everybody.filter(|party| pays_for_others(system, *party)).collect(),
            called: Vec::with_capacity(obligors + lenders),
        }
    }

    /// Become the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Purses { obligors, lenders, payers: _, called } = other;
        self.obligors.clone_from(obligors);
        self.lenders.clone_from(lenders);
        self.called.clone_from(called);
    }

    #[inline]
    fn purse(&mut self, payer: Party) -> Option<&mut Purse> {
        match payer {
            Party::Outside => None,
            Party::Obligor(i) => Some(&mut self.obligors[i]),
            Party::Lender(j) => Some(&mut self.lenders[j]),
        }
    }

    #[inline]
    fn each_called(&mut self, act: impl Fn(&mut Purse)) {
        for place in 0..self.called.len() {
            let payer = self.called[place];
            if let Some(purse) = self.purse(payer) {
                act(purse);
            }
        }
    }

    /// What `payer` may spend this quarter; infinite for a purely latent payer. Not between a call on it and its settlement.
    #[inline]
    pub fn fill(&mut self, payer: Party, budget: f64) {
        if let Some(purse) = self.purse(payer) {
            *purse = Purse { budget: budget.max(0.0), asked: 0.0, scale: 1.0 };
        }
    }

    /// What is left in the purse of `payer`.
    #[must_use]
    pub fn budget(&self, payer: Party) -> f64 {
        match payer {
            Party::Outside => f64::INFINITY,
            Party::Obligor(i) => self.obligors[i].budget,
            Party::Lender(j) => self.lenders[j].budget,
        }
    }

    /// Forgets the calls of an earlier step.
    #[inline]
    pub fn open(&mut self) {
        self.each_called(|purse| (purse.asked, purse.scale) = (0.0, 1.0));
        self.called.clear();
    }

    /// Adds a call on `payer`.
    #[inline]
    pub fn ask(&mut self, payer: Party, amount: f64) {
        if amount > 0.0
            && let Some(purse) = self.purse(payer)
        {
            let first = purse.asked == 0.0;
            purse.asked += amount;
            if first {
                self.called.push(payer);
            }
        }
    }

    /// Shares every purse over its calls without spending it.
    pub fn preview(&mut self) {
        self.each_called(Purse::rescale);
    }

    /// Shares every purse over its calls and takes them out of it.
    #[inline]
    pub fn settle(&mut self) {
        self.each_called(|purse| {
            purse.rescale();
            // Rounding must not leave less than nothing: the next step would divide it by calls of 0.
            purse.budget = (purse.budget - purse.asked * purse.scale).max(0.0);
        });
    }

    /// Puts back what was granted and not paid.
    pub fn refund(&mut self, payer: Party, amount: f64) {
        if let Some(purse) = self.purse(payer) {
            purse.budget += amount;
        }
    }

    /// What a call on `payer` brings after [`Purses::preview`] or [`Purses::settle`].
    #[inline]
    #[must_use]
    pub fn granted(&self, payer: Party, amount: f64) -> f64 {
        match payer {
            Party::Outside => amount,
            Party::Obligor(i) => amount * self.obligors[i].scale,
            Party::Lender(j) => amount * self.lenders[j].scale,
        }
    }
}

/// Is it a guarantor, a sponsor, or a payer of backstops or instalments?
fn pays_for_others(system: &System, party: Party) -> bool {
    let guarantors = system.facilities.iter().filter_map(|facility| facility.guarantor);
    let sponsors = system.obligors.iter().filter_map(|obligor| obligor.sponsor);
    let backstops = system.backstops.iter().map(|backstop| backstop.payer);
    let instalments = system.instalments.iter().map(|instalment| instalment.payer);
    guarantors.chain(sponsors).chain(backstops).chain(instalments).any(|payer| payer == party)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::system::{Facility, Lender, Obligor};
    use crate::model::trial::opening;

    /// Purses of so many obligors and lenders.
    fn purses(obligors: usize, lenders: usize) -> Purses {
        let mut system = fixture::system(&[]);
        system.obligors = vec![fixture::obligor("obligor"); obligors];
        system.lenders = vec![fixture::fund("fund"); lenders];
        Purses::new(&system)
    }

    #[test]
    fn calls_share_a_purse_pro_rata_and_empty_it() {
        let mut purses = purses(1, 1);
        let payer = Party::Obligor(0);
        purses.fill(payer, 3.0);
        purses.open();
        purses.ask(payer, 3.0);
        purses.ask(payer, 2.0);
        purses.settle();
        assert!((purses.granted(payer, 3.0) - 1.8).abs() < 1e-12);
        assert!((purses.granted(payer, 2.0) - 1.2).abs() < 1e-12);
        assert!(purses.budget(payer).abs() < 1e-12);
        purses.open();
        purses.ask(payer, 1.0);
        purses.settle();
        assert!(purses.granted(payer, 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_empty_purse_grants_nothing_to_nobody() {
        let mut purses = purses(1, 0);
        let payer = Party::Obligor(0);
        for k in 1..10_000 {
            purses.fill(payer, 1.0 / f64::from(k));
            purses.open();
            purses.ask(payer, 1.0 + 1.0 / f64::from(k + 7));
            purses.settle();
            purses.open();
            purses.preview();
            assert_eq!(purses.granted(payer, 0.0), 0.0, "{k}");
        }
    }

    #[test]
    fn purses_are_opened_for_those_who_may_be_called_on() {
        let mut system = fixture::system(&["us"]);
        system.obligors = ["a", "b"].map(|name| Obligor { cash: 3.0, ..fixture::obligor(name) }).into();
        system.lenders = ["x", "y", "z"].map(|name| Lender { cash: 2.0, ..fixture::fund(name) }).into();
        system.facilities = vec![Facility { guarantor: Some(Party::Lender(2)), ..fixture::facility(0, 1.0, vec![]) }];
        system.obligors[0].sponsor = Some(Party::Obligor(1));
        let mut state = opening(&system);
        open_quarter(&system, &mut state);
        let budget = |party| state.purses.budget(party);
        assert_eq!([0, 1].map(|i| budget(Party::Obligor(i))), [0.0, 3.0]);
        assert_eq!([0, 1, 2].map(|j| budget(Party::Lender(j))), [0.0, 0.0, 2.0]);
    }

    #[test]
    fn outside_and_latent_payers_have_no_limit() {
        let mut purses = purses(0, 1);
        let payer = Party::Lender(0);
        purses.fill(payer, f64::INFINITY);
        purses.open();
        purses.ask(payer, 1e6);
        purses.settle();
        assert_eq!(purses.granted(payer, 1e6), 1e6);
        assert_eq!(purses.granted(Party::Outside, 7.0), 7.0);
    }
}
