//! What happened in a quarter, so that a generator of calm worlds is found out.

use knockon::model::outcome::Channel;
use knockon::model::state::{FacilityState, ObligorState, State};
use knockon::model::system::{Accounting, Means, Recovery};

use crate::checks::Quarter;

/// Every event, and one in how many worlds must see it.
pub const EVENTS: [(&str, u64); 39] = [
    ("a default", 10),
    ("a refinancing gap", 10),
    ("a lender failure", 10),
    ("a second round", 10),
    ("a loan refinanced by the pool", 50),
    ("an extension", 50),
    ("a cash sweep", 50),
    ("a cure paid", 100),
    ("a planned draw", 50),
    ("a line drawn to close a gap", 50),
    ("equity issued to close a gap", 50),
    ("capex dropped", 50),
    ("invoices cut", 50),
    ("support by a sponsor", 50),
    ("a backstop", 50),
    ("an instalment", 50),
    ("a step-in", 50),
    ("a fall of prices by sales", 50),
    ("a renewal", 50),
    ("receipts lost to a customer's default", 50),
    ("a loss on a claim", 50),
    ("a mark on a claim", 10),
    ("a mark that is taken back", 20),
    ("a cascade begun by marks", 100),
    ("a marked claim on a lender that fails", 50),
    ("a stake in a failed fund", 100),
    ("a redemption paid", 20),
    ("a request cut by the gate", 20),
    ("a suspended fund", 20),
    ("a redemption paid through a stake", 20),
    ("a call paid", 20),
    ("a call carried", 100),
    ("a failure over an unpaid call", 100),
    ("a sale of credit", 20),
    ("a sale by an accrual holder", 50),
    ("credit marked down by sales of others", 20),
    ("a mark of a loan", 20),
    ("a payout of a risk transfer", 50),
    ("a note paid back", 50),
];

/// Which of them a quarter saw.
pub fn seen(now: &Quarter) -> [bool; EVENTS.len()] {
    let (before, after) = (now.before, now.after);
    let failed_now = |round: usize| {
        let failures = now.outcome.failures.iter().flatten();
        failures.filter(|failure| failure.quarter as i64 == after.quarter).any(|failure| failure.round >= round)
    };
    let failed_now_in = |round: usize| {
        let failures = now.outcome.failures.iter().flatten();
        failures.filter(|failure| failure.quarter as i64 == after.quarter).any(|failure| failure.round == round)
    };
    let filled = |means: Means| payers(after).any(|own| own.funding.filled[means as usize] > 1e-6);
    let facility = |test: fn(&FacilityState) -> bool| after.facilities.iter().any(test);
    [
        before.obligors.iter().zip(&after.obligors).any(|(old, new)| old.alive && !new.alive),
        facility(|own| own.maturing && own.gap > 1e-6),
        failed_now(0),
        failed_now(1),
        facility(|own| own.pooled > 1e-6 && own.balance > 0.0),
        facility(|own| own.extending),
        facility(|own| own.sweep > 1e-6 && own.balance > 0.0),
        facility(|own| own.cure > 1e-6 && own.balance > 0.0),
        facility(|own| own.draw > 1e-6 && own.balance > 0.0),
        filled(Means::Lines),
        filled(Means::Equity),
        filled(Means::Capex),
        filled(Means::Invoices),
        filled(Means::Sponsor),
        after.backstops_due.iter().any(|due| *due > 1e-6),
        after.instalments.iter().zip(&before.instalments).any(|(new, old)| new.paid > old.paid),
        stepped_in(now),
        after.fire_sales.iter().any(|sale| sale.after < sale.before),
        after.contracts.iter().zip(&before.contracts).any(|(new, old)| new.end > old.end),
        payers(after).any(|own| own.lost_receipts.iter().any(|lost| *lost > 1e-6)),
        losses(after, Channel::Counterparty) > losses(before, Channel::Counterparty),
        losses(after, Channel::NetworkMark) > losses(before, Channel::NetworkMark),
        taken_back(now),
        failed_now(1) && !failed_now_in(0),
        marked_claim_fails(now),
        after
            .fund_stakes
            .iter()
            .zip(&before.fund_stakes)
            .any(|(new, old)| new.settled && !old.settled && old.carrying > 1e-6),
        after.lenders.iter().any(|own| own.liquidity.redemption_paid > 1e-6),
        after.lenders.iter().any(|own| own.alive && own.liquidity.gated),
        after.lenders.iter().any(|own| own.alive && own.liquidity.suspended),
        stakes_paid(now),
        after.calls.iter().any(|call| call.paid > 1e-6),
        after.calls.iter().any(|call| call.outstanding > 1e-6 && call.due <= after.quarter),
        after.lenders.iter().any(|own| own.liquidity.overdue),
        sold(now, |_| true),
        sold(now, |j| now.system.lenders[j].accounting == Accounting::Accrual),
        marked_by_others(now),
        losses(after, Channel::Mark) > losses(before, Channel::Mark),
        after.srts.iter().zip(&before.srts).any(|(new, old)| new.paid > old.paid + 1e-6),
        after.srts.iter().zip(&before.srts).any(|(new, old)| new.note == 0.0 && old.note > new.paid - old.paid + 1e-6),
    ]
}

/// Obligors that met their dues.
fn payers(state: &State) -> impl Iterator<Item = &ObligorState> {
    state.obligors.iter().filter(|own| own.alive)
}

fn stepped_in(now: &Quarter) -> bool {
    let both = now.before.obligors.iter().zip(&now.after.obligors);
    now.system.credit.recovery == Recovery::Endogenous
        && both
            .into_iter()
            .any(|(old, new)| old.alive && !new.alive && new.step_in_value.is_some_and(|value| value > 1e-6))
}

fn stakes_paid(now: &Quarter) -> bool {
    let both = now.system.fund_stakes.iter().zip(&now.after.fund_stakes);
    both.into_iter().any(|(stake, held)| {
        !held.settled && stake.share * now.after.lenders[stake.of].liquidity.redemption_paid > 1e-6
    })
}

fn sold(now: &Quarter, whose: impl Fn(usize) -> bool) -> bool {
    (0..now.system.lenders.len()).any(|j| whose(j) && now.after.lenders[j].liquidity.sold > 1e-6)
}

fn marked_by_others(now: &Quarter) -> bool {
    let price = now.after.credit_price;
    let bystander = |j: usize| {
        let own = &now.after.lenders[j];
        let fair = now.system.lenders[j].accounting == Accounting::FairValue;
        own.alive && fair && own.liquidity.sold == 0.0 && own.liquidity.marketable > 1e-6
    };
    price.after < price.before && (0..now.system.lenders.len()).any(bystander)
}

fn losses(state: &State, channel: Channel) -> i64 {
    state.ledger.losses().column(channel as usize).sum()
}

/// Who holds an open claim below face in the quarter before counts it closer to face now.
fn taken_back(now: &Quarter) -> bool {
    let share = |state: &State, k: usize| state.claim_values[k] / state.claims[k];
    (0..now.system.claims.len())
        .filter(|k| now.after.claims[*k] > 1e-6)
        .any(|k| share(now.after, k) > share(now.before, k) + 1e-6)
}

fn marked_claim_fails(now: &Quarter) -> bool {
    let marked = |k: usize| now.before.claims[k] - now.before.claim_values[k] > 1e-6;
    let fails = |k: usize| now.before.lenders[k].alive && !now.after.lenders[k].alive;
    let claims = now.system.claims.iter().enumerate();
    claims.filter(|(k, _)| marked(*k)).any(|(_, claim)| claim.debtor.is_some_and(fails))
}
