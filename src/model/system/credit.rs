//! Rules of credit, and the facilities they govern.

use crate::model::system::{Flow, Party};

/// What a breach of a covenant calls after its cure period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceleration {
    /// The amount that restores the covenant.
    Shortfall,
    /// The whole balance.
    Full,
}

/// What happens at a maturity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refinancing {
    /// Offers, rolling holders and the pool.
    Market,
    /// Always rolled in full.
    Always,
    /// Never.
    Never,
}

/// What insolvency does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insolvency {
    /// Takes away access to new money.
    LosesAccess,
    /// Is a default at once.
    Immediate,
}

/// How recoveries come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Sale or step-in, waterfall, guarantees.
    Endogenous,
    /// `1 - lgd` of every balance.
    Fixed,
}

/// One means of closing a funding gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Drop deferrable capex.
    Capex,
    /// Draw committed lines.
    Lines,
    /// Issue equity.
    Equity,
    /// Cut invoices towards their firm part.
    Invoices,
    /// Call the sponsor's support.
    Sponsor,
}

impl Means {
    /// Every means, in the order of the enum.
    pub const ALL: [Means; 5] = [Means::Capex, Means::Lines, Means::Equity, Means::Invoices, Means::Sponsor];
}

/// Rules of credit.
#[derive(Debug, Clone)]
pub struct Credit {
    /// Reference rate per year.
    pub base_rate_pa: f64,
    /// Spread added at confidence 0 when a loan is refinanced.
    pub repricing: f64,
    /// Unsecured offer as a multiple of equity.
    pub unsecured_multiple: f64,
    /// Cost of bankruptcy, share of the estate.
    pub bankruptcy_cost: f64,
    /// Haircut of other assets and stakes in an estate.
    pub other_haircut: f64,
    /// Loss given default under fixed recovery.
    pub lgd: f64,
    /// Rule at maturities.
    pub refinancing: Refinancing,
    /// Rule after the cure period.
    pub acceleration: Acceleration,
    /// Rule of insolvency.
    pub insolvency: Insolvency,
    /// Rule of recovery.
    pub recovery: Recovery,
}

/// Costs of a failed lender (Rogers and Veraart 2013).
#[derive(Debug, Clone)]
pub struct FailureCosts {
    /// alpha: share of non-network assets that survives failure.
    pub asset_recovery: f64,
    /// beta: share of network receipts that survives failure.
    pub claim_recovery: f64,
}

/// Marks of fair-value holders: `V(h) = 1 - lgd h exp(convexity (h - 1))` (Bardoscia et al. 2016).
#[derive(Debug, Clone)]
pub struct Marks {
    /// Mark at full distress.
    pub mark_lgd: f64,
    /// 0 marks linearly, infinity only at default.
    pub mark_convexity: f64,
}

/// The market for AI credit.
#[derive(Debug, Clone)]
pub struct CreditMarket {
    /// Sales that 10 % impact is quoted against, USD bn.
    pub credit_depth: f64,
    /// Price fall when 10 % of depth is sold.
    pub credit_impact_at_10pct: f64,
}

/// Scheduled repayment of a facility.
#[derive(Debug, Clone, PartialEq)]
pub enum Amortisation {
    /// All at maturity.
    Bullet,
    /// Balance over quarters left.
    Linear,
    /// Shares of the opening amount, one per quarter.
    Sculpted(Vec<f64>),
}

/// A loan or bond.
#[derive(Debug, Clone, PartialEq)]
#[repr(C)]
pub struct Facility {
    /// Who owes it.
    pub borrower: usize,
    /// Share of the borrower's collateral value.
    pub collateral: f64,
    /// Share of the borrower's other assets pledged.
    pub pledge_other: f64,
    /// Highest loan-to-value; no test where absent (infinite).
    pub ltv_max: f64,
    /// Scheduled repayment.
    pub amortisation: Amortisation,
    /// Can be sold.
    pub marketable: bool,
    /// Seniority, 1 first.
    pub rank: u32,
    /// Planned draws per quarter.
    pub draws: Flow,
    /// `(lender, share)`; what is missing to 1 is outside's.
    pub holders: Vec<(usize, f64)>,
    /// Committed, not drawn.
    pub undrawn: f64,
    /// Quarters of breach that are forgiven.
    pub cure_q: f64,
    /// Secured offer as a share of collateral value.
    pub advance: f64,
    /// Quarters to the next maturity after refinancing.
    pub tenor_q: f64,
    /// Quarters of extension, 0 for none.
    pub extension_q: f64,
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// Opening balance.
    pub amount: f64,
    /// Spread per year.
    pub spread_pa: f64,
    /// Quarter in which it matures.
    pub maturity_q: f64,
    /// Who guarantees it.
    pub guarantor: Option<Party>,
    /// Share of the shortfall guaranteed.
    pub guarantee_share: f64,
    /// The most the guarantor pays.
    pub guarantee_cap: f64,
}
