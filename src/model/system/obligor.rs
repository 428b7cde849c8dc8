//! Obligors, and what ties them to each other: contracts, vendor finance, stakes.

use crate::model::system::{Flow, Means, Party, Trader};

/// How an obligor may default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultModel {
    /// When it cannot pay.
    Structural,
    /// When its asset value falls below a threshold; it pays in full until then.
    Latent,
    /// Either.
    Both,
}

/// Which equity decides about access to money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SolvencyBasis {
    /// Assets less debt.
    Assets,
    /// Market value.
    Market,
}

/// Units of one vintage at opening.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vintage {
    /// Purchase cost, USD bn.
    pub cost: f64,
    /// Age at opening, quarters.
    pub age_q: usize,
}

/// A borrower.
#[derive(Debug, Clone, PartialEq)]
#[repr(C)]
pub struct Obligor {
    /// Default mechanism.
    pub default_model: DefaultModel,
    /// Equity that decides about access.
    pub solvency_basis: SolvencyBasis,
    /// Stream index.
    pub key: u32,
    /// Region it sells in.
    pub region: Option<usize>,
    /// Unmodelled revenue of the opening quarter.
    pub revenue: f64,
    /// Operating cash per unit of revenue.
    pub margin: f64,
    /// sigma_i.
    pub revenue_volatility_pa: f64,
    /// Log growth of revenue per year.
    pub revenue_growth_pa: f64,
    /// Exponent of off-trend demand in revenue.
    pub revenue_beta: f64,
    /// Fixed cost per quarter.
    pub fixed_cost: Flow,
    /// Committed capex per quarter.
    pub capex: Flow,
    /// Opening other assets.
    pub other_assets: f64,
    /// Exponent of the equity index in other assets.
    pub other_assets_beta: f64,
    /// Opening market value.
    pub market_cap: f64,
    /// beta_i.
    pub equity_beta: f64,
    /// Latent asset correlation.
    pub rho: f64,
    /// Latent factor weights n with n' C n = 1.
    pub loadings: Vec<f64>,
    /// Order of means that close a funding gap.
    pub gap_order: Vec<Means>,
    /// Who injects support.
    pub sponsor: Option<Party>,
    /// Lender that sells it GPUs.
    pub vendor: Option<usize>,
    /// Share of capex that may be dropped.
    pub deferrable: f64,
    /// Share of capex that buys GPUs.
    pub gpu_share: f64,
    /// Equity that can be issued per year, share of market value.
    pub raise_pa: f64,
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// Latent default probability per year.
    pub pd_pa: f64,
    /// Opening cash.
    pub cash: f64,
    /// Opening GPUs.
    pub fleet: Vec<Vintage>,
    /// Opening cost of sites.
    pub site_cost: f64,
    /// Opening age of sites, quarters.
    pub site_age_q: f64,
    /// The most it injects in the run.
    pub support: f64,
}

/// A contract for compute or a site.
#[derive(Debug, Clone, PartialEq)]
#[repr(C)]
pub struct Contract {
    /// Who pays.
    pub customer: Trader,
    /// Who receives.
    pub supplier: Trader,
    /// Fee per quarter.
    pub fee: Flow,
    /// Firm share of the fee.
    pub take_or_pay: f64,
    /// Share of the supplier's fleet it occupies.
    pub fleet_share: f64,
    /// Cost of service, share of the fee received.
    pub service_cost: f64,
    /// Share of remaining fees that lenders count; the global one where absent.
    pub contract_credit: Option<f64>,
    /// Name in the scenario.
    pub name: String,
    /// First quarter invoiced; 0 or less means running at opening.
    pub start_q: f64,
    /// Last quarter invoiced.
    pub end_q: f64,
    /// Renews while utilisation is above this share of the opening; never where absent.
    pub renew_if_utilisation: Option<f64>,
    /// Exponent of rent in a renewed fee.
    pub renewal_rent_beta: f64,
}

/// A vendor's purchase of unsold capacity.
#[derive(Debug, Clone)]
pub struct Backstop {
    /// Name in the scenario.
    pub name: String,
    /// Who buys.
    pub payer: Party,
    /// Who sells.
    pub recipient: usize,
    /// Most it pays in a quarter.
    pub cap: f64,
    /// Share of the spot price paid.
    pub price_share: f64,
    /// Last quarter.
    pub end_q: f64,
}

/// Staged equity of a vendor in its customer.
#[derive(Debug, Clone)]
pub struct Instalment {
    /// Name in the scenario.
    pub name: String,
    /// Who invests.
    pub payer: Party,
    /// Who receives.
    pub recipient: usize,
    /// Amount per quarter.
    pub amount: Flow,
    /// Total of all instalments.
    pub total: f64,
    /// Lowest equity index at which it is paid.
    pub equity_trigger: f64,
    /// Lowest share of invoices the recipient must have paid over four quarters.
    pub milestone: f64,
}

/// A stake in an obligor.
#[derive(Debug, Clone, PartialEq)]
pub struct EquityStake {
    /// Name in the scenario.
    pub name: String,
    /// Who holds it.
    pub holder: Party,
    /// The obligor it is a stake of.
    pub of: usize,
    /// Opening carrying value.
    pub amount: f64,
}
