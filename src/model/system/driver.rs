//! Random drivers: factors, jumps, scheduled shocks.

use ndarray::Array2;

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
    /// Rank among the jumps of the scenario.
    pub place: usize,
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

impl Shock {
    /// That lender fails in quarter 1.
    #[must_use]
    pub fn failure(lender: usize) -> Self {
        let targets = vec![Target::Fail(lender)];
        Shock { name: "forced failure".into(), quarter: 1.0, size: 1.0, length_q: 1.0, targets, region: None }
    }
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
