//! A world that goes on from where another one stands.

use crate::model::state::State;

impl State {
    /// Becomes the same as another world of the same system in a trial, whose parameters are those drawn for the trial, but for the
    /// checks made of it and for what is fixed for a run.
    pub fn copy_from(&mut self, other: &Self) {
        self.copy_balances(other);
        self.holdings.copy_from(&other.holdings);
        self.copy_laws(other);
        self.copy_markets(other);
        self.copy_quarter(other);
        self.ledger.copy_from(&other.ledger);
    }

    /// Takes over what parties and contracts own and owe, but for the holdings of loans: all that draws of parameters leave alone
    /// where they move no balance.
    pub fn copy_balances(&mut self, other: &Self) {
        self.outside = other.outside;
        self.opening_cash = other.opening_cash;
        self.opening_balance = other.opening_balance;
        self.contagion = other.contagion;
        self.fire_sales.copy_from_slice(&other.fire_sales);
        (self.credit_price, self.credit_sold) = (other.credit_price, other.credit_sold);
        self.marked_price = other.marked_price;
        self.shorted_at = other.shorted_at;
        self.facilities.copy_from_slice(&other.facilities);
        self.obligors.copy_from_slice(&other.obligors);
        self.contracts.copy_from_slice(&other.contracts);
        self.fee_values.copy_from(&other.fee_values);
        self.instalments.copy_from_slice(&other.instalments);
        self.equity_stakes.copy_from_slice(&other.equity_stakes);
        self.fund_stakes.copy_from_slice(&other.fund_stakes);
        self.srts.clone_from(&other.srts);
        self.lenders.copy_from_slice(&other.lenders);
        self.marks.copy_from_slice(&other.marks);
        self.claims.copy_from_slice(&other.claims);
        self.claim_values.copy_from_slice(&other.claim_values);
        self.claims_moved = other.claims_moved;
        self.calls.copy_from_slice(&other.calls);
        (self.calling, self.may_call, self.lowest_trigger) = (other.calling, other.may_call, other.lowest_trigger);
    }

    /// What a trial goes by, as its parameters are drawn.
    fn copy_laws(&mut self, other: &Self) {
        self.curve.copy_from(&other.curve);
        self.powers.copy_from(&other.powers);
        self.latent_tests.copy_from(&other.latent_tests);
        self.terms.clone_from(&other.terms);
        self.drawing.clone_from(&other.drawing);
    }

    /// Drivers and markets, and what obligors own and earn there.
    fn copy_markets(&mut self, other: &Self) {
        self.drivers.copy_from(&other.drivers);
        self.market.copy_from(&other.market);
        self.fleets.copy_from(&other.fleets);
        self.property.copy_from(&other.property);
        self.revenue.copy_from(&other.revenue);
        self.lost_receipts.copy_from(&other.lost_receipts);
        self.paid.copy_from(&other.paid);
        self.invoiced.copy_from(&other.invoiced);
        (self.hit, self.relative_confidence) = (other.hit, other.relative_confidence);
    }

    /// What the steps of a quarter leave to the next ones.
    fn copy_quarter(&mut self, other: &Self) {
        self.quarter = other.quarter;
        self.distress.copy_from(&other.distress);
        self.funding.copy_from_slice(&other.funding);
        self.occupied.copy_from_slice(&other.occupied);
        self.short.clone_from(&other.short);
        self.defaulting.clone_from(&other.defaulting);
        self.maturing.clone_from(&other.maturing);
        self.breaching.clone_from(&other.breaching);
        self.fees_moved = other.fees_moved;
        self.backstops_due.copy_from_slice(&other.backstops_due);
        self.purses.copy_from(&other.purses);
        self.line_scales.clone_from(&other.line_scales);
        (self.pool, self.pool_total) = (other.pool, other.pool_total);
        (self.failed_loans, self.defaulted) = (other.failed_loans, other.defaulted);
    }
}
