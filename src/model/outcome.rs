//! What one trial tells the statistics.

use ndarray::Array2;

use crate::model::driver::DriverState;
use crate::model::grade::Drawn;
use crate::model::path::Paths;
use crate::model::system::System;

/// Dollars of the ledger: integers of 2^-30 USD bn, so that sums do not depend on their order.
pub type Fixed = i64;

/// Units of [`Fixed`] in one USD bn (and in one of any ratio).
pub const FIXED_ONE: f64 = 1_073_741_824.0;

/// The nearest integer, of two the one farther from 0, as `libm::round` has it: the cut takes what adding the largest number
/// below a half leaves. Saturates.
#[must_use]
#[inline]
pub fn nearest(number: f64) -> i64 {
    const BELOW_HALF: f64 = 0.5 - f64::EPSILON / 4.0;
    (number + BELOW_HALF.copysign(number)) as i64
}

/// Where a loss is booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Default losses at the price before this quarter's sales, and what third parties pay.
    Credit,
    /// Losses by forced sales: of collateral in a default, of marketable credit through its common price.
    FireSale,
    /// Marks of loans to distressed obligors.
    Mark,
    /// What the seller of credit loses below its carrying value.
    Funding,
    /// Deadweight cost of the lender's own failure.
    Bankruptcy,
    /// Risk transfers: payouts and coupons.
    Srt,
    /// Shorts of the equity index.
    Short,
    /// Stakes in obligors.
    Equity,
    /// Losses outside the modelled book.
    OtherBook,
    /// Claims on failed lenders.
    Counterparty,
    /// Marks of claims on distressed lenders.
    NetworkMark,
    /// Stakes in funds.
    FundStake,
}

impl Channel {
    /// Every channel, in the order of results.
    pub const ALL: [Channel; 12] = [
        Channel::Credit,
        Channel::FireSale,
        Channel::Mark,
        Channel::Funding,
        Channel::Bankruptcy,
        Channel::Srt,
        Channel::Short,
        Channel::Equity,
        Channel::OtherBook,
        Channel::Counterparty,
        Channel::NetworkMark,
        Channel::FundStake,
    ];

    /// So many of [`Channel::ALL`], the first ones, count in the loss of the system; the rest is [`Channel::intra_system`].
    pub const COUNTED: usize = 9;

    /// Losses already counted at the debtor, left out of the system loss.
    #[must_use]
    pub fn intra_system(self) -> bool {
        matches!(self, Channel::Counterparty | Channel::NetworkMark | Channel::FundStake)
    }

    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Channel::Credit => "credit",
            Channel::FireSale => "fire_sale",
            Channel::Mark => "mark",
            Channel::Funding => "funding",
            Channel::Bankruptcy => "bankruptcy",
            Channel::Srt => "srt",
            Channel::Short => "short",
            Channel::Equity => "equity",
            Channel::OtherBook => "other_book",
            Channel::Counterparty => "counterparty",
            Channel::NetworkMark => "network_mark",
            Channel::FundStake => "fund_stake",
        }
    }
}

/// Why an obligor defaulted: the first that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefaultCause {
    /// Its latent asset value fell below the threshold.
    Latent,
    /// A scheduled shock.
    Scheduled,
    /// An accelerated amount was due.
    Covenant,
    /// A refinancing gap was due.
    Maturity,
    /// Receipts lost to counterparty defaults exceed the shortfall.
    Contract,
    /// Insolvency, where that is a default at once.
    Insolvency,
    /// Cash ran out.
    Burn,
}

impl DefaultCause {
    /// Every cause, in the order of results.
    pub const ALL: [DefaultCause; 7] = [
        DefaultCause::Latent,
        DefaultCause::Scheduled,
        DefaultCause::Covenant,
        DefaultCause::Maturity,
        DefaultCause::Contract,
        DefaultCause::Insolvency,
        DefaultCause::Burn,
    ];

    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DefaultCause::Latent => "latent",
            DefaultCause::Scheduled => "scheduled",
            DefaultCause::Covenant => "covenant",
            DefaultCause::Maturity => "maturity",
            DefaultCause::Contract => "contract",
            DefaultCause::Insolvency => "insolvency",
            DefaultCause::Burn => "burn",
        }
    }
}

/// Main cause of a lender's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureCause {
    /// The channel with its largest cumulative loss, its own costs of failure apart; `funding` if it left dues unpaid.
    Channel(Channel),
    /// A scheduled shock.
    Scheduled,
    /// The drawn parameters put it below its threshold at opening.
    Opening,
    /// It failed without any loss booked.
    None,
}

impl FailureCause {
    /// Every cause, in the order of results.
    pub const ALL: [FailureCause; 14] = [
        FailureCause::Channel(Channel::Credit),
        FailureCause::Channel(Channel::FireSale),
        FailureCause::Channel(Channel::Mark),
        FailureCause::Channel(Channel::Funding),
        FailureCause::Channel(Channel::Srt),
        FailureCause::Channel(Channel::Short),
        FailureCause::Channel(Channel::Equity),
        FailureCause::Channel(Channel::OtherBook),
        FailureCause::Channel(Channel::Counterparty),
        FailureCause::Channel(Channel::NetworkMark),
        FailureCause::Channel(Channel::FundStake),
        FailureCause::Scheduled,
        FailureCause::Opening,
        FailureCause::None,
    ];

    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FailureCause::Channel(channel) => channel.name(),
            FailureCause::Scheduled => "scheduled",
            FailureCause::Opening => "opening",
            FailureCause::None => "none",
        }
    }
}

/// Default of an obligor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObligorDefault {
    /// Quarter, from 1.
    pub quarter: usize,
    /// Cause tag.
    pub cause: DefaultCause,
    /// Balances at default, all holders.
    pub exposure: Fixed,
    /// Losses on them, all holders.
    pub loss: Fixed,
}

/// Failure of a lender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LenderFailure {
    /// Quarter, from 1.
    pub quarter: usize,
    /// Round of the clearing, from 0.
    pub round: usize,
    /// Main cause.
    pub cause: FailureCause,
}

/// What happened to a facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FacilityEvents {
    /// Balance at the default of its borrower, all holders; 0 without a default.
    pub exposure: Fixed,
    /// Loss on it, all holders, after guarantees.
    pub loss: Fixed,
    /// Its covenant was in breach in some quarter.
    pub breached: bool,
}

/// Sales of a vendor while it lives, and what it paid for them itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Circularity {
    /// Hardware sold to obligors that name it as their vendor.
    pub sales: Fixed,
    /// Instalments that it paid to obligors, and what it lent to them since opening.
    pub financed: Fixed,
}

/// The outcome of one trial; indices are those of the [`crate::model::system::System`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Loss of all lenders other than vendors, without the intra-system channels.
    pub system_loss: Fixed,
    /// Share of failed lenders in the opening total assets of all, in units of 2^-30.
    pub failed_assets: Fixed,
    /// Losses booked, `[lender, channel]` in the order of [`Channel::ALL`]; positive is a loss.
    pub losses: Array2<Fixed>,
    /// The part of each lender's [`Channel::OtherBook`] that a scheduled failure took away, which is no loss of the system.
    pub decreed: Vec<Fixed>,
    /// The system loss by the obligor whose default, distress or share price it comes from, and in a last place what comes
    /// from none; adds up to `system_loss`.
    pub losses_by_obligor: Vec<Fixed>,
    /// The part of [`Outcome::system_loss`] that is booked at each lender: 0 at a vendor.
    pub counted: Vec<Fixed>,
    /// Failure of each lender.
    pub failures: Vec<Option<LenderFailure>>,
    /// Default of each obligor.
    pub defaults: Vec<Option<ObligorDefault>>,
    /// Lowest capital ratio less the opening one, per lender (banks and insurers; 0 for others).
    pub depletion: Vec<Fixed>,
    /// Largest shortfall to the minimum ratio, per lender, USD bn (banks and insurers; 0 for others).
    pub shortfall: Vec<Fixed>,
    /// What happened to each facility.
    pub facilities: Vec<FacilityEvents>,
    /// Sales of each vendor and what it financed of them (0 for other lenders).
    pub circularity: Vec<Circularity>,
    /// Series along the quarters.
    pub paths: Paths,
    /// Each uncertain parameter as drawn, in the order of [`System::draws`].
    pub parameters: Vec<Drawn>,
    /// Factors F of every quarter, `[factor, quarter - 1]`.
    pub factors: Array2<f64>,
    /// Number of jumps by the horizon, in the order of [`System::jumps`].
    pub jumps: Vec<u32>,
}

impl Outcome {
    /// An outcome without events, for a system of that size.
    #[must_use]
    pub fn new(obligors: usize, lenders: usize) -> Self {
        Outcome {
            system_loss: 0,
            failed_assets: 0,
            losses: Array2::zeros((lenders, Channel::ALL.len())),
            decreed: vec![0; lenders],
            losses_by_obligor: vec![0; obligors + 1],
            counted: vec![0; lenders],
            failures: vec![None; lenders],
            defaults: vec![None; obligors],
            depletion: vec![0; lenders],
            shortfall: vec![0; lenders],
            facilities: Vec::new(),
            circularity: vec![Circularity::default(); lenders],
            paths: Paths::default(),
            parameters: Vec::new(),
            factors: Array2::zeros((0, 0)),
            jumps: Vec::new(),
        }
    }

    /// An outcome without events, with room for all that the trials of `system` tell.
    #[must_use]
    pub fn for_system(system: &System) -> Self {
        Outcome {
            facilities: vec![FacilityEvents::default(); system.facilities.len()],
            paths: Paths::for_system(system),
            parameters: vec![Drawn::default(); system.draws.len()],
            factors: Array2::zeros((system.drivers.keys.len(), system.quarters)),
            jumps: vec![0; system.jumps.len()],
            ..Outcome::new(system.obligors.len(), system.lenders.len())
        }
    }

    /// Forgets the events of the last trial; the rest of it every trial writes anew.
    pub fn reset(&mut self) {
        self.failures.fill(None);
        self.defaults.fill(None);
        self.facilities.fill(FacilityEvents::default());
        self.jumps.fill(0);
    }

    /// Takes over what another outcome of the same system has noted so far of its trial; what its end tells is left open.
    pub fn copy_from(&mut self, other: &Self) {
        self.failures.copy_from_slice(&other.failures);
        self.defaults.copy_from_slice(&other.defaults);
        self.facilities.copy_from_slice(&other.facilities);
        self.parameters.copy_from_slice(&other.parameters);
        self.factors.assign(&other.factors);
        self.jumps.copy_from_slice(&other.jumps);
        if !self.paths.series.is_empty() {
            self.paths.values.copy_from_slice(&other.paths.values);
        }
    }

    /// Notes the factors and jumps of a quarter, from 1.
    pub fn note_drivers(&mut self, quarter: usize, drivers: &DriverState) {
        for (place, factor) in drivers.factors.iter().enumerate() {
            self.factors[[place, quarter - 1]] = *factor;
        }
        for (jumps, new) in self.jumps.iter_mut().zip(&drivers.jumps) {
            *jumps += new;
        }
    }

    /// Total loss of one lender over all channels.
    #[must_use]
    pub fn lender_loss(&self, lender: usize) -> Fixed {
        self.losses.row(lender).sum()
    }

    /// Number of lenders that failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failures.iter().map(|failure| usize::from(failure.is_some())).sum()
    }

    /// Number of obligors that defaulted.
    #[must_use]
    pub fn defaulted(&self) -> usize {
        self.defaults.iter().map(|default| usize::from(default.is_some())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channels_that_count_come_first() {
        let (counted, others) = Channel::ALL.split_at(Channel::COUNTED);
        assert!(counted.iter().all(|channel| !channel.intra_system()));
        assert!(others.iter().all(|channel| channel.intra_system()));
        assert!(Channel::ALL.iter().enumerate().all(|(place, channel)| *channel as usize == place));
    }

    #[test]
    fn the_nearest_integer_is_that_of_libm() {
        let below_half = 0.5 - f64::EPSILON / 4.0;
        let odd = (1_u64 << 52) as f64 + 1.0;
        let halves = (0..100).map(|place| f64::from(place) + 0.5);
        let near = [below_half, odd, odd / 2.0, odd / 4.0, 1e18, 1e30, f64::INFINITY, f64::NAN, 0.0, f64::MIN_POSITIVE];
        for number in halves.flat_map(|half| [half, half.next_down(), half.next_up()]).chain(near) {
            assert_eq!(nearest(number), libm::round(number) as i64, "{number}");
            assert_eq!(nearest(-number), libm::round(-number) as i64, "-{number}");
        }
    }
}
