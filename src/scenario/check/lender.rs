//! Rules of lenders, claims and hedges.

use crate::model::system::LenderType;
use crate::scenario::check::names::Role;
use crate::scenario::check::{Checker, highest, lowest};
use crate::scenario::error::Code;
use crate::scenario::file::entity::Entity;
use crate::scenario::file::lender::{Lender, Srt};
use crate::scenario::preset;

impl Checker<'_> {
    pub(super) fn lenders(&mut self) {
        for lender in self.file.lender.enabled() {
            self.require(lender, "type", lender.kind.is_some());
            if let Some(kind) = &lender.kind {
                self.lender_type(lender, kind.value);
                self.given_side(lender, kind.value);
            }
        }
    }

    fn lender_type(&mut self, lender: &Entity<Lender>, kind: LenderType) {
        match kind {
            LenderType::Bank => self.require_for(
                lender,
                "rwa_other",
                lender.rwa_other.is_some(),
                "a bank fails on equity over risk-weighted assets",
            ),
            LenderType::Insurer => self.require_for(
                lender,
                "required_capital",
                lender.required_capital.is_some(),
                "an insurer fails on equity over required capital",
            ),
            LenderType::CreditFund | LenderType::BondFund | LenderType::Vendor => {}
        }
    }

    /// One side of the opening balance sheet is given, the other balances; a bond fund has no debt, which is its side.
    fn given_side(&mut self, lender: &Entity<Lender>, kind: LenderType) {
        let written = lender.equity.as_ref().map(|equity| &equity.span);
        let debt = lender.external_debt.as_ref().map(|debt| &debt.span);
        if kind == LenderType::BondFund {
            for span in written.into_iter().chain(debt) {
                let message = "a bond fund has no debt: its net asset value balances";
                self.push(span, Code::Inconsistent, message);
            }
            return;
        }
        match (written, debt) {
            (Some(_), Some(debt)) => {
                let message = "expected one of `equity` and `external_debt`: the other is the balancing figure";
                self.push(debt, Code::Inconsistent, message);
            }
            (None, None) => {
                let present = lender.is_broken("external_debt");
                self.require_for(lender, "equity", present, "or `external_debt`");
            }
            _ => {}
        }
    }

    pub(super) fn claims(&mut self) {
        for claim in self.file.claim.enabled() {
            self.require(claim, "debtor", claim.debtor.is_some());
            self.require(claim, "creditor", claim.creditor.is_some());
            self.require(claim, "amount", claim.amount.is_some());
            for side in [&claim.debtor, &claim.creditor] {
                self.party(side.as_ref(), &[Role::Lender, Role::Outside]);
            }
            let (Some(debtor), Some(creditor)) = (&claim.debtor, &claim.creditor) else {
                continue;
            };
            if debtor.value == creditor.value {
                let message = format!("`{}` owes itself", creditor.value);
                self.push(&creditor.span, Code::Inconsistent, message);
            }
            let lender = self.file.lender.named(&debtor.value);
            let kind = lender.and_then(|lender| lender.kind.as_ref());
            if kind.is_some_and(|kind| kind.value == LenderType::BondFund) {
                let message = format!("`{}` is a bond fund, which has no debt", debtor.value);
                self.push(&debtor.span, Code::Inconsistent, message);
            }
        }
    }

    /// Risk transfers and shorts wait for their switch, but what is written of them must hold.
    pub(super) fn hedges(&mut self) {
        for srt in self.file.srt.enabled() {
            self.require(srt, "buyer", srt.buyer.is_some());
            self.require(srt, "sellers", srt.sellers.is_some());
            self.require(srt, "reference", srt.reference.is_some());
            self.party(srt.buyer.as_ref(), &[Role::Lender]);
            if let Some(sellers) = &srt.sellers {
                self.shares(sellers, "sellers");
            }
            self.reference(srt);
            let attach = srt.attach.as_ref().map_or(preset::srt::ATTACH, highest);
            let detach = srt.detach.as_ref().map_or(preset::srt::DETACH, lowest);
            if attach >= detach {
                let message = format!("`attach` {attach} is not below `detach` {detach}");
                let place = srt.detach.as_ref().map(|detach| &detach.span);
                self.push(place.unwrap_or(&srt.name.span), Code::Inconsistent, message);
            }
        }
        for short in self.file.short.enabled() {
            self.require(short, "holder", short.holder.is_some());
            self.require(short, "notional", short.notional.is_some());
            self.party(short.holder.as_ref(), &[Role::Lender]);
        }
    }

    fn reference(&mut self, srt: &Entity<Srt>) {
        for name in srt.reference.iter().flat_map(|names| names.iter()) {
            self.known(name, &self.file.facility, "facility");
            let Some(facility) = self.file.facility.named(&name.value) else {
                continue;
            };
            let (Some(buyer), Some(holders)) = (&srt.buyer, &facility.holders) else {
                continue;
            };
            if !holders.entries.iter().any(|(holder, _)| holder.value == buyer.value) {
                let message = format!("`{}` is not held by `{}`", name.value, buyer.value);
                self.push(&name.span, Code::Inconsistent, message);
            }
        }
    }
}
