//! Deleveraging out of cash, and the borrowing of those that may go short of it. (methods.md, 5.2, 8.2)

use crate::model::facility::is_fund;
use crate::model::lender::balance;
use crate::model::state::{LenderState, State};
use crate::model::system::{Lender, LenderType, System};

/// Step 8: funds above their target leverage repay what their cash allows; banks, insurers and vendors short of cash
/// borrow from outside.
pub fn deleverage(system: &System, state: &mut State) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        let debt = own.external_debt + own.network_debt;
        // A fund below its threshold repays nothing: its estate will.
        let able = own.alive && lender.kind == LenderType::CreditFund && own.equity >= own.threshold;
        let excess = (debt - lender.target_leverage * own.equity).min(debt).min(own.cash);
        own.repaid_share = if able && excess > 0.0 { excess / debt } else { 0.0 };
    }
    let short = |(lender, own): (&Lender, &LenderState)| own.alive && own.cash < 0.0 && !is_fund(lender.kind);
    let repaying = state.lenders.iter().any(|own| own.repaid_share > 0.0);
    if !repaying && !system.lenders.iter().zip(&state.lenders).any(short) {
        return;
    }
    for (k, claim) in system.claims.iter().enumerate() {
        let Some(debtor) = claim.debtor else { continue };
        let amount = state.claims[k] * state.lenders[debtor].repaid_share;
        state.claims[k] -= amount;
        state.claim_values[k] -= amount;
        state.lenders[debtor].cash -= amount;
        match claim.creditor {
            Some(creditor) if state.lenders[creditor].alive => state.lenders[creditor].cash += amount,
            _ => state.outside += amount,
        }
    }
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        let amount = own.external_debt * own.repaid_share;
        own.external_debt -= amount;
        own.cash -= amount;
        state.outside += amount;
        if short((lender, &*own)) {
            state.outside += own.cash;
            own.external_debt -= own.cash;
            own.cash = 0.0;
        }
    }
    balance(system, state);
}
