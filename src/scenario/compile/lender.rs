//! Lenders and their claims on one another.

use crate::model::system::{Claim, Lender, LenderType, OpeningBalance, OtherBook, OwnLiquidity, System};
use crate::scenario::compile::Compiler;
use crate::scenario::compile::index::{Placed, sorted};
use crate::scenario::compile::market::chosen;
use crate::scenario::compile::numbers::Numbers;
use crate::scenario::file::lender as file;
use crate::scenario::file::value::Located;
use crate::scenario::preset;
use crate::scenario::preset::lender as p;

impl Compiler<'_> {
    pub(super) fn lenders(&mut self) -> Vec<Lender> {
        let lenders = sorted(&self.file.lender, |_| true);
        let each = lenders.into_iter().enumerate();
        each.map(|(index, placed)| self.lender(index, placed)).collect()
    }

    fn lender(&mut self, index: usize, (place, entity): Placed<'_, file::Lender>) -> Lender {
        let keys = &entity.keys;
        let name = entity.name.value.clone();
        // A lender without a type is told by the rules; the world it stands in here is never run.
        let kind = chosen(&keys.kind, LenderType::Bank);
        let mut n = self.draws.of(format!("lender.{name}"), index);
        Lender {
            place,
            kind,
            cash: n.read(&keys.cash, "cash", 0.0, |s, i| &mut s.lenders[i].cash),
            other_assets: n.read(&keys.other_assets, "other_assets", 0.0, |s, i| &mut s.lenders[i].other_assets),
            opening: opening(keys, kind, &mut n),
            accounting: chosen(&keys.accounting, p::accounting(kind)),
            external_priority: chosen(&keys.external_priority, p::external_priority(kind)),
            rwa_other: n.read(&keys.rwa_other, "rwa_other", 0.0, |s, i| &mut s.lenders[i].rwa_other),
            risk_weight: n.read(&keys.risk_weight, "risk_weight", p::RISK_WEIGHT, |s, i| &mut s.lenders[i].risk_weight),
            required_capital: n
                .read(&keys.required_capital, "required_capital", 0.0, |s, i| &mut s.lenders[i].required_capital),
            fail_ratio: n
                .read(&keys.fail_ratio, "fail_ratio", p::fail_ratio(kind), |s, i| &mut s.lenders[i].fail_ratio),
            min_ratio: n.read(&keys.min_ratio, "min_ratio", p::min_ratio(kind), |s, i| &mut s.lenders[i].min_ratio),
            max_leverage: n
                .read(&keys.max_leverage, "max_leverage", p::MAX_LEVERAGE, |s, i| &mut s.lenders[i].max_leverage),
            target_leverage: n.read(&keys.target_leverage, "target_leverage", p::TARGET_LEVERAGE, |s, i| {
                &mut s.lenders[i].target_leverage
            }),
            new_lending: n.read(&keys.new_lending, "new_lending", 0.0, |s, i| &mut s.lenders[i].new_lending),
            income_q: n.read(&keys.income_q, "income_q", 0.0, |s, i| &mut s.lenders[i].income_q),
            gate: n.read(&keys.gate, "gate", p::gate(kind), |s, i| &mut s.lenders[i].gate),
            liquidity: own_liquidity(keys, &mut n),
            other_book: keys.other_book.as_ref().map(|book| other_book(&book.value, &mut n)),
            sales_margin: n.read(&keys.sales_margin, "sales_margin", 0.0, |s, i| &mut s.lenders[i].sales_margin),
            name,
        }
    }

    /// Claims whose sides take part; `outside` may be either.
    pub(super) fn claims(&mut self) -> Vec<Claim> {
        let claims = sorted(&self.file.claim, |claim| {
            self.side(&claim.debtor).is_some() && self.side(&claim.creditor).is_some()
        });
        let each = claims.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let debtor = self.side(&keys.debtor)?;
            let creditor = self.side(&keys.creditor)?;
            let mut n = self.draws.of(format!("claim.{name}"), index);
            Some(Claim {
                debtor,
                creditor,
                amount: n.read(&keys.amount, "amount", 0.0, |s, i| &mut s.claims[i].amount),
                callable: keys.callable.as_ref().map_or(preset::claim::CALLABLE, |written| written.value),
                name,
            })
        })
        .collect()
    }

    /// One side of a claim: `Some(None)` is outside, `None` nobody who takes part.
    fn side(&self, name: &Option<Located<String>>) -> Option<Option<usize>> {
        let outside = name.as_ref().is_some_and(|name| name.value == "outside");
        match outside {
            true => Some(None),
            false => self.index.lender(name).map(Some),
        }
    }
}

/// The given side of the opening balance sheet; a bond fund has no debt.
fn opening(keys: &file::Lender, kind: LenderType, n: &mut Numbers<'_, '_>) -> OpeningBalance {
    match (&keys.equity, &keys.external_debt) {
        _ if kind == LenderType::BondFund => OpeningBalance::ExternalDebt(0.0),
        (Some(_), _) => OpeningBalance::Equity(n.read(&keys.equity, "equity", 0.0, given)),
        (None, _) => OpeningBalance::ExternalDebt(n.read(&keys.external_debt, "external_debt", 0.0, given)),
    }
}

/// The number of the given side.
fn given(system: &mut System, lender: usize) -> &mut f64 {
    match &mut system.lenders[lender].opening {
        OpeningBalance::Equity(number) | OpeningBalance::ExternalDebt(number) => number,
    }
}

/// Rules of liquidity that a lender writes for itself.
fn own_liquidity(keys: &file::Lender, n: &mut Numbers<'_, '_>) -> OwnLiquidity {
    OwnLiquidity {
        call_share: n.optional(&keys.call_share, "call_share", |s, i| own(s, i).call_share.get_or_insert(0.0)),
        call_trigger: n.optional(&keys.call_trigger, "call_trigger", |s, i| own(s, i).call_trigger.get_or_insert(0.0)),
        call_grace_q: n.optional(&keys.call_grace_q, "call_grace_q", |s, i| own(s, i).call_grace_q.get_or_insert(0.0)),
        base: n.optional(&keys.base, "base", |s, i| own(s, i).base.get_or_insert(0.0)),
        flow_beta: n.optional(&keys.flow_beta, "flow_beta", |s, i| own(s, i).flow_beta.get_or_insert(0.0)),
        tolerance: n.optional(&keys.tolerance, "tolerance", |s, i| own(s, i).tolerance.get_or_insert(0.0)),
        full_willingness: n
            .optional(&keys.full_willingness, "full_willingness", |s, i| own(s, i).full_willingness.get_or_insert(0.0)),
    }
}

fn own(system: &mut System, lender: usize) -> &mut OwnLiquidity {
    &mut system.lenders[lender].liquidity
}

/// The rest of a lender's book.
fn other_book(keys: &file::OtherBook, n: &mut Numbers<'_, '_>) -> OtherBook {
    OtherBook {
        assets: n.read(&keys.assets, "other_book.assets", 0.0, |s, i| &mut book(s, i).assets),
        pd_pa: n.read(&keys.pd_pa, "other_book.pd_pa", 0.0, |s, i| &mut book(s, i).pd_pa),
        rho: n.read(&keys.rho, "other_book.rho", 0.0, |s, i| &mut book(s, i).rho),
        lgd: n.read(&keys.lgd, "other_book.lgd", 0.0, |s, i| &mut book(s, i).lgd),
    }
}

fn book(system: &mut System, lender: usize) -> &mut OtherBook {
    let empty = OtherBook { assets: 0.0, pd_pa: 0.0, rho: 0.0, lgd: 0.0 };
    system.lenders[lender].other_book.get_or_insert(empty)
}
