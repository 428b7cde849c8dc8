//! Lenders: balance sheets, thresholds, profit and loss, willingness to lend. (methods.md, 5.2, 8.3)

use crate::model::clearing::THRESHOLD_MARGIN;
use crate::model::fair_value;
use crate::model::hedge;
use crate::model::mark::distress;
use crate::model::other_book::{self, ExcessLoss};
use crate::model::stake;
use crate::model::state::{LenderState, State};
use crate::model::system::{Lender, LenderType, OpeningBalance, System};
use crate::random::Lanes;

/// Passes over funds that own funds after which their opening NAVs are taken as they are; each reaches one link further.
const NAV_PASSES: usize = 10_000;

/// Change of a NAV, relative to its size, at which it has settled.
const NAV_SETTLED: f64 = 1e-14;

impl LenderState {
    /// Income that is retained, in cash.
    pub fn earn(&mut self, income: f64) {
        self.cash += income;
        self.income += income;
    }

    /// Pays out a loan.
    pub fn lend(&mut self, amount: f64) {
        self.cash -= amount;
        self.lent += amount;
    }

    /// e_j: all assets but network claims.
    #[must_use]
    pub fn external_assets(&self) -> f64 {
        self.cash + self.loans + self.stakes + self.notes + self.other_assets
    }

    /// Cash below 0, as a debt.
    fn overdraft(&self) -> f64 {
        (-self.cash).max(0.0)
    }

    /// b_j: equity above the level at which it fails, 0 where there is no threshold.
    #[must_use]
    pub fn buffer(&self) -> f64 {
        self.equity - failing_level(self.threshold)
    }

    /// What equity would be without losses: the opening's, with income and less redemptions.
    #[must_use]
    pub fn capital(&self) -> f64 {
        self.opening_equity + self.income - self.liquidity.redeemed
    }

    /// E_j < theta_j with every claim at face, beyond rounding.
    pub fn is_below_threshold(&self) -> bool {
        let equity = self.equity + (self.claims_face - self.claims);
        equity < self.threshold && equity < self.threshold - self.margin()
    }

    /// h_j with claims as they are carried: the share of the opening buffer that is gone, beyond rounding. (7.7)
    pub fn distress(&self) -> f64 {
        self.distress_at(self.buffer())
    }

    /// h_j with that buffer.
    #[inline]
    fn distress_at(&self, buffer: f64) -> f64 {
        if buffer >= self.opening_buffer.max(0.0) {
            return 0.0;
        }
        distress(buffer, self.opening_buffer, self.margin())
    }

    /// What rounding may take from equity, USD bn.
    fn margin(&self) -> f64 {
        THRESHOLD_MARGIN * (self.external_assets().abs() + self.claims_face)
    }
}

/// Opening balance sheets: the side that is not given balances; stakes in funds follow from the funds' NAV.
pub fn reset(system: &System, state: &mut State) {
    for (k, claim) in system.claims.iter().enumerate() {
        state.claims[k] = claim.amount;
        state.claim_values[k] = claim.amount;
    }
    state.claims_moved = true;
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        *own = LenderState {
            alive: true,
            cash: lender.cash,
            other_assets: lender.other_assets,
            other_book: lender.other_book.as_ref().and_then(ExcessLoss::new),
            lendable: f64::INFINITY,
            ..LenderState::default()
        };
    }
    fair_value::find_markers(system, state);
    add_up_loans(state);
    add_up_others(system, state);
    stake::tally(system, state);
    make_room(system, state);
    settle_opening_nav(system, state);
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        own.threshold = threshold(lender, own);
        own.opening_assets = own.external_assets() + own.claims;
        own.opening_equity = own.equity;
        own.opening_buffer = own.buffer();
        own.capital_ratio = capital_basis(lender, own).map(|basis| own.equity / basis);
        own.opening_ratio = own.capital_ratio.unwrap_or(0.0);
        own.impaired = own.opening_buffer < 0.0;
        own.full_buffer = full_willingness(system, lender) * own.opening_buffer;
        own.willingness = willingness(system, lender, own, own.opening_buffer);
        state.contagion |= own.willingness != 1.0;
    }
}

/// Other assets shrink by what the scale adds to a lender's part in the AI sector; what they cannot hold is borrowed, but
/// for a bond fund, which has no debt. Stakes in funds are not carried yet and keep their size. (methods.md, 11.1)
fn make_room(system: &System, state: &mut State) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        own.opening_sector = own.loans + own.stakes + own.notes;
        let left = own.other_assets - own.opening_sector * (1.0 - 1.0 / system.scale);
        own.other_assets = left.max(0.0);
        own.opening_debt = match lender.opening {
            _ if lender.kind == LenderType::BondFund => 0.0,
            OpeningBalance::ExternalDebt(debt) => debt + (-left).max(0.0),
            OpeningBalance::Equity(_) => 0.0,
        };
    }
}

/// The bond fund whose other assets make room for the smallest AI sector, and the [`System::scale`] at which they are used
/// up; none where no bond fund holds any of it. `state` is the opening world of `system`.
#[must_use]
pub fn largest_scale(system: &System, state: &State) -> Option<(usize, f64)> {
    let of_fund = |j: usize| {
        let (lender, unscaled) = (&system.lenders[j], state.lenders[j].opening_sector / system.scale);
        let limited = lender.kind == LenderType::BondFund && unscaled > 0.0;
        limited.then(|| (j, 1.0 + lender.other_assets / unscaled))
    };
    (0..system.lenders.len()).filter_map(of_fund).min_by(|one, other| one.1.total_cmp(&other.1))
}

/// Stakes in funds are carried at share . NAV, and a fund's NAV contains its own stakes.
fn settle_opening_nav(system: &System, state: &mut State) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if let OpeningBalance::Equity(equity) = lender.opening {
            own.equity = equity;
        }
    }
    for _ in 0..NAV_PASSES {
        for (stake, held) in system.fund_stakes.iter().zip(&mut state.fund_stakes) {
            held.carrying = stake.share * state.lenders[stake.of].equity.max(0.0);
        }
        stake::tally(system, state);
        let mut moved = false;
        for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
            let worth = own.external_assets() + own.claims - own.network_debt;
            let equity = match lender.opening {
                // What a draw takes from the assets beyond all external debt, equity bears.
                OpeningBalance::Equity(equity) => equity.min(worth),
                OpeningBalance::ExternalDebt(_) => worth - own.opening_debt,
            };
            moved |= (equity - own.equity).abs() > NAV_SETTLED * (1.0 + equity.abs());
            own.equity = equity;
            own.external_debt = match lender.opening {
                OpeningBalance::Equity(_) => worth - equity,
                OpeningBalance::ExternalDebt(_) => own.opening_debt,
            };
        }
        if !moved {
            break;
        }
    }
}

/// Is every stake carried at its share of the fund's opening NAV? It is not where funds own one another in full.
#[must_use]
pub fn opening_nav_is_settled(system: &System, state: &State) -> bool {
    system.fund_stakes.iter().zip(&state.fund_stakes).all(|(stake, held)| {
        let worth = stake.share * state.lenders[stake.of].equity.max(0.0);
        (worth - held.carrying).abs() <= 1e-9 * (1.0 + worth)
    })
}

/// Notes, claims and network debt by lender.
fn add_up_others(system: &System, state: &mut State) {
    hedge::tally(system, state);
    if std::mem::take(&mut state.claims_moved) {
        add_up_claims(system, state);
    }
}

fn add_up_loans(state: &mut State) {
    let State { lenders, holdings, .. } = state;
    for (own, carried) in lenders.iter_mut().zip(holdings.carried()) {
        own.loans = *carried;
    }
}

fn add_up_claims(system: &System, state: &mut State) {
    for own in &mut state.lenders {
        (own.claims, own.claims_face, own.network_debt) = (0.0, 0.0, 0.0);
    }
    for ((claim, amount), carried) in system.claims.iter().zip(&state.claims).zip(&state.claim_values) {
        if let Some(debtor) = claim.debtor {
            state.lenders[debtor].network_debt += amount;
        }
        if let Some(creditor) = claim.creditor {
            state.lenders[creditor].claims += carried;
            state.lenders[creditor].claims_face += amount;
        }
    }
}

/// Balance sheets of the living, claims at carrying value: `E = e + x - D - l`, and the thresholds that go with them. Needs
/// the stakes added up.
pub fn balance(system: &System, state: &mut State) {
    add_up_loans(state);
    rebalance(system, state);
}

/// As [`balance`], where no loan has moved since the last one.
pub fn rebalance(system: &System, state: &mut State) {
    add_up_others(system, state);
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if own.alive {
            own.equity = own.external_assets() + own.claims - own.external_debt - own.network_debt;
            own.threshold = threshold(lender, own);
        }
    }
}

/// theta_j: what equity may not fall below. An overdraft counts against a credit fund's cap. A bond fund cannot fail.
fn threshold(lender: &Lender, own: &LenderState) -> f64 {
    match lender.kind {
        LenderType::Bank => lender.fail_ratio * risk_weighted_assets(lender, own),
        LenderType::Insurer => lender.fail_ratio * lender.required_capital,
        LenderType::CreditFund => (own.external_debt + own.network_debt + own.overdraft()) / lender.max_leverage,
        LenderType::BondFund => f64::NEG_INFINITY,
        LenderType::Vendor => 0.0,
    }
}

/// The threshold as a level of equity: 0 where there is none.
fn failing_level(threshold: f64) -> f64 {
    if threshold.is_finite() { threshold } else { 0.0 }
}

/// RWA = other + risk weight . AI exposure.
fn risk_weighted_assets(lender: &Lender, own: &LenderState) -> f64 {
    lender.rwa_other + lender.risk_weight * own.loans
}

/// What the capital ratio is equity over: risk-weighted assets of a bank, required capital of an insurer; none of others, nor where
/// it is not positive.
fn capital_basis(lender: &Lender, own: &LenderState) -> Option<f64> {
    let basis = match lender.kind {
        LenderType::Bank => risk_weighted_assets(lender, own),
        LenderType::Insurer => lender.required_capital,
        LenderType::CreditFund | LenderType::BondFund | LenderType::Vendor => return None,
    };
    (basis > 0.0).then_some(basis)
}

/// Start of a quarter: what funds may lend and what their return is reckoned from.
pub fn open_quarter(state: &mut State) {
    for own in &mut state.lenders {
        own.liquidity.open(own.equity);
        own.scheduled = false;
    }
    for &j in &state.links.funds {
        let own = &mut state.lenders[j];
        own.lendable = own.cash.max(0.0);
        own.liquidity.opening_profit = own.income - state.ledger.lender_loss(j);
    }
}

/// Step 7: income of the other business is retained, hedges and the rest of the book are settled; stakes follow prices
/// and published NAVs, loans at fair value the distress of their borrowers.
pub fn book_profit(system: &System, state: &mut State, lanes: Lanes) {
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders) {
        if own.alive {
            own.earn(lender.income_q);
            state.outside -= lender.income_q;
        }
    }
    hedge::book(system, state);
    other_book::book(state);
    stake::mark(system, state);
    fair_value::mark_loans(system, state, lanes);
    balance(system, state);
}

/// Step 10: balance sheets after the settlement, capital records, willingness, and the hit to confidence.
pub fn close_quarter(system: &System, state: &mut State) {
    let (mut unwilling, mut may_call) = (false, false);
    for &j in &state.links.regulated {
        let own = &mut state.lenders[j];
        if own.alive {
            record_capital(&system.lenders[j], own);
        }
    }
    for (lender, own) in system.lenders.iter().zip(&mut state.lenders).filter(|(_, own)| own.alive) {
        let buffer = own.buffer();
        own.willingness = willingness(system, lender, own, buffer);
        unwilling |= own.willingness != 1.0;
        may_call |= own.distress_at(buffer) > state.lowest_trigger;
    }
    state.may_call = unwilling || may_call;
    state.hit = confidence_hit(system, state);
    state.contagion |= unwilling || state.hit != 0.0;
}

/// Capital ratio, and the worst so far of its change since the opening and of the shortfall to the minimum.
#[inline]
pub fn record_capital(lender: &Lender, own: &mut LenderState) {
    own.capital_ratio = None;
    let Some(basis) = capital_basis(lender, own) else { return };
    let ratio = own.equity / basis;
    own.capital_ratio = Some(ratio);
    own.depletion = own.depletion.min(ratio - own.opening_ratio);
    own.shortfall = own.shortfall.max(lender.min_ratio * basis - own.equity);
}

/// `w = clamp((b / b_0) / full willingness, 0, 1)`, 0 below the minimum ratio; 1 where `credit_crunch` is off, and exactly 1
/// where rounding alone keeps it below, for an unwilling creditor calls its lines. (5.4)
fn willingness(system: &System, lender: &Lender, own: &LenderState, buffer: f64) -> f64 {
    if !system.switches.credit_crunch {
        return 1.0;
    }
    if own.opening_buffer <= 0.0 || own.capital_ratio.is_some_and(|ratio| ratio < lender.min_ratio) {
        return 0.0;
    }
    if buffer >= own.full_buffer || buffer >= own.full_buffer - own.margin() {
        return 1.0;
    }
    (buffer / own.opening_buffer / full_willingness(system, lender)).clamp(0.0, 1.0)
}

/// Share of its opening buffer at and above which a lender is fully willing to lend.
fn full_willingness(system: &System, lender: &Lender) -> f64 {
    lender.liquidity.full_willingness.unwrap_or(system.liquidity.full_willingness)
}

/// hit = hit_default . defaulted balance + hit_failure . loans of failed lenders, over all opening balances. (8.10)
pub fn confidence_hit(system: &System, state: &State) -> f64 {
    if !system.switches.credit_crunch || state.opening_balance <= 0.0 {
        return 0.0;
    }
    let defaults = system.confidence.hit_default * state.defaulted;
    let failures = system.confidence.hit_failure * state.failed_loans;
    (defaults + failures) / state.opening_balance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::trial::{self, Workspace, begin};
    use crate::random::Streams;

    /// Cash 2 and other assets 10 against a debt of 6: 4 paid out of the cash leave an overdraft of 2, and 8 to be covered.
    #[test]
    fn an_overdraft_is_debt_to_the_cap_of_a_credit_fund() {
        let mut system = fixture::system(&["us"]);
        let fund = |name| Lender {
            cash: 2.0,
            other_assets: 10.0,
            opening: OpeningBalance::ExternalDebt(6.0),
            max_leverage: 2.0,
            ..fixture::fund(name)
        };
        system.lenders = vec![fund("credit"), Lender { kind: LenderType::Vendor, ..fund("vendor") }];
        let mut state = trial::opening(&system);
        let thresholds = |state: &State| [0, 1].map(|j: usize| (state.lenders[j].equity, state.lenders[j].threshold));
        assert_eq!(thresholds(&state), [(6.0, 3.0), (6.0, 0.0)]);
        state.lenders.iter_mut().for_each(|own| own.cash -= 4.0);
        balance(&system, &mut state);
        assert_eq!(thresholds(&state), [(2.0, 4.0), (2.0, 0.0)]);
    }

    #[test]
    fn equity_bears_what_a_draw_takes_from_the_assets_beyond_all_debt() {
        let mut system = fixture::system(&["us"]);
        let (cash, other_assets) = (0.4, 0.5);
        system.lenders.push(Lender {
            cash,
            other_assets,
            opening: OpeningBalance::Equity(1.0),
            ..fixture::fund("fund")
        });
        let mut workspace = Workspace::new(&system).unwrap();
        begin(&system, Streams::new(1), 0, &mut workspace);
        let own = workspace.state().lenders[0];
        assert_eq!(own.external_debt, 0.0);
        assert!((own.equity - 0.9).abs() < 1e-15, "{}", own.equity);
        assert_eq!(own.opening_equity, own.equity);
    }
}
