//! The opening world: indexed, dense, complete and valid. `scenario::compile` builds it; a trial never changes it.
//!
//! Entities of one kind are sorted by name, so that the order in which a scenario lists them changes no number; `place`
//! holds the rank of an entity in the scenario, which is the order of every result. Amounts are USD bn, rates per year
//! where the name ends in `_pa`, times in whole quarters. Laws stand at their median; [`System::draws`] says which
//! numbers a trial draws anew.

use ndarray::Array2;

use crate::model::parameter::Law;
use crate::model::switches::Switches;

/// Everything a run needs to know about the world at t = 0.
#[derive(Debug, Clone)]
pub struct System {
    /// Horizon T in quarters.
    pub quarters: usize,
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
    /// Share of the opening buffer at and above which a lender is fully willing to lend.
    pub full_willingness: f64,
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
    /// Numbers that every trial draws anew.
    pub draws: Vec<Draw>,
}

/// One uncertain number: its law, its stream and its place in the system.
#[derive(Debug, Clone)]
pub struct Draw {
    /// Key path in the scenario, for messages and tables (`gpu.life_q`).
    pub path: String,
    /// Stream index of the key path (`random::key`).
    pub key: u32,
    /// Its law.
    pub law: Law,
    /// Range of its key: `normal` and `lognormal` are truncated to it.
    pub range: (f64, f64),
    /// A calendar quarter: the drawn number is rounded up.
    pub whole: bool,
    /// Entity index handed to `place` (0 where there is one of its kind).
    pub entity: usize,
    /// Where the number goes.
    pub place: fn(&mut System, usize) -> &mut f64,
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
    #[must_use]
    pub fn at(&self, t: i64) -> f64 {
        if self.steps.is_empty() {
            return self.constant;
        }
        self.steps
            .iter()
            .take_while(|(from, _)| *from <= t)
            .last()
            .map_or(0.0, |(_, amount)| *amount)
    }
}

/// Dependence of factors and idiosyncratic draws within a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copula {
    /// No mixing variable.
    Gaussian,
    /// One chi-square mixing variable per quarter, shared by all.
    StudentT,
}

/// Index of the factor `demand`; then residual, credit, equity, then one factor per region.
pub const DEMAND: usize = 0;
/// Index of the factor `residual`.
pub const RESIDUAL: usize = 1;
/// Index of the factor `credit`.
pub const CREDIT: usize = 2;
/// Index of the factor `equity`.
pub const EQUITY: usize = 3;
/// Index of the factor of region 0; region `r` has `REGIONAL + r`.
pub const REGIONAL: usize = 4;

/// Systematic factors, in the fixed order demand, residual, credit, equity, then regions.
#[derive(Debug, Clone)]
pub struct Drivers {
    /// Copula of a quarter.
    pub copula: Copula,
    /// Degrees of freedom of the t copula, a whole number of at least 3.
    pub dof: f64,
    /// Every value `dof` can take (several under a discrete law).
    pub dof_values: Vec<u32>,
    /// Correlation C, `[factor, factor]`.
    pub correlation: Array2<f64>,
    /// Lower triangular A with C = A A', `[factor, factor]`.
    pub root: Array2<f64>,
    /// AR(1) coefficient of each factor.
    pub persistence: Vec<f64>,
    /// Stream index of each factor.
    pub keys: Vec<u32>,
    /// Name of each factor (`demand`, `region.us`).
    pub names: Vec<String>,
}

/// A compound Poisson jump.
#[derive(Debug, Clone)]
pub struct Jump {
    /// Name in the scenario.
    pub name: String,
    /// Stream index.
    pub key: u32,
    /// Mean number of jumps per year.
    pub rate_pa: f64,
    /// Log loss of value of existing GPUs.
    pub obsolescence: f64,
    /// Log loss of demand, every region.
    pub demand: f64,
    /// Log loss of the equity index.
    pub equity: f64,
    /// Loss of confidence.
    pub confidence: f64,
    /// The expected effect is added back every quarter.
    pub compensated: bool,
}

/// A shock at a scheduled quarter.
#[derive(Debug, Clone)]
pub struct Shock {
    /// Name in the scenario.
    pub name: String,
    /// Quarter in which it strikes.
    pub quarter: f64,
    /// Size, in the unit of its target.
    pub size: f64,
    /// Quarters a refinancing freeze lasts.
    pub length_q: f64,
    /// What it strikes; one draw of quarter and size for all.
    pub targets: Vec<Target>,
    /// The only region it strikes; all where absent.
    pub region: Option<usize>,
}

/// What a scheduled shock strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Log demand falls by `size`.
    Demand,
    /// Log supply falls by `size`.
    Supply,
    /// Log equity index falls by `size`.
    Equity,
    /// Cumulative obsolescence grows by `size`.
    Obsolescence,
    /// Confidence falls by `size`.
    Confidence,
    /// No refinancing offers for `length_q` quarters.
    FreezeRefinancing,
    /// The customer of this contract pays `1 - size` of its invoices from then on.
    Honour(usize),
    /// This obligor defaults.
    Default(usize),
    /// This lender fails.
    Fail(usize),
}

/// How the book value of a GPU falls with age.
#[derive(Debug, Clone, PartialEq)]
pub enum Depreciation {
    /// Straight line to salvage over the life.
    StraightLine,
    /// Constant rate to salvage over the life.
    Geometric,
    /// Sum of the years' digits.
    Accelerated,
    /// Piecewise linear through `(age_q, fraction)` pairs.
    Table(Vec<(f64, f64)>),
}

/// GPU and site values.
#[derive(Debug, Clone)]
pub struct Gpu {
    /// Shape of the curve.
    pub depreciation: Depreciation,
    /// Life N, quarters.
    pub life_q: f64,
    /// Salvage s, share of cost.
    pub salvage: f64,
    /// Trend of cumulative obsolescence, log per year.
    pub obsolescence_drift_pa: f64,
    /// k_m: reversion of the residual-value cycle per quarter.
    pub residual_reversion_q: f64,
    /// eta: pull of rents on residual values.
    pub residual_rent_beta: f64,
    /// sigma_m: annual volatility of residual values.
    pub residual_volatility_pa: f64,
    /// Life of a site, quarters.
    pub site_life_q: f64,
    /// Elasticity of site values to the residual cycle.
    pub site_beta: f64,
    /// Haircut of a site in a forced sale.
    pub site_haircut: f64,
    /// Share of remaining contract fees that lenders count (overridden by a contract).
    pub contract_credit: f64,
    /// Share of the contract value that lenders recover by stepping in.
    pub contract_recovery: f64,
}

/// The compute market, common to all regions.
#[derive(Debug, Clone)]
pub struct Compute {
    /// Spot rent of a quarter at full use and rent 1, share of GPU cost.
    pub rental_yield: f64,
    /// Operating cost, share of spot rent.
    pub spot_cost: f64,
    /// Quarters that capacity idles after its customer defaults.
    pub relet_q: f64,
    /// Price fall of GPUs when 10 % of depth is sold.
    pub impact_at_10pct: f64,
    /// k_phi: reversion of the fire-sale factor per quarter.
    pub impact_reversion_q: f64,
    /// Floor of the fire-sale factor.
    pub phi_min: f64,
}

/// One region of the compute market.
#[derive(Debug, Clone)]
pub struct Region {
    /// Name in the scenario.
    pub name: String,
    /// Opening utilisation u_0.
    pub utilisation: f64,
    /// Highest utilisation.
    pub u_max: f64,
    /// Log growth of demand per year.
    pub growth_pa: f64,
    /// Log growth of supply per year at mean confidence.
    pub supply_growth_pa: f64,
    /// Opening supply, any one unit common to all regions.
    pub supply: f64,
    /// sigma_d.
    pub demand_volatility_pa: f64,
    /// b_r: loading on the factor `demand`.
    pub demand_loading: f64,
    /// Elasticity of rent to utilisation.
    pub rent_elasticity: f64,
    /// GPU sales that 10 % impact is quoted against, USD bn.
    pub depth: f64,
    /// Share of excess idle capacity of this region that reaches each region.
    pub spillover: Vec<f64>,
}

/// The AI equity index.
#[derive(Debug, Clone)]
pub struct EquityIndex {
    /// mu_s: drift per year.
    pub equity_drift_pa: f64,
    /// sigma_s: volatility per year.
    pub equity_volatility_pa: f64,
}

/// Market confidence.
#[derive(Debug, Clone)]
pub struct Confidence {
    /// Mean, in (0, 1].
    pub confidence_mean: f64,
    /// k_c: reversion per quarter.
    pub confidence_reversion_q: f64,
    /// sigma_c: volatility per quarter.
    pub confidence_volatility_q: f64,
    /// Fall of confidence when all balances default.
    pub hit_default: f64,
    /// Fall of confidence when the holders of all balances fail.
    pub hit_failure: f64,
}

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
#[derive(Debug, Clone)]
pub struct Obligor {
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// Stream index.
    pub key: u32,
    /// Default mechanism.
    pub default_model: DefaultModel,
    /// Latent default probability per year.
    pub pd_pa: f64,
    /// Latent asset correlation.
    pub rho: f64,
    /// Latent factor weights n with n' C n = 1.
    pub loadings: Vec<f64>,
    /// Opening cash.
    pub cash: f64,
    /// Opening other assets.
    pub other_assets: f64,
    /// Exponent of the equity index in other assets.
    pub other_assets_beta: f64,
    /// Opening GPUs.
    pub fleet: Vec<Vintage>,
    /// Opening cost of sites.
    pub site_cost: f64,
    /// Opening age of sites, quarters.
    pub site_age_q: f64,
    /// Unmodelled revenue of the opening quarter.
    pub revenue: f64,
    /// Log growth of revenue per year.
    pub revenue_growth_pa: f64,
    /// Exponent of off-trend demand in revenue.
    pub revenue_beta: f64,
    /// sigma_i.
    pub revenue_volatility_pa: f64,
    /// Operating cash per unit of revenue.
    pub margin: f64,
    /// Fixed cost per quarter.
    pub fixed_cost: Flow,
    /// Committed capex per quarter.
    pub capex: Flow,
    /// Share of capex that may be dropped.
    pub deferrable: f64,
    /// Share of capex that buys GPUs.
    pub gpu_share: f64,
    /// Opening market value.
    pub market_cap: f64,
    /// beta_i.
    pub equity_beta: f64,
    /// Equity that can be issued per year, share of market value.
    pub raise_pa: f64,
    /// Equity that decides about access.
    pub solvency_basis: SolvencyBasis,
    /// Who injects support.
    pub sponsor: Option<Party>,
    /// The most it injects in the run.
    pub support: f64,
    /// Order of means that close a funding gap.
    pub gap_order: Vec<Means>,
    /// Region it sells in.
    pub region: Option<usize>,
    /// Lender that sells it GPUs.
    pub vendor: Option<usize>,
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
#[derive(Debug, Clone)]
pub struct Facility {
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// Who owes it.
    pub borrower: usize,
    /// Opening balance.
    pub amount: f64,
    /// Committed, not drawn.
    pub undrawn: f64,
    /// Planned draws per quarter.
    pub draws: Flow,
    /// Seniority, 1 first.
    pub rank: u32,
    /// Share of the borrower's collateral value.
    pub collateral: f64,
    /// Share of the borrower's other assets pledged.
    pub pledge_other: f64,
    /// Spread per year.
    pub spread_pa: f64,
    /// Quarter in which it matures.
    pub maturity_q: f64,
    /// Scheduled repayment.
    pub amortisation: Amortisation,
    /// Highest loan-to-value; no test where absent (infinite).
    pub ltv_max: f64,
    /// Quarters of breach that are forgiven.
    pub cure_q: f64,
    /// Secured offer as a share of collateral value.
    pub advance: f64,
    /// Quarters to the next maturity after refinancing.
    pub tenor_q: f64,
    /// Quarters of extension, 0 for none.
    pub extension_q: f64,
    /// Who guarantees it.
    pub guarantor: Option<Party>,
    /// Share of the shortfall guaranteed.
    pub guarantee_share: f64,
    /// The most the guarantor pays.
    pub guarantee_cap: f64,
    /// `(lender, share)`; what is missing to 1 is outside's.
    pub holders: Vec<(usize, f64)>,
}

/// A contract for compute or a site.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Name in the scenario.
    pub name: String,
    /// Who pays.
    pub customer: Trader,
    /// Who receives.
    pub supplier: Trader,
    /// Fee per quarter.
    pub fee: Flow,
    /// First quarter invoiced; 0 or less means running at opening.
    pub start_q: f64,
    /// Last quarter invoiced.
    pub end_q: f64,
    /// Firm share of the fee.
    pub take_or_pay: f64,
    /// Share of the supplier's fleet it occupies.
    pub fleet_share: f64,
    /// Renews while utilisation is above this share of the opening; never where absent.
    pub renew_if_utilisation: Option<f64>,
    /// Exponent of rent in a renewed fee.
    pub renewal_rent_beta: f64,
    /// Cost of service, share of the fee received.
    pub service_cost: f64,
    /// Share of remaining fees that lenders count; the global one where absent.
    pub contract_credit: Option<f64>,
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
#[derive(Debug, Clone)]
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

/// A stake in a fund.
#[derive(Debug, Clone)]
pub struct FundStake {
    /// Name in the scenario.
    pub name: String,
    /// Who holds it.
    pub holder: Party,
    /// The fund it is a stake of.
    pub of: usize,
    /// Share of the fund's NAV.
    pub share: f64,
}

/// What kind of lender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LenderType {
    /// Fails on its capital ratio.
    Bank,
    /// Fails on its required capital.
    Insurer,
    /// Fails on its leverage cap.
    CreditFund,
    /// Has no debt and cannot fail.
    BondFund,
    /// Sells GPUs; fails when insolvent.
    Vendor,
}

/// Who is paid first from a failed lender's estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternalPriority {
    /// External debt before network debt.
    Senior,
    /// External and network debt alike.
    PariPassu,
}

/// Which side of the opening balance sheet the scenario gives; the other is the balancing figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OpeningBalance {
    /// Equity (or NAV) given; external debt balances.
    Equity(f64),
    /// External debt given; equity balances.
    ExternalDebt(f64),
}

/// A lender.
#[derive(Debug, Clone)]
pub struct Lender {
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// What kind.
    pub kind: LenderType,
    /// Opening cash.
    pub cash: f64,
    /// Assets outside the model.
    pub other_assets: f64,
    /// The given side of the opening balance sheet.
    pub opening: OpeningBalance,
    /// Who is paid first.
    pub external_priority: ExternalPriority,
    /// Risk-weighted assets outside the model.
    pub rwa_other: f64,
    /// Risk weight of AI exposure.
    pub risk_weight: f64,
    /// Required capital of an insurer.
    pub required_capital: f64,
    /// Ratio of failure.
    pub fail_ratio: f64,
    /// Ratio below which new lending stops.
    pub min_ratio: f64,
    /// Cap on debt over NAV.
    pub max_leverage: f64,
    /// Leverage above which a fund repays.
    pub target_leverage: f64,
    /// Share of its opening buffer at which it is fully willing to lend; the global one where absent.
    pub full_willingness: Option<f64>,
    /// New lending per quarter at full willingness.
    pub new_lending: f64,
    /// Retained income per quarter.
    pub income_q: f64,
    /// Income per unit of GPUs sold to modelled obligors.
    pub sales_margin: f64,
}

/// A claim of one lender on another; `None` is outside.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Name in the scenario.
    pub name: String,
    /// Who owes.
    pub debtor: Option<usize>,
    /// Who is owed.
    pub creditor: Option<usize>,
    /// Amount, USD bn.
    pub amount: f64,
}
