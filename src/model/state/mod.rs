//! The world in a quarter of a trial: what moves. What stays is in [`System`].
//!
//! Fields of `repr(C)` structures, here and there, lie in the order of use: what most steps of a calm quarter read stands in the
//! first cache lines.

mod contract;
mod copy;
mod facility;
mod hedge;
mod holdings;
mod lender;
mod links;
mod liquidity;
mod obligor;

pub use contract::{ContractState, FeeTerms, FeeValues, InstalmentState};
pub use facility::{FacilityState, Schedule, Terms};
pub use hedge::SrtState;
pub use holdings::{Holding, HoldingMut, Holdings};
pub use lender::{FundStakeState, LenderState};
pub use links::{Links, Lists};
pub use liquidity::{CallState, LiquidityState};
pub use obligor::{Dues, Funding, ObligorState, Year};

use ndarray::Array2;

use crate::model::audit::Audit;
use crate::model::compute::{Curve, Market, Powers};
use crate::model::driver::DriverState;
use crate::model::fair_value::Distress;
use crate::model::fleet::Fleets;
use crate::model::latent::LatentTests;
use crate::model::ledger::Ledger;
use crate::model::line::SCALES;
use crate::model::property::Property;
use crate::model::purse::Purses;
use crate::model::revenue::Revenue;
use crate::model::system::{Party, System};

/// Price factor under forced sales: of GPUs in a region (phi), or of marketable AI credit (psi).
#[derive(Debug, Clone, Copy)]
pub struct FireSale {
    /// Its logarithm, at the end of the last quarter until something is sold in this one.
    pub log_factor: f64,
    /// The factor before this quarter's sales.
    pub before: f64,
    /// phi after them.
    pub after: f64,
}

impl FireSale {
    /// Nothing was ever sold.
    pub const UNMOVED: FireSale = FireSale { log_factor: 0.0, before: 1.0, after: 1.0 };
}

/// Everything that moves in a trial.
#[derive(Debug, Clone)]
pub struct State {
    /// The quarter, from 1.
    pub quarter: i64,
    /// Cash of the world outside, from 0 at opening.
    pub outside: f64,
    /// All cash at opening, which every step keeps.
    pub opening_cash: f64,
    /// Factors, jumps and shocks.
    pub drivers: DriverState,
    /// Demand, rent, equity index, confidence.
    pub market: Market,
    /// Book curve of GPUs by age.
    pub curve: Curve,
    /// Price of GPUs in forced sales, by region.
    pub fire_sales: Vec<FireSale>,
    /// psi: common price of marketable AI credit in forced sales.
    pub credit_price: FireSale,
    /// Fair value of the credit that lenders sold this quarter, USD bn.
    pub credit_sold: f64,
    /// psi at the last marking of loans.
    pub marked_price: f64,
    /// Distress of borrowers at the last marking of loans.
    pub distress: Distress,
    /// eq0 by which distress of obligors is measured, `[quarter - 1, obligor]`; no rows where loans are not marked. Fixed
    /// for a run.
    pub reference_equity: Array2<f64>,
    /// Powers of the equity index.
    pub powers: Powers,
    /// Latent tests; what they searched for is kept from trial to trial.
    pub latent_tests: LatentTests,
    /// Obligors.
    pub obligors: Vec<ObligorState>,
    /// How those in [`State::short`] pay; of the others nothing is missing or filled.
    pub funding: Vec<Funding>,
    /// Share of the fleet of each obligor under contract or idling after a customer's default, from step 2.
    pub occupied: Vec<f64>,
    /// Fees that obligors lost to the defaults of their customers.
    pub lost_receipts: Year,
    /// Contract fees that obligors paid as customers.
    pub paid: Year,
    /// Contract fees invoiced to them.
    pub invoiced: Year,
    /// GPUs of obligors.
    pub fleets: Fleets,
    /// Sites of obligors, and what they and fleets are worth.
    pub property: Property,
    /// Revenue of obligors besides their contracts.
    pub revenue: Revenue,
    /// Obligors that lack money in step 5, in order.
    pub short: Vec<usize>,
    /// Obligors that default in step 6, in order.
    pub defaulting: Vec<usize>,
    /// Facilities.
    pub facilities: Vec<FacilityState>,
    /// Their terms, in the order of [`Links::facilities`]; fixed for a trial.
    pub terms: Vec<Terms>,
    /// Those with planned draws, fixed for a trial.
    pub drawing: Vec<usize>,
    /// Those that mature this quarter.
    pub maturing: Vec<usize>,
    /// Those in breach this quarter.
    pub breaching: Vec<usize>,
    /// Who holds them.
    pub holdings: Holdings,
    /// Contracts.
    pub contracts: Vec<ContractState>,
    /// Present values of contract fees.
    pub fee_values: FeeValues,
    /// Contracts or the values of their fees have changed since step 3 of this quarter.
    pub fees_moved: bool,
    /// Backstop payments due this quarter.
    pub backstops_due: Vec<f64>,
    /// Vendor instalments.
    pub instalments: Vec<InstalmentState>,
    /// Carrying values of stakes in obligors.
    pub equity_stakes: Vec<f64>,
    /// Stakes in funds.
    pub fund_stakes: Vec<FundStakeState>,
    /// Risk transfers.
    pub srts: Vec<SrtState>,
    /// Equity index that shorts were last settled at.
    pub shorted_at: f64,
    /// Lenders.
    pub lenders: Vec<LenderState>,
    /// Lenders that live and mark loans, outside last.
    pub marks: Vec<bool>,
    /// A claim or its value has moved since the claims of lenders were added up.
    pub claims_moved: bool,
    /// Open claims at face, USD bn.
    pub claims: Vec<f64>,
    /// What their creditors carry them at.
    pub claim_values: Vec<f64>,
    /// Calls of claims.
    pub calls: Vec<CallState>,
    /// Something may be called or paid on a call; while it is not so, every call stands at 0.
    pub calling: bool,
    /// A lender is distressed beyond the lowest trigger, or not fully willing to lend: lines may be called.
    pub may_call: bool,
    /// The least distress of a debtor at which any creditor calls.
    pub lowest_trigger: f64,
    /// What third parties may pay this quarter.
    pub purses: Purses,
    /// Share of requests for draws and lines that each lender can meet, `[stage][lender]`.
    pub line_scales: Vec<Vec<f64>>,
    /// Weights of the refinancing pool, outside's included.
    pub pool: f64,
    /// What the pool lends this quarter, lapsed offers included.
    pub pool_total: f64,
    /// Fall of confidence caused by this quarter's defaults and failures.
    pub hit: f64,
    /// Cap of confidence chat: 1 at and above its mean.
    pub relative_confidence: f64,
    /// Face of the loans of lenders that failed this quarter.
    pub failed_loans: f64,
    /// Balance that defaulted this quarter.
    pub defaulted: f64,
    /// Sum of opening balances.
    pub opening_balance: f64,
    /// Something has happened in this trial that would not have with the switches of its twin: until the step in
    /// which it is set both are the same.
    pub contagion: bool,
    /// Losses by lender and channel.
    pub ledger: Ledger,
    /// What the invariants' checks found in this and earlier trials.
    pub audit: Audit,
    /// Which entities belong to which.
    pub links: Links,
}

impl State {
    /// Room for the trials of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let obligors = vec![ObligorState::default(); system.obligors.len()];
        let lenders = system.lenders.len();
        State {
            quarter: 0,
            outside: 0.0,
            opening_cash: 0.0,
            drivers: DriverState::new(system),
            market: Market::new(system),
            curve: Curve::new(system),
            powers: Powers::new(obligors.len()),
            latent_tests: LatentTests::new(system),
            funding: vec![Funding::default(); obligors.len()],
            occupied: vec![0.0; obligors.len()],
            lost_receipts: Year::new(obligors.len()),
            paid: Year::new(obligors.len()),
            invoiced: Year::new(obligors.len()),
            fleets: Fleets::new(system),
            property: Property::new(system),
            revenue: Revenue::new(system),
            relative_confidence: 1.0,
            fire_sales: vec![FireSale::UNMOVED; system.regions.len()],
            credit_price: FireSale::UNMOVED,
            credit_sold: 0.0,
            marked_price: FireSale::UNMOVED.after,
            distress: Distress::none(obligors.len()),
            reference_equity: Array2::zeros((0, obligors.len())),
            short: Vec::with_capacity(obligors.len()),
            defaulting: Vec::with_capacity(obligors.len()),
            facilities: vec![FacilityState::default(); system.facilities.len()],
            terms: Vec::with_capacity(system.facilities.len()),
            drawing: Vec::with_capacity(system.facilities.len()),
            maturing: Vec::with_capacity(system.facilities.len()),
            breaching: Vec::with_capacity(system.facilities.len()),
            holdings: Holdings::new(system),
            contracts: system.contracts.iter().map(|contract| ContractState::new(contract.customer)).collect(),
            fee_values: FeeValues::new(system),
            fees_moved: false,
            backstops_due: vec![0.0; system.backstops.len()],
            instalments: vec![InstalmentState::default(); system.instalments.len()],
            equity_stakes: vec![0.0; system.equity_stakes.len()],
            fund_stakes: vec![FundStakeState::default(); system.fund_stakes.len()],
            srts: system.srts.iter().map(|srt| SrtState::new(srt.reference.len())).collect(),
            shorted_at: 1.0,
            lenders: vec![LenderState::default(); lenders],
            marks: vec![false; lenders + 1],
            claims_moved: true,
            claims: vec![0.0; system.claims.len()],
            claim_values: vec![0.0; system.claims.len()],
            calls: vec![CallState::default(); system.claims.len()],
            calling: false,
            may_call: false,
            lowest_trigger: 0.0,
            purses: Purses::new(system),
            obligors,
            line_scales: vec![vec![1.0; lenders]; SCALES],
            pool: 0.0,
            pool_total: 0.0,
            hit: 0.0,
            failed_loans: 0.0,
            defaulted: 0.0,
            opening_balance: 0.0,
            contagion: false,
            ledger: Ledger::new(system.lenders.iter().map(|lender| lender.kind).collect(), system.obligors.len()),
            audit: Audit::default(),
            links: Links::new(system),
        }
    }

    /// Has this party neither defaulted nor failed?
    #[must_use]
    pub fn is_alive(&self, party: Party) -> bool {
        match party {
            Party::Outside => true,
            Party::Obligor(i) => self.obligors[i].alive && self.obligors[i].defaulting.is_none(),
            Party::Lender(j) => self.lenders[j].alive,
        }
    }

    /// Does any obligor or lender live?
    #[must_use]
    pub fn anyone_alive(&self) -> bool {
        self.obligors.iter().any(|own| own.alive) || self.lenders.iter().any(|own| own.alive)
    }

    /// Takes cash from a party.
    pub fn take_cash(&mut self, payer: Party, amount: f64) {
        self.give_cash(payer, -amount);
    }

    /// Gives cash to a party.
    pub fn give_cash(&mut self, recipient: Party, amount: f64) {
        match recipient {
            Party::Outside => self.outside += amount,
            Party::Obligor(i) => self.obligors[i].cash += amount,
            Party::Lender(j) => self.lenders[j].cash += amount,
        }
    }
}
