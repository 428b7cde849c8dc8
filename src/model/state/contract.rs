//! Contracts and vendor equity in a quarter.

use crate::model::system::{Contract, Flow, System, Trader};

/// A contract in a quarter.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ContractState {
    /// Still binds both sides.
    pub active: bool,
    /// Lenders stepped in: fees go to outside.
    pub stepped_in: bool,
    /// Its customer defaulted: its fees count as lost.
    pub lost: bool,
    /// Who pays now.
    pub customer: Trader,
    /// First quarter invoiced in the run.
    pub start: i64,
    /// Last quarter invoiced.
    pub end: i64,
    /// Due this quarter.
    pub due: f64,
    /// Part of `due` that is firm.
    pub firm: f64,
    /// Payment in transit.
    pub sent: f64,
    /// Renewed fees as a multiple of the written ones.
    pub fee_scale: f64,
    /// Share of invoices the customer honours.
    pub honour: f64,
    /// Share of its fees that lenders count, as far as they are honoured.
    pub counted: f64,
    /// Capacity idles through this quarter.
    pub idle_until: i64,
    /// Quarters by which a renewal prolongs it.
    pub term: i64,
}

impl ContractState {
    /// Is quarter `t` invoiced?
    #[inline]
    #[must_use]
    pub fn runs(&self, t: i64) -> bool {
        self.active && t >= self.start && t <= self.end
    }

    /// Writes the invoice of quarter `t` at a use of `u / u_0` and returns it before honour: the fee's invoiced share,
    /// `tp + (1 - tp) min(1, u / u_0)`; its firm part is fee . tp.
    #[inline]
    pub fn invoice(&mut self, contract: &Contract, t: i64, use_ratio: f64) -> f64 {
        let firm = contract.take_or_pay;
        let fee = contract.fee.at(t) * self.fee_scale;
        let invoice = fee * (firm + (1.0 - firm) * use_ratio.min(1.0));
        self.due = invoice * self.honour;
        self.firm = fee * firm * self.honour;
        invoice
    }

    /// A contract before its terms are set.
    #[must_use]
    pub fn new(customer: Trader) -> Self {
        ContractState {
            active: true,
            customer,
            stepped_in: false,
            lost: false,
            start: 1,
            end: 0,
            term: 0,
            fee_scale: 1.0,
            honour: 1.0,
            counted: 0.0,
            idle_until: 0,
            sent: 0.0,
            due: 0.0,
            firm: 0.0,
        }
    }
}

/// Present values of the fees of contracts.
///
/// # Units
/// USD bn.
/// # Shapes
/// `[quarter, contract]` by rows, quarters 0 to T + 1.
#[derive(Debug, Clone)]
pub struct FeeValues {
    values: Vec<f64>,
    /// Values at opening and what they were worked out for, by contract: most trials open with the same.
    opening: Vec<f64>,
    known: Vec<FeeTerms>,
}

/// What the values of a contract's fees follow from, beside the steps of its fee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeeTerms {
    /// Fee of a quarter where it has no steps.
    pub constant: f64,
    /// Renewed fees as a multiple of the written ones.
    pub scale: f64,
    /// First and last quarter invoiced.
    pub quarters: (i64, i64),
    /// Discount factor of a quarter.
    pub discount: f64,
}

impl FeeTerms {
    /// `PV_t = fee_t + PV_t+1 v`, backwards to quarter `first`. (methods.md, 5.3)
    fn value(&self, fee: &Flow, first: i64, mut tell: impl FnMut(i64, f64)) {
        let (start, end) = self.quarters;
        let mut value = 0.0;
        for t in (first..=end).rev() {
            let due = if t >= start { fee.at(t) * self.scale } else { 0.0 };
            value = due + value * self.discount;
            tell(t, value);
        }
    }
}

impl FeeValues {
    /// Room for the contracts of a system; no value is known.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let unknown = FeeTerms { constant: f64::NAN, scale: f64::NAN, quarters: (0, 0), discount: f64::NAN };
        let contracts = system.contracts.len();
        let values = vec![0.0; contracts * (system.quarters + 2)];
        FeeValues { opening: values.clone(), values, known: vec![unknown; contracts] }
    }

    /// Values in quarter `t` of the fees from then on, by contract.
    #[inline]
    #[must_use]
    pub fn at(&self, t: i64) -> &[f64] {
        &self.values[t as usize * self.known.len()..][..self.known.len()]
    }

    /// What a contract is worth from opening on, for [`FeeValues::begin`].
    pub fn open(&mut self, contract: usize, fee: &Flow, terms: FeeTerms) {
        if self.known[contract] == terms {
            return;
        }
        self.known[contract] = terms;
        let contracts = self.known.len();
        self.opening.chunks_exact_mut(contracts).for_each(|quarter| quarter[contract] = 0.0);
        terms.value(fee, 0, write(&mut self.opening, contracts, contract));
    }

    /// Begins a trial with the values of opening.
    pub fn begin(&mut self) {
        self.values.copy_from_slice(&self.opening);
    }

    /// Become the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        self.values.copy_from_slice(&other.values);
    }

    /// Values a contract anew from quarter `first` on.
    pub fn value(&mut self, contract: usize, fee: &Flow, terms: FeeTerms, first: i64) {
        terms.value(fee, first, write(&mut self.values, self.known.len(), contract));
    }
}

/// Writes the values of a contract into their places, as far as the run goes.
fn write(values: &mut [f64], contracts: usize, contract: usize) -> impl FnMut(i64, f64) + '_ {
    move |t, value| {
        if let Some(place) = values.get_mut(t as usize * contracts + contract) {
            *place = value;
        }
    }
}

/// Staged vendor equity in a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub struct InstalmentState {
    /// Due this quarter.
    pub due: f64,
    /// Paid so far.
    pub paid: f64,
    /// Holding in units of the recipient's market value.
    pub units: f64,
    /// Carrying value in the payer's books.
    pub carrying: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    /// A fee of 2 in quarters 2 to 4, halved by every quarter of waiting, in a run of 3; then twice the fee up to quarter 6.
    #[test]
    fn fees_are_valued_backwards_and_those_of_opening_come_back() {
        let mut system = fixture::system(&[]);
        system.quarters = 3;
        let fee = Flow { constant: 2.0, steps: vec![] };
        let contract = Contract {
            customer: Trader::Market,
            supplier: Trader::Market,
            fee: fee.clone(),
            take_or_pay: 1.0,
            fleet_share: 0.0,
            service_cost: 0.0,
            contract_credit: None,
            name: "lease".into(),
            start_q: 2.0,
            end_q: 4.0,
            renew_if_utilisation: None,
            renewal_rent_beta: 1.0,
        };
        system.contracts = vec![contract.clone(), contract];
        let terms = FeeTerms { constant: 2.0, scale: 1.0, quarters: (2, 4), discount: 0.5 };
        let column = |values: &FeeValues| [0, 1, 2, 3, 4].map(|t| values.at(t)[1]);
        let mut values = FeeValues::new(&system);
        for _ in 0..2 {
            values.open(1, &fee, terms);
            values.begin();
            assert_eq!(column(&values), [0.875, 1.75, 3.5, 3.0, 2.0]);
            values.value(1, &fee, FeeTerms { scale: 2.0, quarters: (2, 6), ..terms }, 3);
            assert_eq!(column(&values), [0.875, 1.75, 3.5, 7.5, 7.0]);
        }
        values.open(1, &fee, FeeTerms { quarters: (2, 3), ..terms });
        values.begin();
        assert_eq!(column(&values), [0.75, 1.5, 3.0, 2.0, 0.0]);
        assert_eq!([0, 4].map(|t| values.at(t)[0]), [0.0; 2]);
    }
}
