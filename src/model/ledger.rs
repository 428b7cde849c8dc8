//! Losses by lender and channel, and by the obligor they come from. Every posting is rounded once to an integer of 2^-30 USD bn, so that totals and tables
//! are sums of integers and agree exactly. (methods.md, 11)

use ndarray::{ArrayView2, aview2};

use crate::model::outcome::{Channel, FIXED_ONE, FailureCause, Fixed, nearest};
use crate::model::system::LenderType;

/// The largest amount that a posting or total may have, USD bn.
pub const LARGEST: f64 = 65_536.0;

/// [`LARGEST`] in units of the ledger.
const LIMIT: u64 = (LARGEST * FIXED_ONE) as u64;

/// Nearest integer of 2^-30; beyond [`LARGEST`] it saturates, which the caller must have refused.
#[must_use]
#[inline]
pub fn fixed(amount: f64) -> Fixed {
    nearest(amount * FIXED_ONE)
}

/// Whether a lender's losses through a channel are losses of the system: not those of vendors, and not those whose
/// dollars are counted at the debtor.
#[must_use]
pub fn is_counted(kind: LenderType, channel: Channel) -> bool {
    kind != LenderType::Vendor && !channel.intra_system()
}

/// Whose misfortune a loss comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody in particular: markets, the lender's own failure or its other business.
    None,
    /// An obligor: its default, distress or share price.
    Obligor(usize),
    /// Another lender: its failure, distress or NAV.
    Lender(usize),
}

/// One entry of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Quarter, from 1.
    pub quarter: i64,
    /// Who loses (gains if negative).
    pub lender: usize,
    /// Where it is booked.
    pub channel: Channel,
    /// Whose misfortune it comes from.
    pub origin: Origin,
    /// Amount.
    pub amount: Fixed,
}

/// What is known of one lender's losses beside their channels.
#[derive(Debug, Clone, Copy)]
struct Account {
    kind: LenderType,
    /// Sum over the channels.
    total: Fixed,
    /// Postings but those of nothing, in which nothing is rounded.
    postings: u32,
}

/// Losses of one trial.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// The quarter that postings belong to, from 1.
    pub quarter: i64,
    accounts: Vec<Account>,
    losses: Vec<[Fixed; Channel::ALL.len()]>,
    /// Losses of the system by obligor; the last place is for those that come from none.
    by_obligor: Vec<Fixed>,
    journal: Option<Vec<Posting>>,
    /// Equity of each lender taken away by scheduled failures: in its books, not a loss of the system.
    decreed: Vec<Fixed>,
    overflow: Option<(usize, f64)>,
}

impl Ledger {
    /// An empty ledger for lenders of these types and so many obligors.
    #[must_use]
    pub fn new(kinds: Vec<LenderType>, obligors: usize) -> Self {
        Ledger {
            quarter: 0,
            losses: vec![[0; Channel::ALL.len()]; kinds.len()],
            by_obligor: vec![0; obligors + 1],
            journal: None,
            decreed: vec![0; kinds.len()],
            overflow: None,
            accounts: kinds.into_iter().map(|kind| Account { kind, total: 0, postings: 0 }).collect(),
        }
    }

    /// Keeps every posting from now on, for a trial that is to be told.
    pub fn keep_journal(&mut self) {
        self.journal = Some(Vec::new());
    }

    /// Postings of the trial so far, in order; none unless they are kept.
    #[must_use]
    pub fn journal(&self) -> &[Posting] {
        self.journal.as_deref().unwrap_or_default()
    }

    /// Empties the ledger.
    pub fn reset(&mut self) {
        self.quarter = 0;
        self.losses.fill([0; Channel::ALL.len()]);
        self.accounts.iter_mut().for_each(|account| (account.total, account.postings) = (0, 0));
        self.by_obligor.fill(0);
        if let Some(journal) = &mut self.journal {
            journal.clear();
        }
        self.decreed.fill(0);
        self.overflow = None;
    }

    /// Becomes the same as that of another world of the same system, whether it keeps a journal included.
    pub fn copy_from(&mut self, other: &Self) {
        let Ledger { quarter, accounts, losses, by_obligor, journal, decreed, overflow } = other;
        self.accounts.copy_from_slice(accounts);
        self.losses.copy_from_slice(losses);
        self.by_obligor.copy_from_slice(by_obligor);
        self.journal.clone_from(journal);
        self.decreed.copy_from_slice(decreed);
        (self.quarter, self.overflow) = (*quarter, *overflow);
    }

    /// Books a loss (a gain if negative) of `lender`, USD bn. Marks that do not move, the most frequent, book nothing.
    #[inline]
    pub fn post(&mut self, lender: usize, channel: Channel, origin: Origin, amount: f64) {
        if amount != 0.0 {
            self.book(lender, channel, origin, amount);
        }
    }

    fn book(&mut self, lender: usize, channel: Channel, origin: Origin, amount: f64) {
        let fits = amount.abs() < LARGEST;
        let rounded = if fits { fixed(amount) } else { 0 };
        let total = &mut self.losses[lender][channel as usize];
        if !fits || (*total + rounded).unsigned_abs() >= LIMIT {
            self.overflow.get_or_insert((lender, amount));
            return;
        }
        *total += rounded;
        let account = &mut self.accounts[lender];
        account.total += rounded;
        account.postings += 1;
        self.count(lender, channel, origin, rounded);
        if let Some(journal) = &mut self.journal
            && rounded != 0
        {
            journal.push(Posting { quarter: self.quarter, lender, channel, origin, amount: rounded });
        }
    }

    /// Books equity that a scheduled failure takes away.
    pub fn decree(&mut self, lender: usize, amount: f64) {
        self.post(lender, Channel::OtherBook, Origin::None, amount);
        self.count(lender, Channel::OtherBook, Origin::None, -fixed(amount));
        self.decreed[lender] = self.decreed[lender].saturating_add(fixed(amount));
    }

    /// Adds to the losses by obligor what counts in the loss of the system.
    fn count(&mut self, lender: usize, channel: Channel, origin: Origin, amount: Fixed) {
        if is_counted(self.accounts[lender].kind, channel) {
            let none = self.by_obligor.len() - 1;
            let total = &mut self.by_obligor[if let Origin::Obligor(i) = origin { i } else { none }];
            *total = total.saturating_add(amount);
        }
    }

    /// The first posting beyond the range of the accumulators: lender and amount.
    #[must_use]
    pub fn overflow(&self) -> Option<(usize, f64)> {
        self.overflow
    }

    /// Losses, `[lender, channel]`.
    #[must_use]
    pub fn losses(&self) -> ArrayView2<'_, Fixed> {
        aview2(&self.losses)
    }

    /// The part of each lender's [`Channel::OtherBook`] that a scheduled failure took away.
    #[must_use]
    pub fn decreed(&self) -> &[Fixed] {
        &self.decreed
    }

    /// Losses of the system by the obligor whose default, distress or share price they come from; the last place holds
    /// those that come from none. They add up to [`Ledger::system_loss`].
    #[must_use]
    pub fn by_obligor(&self) -> &[Fixed] {
        &self.by_obligor
    }

    /// All losses of one lender, USD bn.
    #[must_use]
    pub fn lender_loss(&self, lender: usize) -> f64 {
        self.accounts[lender].total as f64 / FIXED_ONE
    }

    /// How far [`Ledger::lender_loss`] may be from the sum of what was booked: half a unit a posting, USD bn.
    #[must_use]
    pub fn rounding(&self, lender: usize) -> f64 {
        f64::from(self.accounts[lender].postings) * 0.5 / FIXED_ONE
    }

    /// Loss of the system: the sum of what is counted at each lender.
    #[must_use]
    pub fn system_loss(&self) -> Fixed {
        self.by_obligor.iter().sum()
    }

    /// The part of the system's loss that is booked at one lender: what [`is_counted`], without what a scheduled failure
    /// took away.
    #[must_use]
    pub fn counted_loss(&self, lender: usize) -> Fixed {
        if self.accounts[lender].kind == LenderType::Vendor {
            return 0;
        }
        self.losses[lender][..Channel::COUNTED].iter().sum::<Fixed>() - self.decreed[lender]
    }

    /// The channel with the largest cumulative loss of a lender, its own costs of failure apart.
    #[must_use]
    pub fn main_cause(&self, lender: usize) -> FailureCause {
        let mut cause = FailureCause::None;
        let mut largest = 0;
        for channel in Channel::ALL.into_iter().filter(|ch| *ch != Channel::Bankruptcy) {
            let loss = self.losses[lender][channel as usize];
            if loss > largest {
                largest = loss;
                cause = FailureCause::Channel(channel);
            }
        }
        cause
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};

    #[test]
    fn postings_add_as_integers_and_name_the_main_cause() {
        let mut ledger = Ledger::new(vec![LenderType::Bank; 2], 0);
        ledger.post(0, Channel::Credit, Origin::None, 0.1);
        ledger.post(0, Channel::Credit, Origin::None, 0.2);
        ledger.post(0, Channel::Bankruptcy, Origin::None, 5.0);
        assert_eq!(ledger.losses()[[0, Channel::Credit as usize]], fixed(0.1) + fixed(0.2));
        assert_eq!(ledger.main_cause(0), FailureCause::Channel(Channel::Credit));
        assert_eq!(ledger.main_cause(1), FailureCause::None);
        assert_eq!([0, 1].map(|lender| ledger.rounding(lender) * FIXED_ONE), [1.5, 0.0]);
    }

    #[test]
    fn rounding_is_half_away_from_0_and_saturates_as_that_of_libm() {
        let check = |units: f64| {
            for units in [units.next_down(), units, units.next_up()] {
                for units in [units, -units] {
                    let amount = units / FIXED_ONE;
                    assert_eq!(fixed(amount), libm::round(amount * FIXED_ONE) as Fixed, "{units:e}");
                }
            }
        };
        let streams = Streams::new(1);
        for trial in 0..20_000 {
            let u = streams.uniform(trial, Purpose::Parameters, 1, 0);
            let size = libm::exp2(130.0 * streams.uniform(trial, Purpose::Parameters, 2, 0) - 60.0);
            check(u * size);
            check(libm::floor(u * size) + 0.5);
        }
        for power in 0..70 {
            check(libm::exp2(f64::from(power)));
            check(libm::exp2(f64::from(power)) - 0.5);
        }
        for units in [0.0, 0.5, f64::MAX, f64::MIN_POSITIVE, f64::INFINITY, f64::NAN] {
            check(units);
        }
        assert_eq!([1e300, -1e300, f64::NAN].map(fixed), [Fixed::MAX, Fixed::MIN, 0]);
    }

    #[test]
    fn what_a_decree_takes_is_left_out_where_it_would_have_counted_and_nowhere_else() {
        let mut ledger = Ledger::new(vec![LenderType::CreditFund, LenderType::Vendor], 0);
        ledger.post(0, Channel::Credit, Origin::None, 3.0);
        ledger.post(1, Channel::Credit, Origin::None, 5.0);
        ledger.decree(1, 7.0);
        assert_eq!((ledger.system_loss(), ledger.by_obligor()), (fixed(3.0), &[fixed(3.0)][..]));
        ledger.decree(0, 2.0);
        assert_eq!((ledger.system_loss(), ledger.by_obligor()), (fixed(3.0), &[fixed(3.0)][..]));
        assert_eq!([0, 1].map(|lender| ledger.counted_loss(lender)), [fixed(3.0), 0]);
        assert_eq!([0, 1].map(|lender| ledger.lender_loss(lender)), [5.0, 12.0]);
    }

    #[test]
    fn what_counts_is_told_by_obligor_too() {
        let mut ledger = Ledger::new(vec![LenderType::Bank, LenderType::Vendor], 2);
        ledger.post(0, Channel::Credit, Origin::Obligor(1), 3.0);
        ledger.post(0, Channel::Equity, Origin::Obligor(0), -0.5);
        ledger.post(0, Channel::Bankruptcy, Origin::None, 0.25);
        ledger.post(0, Channel::Counterparty, Origin::Lender(1), 7.0);
        ledger.post(0, Channel::FundStake, Origin::Obligor(1), 8.0);
        ledger.post(1, Channel::Credit, Origin::Obligor(1), 9.0);
        assert_eq!(ledger.by_obligor(), [-0.5, 3.0, 0.25].map(fixed));
        assert_eq!(ledger.system_loss(), fixed(2.75));
        ledger.reset();
        assert_eq!(ledger.by_obligor(), [0; 3]);
    }

    #[test]
    fn an_amount_beyond_the_range_is_reported_not_wrapped() {
        let mut ledger = Ledger::new(vec![LenderType::Bank], 0);
        ledger.post(0, Channel::Credit, Origin::None, 40_000.0);
        assert_eq!(ledger.overflow(), None);
        ledger.post(0, Channel::Credit, Origin::None, 40_000.0);
        assert_eq!(ledger.overflow(), Some((0, 40_000.0)));
        ledger.reset();
        ledger.post(0, Channel::Credit, Origin::None, f64::NAN);
        assert!(ledger.overflow().is_some());
    }
}
