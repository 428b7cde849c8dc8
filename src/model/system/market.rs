//! GPU values, the compute market, the equity index and confidence.

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
#[derive(Debug, Clone, PartialEq)]
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
