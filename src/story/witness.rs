//! Looks on while a trial runs and writes down what happens.

use std::collections::BTreeMap;

use crate::model::driver::striking;
use crate::model::ledger;
use crate::model::observer::{Observer, Step, View};
use crate::model::outcome::{Channel, Fixed, LenderFailure, ObligorDefault};
use crate::model::state::{Dues, LenderState, LiquidityState};
use crate::model::system::Means;
use crate::story::event::{Because, Chapter, Event, Loss, Origin, Part, RegionMarket};
use crate::story::name::{means_name, named, origin, party_name, side, target_name};
use crate::story::usd_bn;

/// Reasons told of a failure.
const REASONS: usize = 4;
/// Amounts below this, USD bn, are rounding.
pub(super) const ROUNDING: f64 = 1e-9;

/// What has been seen of a trial whose workspace keeps a journal.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    /// The quarters seen.
    pub chapters: Vec<Chapter>,
    /// Postings told already.
    told: usize,
    /// Lenders before the clearing.
    standing: Vec<Standing>,
    /// GPUs and sites of obligors before anything is sold.
    hardware: Vec<f64>,
    /// Cash of obligors when their dues are known.
    cash: Vec<f64>,
    /// Dues, means and what is missing of obligors that default.
    shortfalls: Vec<Option<Shortfall>>,
    /// Funds whose redemptions are suspended.
    suspended: Vec<bool>,
}

/// A lender before the clearing.
#[derive(Debug, Clone, Copy)]
struct Standing {
    equity: f64,
    threshold: f64,
    network_debt: f64,
    overdue: f64,
}

/// Why an obligor cannot pay.
#[derive(Debug, Clone, Default)]
struct Shortfall {
    dues: Dues,
    means: Vec<Part>,
    missing: f64,
}

impl Observer for Witness {
    fn after(&mut self, step: Step, view: View<'_>) {
        match step {
            Step::Drivers => self.open(view),
            Step::Dues => {
                self.cash = view.state.obligors.iter().map(|own| own.cash).collect();
                self.breaches(view);
            }
            Step::Payments => self.payments(view),
            Step::Resolution => self.resolution(view),
            Step::Liquidity => {
                self.liquidity(view);
                self.losses(view);
                self.standing = view.state.lenders.iter().map(Standing::of).collect();
            }
            Step::Failures => {
                self.failures(view);
                self.losses(view);
                self.requests(view);
            }
            Step::Receipts => self.backstops(view),
            Step::Covenants | Step::Profit => {}
        }
    }
}

impl Witness {
    fn tell(&mut self, event: Event) {
        self.chapters.last_mut().expect("a quarter begins with its drivers").events.push(event);
    }

    fn open(&mut self, view: View<'_>) {
        let View { system, state, .. } = view;
        let region = |(r, region): (usize, &crate::model::system::Region)| RegionMarket {
            region: region.name.clone(),
            demand_growth: state.market.demand_growth[r],
            utilisation: state.market.utilisation[r],
            rent: state.market.rent[r],
        };
        self.chapters.push(Chapter {
            quarter: state.quarter,
            regions: system.regions.iter().enumerate().map(region).collect(),
            equity_index: state.market.equity,
            confidence: state.market.confidence.level,
            events: Vec::new(),
        });
        for (jump, count) in system.jumps.iter().zip(&state.drivers.jumps).filter(|(_, count)| **count > 0) {
            self.tell(Event::Jump { jump: jump.name.clone(), count: *count });
        }
        for shock in striking(system, state.quarter as usize) {
            let targets = shock.targets.iter().map(|target| target_name(system, *target)).collect();
            self.tell(Event::Shock { shock: shock.name.clone(), targets, size: shock.size });
        }
    }

    /// Whatever lenders lose in step 2 they pay under backstops.
    fn backstops(&mut self, View { system, state, .. }: View<'_>) {
        for posting in &state.ledger.journal()[self.told..] {
            if let ledger::Origin::Obligor(recipient) = posting.origin {
                self.tell(Event::Backstop {
                    payer: system.lenders[posting.lender].name.clone(),
                    recipient: system.obligors[recipient].name.clone(),
                    paid_usd_bn: usd_bn(posting.amount),
                });
            }
        }
    }

    fn breaches(&mut self, View { system, state, .. }: View<'_>) {
        for (facility, own) in system.facilities.iter().zip(&state.facilities).filter(|(_, own)| own.in_breach) {
            self.tell(Event::Breach {
                facility: facility.name.clone(),
                borrower: system.obligors[facility.borrower].name.clone(),
                balance_usd_bn: own.balance,
                collateral_usd_bn: own.collateral_value,
                ltv_max: facility.ltv_max,
                breaches: own.breaches,
                forgiven: facility.cure_q,
                swept_usd_bn: own.sweep,
                cure_usd_bn: own.cure,
            });
        }
    }

    fn payments(&mut self, View { system, state, .. }: View<'_>) {
        for (facility, own) in system.facilities.iter().zip(&state.facilities) {
            let balance = own.rolled + own.pooled + own.gap;
            if own.maturing && balance > ROUNDING {
                self.tell(Event::Maturity {
                    facility: facility.name.clone(),
                    borrower: system.obligors[facility.borrower].name.clone(),
                    balance_usd_bn: balance,
                    rolled_usd_bn: own.rolled,
                    pooled_usd_bn: own.pooled,
                    gap_usd_bn: own.gap,
                    extended: own.extending,
                });
            }
        }
        self.hardware = state.obligors.iter().map(|own| own.value()).collect();
        self.shortfalls.clear();
        let obligors = system.obligors.iter().zip(&state.obligors).zip(&state.funding);
        for (i, ((obligor, own), funding)) in obligors.enumerate() {
            let used = Means::ALL.iter().zip(funding.filled).filter(|(_, amount)| *amount > ROUNDING);
            let mut means: Vec<Part> = used.map(|(means, usd_bn)| Part { part: means_name(*means), usd_bn }).collect();
            if own.draws > ROUNDING {
                means.push(Part { part: "draws", usd_bn: own.draws });
            }
            if own.defaulting.is_some() {
                self.shortfalls.push(Some(Shortfall { dues: own.dues, means, missing: funding.missing }));
                continue;
            }
            self.shortfalls.push(None);
            if funding.filled.iter().any(|amount| *amount > ROUNDING) {
                self.tell(Event::Gap {
                    obligor: obligor.name.clone(),
                    due_usd_bn: own.dues.total(),
                    cash_usd_bn: self.cash[i],
                    means,
                });
            }
        }
    }

    fn resolution(&mut self, view: View<'_>) {
        let View { system, state, outcome, .. } = view;
        for (i, default) in outcome.defaults.iter().enumerate() {
            if let Some(default) = default.filter(|default| default.quarter as i64 == state.quarter) {
                let event = self.default(view, i, &default);
                self.tell(event);
            }
        }
        let defaulted = |i: usize| outcome.defaults[i].is_some_and(|default| default.quarter as i64 == state.quarter);
        for (facility, own) in system.facilities.iter().zip(&state.facilities) {
            if own.guaranteed <= ROUNDING || !defaulted(facility.borrower) {
                continue;
            }
            if let Some(guarantor) = facility.guarantor {
                self.tell(Event::Guarantee {
                    facility: facility.name.clone(),
                    guarantor: party_name(system, guarantor),
                    paid_usd_bn: own.guaranteed,
                });
            }
        }
        for (region, sale) in system.regions.iter().zip(&state.fire_sales).filter(|(_, sale)| sale.after < sale.before)
        {
            self.tell(Event::GpuPrice { region: region.name.clone(), before: sale.before, after: sale.after });
        }
    }

    fn default(&self, View { system, state, .. }: View<'_>, i: usize, default: &ObligorDefault) -> Event {
        let Shortfall { dues, means, missing } = self.shortfalls[i].clone().unwrap_or_default();
        Event::Default {
            obligor: system.obligors[i].name.clone(),
            cause: default.cause.name(),
            due_usd_bn: dues.total(),
            dues: named(&dues),
            cash_usd_bn: self.cash[i],
            means,
            missing_usd_bn: missing,
            exposure_usd_bn: usd_bn(default.exposure),
            loss_usd_bn: usd_bn(default.loss),
            hardware_usd_bn: self.hardware[i],
            step_in_usd_bn: state.obligors[i].step_in_value,
        }
    }

    /// What lenders pay in step 8, and what they sell for it.
    fn liquidity(&mut self, View { system, state, .. }: View<'_>) {
        let discount = 1.0 - state.credit_price.after / state.credit_price.before;
        for (claim, call) in system.claims.iter().zip(&state.calls) {
            let due = call.outstanding > 0.0 && call.due <= state.quarter;
            if call.paid > 0.0 || due {
                self.tell(Event::Call {
                    claim: claim.name.clone(),
                    debtor: side(system, claim.debtor),
                    paid_usd_bn: call.paid,
                    unpaid_usd_bn: call.outstanding,
                    due_quarter: call.due,
                });
            }
        }
        for (j, (lender, own)) in
            system.lenders.iter().zip(&state.lenders).enumerate().filter(|(_, (_, own))| own.alive)
        {
            let (name, own) = (|| lender.name.clone(), own.liquidity);
            if own.redemption_paid > 0.0 || own.suspended {
                let (paid_usd_bn, unpaid_usd_bn) = (own.redemption_paid, own.redemption_due);
                let suspended_before = self.suspended.get(j).is_some_and(|before| *before);
                self.tell(Event::Redemption { fund: name(), paid_usd_bn, unpaid_usd_bn, suspended_before });
            }
            if own.deleveraging > 0.0 {
                self.tell(Event::Deleveraging { fund: name(), usd_bn: own.deleveraging });
            }
            if own.sold > 0.0 {
                self.tell(Event::CreditSale { lender: name(), fair_value_usd_bn: own.sold, discount });
            }
        }
        self.suspended = state.lenders.iter().map(|own| own.liquidity.suspended).collect();
    }

    /// What investors and creditors ask for the next quarter.
    fn requests(&mut self, View { system, state, .. }: View<'_>) {
        for (lender, own) in system.lenders.iter().zip(&state.lenders).filter(|(_, own)| own.alive) {
            let LiquidityState { redemption_due, gated, suspended, .. } = own.liquidity;
            if redemption_due > 0.0 && !suspended {
                self.tell(Event::RedemptionRequest { fund: lender.name.clone(), usd_bn: redemption_due, gated });
            }
        }
        for (claim, call) in system.claims.iter().zip(&state.calls) {
            if call.outstanding > 0.0 && call.due == state.quarter + 1 {
                self.tell(Event::CallPlaced {
                    claim: claim.name.clone(),
                    creditor: side(system, claim.creditor),
                    debtor: side(system, claim.debtor),
                    usd_bn: call.outstanding,
                });
            }
        }
    }

    /// Postings not told yet, added up by lender, channel and origin, in the order of the ledger's first.
    fn losses(&mut self, View { system, state, .. }: View<'_>) {
        let postings = &state.ledger.journal()[self.told..];
        self.told += postings.len();
        let mut order = Vec::new();
        let mut sums: BTreeMap<(usize, Channel, Origin), Fixed> = BTreeMap::new();
        for posting in postings {
            let key = (posting.lender, posting.channel, origin(system, posting.origin));
            let sum = sums.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                0
            });
            *sum += posting.amount;
        }
        for (lender, channel, origin) in order {
            let amount = sums[&(lender, channel, origin.clone())];
            if amount != 0 {
                let lender = system.lenders[lender].name.clone();
                self.tell(Event::Loss(Loss { lender, channel: channel.name(), origin, loss_usd_bn: usd_bn(amount) }));
            }
        }
    }

    fn failures(&mut self, view: View<'_>) {
        let failed = view.outcome.failures.iter().enumerate();
        let now = failed.filter_map(|(j, failure)| Some((j, (*failure)?)));
        let mut now: Vec<_> = now.filter(|(_, failure)| failure.quarter as i64 == view.state.quarter).collect();
        now.sort_by_key(|(_, failure)| failure.round);
        for (j, failure) in now {
            let event = self.failure(view, j, failure);
            self.tell(event);
        }
    }

    fn failure(&self, view: View<'_>, j: usize, failure: LenderFailure) -> Event {
        let View { system, state, clearing, .. } = view;
        let Standing { equity, threshold, network_debt, overdue } = self.standing[j];
        let own_costs = state.ledger.losses()[[j, Channel::Bankruptcy as usize]];
        Event::Failure {
            lender: system.lenders[j].name.clone(),
            round: failure.round,
            cause: failure.cause.name(),
            equity_before_usd_bn: equity,
            equity_usd_bn: state.lenders[j].equity + usd_bn(own_costs),
            threshold_usd_bn: threshold,
            overdue_usd_bn: overdue,
            payment_fraction: clearing.results().fraction[j],
            network_debt_usd_bn: network_debt,
            because: reasons(view, j),
        }
    }
}

impl Standing {
    fn of(own: &LenderState) -> Self {
        let LiquidityState { called, call_paid, overdue, .. } = own.liquidity;
        Standing {
            equity: own.equity + own.claims_face - own.claims,
            threshold: own.threshold,
            network_debt: own.network_debt,
            overdue: if overdue { called - call_paid } else { 0.0 },
        }
    }
}

/// The largest losses of a lender since opening, its own costs of failure apart.
fn reasons(View { system, state, .. }: View<'_>, j: usize) -> Vec<Because> {
    let mut sums: BTreeMap<(Channel, Origin), Fixed> = BTreeMap::new();
    let own = state.ledger.journal().iter().filter(|posting| posting.lender == j);
    for posting in own.filter(|posting| posting.channel != Channel::Bankruptcy) {
        *sums.entry((posting.channel, origin(system, posting.origin))).or_default() += posting.amount;
    }
    let mut sums: Vec<_> = sums.into_iter().filter(|(_, amount)| *amount > 0).collect();
    sums.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
    let because = |((channel, origin), amount): ((Channel, Origin), Fixed)| Because {
        channel: channel.name(),
        origin,
        loss_usd_bn: usd_bn(amount),
    };
    sums.into_iter().take(REASONS).map(because).collect()
}
