//! What happened in a quarter, and what a world has, so that a generator of calm or uniform worlds is found out.

use knockon::model::outcome::{Channel, DefaultCause, FailureCause};
use knockon::model::state::{FacilityState, State};
use knockon::model::system::{Accounting, Means, Party, Recovery};

use crate::checks::Quarter;

/// Something that a quarter may see, and one in how many worlds must see it in one of their quarters.
pub struct Event {
    pub name: &'static str,
    pub one_in: u64,
    pub seen: fn(&Quarter) -> bool,
}

const fn event(name: &'static str, one_in: u64, seen: fn(&Quarter) -> bool) -> Event {
    Event { name, one_in, seen }
}

/// Amount below which nothing happened, USD bn.
const SEEN: f64 = 1e-6;

/// Every mechanism of the model.
pub const EVENTS: &[Event] = &[
    event("default", 2, |now| {
        now.before.obligors.iter().zip(&now.after.obligors).any(|(old, new)| old.alive && !new.alive)
    }),
    event("default, latent", 5, |now| defaults_of(now, DefaultCause::Latent)),
    event("default, scheduled", 10, |now| defaults_of(now, DefaultCause::Scheduled)),
    event("default, covenant", 20, |now| defaults_of(now, DefaultCause::Covenant)),
    event("default, maturity", 5, |now| defaults_of(now, DefaultCause::Maturity)),
    event("default, contract", 20, |now| defaults_of(now, DefaultCause::Contract)),
    event("default, insolvency", 20, |now| defaults_of(now, DefaultCause::Insolvency)),
    event("default, burn", 5, |now| defaults_of(now, DefaultCause::Burn)),
    event("refinancing gap", 5, |now| facility(now, |own| own.maturing && own.gap > SEEN)),
    event("loan refinanced by the pool", 20, |now| facility(now, |own| own.pooled > SEEN && own.balance > 0.0)),
    event("extension", 20, |now| facility(now, |own| own.extending)),
    event("covenant breached", 5, |now| facility(now, |own| own.in_breach)),
    event("cash sweep", 10, |now| facility(now, |own| own.sweep > SEEN && own.balance > 0.0)),
    event("covenant cured", 20, |now| facility(now, |own| own.cure > SEEN && own.balance > 0.0)),
    event("planned draw", 5, |now| facility(now, |own| own.draw > SEEN && own.balance > 0.0)),
    event("gap closed by a line", 10, |now| filled(now, Means::Lines)),
    event("gap closed by equity", 10, |now| filled(now, Means::Equity)),
    event("gap closed by capex dropped", 10, |now| filled(now, Means::Capex)),
    event("gap closed by invoices cut", 10, |now| filled(now, Means::Invoices)),
    event("support by outside", 20, |now| supports(now, OUTSIDE)),
    event("support by an obligor", 20, |now| supports(now, OBLIGOR)),
    event("support by a lender", 20, |now| supports(now, LENDER)),
    event("backstop by outside", 20, |now| backstops(now, OUTSIDE)),
    event("backstop by an obligor", 20, |now| backstops(now, OBLIGOR)),
    event("backstop by a lender", 20, |now| backstops(now, LENDER)),
    event("instalment by outside", 20, |now| invests(now, OUTSIDE)),
    event("instalment by an obligor", 20, |now| invests(now, OBLIGOR)),
    event("instalment by a lender", 20, |now| invests(now, LENDER)),
    event("guarantee by outside", 20, |now| guarantees(now, OUTSIDE)),
    event("guarantee by an obligor", 20, |now| guarantees(now, OBLIGOR)),
    event("guarantee by a lender", 20, |now| guarantees(now, LENDER)),
    event("step-in", 20, stepped_in),
    event("price of GPUs falls by sales", 5, |now| now.after.fire_sales.iter().any(|sale| sale.after < sale.before)),
    event("renewal", 10, |now| {
        now.after.contracts.iter().zip(&now.before.contracts).any(|(new, old)| new.end > old.end)
    }),
    event("receipts lost to a customer's default", 10, |now| {
        payers(now.after).any(|i| now.after.lost_receipts.to(now.after.quarter, i) > SEEN)
    }),
    event("confidence hit", 2, |now| now.after.hit > SEEN),
    event("lender unwilling in part", 5, |now| {
        now.after.lenders.iter().any(|own| own.alive && own.willingness > 0.0 && own.willingness < 1.0)
    }),
    event("lender failure", 2, |now| failed_in(now, |_| true)),
    event("lender failure, scheduled", 10, |now| fails_of(now, |cause| cause == FailureCause::Scheduled)),
    event("lender failure, at opening", 20, |now| fails_of(now, |cause| cause == FailureCause::Opening)),
    event("lender failure, by credit", 5, |now| fails_of(now, |cause| cause == FailureCause::Channel(Channel::Credit))),
    event("lender failure, by another lender", 20, |now| {
        fails_of(now, |cause| matches!(cause, FailureCause::Channel(channel) if channel.intra_system()))
    }),
    event("second round", 5, |now| failed_in(now, |round| round >= 1)),
    event("third round", 20, |now| failed_in(now, |round| round >= 2)),
    event("cascade begun by marks", 20, |now| {
        failed_in(now, |round| round == 1) && !failed_in(now, |round| round == 0)
    }),
    event("loss on a claim", 5, |now| {
        losses(now.after, Channel::Counterparty) > losses(now.before, Channel::Counterparty)
    }),
    event("claim marked down", 5, |now| {
        losses(now.after, Channel::NetworkMark) > losses(now.before, Channel::NetworkMark)
    }),
    event("claim marked up", 10, taken_back),
    event("marked claim on a lender that fails", 10, marked_claim_fails),
    event("stake in a fund that fails", 5, |now| {
        let both = now.after.fund_stakes.iter().zip(&now.before.fund_stakes);
        both.into_iter().any(|(new, old)| new.settled && !old.settled && old.carrying > SEEN)
    }),
    event("redemption paid", 5, |now| now.after.lenders.iter().any(|own| own.liquidity.redemption_paid > SEEN)),
    event("redemption cut by the gate", 5, |now| now.after.lenders.iter().any(|own| own.alive && own.liquidity.gated)),
    event("fund suspended", 10, |now| now.after.lenders.iter().any(|own| own.alive && own.liquidity.suspended)),
    event("redemption paid through a stake", 10, stakes_paid),
    event("deleveraging", 5, |now| now.after.lenders.iter().any(|own| own.repaid_share > SEEN)),
    event("call paid", 5, |now| now.after.calls.iter().any(|call| call.paid > SEEN)),
    event("call carried", 20, |now| {
        now.after.calls.iter().any(|call| call.outstanding > SEEN && call.due <= now.after.quarter)
    }),
    event("failure over an unpaid call", 20, |now| now.after.lenders.iter().any(|own| own.liquidity.overdue)),
    event("forced sale of credit", 10, |now| sold(now, |_| true)),
    event("forced sale by an accrual holder", 20, |now| {
        sold(now, |j| now.system.lenders[j].accounting == Accounting::Accrual)
    }),
    event("credit marked down by sales of others", 10, marked_by_others),
    event("loan marked down", 5, |now| losses(now.after, Channel::Mark) > losses(now.before, Channel::Mark)),
    event("loan marked up", 10, |now| losses(now.after, Channel::Mark) < losses(now.before, Channel::Mark)),
    event("payout of a risk transfer", 5, |now| {
        now.after.srts.iter().zip(&now.before.srts).any(|(new, old)| new.paid > old.paid + SEEN)
    }),
    event("note paid back", 5, |now| {
        let both = now.after.srts.iter().zip(&now.before.srts);
        both.into_iter().any(|(new, old)| new.note == 0.0 && old.note > new.paid - old.paid + SEEN)
    }),
];

const OUTSIDE: fn(Party) -> bool = |party| party == Party::Outside;
const OBLIGOR: fn(Party) -> bool = |party| matches!(party, Party::Obligor(_));
const LENDER: fn(Party) -> bool = |party| matches!(party, Party::Lender(_));

fn facility(now: &Quarter, test: fn(&FacilityState) -> bool) -> bool {
    now.after.facilities.iter().any(test)
}

fn filled(now: &Quarter, means: Means) -> bool {
    payers(now.after).any(|i| now.after.funding[i].filled[means as usize] > SEEN)
}

fn defaults_of(now: &Quarter, cause: DefaultCause) -> bool {
    let defaults = now.outcome.defaults.iter().flatten();
    defaults.into_iter().any(|default| default.quarter as i64 == now.after.quarter && default.cause == cause)
}

fn failed_in(now: &Quarter, test: fn(usize) -> bool) -> bool {
    let failures = now.outcome.failures.iter().flatten();
    failures.into_iter().any(|failure| failure.quarter as i64 == now.after.quarter && test(failure.round))
}

fn fails_of(now: &Quarter, test: fn(FailureCause) -> bool) -> bool {
    let failures = now.outcome.failures.iter().flatten();
    failures.into_iter().any(|failure| failure.quarter as i64 == now.after.quarter && test(failure.cause))
}

fn supports(now: &Quarter, whose: fn(Party) -> bool) -> bool {
    let supported = |i: usize| now.after.funding[i].filled[Means::Sponsor as usize] > SEEN;
    payers(now.after).any(|i| now.system.obligors[i].sponsor.is_some_and(whose) && supported(i))
}

/// Is something due from a payer whose purse is not empty?
fn backstops(now: &Quarter, whose: fn(Party) -> bool) -> bool {
    let both = now.system.backstops.iter().zip(&now.after.backstops_due);
    both.into_iter().any(|(backstop, due)| *due > SEEN && whose(backstop.payer) && has_cash(now.before, backstop.payer))
}

fn invests(now: &Quarter, whose: fn(Party) -> bool) -> bool {
    let states = now.after.instalments.iter().zip(&now.before.instalments);
    let mut all = now.system.instalments.iter().zip(states);
    all.any(|(instalment, (new, old))| new.paid > old.paid + SEEN && whose(instalment.payer))
}

/// Is a loss left over on a facility whose guarantor could pay part of it?
fn guarantees(now: &Quarter, whose: fn(Party) -> bool) -> bool {
    let pays = |party: Party| whose(party) && now.after.is_alive(party) && has_cash(now.before, party);
    let called = |f: usize| {
        let facility = &now.system.facilities[f];
        let defaults = now.before.obligors[facility.borrower].alive && !now.after.obligors[facility.borrower].alive;
        let promised = facility.guarantee_share.min(facility.guarantee_cap) > SEEN;
        defaults && promised && now.after.facilities[f].loss[1] > SEEN && facility.guarantor.is_some_and(pays)
    };
    now.system.credit.recovery == Recovery::Endogenous && (0..now.system.facilities.len()).any(called)
}

fn has_cash(state: &State, party: Party) -> bool {
    match party {
        Party::Outside => true,
        Party::Obligor(i) => state.obligors[i].cash > SEEN,
        Party::Lender(j) => state.lenders[j].cash > SEEN,
    }
}

/// Obligors that met their dues.
fn payers(state: &State) -> impl Iterator<Item = usize> + '_ {
    (0..state.obligors.len()).filter(|i| state.obligors[*i].alive)
}

fn stepped_in(now: &Quarter) -> bool {
    let both = now.before.obligors.iter().zip(&now.after.obligors);
    now.system.credit.recovery == Recovery::Endogenous
        && both
            .into_iter()
            .any(|(old, new)| old.alive && !new.alive && new.step_in_value.is_some_and(|value| value > SEEN))
}

fn stakes_paid(now: &Quarter) -> bool {
    let both = now.system.fund_stakes.iter().zip(&now.after.fund_stakes);
    both.into_iter().any(|(stake, held)| {
        !held.settled && stake.share * now.after.lenders[stake.of].liquidity.redemption_paid > SEEN
    })
}

fn sold(now: &Quarter, whose: impl Fn(usize) -> bool) -> bool {
    (0..now.system.lenders.len()).any(|j| whose(j) && now.after.lenders[j].liquidity.sold > SEEN)
}

fn marked_by_others(now: &Quarter) -> bool {
    let price = now.after.credit_price;
    let bystander = |j: usize| {
        let own = &now.after.lenders[j];
        let fair = now.system.lenders[j].accounting == Accounting::FairValue;
        own.alive && fair && own.liquidity.sold == 0.0 && own.liquidity.marketable > SEEN
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
        .filter(|k| now.after.claims[*k] > SEEN)
        .any(|k| share(now.after, k) > share(now.before, k) + SEEN)
}

fn marked_claim_fails(now: &Quarter) -> bool {
    let marked = |k: usize| now.before.claims[k] - now.before.claim_values[k] > SEEN;
    let fails = |k: usize| now.before.lenders[k].alive && !now.after.lenders[k].alive;
    let claims = now.system.claims.iter().enumerate();
    claims.filter(|(k, _)| marked(*k)).any(|(_, claim)| claim.debtor.is_some_and(fails))
}
