//! The world in a quarter of a trial: what moves. What stays is in [`System`].

use crate::model::compute::{Curve, Lot, Market};
use crate::model::driver::DriverState;
use crate::model::ledger::Ledger;
use crate::model::obligor::LatentThreshold;
use crate::model::outcome::DefaultCause;
use crate::model::purse::Purses;
use crate::model::system::{DefaultModel, Means, Party, System, Trader};

/// Slots of a ring that remembers the current quarter and the year before it.
pub const RING: usize = 5;

/// Slot of a quarter in such a ring.
#[must_use]
pub fn slot(quarter: i64) -> usize {
    quarter.rem_euclid(RING as i64) as usize
}

/// Sum over the four quarters that end with `last`.
#[must_use]
pub fn year_to(ring: &[f64; RING], last: i64) -> f64 {
    (last - 3..=last).map(|quarter| ring[slot(quarter)]).sum()
}

/// What an obligor owes in a quarter, USD bn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dues {
    /// Contract invoices, as far as honoured.
    pub contracts: f64,
    /// Part of `contracts` that can be cut without breaking a firm fee.
    pub cuttable: f64,
    /// Interest.
    pub interest: f64,
    /// Scheduled amortisation.
    pub amortisation: f64,
    /// Cash swept to facilities in breach.
    pub sweep: f64,
    /// Cure or accelerated amounts.
    pub cure: f64,
    /// Refinancing gaps of maturing facilities.
    pub gap: f64,
    /// Committed capex.
    pub capex: f64,
}

impl Dues {
    /// All dues of the quarter.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.contracts
            + self.interest
            + self.amortisation
            + self.sweep
            + self.cure
            + self.gap
            + self.capex
    }
}

/// How an obligor closes its funding gap: one entry per [`Means`], USD bn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Funding {
    /// What is still missing.
    pub missing: f64,
    /// Filled by each means, in the order of the enum.
    pub filled: [f64; 5],
    /// Share of its undrawn lines that it asks for.
    pub line_share: f64,
    /// Stage at which it asked for lines.
    pub line_stage: usize,
    /// What lenders granted on its lines.
    pub lines_granted: f64,
}

impl Funding {
    /// Takes up to `available` from `means`.
    pub fn take(&mut self, means: Means, available: f64) {
        let amount = available.min(self.missing);
        self.filled[means as usize] += amount;
        self.missing -= amount;
    }
}

/// An obligor in a quarter.
#[derive(Debug, Clone, Default)]
pub struct ObligorState {
    /// Has not defaulted.
    pub alive: bool,
    /// Cash now, USD bn.
    pub cash: f64,
    /// Unmodelled revenue of the quarter.
    pub revenue: f64,
    /// GPUs by vintage.
    pub fleet: Vec<Lot>,
    /// Cost of sites.
    pub site_cost: f64,
    /// Cost-weighted age of sites, quarters.
    pub site_age: f64,
    /// Value of the fleet before this quarter's sales.
    pub fleet_value: f64,
    /// Value of sites.
    pub site_value: f64,
    /// Value of contracts as collateral, X_i.
    pub contract_value: f64,
    /// Other assets now.
    pub other_assets: f64,
    /// Stakes in obligors and funds.
    pub stakes: f64,
    /// Market value M_i.
    pub market_value: f64,
    /// Equity on its solvency basis.
    pub equity: f64,
    /// May raise money: solvent on its basis.
    pub access: bool,
    /// Some facility is in breach of its covenant.
    pub in_breach: bool,
    /// Share of the fleet under contract or idling after a customer's default.
    pub occupied: f64,
    /// Support its sponsor still owes.
    pub support_left: f64,
    /// What it owes this quarter.
    pub dues: Dues,
    /// How it pays.
    pub funding: Funding,
    /// Planned draws of the quarter.
    pub draws: f64,
    /// Cash in its estate.
    pub estate_cash: f64,
    /// What lenders recover by running it, where they do not sell.
    pub step_in_value: Option<f64>,
    /// Why it defaults this quarter.
    pub defaulting: Option<DefaultCause>,
    /// Fees lost to customers' defaults, by quarter.
    pub lost_receipts: [f64; RING],
    /// Contract fees paid as a customer, by quarter.
    pub paid: [f64; RING],
    /// Contract fees invoiced to it, by quarter.
    pub invoiced: [f64; RING],
    /// Latent threshold.
    pub latent: LatentThreshold,
    /// Discount factor of a quarter for its contract fees.
    pub discount: f64,
}

impl ObligorState {
    /// V_i: fleet and sites before this quarter's sales.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.fleet_value + self.site_value
    }
}

/// A facility in a quarter.
#[derive(Debug, Clone, Default)]
pub struct FacilityState {
    /// Outstanding balance: the sum of the faces of its holders.
    pub balance: f64,
    /// Committed, not drawn.
    pub undrawn: f64,
    /// Quarter in which it matures.
    pub maturity: i64,
    /// Quarter from which its amortisation schedule runs.
    pub schedule_start: i64,
    /// Balance at the start of its schedule.
    pub schedule_balance: f64,
    /// Spread per year.
    pub spread_pa: f64,
    /// Quarters in breach.
    pub breaches: f64,
    /// In breach this quarter.
    pub in_breach: bool,
    /// Has been extended once.
    pub extended: bool,
    /// Its gap is prolonged this quarter instead of paid.
    pub extending: bool,
    /// Collateral value K_f.
    pub collateral_value: f64,
    /// Interest due.
    pub interest: f64,
    /// Scheduled amortisation due.
    pub amortisation: f64,
    /// Cash swept.
    pub sweep: f64,
    /// Cure or accelerated amount.
    pub cure: f64,
    /// Matures this quarter.
    pub maturing: bool,
    /// Offer of refinancing O.
    pub offer: f64,
    /// Part of the offer that existing holders roll.
    pub rolled: f64,
    /// Part filled by the pool.
    pub pooled: f64,
    /// Refinancing gap.
    pub gap: f64,
    /// Planned draw asked for.
    pub draw_request: f64,
    /// Planned draw that lenders can meet.
    pub draw: f64,
    /// Loss at the price before and after this quarter's sales, guarantees counted.
    pub loss: [f64; 2],
}

/// Who holds what of each facility: rows of (lender, face), with room for everybody who may join.
///
/// Index `lenders` is outside. A failed lender's row is its estate.
#[derive(Debug, Clone)]
pub struct Holdings {
    start: Vec<usize>,
    length: Vec<usize>,
    holder: Vec<usize>,
    face: Vec<f64>,
    outside: usize,
}

impl Holdings {
    /// Room for the opening holders and, where a facility may be refinanced in the market, for every lender.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let outside = system.lenders.len();
        let mut start = vec![0];
        for facility in &system.facilities {
            let roll = system.obligors[facility.borrower].default_model == DefaultModel::Latent;
            let room = if roll {
                facility.holders.len() + 1
            } else {
                outside + 1
            };
            start.push(start[start.len() - 1] + room);
        }
        let room = start[start.len() - 1];
        Holdings {
            length: vec![0; start.len() - 1],
            start,
            holder: vec![0; room],
            face: vec![0.0; room],
            outside,
        }
    }

    /// Opening faces: amount times share, outside holding the rest.
    pub fn reset(&mut self, system: &System) {
        for (f, facility) in system.facilities.iter().enumerate() {
            self.length[f] = 0;
            let mut rest = 1.0;
            for (lender, share) in &facility.holders {
                self.add(f, *lender, facility.amount * share);
                rest -= share;
            }
            // Shares are checked to sum to 1 within rounding: what is below it is not a holding.
            if rest > 1e-9 {
                self.add(f, self.outside, facility.amount * rest);
            }
        }
    }

    /// Index that stands for outside.
    #[must_use]
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Holders of a facility and their faces, USD bn.
    pub fn row(&self, facility: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.start[facility]..self.start[facility] + self.length[facility];
        self.holder[range.clone()]
            .iter()
            .copied()
            .zip(self.face[range].iter().copied())
    }

    /// Holders of a facility and their faces, to be changed in place.
    pub fn row_mut(&mut self, facility: usize) -> impl Iterator<Item = (usize, &mut f64)> + '_ {
        let range = self.start[facility]..self.start[facility] + self.length[facility];
        self.holder[range.clone()]
            .iter()
            .copied()
            .zip(self.face[range].iter_mut())
    }

    /// Adds face to a holder, who joins the row if it is new.
    pub fn add(&mut self, facility: usize, holder: usize, amount: f64) {
        let start = self.start[facility];
        let end = start + self.length[facility];
        if let Some(at) = self.holder[start..end]
            .iter()
            .position(|known| *known == holder)
        {
            self.face[start + at] += amount;
        } else {
            debug_assert!(
                end < self.start[facility + 1],
                "a row has room for every possible holder"
            );
            self.holder[end] = holder;
            self.face[end] = amount;
            self.length[facility] += 1;
        }
    }

    /// Sum of the faces of a facility.
    #[must_use]
    pub fn balance(&self, facility: usize) -> f64 {
        self.row(facility).map(|(_, face)| face).sum()
    }
}

/// A contract in a quarter.
#[derive(Debug, Clone)]
pub struct ContractState {
    /// Still binds both sides.
    pub active: bool,
    /// Who pays now.
    pub customer: Trader,
    /// Lenders stepped in: fees go to outside.
    pub stepped_in: bool,
    /// Its customer defaulted: its fees count as lost.
    pub lost: bool,
    /// First quarter invoiced in the run.
    pub start: i64,
    /// Last quarter invoiced.
    pub end: i64,
    /// Quarters by which a renewal prolongs it.
    pub term: i64,
    /// Renewed fees as a multiple of the written ones.
    pub fee_scale: f64,
    /// Share of invoices the customer honours.
    pub honour: f64,
    /// Capacity idles through this quarter.
    pub idle_until: i64,
    /// Payment in transit.
    pub sent: f64,
    /// Due this quarter.
    pub due: f64,
    /// Part of `due` that is firm.
    pub firm: f64,
}

impl ContractState {
    /// A contract before its terms are set.
    #[must_use]
    pub fn new(customer: Trader) -> Self {
        ContractState {
            active: true,
            customer,
            stepped_in: false,
            lost: false,
            start: 1,
            end: 0,
            term: 0,
            fee_scale: 1.0,
            honour: 1.0,
            idle_until: 0,
            sent: 0.0,
            due: 0.0,
            firm: 0.0,
        }
    }
}

/// Staged vendor equity in a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub struct InstalmentState {
    /// Due this quarter.
    pub due: f64,
    /// Paid so far.
    pub paid: f64,
    /// Holding in units of the recipient's market value.
    pub units: f64,
    /// Carrying value in the payer's books.
    pub carrying: f64,
}

/// A stake in a fund in a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub struct FundStakeState {
    /// Carrying value: share of the published NAV.
    pub carrying: f64,
    /// Cash due next quarter after the fund's failure.
    pub due: f64,
    /// The fund has failed.
    pub settled: bool,
}

/// A lender in a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub struct LenderState {
    /// Has not failed.
    pub alive: bool,
    /// Cash now.
    pub cash: f64,
    /// Cash at the end of the last quarter.
    pub cash_before: f64,
    /// Other assets.
    pub other_assets: f64,
    /// External debt D_j.
    pub external_debt: f64,
    /// AI loans at face.
    pub loans: f64,
    /// Stakes in obligors and funds at carrying value.
    pub stakes: f64,
    /// Claims it holds on others.
    pub claims: f64,
    /// Network debt l_j.
    pub network_debt: f64,
    /// Equity E_j (or NAV).
    pub equity: f64,
    /// Threshold theta_j.
    pub threshold: f64,
    /// Opening buffer b_j,0.
    pub opening_buffer: f64,
    /// Opening equity.
    pub opening_equity: f64,
    /// Opening capital ratio.
    pub opening_ratio: f64,
    /// Income retained since opening.
    pub income: f64,
    /// Willingness to lend w_j.
    pub willingness: f64,
    /// Weight in the refinancing pool.
    pub pool_weight: f64,
    /// What a fund may still lend this quarter; infinite for others.
    pub lendable: f64,
    /// What a fund could lend through the pool.
    pub pool_limit: f64,
    /// What borrowers ask of it at one stage.
    pub asked: f64,
    /// Share of its debt that a fund repays this quarter.
    pub repaid_share: f64,
    /// Starts below its threshold: fails in quarter 1.
    pub impaired: bool,
    /// A scheduled shock fails it this quarter.
    pub scheduled: bool,
}

/// Price of GPUs in forced sales, one per region.
#[derive(Debug, Clone, Copy, Default)]
pub struct FireSale {
    /// ln phi at the end of the last quarter.
    pub log_factor: f64,
    /// phi before this quarter's sales.
    pub before: f64,
    /// phi after them.
    pub after: f64,
}

/// Which entities belong to which: fixed for a run.
#[derive(Debug, Clone)]
pub struct Links {
    /// Facilities of each obligor, by rank.
    pub facilities: Vec<Vec<usize>>,
    /// Contracts each obligor supplies.
    pub supplies: Vec<Vec<usize>>,
    /// Contracts each obligor pays.
    pub pays: Vec<Vec<usize>>,
}

impl Links {
    /// Collects the lists.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let count = system.obligors.len();
        let mut links = Links {
            facilities: vec![Vec::new(); count],
            supplies: vec![Vec::new(); count],
            pays: vec![Vec::new(); count],
        };
        for (f, facility) in system.facilities.iter().enumerate() {
            links.facilities[facility.borrower].push(f);
        }
        for list in &mut links.facilities {
            list.sort_by_key(|f| system.facilities[*f].rank);
        }
        for (c, contract) in system.contracts.iter().enumerate() {
            if let Trader::Obligor(supplier) = contract.supplier {
                links.supplies[supplier].push(c);
            }
            if let Trader::Obligor(customer) = contract.customer {
                links.pays[customer].push(c);
            }
        }
        links
    }
}

/// Everything that moves in a trial.
#[derive(Debug, Clone)]
pub struct State {
    /// The quarter, from 1.
    pub quarter: i64,
    /// Cash of the world outside, from 0 at opening.
    pub outside: f64,
    /// Factors, jumps and shocks.
    pub drivers: DriverState,
    /// Demand, rent, equity index, confidence.
    pub market: Market,
    /// Book curve of GPUs by age.
    pub curve: Curve,
    /// Price of GPUs in forced sales, by region.
    pub fire_sales: Vec<FireSale>,
    /// Obligors.
    pub obligors: Vec<ObligorState>,
    /// Facilities.
    pub facilities: Vec<FacilityState>,
    /// Who holds them.
    pub holdings: Holdings,
    /// Contracts.
    pub contracts: Vec<ContractState>,
    /// Present values of contract fees, `[contract][quarter]`, quarters 0..=T+1.
    pub fee_values: Vec<Vec<f64>>,
    /// Backstop payments due this quarter.
    pub backstops_due: Vec<f64>,
    /// Vendor instalments.
    pub instalments: Vec<InstalmentState>,
    /// Carrying values of stakes in obligors.
    pub equity_stakes: Vec<f64>,
    /// Stakes in funds.
    pub fund_stakes: Vec<FundStakeState>,
    /// Lenders.
    pub lenders: Vec<LenderState>,
    /// Open claims, USD bn.
    pub claims: Vec<f64>,
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
    /// Losses by lender and channel.
    pub ledger: Ledger,
    /// Which entities belong to which.
    pub links: Links,
}

impl State {
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
