//! The opening world: indexed, dense, complete and valid. `scenario::compile` builds it; a trial never changes it.
//!
//! Entities of one kind are sorted by name, so that the order in which a scenario lists them changes no number; `place`
//! holds the rank of an entity in the scenario, which is the order of every result. Amounts are USD bn, rates per year
//! where the name ends in `_pa`, times in whole quarters. Laws stand at their median; [`System::draws`] says which
//! numbers a trial draws anew.

mod credit;
mod driver;
mod hedge;
mod lender;
mod market;
mod obligor;
mod scale;

pub use credit::{
    Acceleration, Amortisation, Credit, CreditMarket, Facility, FailureCosts, Insolvency, Marks, Means, Recovery,
    Refinancing,
};
pub use driver::{CREDIT, Copula, DEMAND, Drivers, EQUITY, Jump, REGIONAL, RESIDUAL, Shock, Target};
pub use hedge::{Short, Srt};
pub use lender::{
    Accounting, Claim, ExternalPriority, FundStake, Lender, LenderType, Liquidity, OpeningBalance, OtherBook,
    OwnLiquidity,
};
pub use market::{Compute, Confidence, Depreciation, EquityIndex, Gpu, Region};
pub use obligor::{Backstop, Contract, DefaultModel, EquityStake, Instalment, Obligor, SolvencyBasis, Vintage};

use crate::model::event::Event;
use crate::model::parameter::Law;
use crate::model::switches::Switches;

/// Everything a run needs to know about the world at t = 0.
#[derive(Debug, Clone)]
pub struct System {
    /// Horizon T in quarters.
    pub quarters: usize,
    /// What the AI sector was multiplied by: 1 as written, more in [`System::scaled`] worlds.
    pub scale: f64,
    /// Which channels act.
    pub switches: Switches,
    /// Systematic factors and their dependence.
    pub drivers: Drivers,
    /// Poisson jumps.
    pub jumps: Vec<Jump>,
    /// Scheduled shocks.
    pub shocks: Vec<Shock>,
    /// GPU values.
    pub gpu: Gpu,
    /// The compute market, common to all regions.
    pub compute: Compute,
    /// Regions of the compute market.
    pub regions: Vec<Region>,
    /// The AI equity index.
    pub equity: EquityIndex,
    /// Market confidence.
    pub confidence: Confidence,
    /// Rules of credit.
    pub credit: Credit,
    /// Costs of failed lenders.
    pub costs: FailureCosts,
    /// Marks of claims and loans at fair value.
    pub marks: Marks,
    /// The market that lenders sell AI credit into.
    pub credit_market: CreditMarket,
    /// Rules of liquidity.
    pub liquidity: Liquidity,
    /// What outside lends to refinancing requests in a quarter, USD bn.
    pub outside_new_lending: f64,
    /// Borrowers.
    pub obligors: Vec<Obligor>,
    /// Loans and bonds.
    pub facilities: Vec<Facility>,
    /// Compute and site contracts.
    pub contracts: Vec<Contract>,
    /// Vendor purchases of unsold capacity.
    pub backstops: Vec<Backstop>,
    /// Staged vendor equity.
    pub instalments: Vec<Instalment>,
    /// Stakes in obligors.
    pub equity_stakes: Vec<EquityStake>,
    /// Stakes in funds.
    pub fund_stakes: Vec<FundStake>,
    /// Lenders.
    pub lenders: Vec<Lender>,
    /// Claims between lenders (and outside).
    pub claims: Vec<Claim>,
    /// Risk transfers.
    pub srts: Vec<Srt>,
    /// Shorts.
    pub shorts: Vec<Short>,
    /// Numbers that every trial draws anew.
    pub draws: Vec<Draw>,
    /// The event of reverse stress.
    pub event: Event,
}

impl System {
    /// The same world with the contagion between lenders off.
    #[must_use]
    pub fn twin(&self) -> System {
        System { switches: self.switches.twin(), ..self.clone() }
    }
}

/// One uncertain number: its law, its stream and its place in the system.
#[derive(Debug, Clone)]
pub struct Draw {
    /// Key path in the scenario, for messages and tables (`gpu.life_q`).
    pub path: String,
    /// Ascends in the order in which the scenario writes its laws; 0 where the law is preset.
    pub order: usize,
    /// Stream index of the key path (`random::key`).
    pub key: u32,
    /// Its law.
    pub law: Law,
    /// Range of its key: `normal` and `lognormal` are truncated to it.
    pub range: (f64, f64),
    /// What the drawn number is multiplied by on its way: 1, or the scale of an amount of the AI sector.
    pub factor: f64,
    /// A calendar quarter: the drawn number is rounded up.
    pub whole: bool,
    /// Entity index handed to `place` (0 where there is one of its kind).
    pub entity: usize,
    /// Where the number goes.
    pub place: fn(&mut System, usize) -> &mut f64,
}

impl Draw {
    /// A number on its way into the system: whole where it is a calendar quarter.
    #[must_use]
    pub fn rounded(&self, value: f64) -> f64 {
        if self.whole { libm::ceil(value) } else { value }
    }
}

/// A party to a flow that may be an obligor, a lender or the world outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Everybody who is not modelled; never fails.
    Outside,
    /// Index into [`System::obligors`].
    Obligor(usize),
    /// Index into [`System::lenders`].
    Lender(usize),
}

/// Either side of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trader {
    /// Unmodelled customers or suppliers; never default.
    Market,
    /// Index into [`System::obligors`].
    Obligor(usize),
}

impl Trader {
    /// The obligor, if it is one.
    #[must_use]
    pub fn obligor(self) -> Option<usize> {
        match self {
            Trader::Market => None,
            Trader::Obligor(i) => Some(i),
        }
    }
}

/// A quarterly flow: a constant, or steps held until the next.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flow {
    /// Amount per quarter where `steps` is empty.
    pub constant: f64,
    /// `(from_quarter, amount)` in ascending order; zero before the first.
    pub steps: Vec<(i64, f64)>,
}

impl Flow {
    /// The amount of quarter `t`, USD bn.
    #[inline]
    #[must_use]
    pub fn at(&self, t: i64) -> f64 {
        if self.steps.is_empty() {
            return self.constant;
        }
        self.steps.iter().take_while(|(from, _)| *from <= t).last().map_or(0.0, |(_, amount)| *amount)
    }
}
