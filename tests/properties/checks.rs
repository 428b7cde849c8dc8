//! The books of a trial, kept a second time.

use knockon::model::invariant::cash;
use knockon::model::outcome::{Channel, FIXED_ONE, Outcome};
use knockon::model::refinancing::maturing_balance;
use knockon::model::state::State;
use knockon::model::system::*;

/// Relative rounding of sums.
const ROUNDING: f64 = 1e-9;
/// Ledger postings are rounded to 2^-30 each; a few thousand may differ from the books by this, USD bn.
const LEDGER: f64 = 1e-5;

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance + ROUNDING * (a.abs() + b.abs())
}

fn dollars(fixed: i64) -> f64 {
    fixed as f64 / FIXED_ONE
}

fn booked(state: &State, lender: usize, channel: Channel) -> f64 {
    dollars(state.ledger.losses()[[lender, channel as usize]])
}

/// Assets less debts of a lender, from its cash, faces, stakes and claims one by one.
fn equity(system: &System, state: &State, j: usize) -> f64 {
    let own = &state.lenders[j];
    let held = (0..system.facilities.len()).flat_map(|f| state.holdings.row(f));
    let loans: f64 = held.filter(|held| held.holder == j).map(|held| held.carrying).sum();
    let me = Party::Lender(j);
    let stakes: f64 = system
        .equity_stakes
        .iter()
        .zip(&state.equity_stakes)
        .filter(|(stake, _)| stake.holder == me)
        .map(|(_, carrying)| carrying)
        .chain(
            system
                .instalments
                .iter()
                .zip(&state.instalments)
                .filter(|(instalment, _)| instalment.payer == me)
                .map(|(_, held)| &held.carrying),
        )
        .chain(
            system
                .fund_stakes
                .iter()
                .zip(&state.fund_stakes)
                .filter(|(stake, _)| stake.holder == me)
                .map(|(_, held)| &held.carrying),
        )
        .sum();
    let notes: f64 = system.srts.iter().zip(&state.srts).map(|(srt, held)| sold(srt, j) * held.note).sum();
    own.cash + own.other_assets + loans + stakes + notes + carried(system, state, |c| c.creditor == Some(j))
        - own.external_debt
        - claims(system, state, |c| c.debtor == Some(j))
}

/// Share of a risk transfer that a lender sold.
fn sold(srt: &Srt, lender: usize) -> f64 {
    srt.sellers.iter().filter(|(seller, _)| *seller == lender).map(|(_, share)| share).sum()
}

fn claims(system: &System, state: &State, whose: impl Fn(&Claim) -> bool) -> f64 {
    let all = system.claims.iter().zip(&state.claims);
    all.filter(|(claim, _)| whose(claim)).map(|(_, amount)| amount).sum()
}

/// Claims at what their creditors carry them at.
fn carried(system: &System, state: &State, whose: impl Fn(&Claim) -> bool) -> f64 {
    let all = system.claims.iter().zip(&state.claim_values);
    all.filter(|(claim, _)| whose(claim)).map(|(_, carried)| carried).sum()
}

/// Opening balance sheets: what is drawn aside, equity is assets less debts.
pub fn opening(system: &System, state: &State, place: &str) {
    for (j, own) in state.lenders.iter().enumerate() {
        let books = equity(system, state, j);
        assert!(close(books, own.equity, 1e-9), "{place}: opening equity {} not {books}", own.equity);
        if system.draws.is_empty() {
            assert!(own.external_debt >= -1e-9, "{place}: lender {j} owes {}", own.external_debt);
            assert!(own.opening_buffer > 0.0, "{place}: lender {j} starts failed");
        }
    }
}

/// One quarter: the world before and after it.
pub struct Quarter<'a> {
    pub system: &'a System,
    pub before: &'a State,
    pub after: &'a State,
    pub outcome: &'a Outcome,
    pub place: &'a str,
}

impl Quarter<'_> {
    pub fn check(&self, opening_cash: f64) {
        self.cash(opening_cash);
        self.balances();
        self.refinancing();
        self.defaults();
        self.hedges();
        self.equity();
        self.clearing();
        self.marks();
        self.survivors();
        self.fire_sale();
        self.payments();
        self.credit_sales();
        self.dead();
    }

    fn place(&self) -> String {
        format!("{}, quarter {}", self.place, self.after.quarter)
    }

    /// 1. Cash only moves.
    fn cash(&self, opening: f64) {
        let (sum, size) = cash(self.after);
        let gap = (sum - opening).abs();
        assert!(gap <= ROUNDING * (1.0 + size), "{}: cash moved by {gap:e}", self.place());
    }

    /// 2. Faces sum to balances; a balance grows only out of its undrawn commitment.
    fn balances(&self) {
        for f in 0..self.system.facilities.len() {
            let (old, new) = (&self.before.facilities[f], &self.after.facilities[f]);
            let faces: f64 = self.after.holdings.row(f).map(|held| held.face).sum();
            let place = self.place();
            assert!(close(faces, new.balance, 1e-12), "{place}: faces {faces}, facility {f}: {new:?}");
            assert!(self.after.holdings.row(f).all(|held| held.face >= 0.0), "{place}: a face of facility {f} below 0");
            assert!(new.undrawn >= 0.0 && new.undrawn <= old.undrawn, "{place}: line {f}: {new:?}");
            let drawn = old.undrawn - new.undrawn;
            assert!(
                new.balance <= old.balance + drawn + 1e-9,
                "{place}: facility {f} grew from {} to {} by {drawn} drawn",
                old.balance,
                new.balance
            );
            let row = self.after.holdings.row(f);
            let mut others = row.clone();
            let unique = row.clone().all(|held| {
                others.next();
                !others.clone().any(|other| other.holder == held.holder)
            });
            assert!(unique, "{place}: a holder of facility {f} twice");
        }
    }

    /// 8. Offers never exceed balances; R + gap = B; the new balance is what was refinanced or prolonged.
    fn refinancing(&self) {
        let mut pooled = 0.0;
        for (f, facility) in self.system.facilities.iter().enumerate() {
            let (old, new) = (&self.before.facilities[f], &self.after.facilities[f]);
            if !new.maturing || !self.before.obligors[facility.borrower].alive {
                assert!(new.gap == 0.0 && new.offer == 0.0, "{}: {new:?}", self.place());
                continue;
            }
            let mut at_maturity = *new;
            at_maturity.balance = old.balance;
            let due = maturing_balance(&at_maturity);
            let place = self.place();
            assert!(new.offer <= due + 1e-9, "{place}: facility {f} of {due}: {new:?}");
            assert!(new.rolled <= new.offer + 1e-9, "{place}: facility {f}: {new:?}");
            assert!(new.pooled <= new.offer - new.rolled + 1e-9, "{place}: facility {f}: {new:?}");
            assert!(close(new.rolled + new.pooled + new.gap, due, 1e-9), "{place}: {f} of {due}: {new:?}");
            if self.after.obligors[facility.borrower].alive {
                let kept = new.rolled + new.pooled + if new.extending { new.gap } else { 0.0 };
                assert!(close(new.balance, kept, 1e-9), "{place}: {f} keeps {kept}: {new:?}");
            }
            pooled += new.pooled;
        }
        if self.system.switches.credit_crunch {
            assert!(pooled <= self.after.pool + 1e-9, "{}: pool lends {pooled}", self.place());
        }
    }

    fn defaults_now(&self, borrower: usize) -> bool {
        self.before.obligors[borrower].alive && !self.after.obligors[borrower].alive
    }

    /// 2. Recovered + loss = balance; holders' and outside's bookings sum to the loss; seniors before juniors.
    fn defaults(&self) {
        let place = self.place();
        let lenders = self.system.lenders.len();
        let mut expected = vec![[0.0; 2]; lenders];
        let mut exposures = vec![[0.0; 2]; self.system.obligors.len()];
        for (f, facility) in self.system.facilities.iter().enumerate() {
            if !self.defaults_now(facility.borrower) {
                continue;
            }
            let (old, new) = (&self.before.facilities[f], &self.after.facilities[f]);
            let [first, last] = new.loss;
            assert!(first >= -1e-9 && last <= old.balance + 1e-9, "{place}: {f} of {}: {new:?}", old.balance);
            assert!(first <= last + 1e-9, "{place}: sales help: {new:?}");
            exposures[facility.borrower][0] += old.balance;
            exposures[facility.borrower][1] += last;
            let mut rest = last;
            for held in self.before.holdings.row(f) {
                let (j, share) = (held.holder, held.face / old.balance.max(1e-300));
                rest -= share * last;
                if j < lenders && self.before.lenders[j].alive {
                    expected[j][0] += share * first - (held.face - held.carrying);
                    expected[j][1] += share * (last - first);
                }
            }
            assert!(rest.abs() <= 1e-9, "{place}: {rest} of the loss of {f} is nobody's");
        }
        for (i, [exposure, loss]) in exposures.iter().enumerate() {
            if self.defaults_now(i) {
                let told = self.outcome.defaults[i].expect("a default is recorded");
                assert_eq!(told.quarter as i64, self.after.quarter, "{place}");
                assert!(close(dollars(told.exposure), *exposure, 1e-8), "{place}: {told:?} {exposure}");
                assert!(close(dollars(told.loss), *loss, 1e-8), "{place}: {told:?} {loss}");
                self.seniority(i);
            }
        }
        for (j, [credit, fire_sale]) in expected.iter().enumerate() {
            let change = |channel| booked(self.after, j, channel) - booked(self.before, j, channel);
            let told = change(Channel::FireSale);
            let marked = self.holds_marked_credit(j);
            assert!(marked || close(told, *fire_sale, LEDGER), "{place}: lender {j} books {told} not {fire_sale}");
            let told = change(Channel::Credit);
            let exact = close(told, *credit, LEDGER);
            let pays = pays_for_others(self.system, j) && told >= credit - LEDGER;
            assert!(exact || pays, "{place}: lender {j} books {told} not {credit}");
        }
    }

    /// Does the price of marketable credit move what this lender carries?
    fn holds_marked_credit(&self, j: usize) -> bool {
        let marketable = |f: &usize| self.system.facilities[*f].marketable;
        let rows = (0..self.system.facilities.len()).filter(marketable).flat_map(|f| self.after.holdings.row(f));
        self.system.lenders[j].accounting == Accounting::FairValue
            && rows.into_iter().any(|held| held.holder == j)
            && (self.before.credit_price.after < 1.0 || self.after.credit_price.after < 1.0)
    }

    /// A facility that lives on the estate alone recovers nothing while a better rank still loses.
    fn seniority(&self, borrower: usize) {
        if self.system.credit.recovery == Recovery::Fixed {
            return;
        }
        let own = |f: &usize| self.system.facilities[*f].borrower == borrower;
        let plain = |f: &usize| self.system.facilities[*f].guarantor.is_none();
        let list: Vec<usize> = (0..self.system.facilities.len()).filter(own).filter(plain).collect();
        for junior in &list {
            let facility = &self.system.facilities[*junior];
            if facility.collateral > 0.0 || facility.pledge_other > 0.0 {
                continue;
            }
            let recovered = self.before.facilities[*junior].balance - self.after.facilities[*junior].loss[1];
            for senior in list.iter().filter(|f| self.system.facilities[**f].rank < facility.rank) {
                let lost = self.after.facilities[*senior].loss[1];
                assert!(
                    recovered <= 1e-9 || lost <= 1e-9,
                    "{}: {junior} recovers {recovered} while {senior} loses {lost}",
                    self.place()
                );
            }
        }
    }

    /// 4. Equity is opening equity plus retained income less redemptions and the ledger, by books kept here.
    fn equity(&self) {
        for (j, own) in self.after.lenders.iter().enumerate() {
            let told = own.opening_equity + own.income - own.liquidity.redeemed - self.after.ledger.lender_loss(j);
            let place = self.place();
            if own.alive {
                let books = equity(self.system, self.after, j);
                assert!(close(books, told, LEDGER), "{place}: lender {j} has {books} not {told}");
                assert!(close(own.equity, told, LEDGER), "{place}: lender {j} says {}", own.equity);
            } else {
                assert!(close(own.equity, told, LEDGER), "{place}: failed lender {j}: {told}");
            }
        }
    }

    /// What buyers of protection lose by `srt`, their sellers and outside gain; payouts only grow, as far as the note goes.
    fn hedges(&self) {
        let place = self.place();
        let mut expected = vec![0.0; self.system.lenders.len()];
        for (k, srt) in self.system.srts.iter().enumerate() {
            let (old, new) = (&self.before.srts[k], &self.after.srts[k]);
            let size = old.note + old.paid;
            let most = new.notional * (srt.detach - srt.attach).max(0.0);
            assert!(new.paid >= old.paid && new.paid <= most * (1.0 + ROUNDING), "{place}: {old:?} {new:?}");
            assert!(new.note >= 0.0 && new.note <= old.note, "{place}: {old:?} {new:?}");
            assert!(new.note == 0.0 || close(new.note + new.paid, size, 1e-9), "{place}: {old:?} {new:?}");
            assert!(new.lost >= old.lost && new.lost <= new.notional * (1.0 + ROUNDING), "{place}: {old:?} {new:?}");
            assert!(self.system.switches.hedges || new.note + new.paid == 0.0, "{place}: {new:?} with the switch off");
            // In cash from buyer to sellers in every quarter, less what the custodian paid for them.
            let flow = old.note * srt.coupon_pa / 4.0 - (new.paid - old.paid);
            expected[srt.buyer] += flow;
            for (seller, share) in srt.sellers.iter().filter(|(seller, _)| self.before.lenders[*seller].alive) {
                expected[*seller] -= share * flow;
            }
        }
        let fall = self.before.market.equity - self.after.market.equity;
        for (j, srt) in expected.iter().enumerate() {
            let change = |channel| booked(self.after, j, channel) - booked(self.before, j, channel);
            let told = change(Channel::Srt);
            assert!(close(told, *srt, LEDGER), "{place}: lender {j} books {told} not {srt}");
            let acts = self.system.switches.hedges && self.before.lenders[j].alive;
            let own = self.system.shorts.iter().filter(|short| acts && short.holder == j);
            let short: f64 = own.map(|short| short.notional * (short.carry_pa / 4.0 - fall)).sum();
            let told = change(Channel::Short);
            assert!(close(told, short, LEDGER), "{place}: lender {j} books {told} not {short}");
        }
    }

    fn fails_now(&self, lender: usize) -> bool {
        self.before.lenders[lender].alive && !self.after.lenders[lender].alive
    }

    /// 3 and 5. Creditors lose between nothing and all of what the failed owe; who fails leaves no debt behind.
    fn clearing(&self) {
        let place = self.place();
        let mut rounds: Vec<usize> = vec![];
        let (mut short, mut on_failed) = (0.0, 0.0);
        for j in 0..self.system.lenders.len() {
            on_failed += self.lost_on_failed(j);
            let deadweight = booked(self.after, j, Channel::Bankruptcy) - booked(self.before, j, Channel::Bankruptcy);
            if !self.fails_now(j) {
                assert!(deadweight == 0.0, "{place}: lender {j} lives and pays {deadweight}");
                continue;
            }
            // Where assets fall short of 0 (a fund overdrawn), outside goes unpaid and creditors receive nothing.
            let own = &self.after.lenders[j];
            let overdrawn = own.equity <= LEDGER - own.external_debt;
            assert!(deadweight >= -LEDGER || overdrawn, "{place}: deadweight {deadweight}");
            let failure = self.outcome.failures[j].expect("a failure is recorded");
            assert_eq!(failure.quarter as i64, self.after.quarter, "{place}");
            rounds.push(failure.round);
            short += (-self.after.lenders[j].equity).max(0.0);
        }
        // What the failed lack to pay their debts covers what their creditors among lenders are not paid.
        assert!(on_failed <= short + LEDGER, "{place}: creditors lose {on_failed} of {short}");
        rounds.sort_unstable();
        rounds.dedup();
        // Marks may begin the cascade, in round 1.
        let first = usize::from(self.marks_claims() && rounds.first().is_some_and(|first| *first == 1));
        let expected: Vec<usize> = (first..first + rounds.len()).collect();
        assert_eq!(rounds, expected, "{place}: rounds follow each other");
        if !self.system.switches.clearing {
            assert!(rounds.len() <= 1, "{place}: {rounds:?} without clearing");
        }
    }

    fn marks_claims(&self) -> bool {
        self.system.switches.revaluation && self.system.switches.clearing
    }

    /// What lender j is not paid of its claims on who fails now, at face, as far as its bookings tell.
    ///
    /// Its `network_mark` beyond the fall of its claims on survivors is what settlement paid above the last mark. A holder
    /// at fair value that fails leaves that to outside, and books no more than it counted.
    fn lost_on_failed(&self, j: usize) -> f64 {
        let place = self.place();
        let booked = |channel| booked(self.after, j, channel) - booked(self.before, j, channel);
        let (lost, marked) = (booked(Channel::Counterparty), booked(Channel::NetworkMark));
        let discount = |state: &State, whose: &dyn Fn(usize) -> bool| {
            let whose = |claim: &Claim| claim.creditor == Some(j) && claim.debtor.is_some_and(whose);
            claims(self.system, state, whose) - carried(self.system, state, whose)
        };
        let at_risk = claims(self.system, self.before, |claim| {
            claim.creditor == Some(j) && claim.debtor.is_some_and(|k| self.fails_now(k))
        });
        if !self.before.lenders[j].alive {
            assert!(lost == 0.0 && marked == 0.0, "{place}: failed creditor {j} books {lost} and {marked}");
            return 0.0;
        }
        assert!(self.system.switches.clearing || lost == 0.0, "{place}: {lost} without clearing");
        let marks = self.marks_claims() && self.system.lenders[j].accounting == Accounting::FairValue;
        assert!(marks || marked == 0.0, "{place}: {j} marks {marked}");
        let lives = |k: usize| self.after.lenders[k].alive;
        let fall = discount(self.after, &lives) - discount(self.before, &lives);
        let gain = fall - marked;
        let failing = !self.after.lenders[j].alive;
        assert!(gain >= -LEDGER && (!failing || gain <= LEDGER), "{place}: creditor {j} gains {gain} at settlement");
        let counted = lost + discount(self.before, &|k| self.fails_now(k));
        let unpaid = counted - gain;
        let right = unpaid >= -LEDGER && counted <= at_risk + LEDGER;
        assert!(right, "{place}: creditor {j} is not paid {unpaid}, counts {counted} lost, of {at_risk}");
        if failing && marks { 0.0 } else { unpaid }
    }

    /// Claims at fair value follow the distress of their debtors, as the books of the quarter's end show it; others stand
    /// at face. Only a quarter without failures tells: settlement moves equity after the marks.
    fn marks(&self) {
        let (system, place) = (self.system, self.place());
        let failed = (0..system.lenders.len()).any(|j| self.fails_now(j));
        let Marks { mark_lgd, mark_convexity } = system.marks;
        for (k, claim) in system.claims.iter().enumerate() {
            let (face, carried) = (self.after.claims[k], self.after.claim_values[k]);
            let fair = claim.creditor.is_some_and(|j| system.lenders[j].accounting == Accounting::FairValue);
            let (true, true, Some(debtor)) = (self.marks_claims(), fair, claim.debtor) else {
                assert!(carried == face, "{place}: claim {k} of {face} carried at {carried}");
                continue;
            };
            let own = &self.after.lenders[debtor];
            let lives = own.alive && self.after.is_alive(Party::Lender(claim.creditor.expect("fair")));
            if failed || !lives || !system.draws.is_empty() {
                continue;
            }
            let buffer = own.equity - if own.threshold.is_finite() { own.threshold } else { 0.0 };
            let h = (1.0 - buffer / own.opening_buffer).clamp(0.0, 1.0);
            let worth = face * (1.0 - mark_lgd * h * libm::exp(mark_convexity * (h - 1.0)));
            assert!(close(carried, worth, 1e-8), "{place}: claim {k} of {face} carried at {carried} not {worth}");
        }
    }

    /// Nobody below its threshold survives the clearing; willingness is a share.
    fn survivors(&self) {
        for (j, own) in self.after.lenders.iter().enumerate().filter(|(_, own)| own.alive) {
            let margin = 1e-9 * (1.0 + own.external_assets().abs() + own.claims);
            assert!(
                own.equity >= own.threshold - margin,
                "{}: lender {j} lives with {} below {}",
                self.place(),
                own.equity,
                own.threshold
            );
            assert!((0.0..=1.0).contains(&own.willingness), "{}: {own:?}", self.place());
        }
        assert!((0.0..=1.0).contains(&self.after.relative_confidence), "{}", self.place());
        let scales = self.after.line_scales.iter().flatten();
        assert!(scales.into_iter().all(|scale| (0.0..=1.0).contains(scale)), "{}: shares of requests", self.place());
        assert!(self.after.lenders.iter().all(|own| own.lendable >= 0.0), "{}: lends what it has not", self.place());
    }

    /// 8. The price factor keeps its range, and falls only where a fleet is sold.
    fn fire_sale(&self) {
        let sold = (0..self.system.obligors.len())
            .any(|i| self.defaults_now(i) && self.after.obligors[i].step_in_value.is_none());
        for sale in &self.after.fire_sales {
            let place = self.place();
            let floor = self.system.compute.phi_min;
            assert!(sale.after >= floor - ROUNDING && sale.after <= 1.0, "{place}: {sale:?}");
            assert!(sale.after <= sale.before, "{place}: sales raise prices: {sale:?}");
            assert!(sold || sale.after == sale.before, "{place}: price falls without sales: {sale:?}");
            let quiet = !self.system.switches.collateral_fire_sale;
            assert!(!quiet || sale.after == 1.0, "{place}: {sale:?} with the switch off");
        }
    }

    /// 8.2. Calls first, then redemptions; who is paid gets what was paid; unpaid calls fail, unpaid redemptions suspend.
    fn payments(&self) {
        let place = self.place();
        let mut called = vec![0.0; self.system.lenders.len()];
        for (k, claim) in self.system.claims.iter().enumerate() {
            let (old, new) = (self.before.calls[k], self.after.calls[k]);
            assert!(new.outstanding <= self.after.claims[k] + 1e-9, "{place}: claim {k} is called for {new:?}");
            assert!(new.paid >= 0.0 && new.paid <= old.outstanding + 1e-9, "{place}: claim {k} {old:?} pays {new:?}");
            assert!(claim.callable || new.outstanding == 0.0, "{place}: claim {k} is not callable: {new:?}");
            called[claim.debtor.unwrap_or(0)] += if claim.debtor.is_some() { new.paid } else { 0.0 };
        }
        for (j, own) in self.after.lenders.iter().enumerate() {
            let (old, new) = (&self.before.lenders[j].liquidity, &own.liquidity);
            let paid = new.redemption_paid;
            assert!(close(called[j], new.call_paid, 1e-9), "{place}: {j} pays {} not {}", new.call_paid, called[j]);
            assert!(close(new.redeemed, old.redeemed + paid, 1e-9), "{place}: {j} redeems {old:?} {new:?}");
            assert!(paid >= 0.0 && paid <= old.redemption_due, "{place}: {j} pays {paid}: {old:?}");
            let all = close(new.call_paid, new.called, 1e-9);
            assert!(all || paid + own.repaid_share == 0.0, "{place}: lender {j} pays others before calls: {new:?}");
            assert!(!new.suspended || new.redemption_due > 0.0 || !own.alive, "{place}: {j} {new:?}");
            assert!(!new.overdue || !own.alive, "{place}: lender {j} lives with an overdue call: {new:?}");
            let quiet = new.redemption_due + new.called + new.sold == 0.0;
            assert!(quiet || self.system.switches.funding, "{place}: {j} {new:?} with `funding` off");
        }
        self.investors();
    }

    /// 5.2. What a fund redeems is cash to the holders of its stakes, whose carrying value falls by as much.
    fn investors(&self) {
        for (k, stake) in self.system.fund_stakes.iter().enumerate() {
            let (held, fund) = (self.after.fund_stakes[k], &self.after.lenders[stake.of]);
            let published = self.before.lenders[stake.of].equity.max(0.0);
            let expected = stake.share * (published - fund.liquidity.redemption_paid);
            let counts = self.before.lenders[stake.of].alive && !held.settled;
            assert!(!counts || close(held.carrying, expected, 1e-9), "{}: {held:?} not {expected}", self.place());
        }
    }

    /// 8.2. The price of credit falls only where lenders sell, by what they raise; sellers lose what is below fair value.
    fn credit_sales(&self) {
        let (place, price) = (self.place(), self.after.credit_price);
        let sold: f64 = self.after.lenders.iter().map(|own| own.liquidity.sold).sum();
        assert!(close(sold, self.after.credit_sold, 1e-12), "{place}: {sold} sold of {}", self.after.credit_sold);
        assert!(price.after > 0.0 && price.after <= price.before && price.before <= 1.0, "{place}: {price:?}");
        assert!(sold > 0.0 || price.after == price.before, "{place}: the price falls without sales: {price:?}");
        assert!(self.system.switches.credit_fire_sale || price.after == 1.0, "{place}: {price:?} with the switch off");
        let kept = price.after / price.before;
        for (j, own) in self.after.lenders.iter().enumerate() {
            let sold = own.liquidity.sold;
            assert!(sold <= own.liquidity.marketable * (1.0 + ROUNDING), "{place}: {j} sells {:?}", own.liquidity);
            let loss = booked(self.after, j, Channel::Funding) - booked(self.before, j, Channel::Funding);
            let discount = sold * (1.0 - kept);
            let exact = self.system.lenders[j].accounting == Accounting::FairValue;
            let fits = if exact { close(loss, discount, LEDGER) } else { loss >= discount - LEDGER };
            assert!(fits, "{place}: lender {j} loses {loss} on {sold} at {kept}");
        }
    }

    /// 10. The dead hold nothing, owe nothing, and nothing more happens to them.
    fn dead(&self) {
        let place = self.place();
        for (i, own) in self.after.obligors.iter().enumerate().filter(|(_, own)| !own.alive) {
            let owns = [own.cash, own.value(), own.contract_value, own.other_assets, own.market_value];
            assert_eq!(owns, [0.0; 5], "{place}: obligor {i} holds {own:?}");
            for f in &self.after.links.facilities[i] {
                let owed = &self.after.facilities[*f];
                assert!(owed.balance == 0.0 && owed.undrawn == 0.0, "{place}: obligor {i} owes {owed:?}");
            }
            for c in &self.after.links.pays[i] {
                let terms = &self.after.contracts[*c];
                let pays = terms.customer == Trader::Obligor(i) && terms.sent != 0.0;
                assert!(!pays, "{place}: obligor {i} sends {terms:?}");
            }
        }
        for (j, own) in self.after.lenders.iter().enumerate().filter(|(_, own)| !own.alive) {
            assert!(own.cash == 0.0 && own.willingness == 0.0, "{place}: lender {j} holds {own:?}");
            let owes = claims(self.system, self.after, |claim| claim.debtor == Some(j));
            assert!(owes == 0.0, "{place}: failed lender {j} owes {owes}");
            if !self.before.lenders[j].alive {
                let (old, new) = (self.before.ledger.losses(), self.after.ledger.losses());
                assert_eq!(old.row(j), new.row(j), "{place}: failed lender {j} books");
                assert!(own.income == self.before.lenders[j].income, "{place}: failed lender {j} earns");
            }
            for f in 0..self.system.facilities.len() {
                let face = |state: &State| -> f64 {
                    state.holdings.row(f).filter(|held| held.holder == j).map(|held| held.face).sum()
                };
                let grows = !self.before.lenders[j].alive && face(self.after) > face(self.before);
                assert!(!grows, "{place}: the estate of {j} lends");
            }
        }
    }
}

/// Does a lender guarantee, sponsor or backstop anybody? It books what it pays as a credit loss.
pub fn pays_for_others(system: &System, j: usize) -> bool {
    let me = Party::Lender(j);
    system.facilities.iter().any(|facility| facility.guarantor == Some(me))
        || system.obligors.iter().any(|obligor| obligor.sponsor == Some(me))
        || system.backstops.iter().any(|backstop| backstop.payer == me)
}

/// What is followed over a whole trial.
pub struct Trial {
    peak: Vec<f64>,
    drawn: Vec<f64>,
    lost: Vec<f64>,
}

impl Trial {
    pub fn new(state: &State) -> Self {
        Trial {
            peak: state.facilities.iter().map(|own| own.balance).collect(),
            drawn: vec![0.0; state.facilities.len()],
            lost: vec![0.0; state.facilities.len()],
        }
    }

    pub fn follow(&mut self, now: &Quarter) {
        for (f, facility) in now.system.facilities.iter().enumerate() {
            let (old, new) = (&now.before.facilities[f], &now.after.facilities[f]);
            if now.defaults_now(facility.borrower) {
                self.lost[f] += new.loss[1];
            } else {
                self.drawn[f] += old.undrawn - new.undrawn;
            }
            self.peak[f] = self.peak[f].max(new.balance);
        }
    }

    /// 5 and 10, over the whole trial.
    pub fn check(&self, system: &System, state: &State, outcome: &Outcome, place: &str) {
        for f in 0..self.peak.len() {
            let most = self.peak[f] + self.drawn[f] + 1e-9;
            assert!(self.lost[f] <= most, "{place}: facility {f} lost {} of {most}", self.lost[f]);
        }
        for (j, failure) in outcome.failures.iter().enumerate() {
            assert_eq!(failure.is_some(), !state.lenders[j].alive, "{place}: lender {j}");
        }
        for (i, default) in outcome.defaults.iter().enumerate() {
            assert_eq!(default.is_some(), !state.obligors[i].alive, "{place}: obligor {i}");
        }
        let decreed = system.shocks.iter().flat_map(|shock| &shock.targets);
        let decreed = decreed.into_iter().any(|target| matches!(target, Target::Fail(_)));
        if system.fund_stakes.is_empty() && !decreed {
            self.system_loss(system, state, place);
        }
    }

    /// 5. System loss, vendors added back, is lenders' losses of equity and what their creditors outside lose.
    ///
    /// Equity is a residual: a lender that fails with equity above 0 has paid its debts, one below 0 has left its
    /// creditors that much short, of which other lenders book their part as `counterparty`, and marks before it.
    fn system_loss(&self, system: &System, state: &State, place: &str) {
        let (mut equity_losses, mut short, mut counterparty, mut owed) = (0.0, 0.0, 0.0, 0.0);
        let (mut vendors, mut marked) = (0.0, 0.0);
        for (j, own) in state.lenders.iter().enumerate() {
            let ends_with = if own.alive { equity(system, state, j) } else { own.equity };
            let kept = if own.alive { ends_with } else { ends_with.max(0.0) };
            equity_losses += own.opening_equity + own.income - own.liquidity.redeemed - kept;
            counterparty += booked(state, j, Channel::Counterparty);
            marked += booked(state, j, Channel::NetworkMark);
            if !own.alive {
                short += (-ends_with).max(0.0);
                owed += own.external_debt + claims_at_opening(system, j);
            }
            if system.lenders[j].kind == LenderType::Vendor {
                let counted = Channel::ALL.into_iter().filter(|channel| !channel.intra_system());
                vendors += counted.map(|channel| booked(state, j, channel)).sum::<f64>();
            }
        }
        let outside = short - counterparty - marked;
        let told = dollars(state.ledger.system_loss()) + vendors;
        let expected = equity_losses + outside;
        assert!(close(told, expected, 1e-4), "{place}: system loss {told} not {expected}");
        // Marks that stand, or that a failed holder left to outside, belong to no creditor yet.
        if system.switches.clearing && !system.switches.revaluation {
            assert!(outside >= -1e-4 && outside <= owed + 1e-4, "{place}: creditors outside lose {outside} of {owed}");
        }
    }
}

fn claims_at_opening(system: &System, debtor: usize) -> f64 {
    let owed = system.claims.iter().filter(|claim| claim.debtor == Some(debtor));
    owed.map(|claim| claim.amount).sum()
}
