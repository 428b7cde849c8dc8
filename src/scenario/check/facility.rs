//! Rules of facilities, contracts, vendor finance and stakes.

use crate::model::system::Amortisation;
use crate::scenario::check::names::Role;
use crate::scenario::check::{Checker, SUM_TOLERANCE, highest, lowest, plain};
use crate::scenario::error::Code;
use crate::scenario::file::entity::Entity;
use crate::scenario::file::facility::{Contract, Facility, Stake};
use crate::scenario::file::value::{ByName, Located};
use crate::scenario::preset;
use crate::units::Share;

const ANYBODY: [Role; 3] = [Role::Obligor, Role::Lender, Role::Outside];

impl Checker<'_> {
    pub(super) fn facilities(&mut self) {
        for facility in self.file.facility.enabled() {
            self.require(facility, "borrower", facility.borrower.is_some());
            self.require(facility, "amount", facility.amount.is_some());
            self.require(facility, "spread_pa", facility.spread_pa.is_some());
            self.require(facility, "maturity_q", facility.maturity_q.is_some());
            self.require(facility, "holders", facility.holders.is_some());
            self.party(facility.borrower.as_ref(), &[Role::Obligor]);
            self.party(facility.guarantor.as_ref(), &ANYBODY);
            if let Some(holders) = &facility.holders {
                self.shares(holders, "holders");
            }
            self.guarantee(facility);
            self.repayment(facility);
        }
    }

    /// Shares of lenders and `outside` that sum to 1.
    pub(super) fn shares(&mut self, shares: &ByName<Share>, key: &str) {
        for (name, _) in &shares.entries {
            self.party(Some(name), &[Role::Lender, Role::Outside]);
        }
        let sum: f64 = shares.entries.iter().map(|(_, share)| share.value).sum();
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            let message = format!("the shares of `{key}` sum to {}, expected 1", plain(sum));
            let rest = 1.0 - sum;
            let hint = match rest > 0.0 {
                true => format!("what nobody named holds is `outside`'s: {} is missing", plain(rest)),
                false => format!("{} is too much", plain(-rest)),
            };
            self.push_hint(&shares.span, Code::Inconsistent, message, &hint);
        }
    }

    fn guarantee(&mut self, facility: &Entity<Facility>) {
        if let (Some(guarantor), Some(borrower)) = (&facility.guarantor, &facility.borrower)
            && guarantor.value == borrower.value
        {
            let message = format!("`{}` guarantees its own debt", guarantor.value);
            self.push(&guarantor.span, Code::Inconsistent, message);
        }
        let promised = facility.guarantee_share.is_some() || facility.guarantee_cap.is_some();
        if promised {
            let reason = "a guarantee needs somebody who gives it";
            self.require_for(facility, "guarantor", facility.guarantor.is_some(), reason);
        }
    }

    fn repayment(&mut self, facility: &Entity<Facility>) {
        if let Some(maturity) = &facility.maturity_q
            && lowest(maturity) < 1.0
        {
            let message =
                format!("a maturity in quarter {} lies before the run: expected at least 1", lowest(maturity));
            self.push(&maturity.span, Code::Inconsistent, message);
        }
        let Some(amortisation) = &facility.amortisation else {
            return;
        };
        let Amortisation::Sculpted(shares) = &amortisation.value else {
            return;
        };
        let sum: f64 = shares.iter().sum();
        if sum > 1.0 + SUM_TOLERANCE {
            let message = format!("the sculpted shares sum to {}, expected at most 1", plain(sum));
            self.push(&amortisation.span, Code::Inconsistent, message);
        }
        let quarters = facility.maturity_q.as_ref().map_or(f64::INFINITY, lowest);
        if shares.len() as f64 > quarters {
            let message = format!("{} sculpted shares for a loan that matures in quarter {quarters}", shares.len());
            self.push(&amortisation.span, Code::Inconsistent, message);
        }
    }

    pub(super) fn contracts(&mut self) {
        for contract in self.file.contract.enabled() {
            self.require(contract, "customer", contract.customer.is_some());
            self.require(contract, "supplier", contract.supplier.is_some());
            self.require(contract, "fee", contract.fee.is_some());
            self.require(contract, "end_q", contract.end_q.is_some());
            let sides = [&contract.customer, &contract.supplier];
            for side in sides {
                self.party(side.as_ref(), &[Role::Obligor, Role::Market]);
            }
            if let [Some(customer), Some(supplier)] = sides
                && customer.value == supplier.value
            {
                let message = format!("`{}` is both customer and supplier", supplier.value);
                self.push(&supplier.span, Code::Inconsistent, message);
            }
            if let Some(end) = &contract.end_q {
                let start = contract.start_q.as_ref().map_or(preset::contract::START_Q, highest);
                let end_q = lowest(end);
                if end_q < start {
                    let message = format!("`end_q` {end_q} is before `start_q` {start}");
                    self.push(&end.span, Code::Inconsistent, message);
                }
            }
        }
        for obligor in self.file.obligor.enabled() {
            self.occupied(&obligor.name.value);
        }
    }

    /// Contracts that run in one quarter cannot occupy more than the fleet; it is enough to look when one starts.
    fn occupied(&mut self, supplier: &str) {
        let serves =
            |contract: &&Entity<Contract>| contract.supplier.as_ref().is_some_and(|name| name.value == supplier);
        let contracts: Vec<_> = self.file.contract.enabled().filter(serves).collect();
        let start = |contract: &Contract| {
            let quarter = contract.start_q.as_ref().map_or(preset::contract::START_Q, lowest);
            quarter.max(0.0)
        };
        let runs = |contract: &Contract, quarter: f64| {
            let end = contract.end_q.as_ref().map_or(f64::INFINITY, highest);
            start(contract) <= quarter && quarter <= end
        };
        for contract in &contracts {
            let Some(own) = &contract.fleet_share else {
                continue;
            };
            let quarter = start(&contract.keys);
            let together = contracts.iter().filter(|other| runs(&other.keys, quarter));
            let sum: f64 = together.filter_map(|other| other.fleet_share.as_ref().map(highest)).sum();
            if sum > 1.0 + SUM_TOLERANCE {
                let sum = plain(sum);
                let message = format!(
                    "in quarter {quarter} the contracts of `{supplier}` occupy {sum} of its fleet, expected at most 1"
                );
                self.push(&own.span, Code::Inconsistent, message);
                return;
            }
        }
    }

    pub(super) fn vendor_finance(&mut self) {
        for backstop in self.file.backstop.enabled() {
            self.require(backstop, "payer", backstop.payer.is_some());
            self.require(backstop, "recipient", backstop.recipient.is_some());
            self.require(backstop, "cap", backstop.cap.is_some());
            self.require(backstop, "end_q", backstop.end_q.is_some());
            self.payment(backstop.payer.as_ref(), backstop.recipient.as_ref());
        }
        for instalment in self.file.instalment.enabled() {
            self.require(instalment, "payer", instalment.payer.is_some());
            self.require(instalment, "recipient", instalment.recipient.is_some());
            self.require(instalment, "amount", instalment.amount.is_some());
            self.require(instalment, "total", instalment.total.is_some());
            self.payment(instalment.payer.as_ref(), instalment.recipient.as_ref());
        }
    }

    fn payment(&mut self, payer: Option<&Located<String>>, recipient: Option<&Located<String>>) {
        self.party(payer, &ANYBODY);
        self.party(recipient, &[Role::Obligor]);
        if let (Some(payer), Some(recipient)) = (payer, recipient)
            && payer.value == recipient.value
        {
            let message = format!("`{}` pays itself", payer.value);
            self.push(&payer.span, Code::Inconsistent, message);
        }
    }

    pub(super) fn stakes(&mut self) {
        for stake in self.file.stake.enabled() {
            self.require(stake, "holder", stake.holder.is_some());
            self.require(stake, "of", stake.of.is_some());
            self.party(stake.holder.as_ref(), &ANYBODY);
            if let (Some(holder), Some(of)) = (&stake.holder, &stake.of)
                && holder.value == of.value
            {
                let message = format!("`{}` holds a stake in itself", of.value);
                self.push(&of.span, Code::Inconsistent, message);
            }
            self.stake_kind(stake);
        }
        for fund in self.file.lender.enabled() {
            self.fund_shares(&fund.name.value);
        }
    }

    fn stake_kind(&mut self, stake: &Entity<Stake>) {
        match (&stake.amount, &stake.share) {
            (Some(_), None) => self.party(stake.of.as_ref(), &[Role::Obligor]),
            (None, Some(_)) => self.party(stake.of.as_ref(), &[Role::Fund]),
            (Some(_), Some(share)) => {
                let message = "a stake has either `amount` (of an obligor) or `share` (of a fund)";
                self.push(&share.span, Code::Inconsistent, message);
            }
            (None, None) => {
                self.party(stake.of.as_ref(), &[Role::Obligor, Role::Fund]);
                let broken = stake.is_broken("amount") || stake.is_broken("share");
                let reason = "or `share`, if it is a stake in a fund";
                self.require_for(stake, "amount", broken, reason);
            }
        }
    }

    fn fund_shares(&mut self, fund: &str) {
        let mut sum = 0.0;
        for stake in self.file.stake.enabled() {
            let of = stake.of.as_ref().is_some_and(|of| of.value == fund);
            let Some(share) = stake.share.as_ref().filter(|_| of) else {
                continue;
            };
            let before = sum;
            sum += highest(share);
            if sum > 1.0 + SUM_TOLERANCE && before <= 1.0 + SUM_TOLERANCE {
                let message = format!("stakes in `{fund}` sum to {}, expected at most 1", plain(sum));
                self.push(&share.span, Code::Inconsistent, message);
            }
        }
    }
}
