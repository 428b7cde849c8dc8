//! Presets: what stands where a scenario is silent. (methods.md, section 14)
//!
//! A key without a preset here must be written, or its absence means none.

mod named;

use crate::model::parameter::Law;
use crate::model::system::{Acceleration, Copula, Depreciation, Insolvency, Means, Recovery, Refinancing};
use crate::scenario::file::list::Event;
pub use named::{backstop, claim, contract, facility, instalment, lender, obligor, short, srt};

/// `[run]`.
pub mod run {
    use super::Event;

    /// Horizon in quarters.
    pub const QUARTERS: usize = 20;
    /// Trials.
    pub const TRIALS: u64 = 20_000;
    /// Seed.
    pub const SEED: u64 = 1;
    /// Each trial runs again without contagion.
    pub const TWIN: bool = true;
    /// Levels of the tail statistics.
    pub const LEVELS: [f64; 3] = [0.95, 0.99, 0.999];
    /// Failures of a cascade.
    pub const CASCADE_MIN: usize = 2;
    /// Multiplier of the AI sector.
    pub const SCALE: f64 = 1.0;
    /// Event of reverse stress: a lender fails.
    pub const EVENT: Event = Event::Failures(1.0);
}

/// `[channels]`: on where simulated.
pub mod channels {
    /// Preset of `clearing`.
    pub const CLEARING: bool = true;
    /// Off until it is simulated.
    pub const REVALUATION: bool = false;
    /// Off until it is simulated.
    pub const LOAN_MARKS: bool = false;
    /// Preset of `collateral_fire_sale`.
    pub const COLLATERAL_FIRE_SALE: bool = true;
    /// Off until it is simulated.
    pub const CREDIT_FIRE_SALE: bool = false;
    /// Off until it is simulated.
    pub const FUNDING: bool = false;
    /// Preset of `credit_crunch`.
    pub const CREDIT_CRUNCH: bool = true;
    /// Preset of `trade`.
    pub const TRADE: bool = true;
    /// Preset of `circular`.
    pub const CIRCULAR: bool = true;
    /// Off until it is simulated.
    pub const HEDGES: bool = false;
}

/// `[drivers]`.
pub mod drivers {
    use super::Copula;

    /// Copula of a quarter.
    pub const COPULA: Copula = Copula::StudentT;
    /// Degrees of freedom.
    pub const DOF: f64 = 5.0;
    /// Correlations that are not 0.
    pub const CORRELATION: [(&str, &str, f64); 4] =
        [("demand", "equity", 0.6), ("demand", "credit", 0.4), ("equity", "credit", 0.5), ("demand", "residual", 0.3)];
    /// Autoregressive coefficients that are not 0.
    pub const PERSISTENCE: [(&str, f64); 2] = [("demand", 0.5), ("credit", 0.5)];
}

/// `[jump.NAME]`.
pub mod jump {
    /// Jumps add risk, not drift.
    pub const COMPENSATED: bool = true;

    /// Rate and sizes of a jump; sizes that are not written are 0.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    pub struct Sizes {
        /// Jumps per year; `None` must be written.
        pub rate_pa: Option<f64>,
        /// Log loss of GPU values.
        pub obsolescence: f64,
        /// Log loss of demand.
        pub demand: f64,
        /// Log loss of the equity index.
        pub equity: f64,
        /// Loss of confidence.
        pub confidence: f64,
    }

    /// The presets of two names; other jumps do what is written.
    #[must_use]
    pub fn named(name: &str) -> Sizes {
        match name {
            "new_generation" => Sizes { rate_pa: Some(0.7), obsolescence: 0.15, ..Sizes::default() },
            "efficiency_shock" => {
                Sizes { rate_pa: Some(0.25), demand: 0.20, equity: 0.15, confidence: 0.15, ..Sizes::default() }
            }
            _ => Sizes::default(),
        }
    }
}

/// `[shock.NAME]`.
pub mod shock {
    /// Quarters that a freeze of refinancing lasts.
    pub const LENGTH_Q: f64 = 1.0;
}

/// `[gpu]`.
pub mod gpu {
    use super::{Depreciation, Law};

    /// Shape of the curve.
    pub const DEPRECIATION: Depreciation = Depreciation::Geometric;
    /// Life in quarters: three to four years.
    pub const LIFE_Q: Law = Law::Triangular(12.0, 14.0, 16.0);
    /// Salvage.
    pub const SALVAGE: f64 = 0.15;
    /// Trend of obsolescence beyond the curve.
    pub const OBSOLESCENCE_DRIFT_PA: f64 = 0.0;
    /// k_m.
    pub const RESIDUAL_REVERSION_Q: f64 = 0.35;
    /// eta.
    pub const RESIDUAL_RENT_BETA: f64 = 1.0;
    /// sigma_m.
    pub const RESIDUAL_VOLATILITY_PA: f64 = 0.10;
    /// Life of a site.
    pub const SITE_LIFE_Q: f64 = 80.0;
    /// Elasticity of site values.
    pub const SITE_BETA: f64 = 0.3;
    /// Haircut of a site.
    pub const SITE_HAIRCUT: f64 = 0.4;
    /// Share of firm fees lent against.
    pub const CONTRACT_CREDIT: f64 = 0.7;
    /// Share of contract value recovered by stepping in.
    pub const CONTRACT_RECOVERY: f64 = 0.7;
}

/// `[compute]`.
pub mod compute {
    /// Spot rent at full use.
    pub const RENTAL_YIELD: f64 = 0.103;
    /// Operating cost.
    pub const SPOT_COST: f64 = 0.3;
    /// Idle quarters after a customer's default.
    pub const RELET_Q: f64 = 2.0;
    /// Price fall at a tenth of depth.
    pub const IMPACT_AT_10PCT: f64 = 0.10;
    /// k_phi.
    pub const IMPACT_REVERSION_Q: f64 = 0.25;
    /// Floor of the price factor.
    pub const PHI_MIN: f64 = 0.2;
}

/// `[region.NAME]`.
pub mod region {
    /// Highest utilisation.
    pub const U_MAX: f64 = 0.95;
    /// Log growth of demand.
    pub const GROWTH_PA: f64 = 0.30;
    /// Log growth of supply.
    pub const SUPPLY_GROWTH_PA: f64 = 0.30;
    /// Supply: only ratios between regions matter.
    pub const SUPPLY: f64 = 1.0;
    /// sigma_d.
    pub const DEMAND_VOLATILITY_PA: f64 = 0.12;
    /// b_r.
    pub const DEMAND_LOADING: f64 = 0.7;
    /// Elasticity of rents.
    pub const RENT_ELASTICITY: f64 = 1.5;

    /// Opening utilisation of the two regions of the articles; other regions write theirs.
    #[must_use]
    pub fn utilisation(name: &str) -> Option<f64> {
        match name {
            "us" => Some(0.75),
            "cn" => Some(0.20),
            _ => None,
        }
    }

    /// Depth of the two regions of the articles; other regions write theirs.
    #[must_use]
    pub fn depth(name: &str) -> Option<f64> {
        match name {
            "us" => Some(100.0),
            "cn" => Some(30.0),
            _ => None,
        }
    }

    /// Share of the idle capacity of a region that reaches another.
    #[must_use]
    pub fn spillover(from: &str, to: &str) -> f64 {
        match (from, to) {
            ("cn", "us") => 0.05,
            _ => 0.0,
        }
    }
}

/// `[equity]`.
pub mod equity {
    /// mu_s.
    pub const EQUITY_DRIFT_PA: f64 = 0.0;
    /// sigma_s.
    pub const EQUITY_VOLATILITY_PA: f64 = 0.35;
}

/// `[confidence]`.
pub mod confidence {
    /// Mean.
    pub const CONFIDENCE_MEAN: f64 = 0.8;
    /// k_c.
    pub const CONFIDENCE_REVERSION_Q: f64 = 0.35;
    /// sigma_c.
    pub const CONFIDENCE_VOLATILITY_Q: f64 = 0.08;
    /// Fall when all balances default.
    pub const HIT_DEFAULT: f64 = 1.0;
    /// Fall when the lenders of all balances fail.
    pub const HIT_FAILURE: f64 = 1.0;
}

/// `[credit]`; `lgd` must be written where recovery is fixed.
pub mod credit {
    use super::{Acceleration, Insolvency, Means, Recovery, Refinancing};

    /// Reference rate.
    pub const BASE_RATE_PA: f64 = 0.04;
    /// Spread added at confidence 0.
    pub const REPRICING: f64 = 0.05;
    /// Unsecured offer over equity.
    pub const UNSECURED_MULTIPLE: f64 = 0.5;
    /// Rule at maturities.
    pub const REFINANCING: Refinancing = Refinancing::Market;
    /// Rule after the cure period.
    pub const ACCELERATION: Acceleration = Acceleration::Shortfall;
    /// Rule of insolvency.
    pub const INSOLVENCY: Insolvency = Insolvency::LosesAccess;
    /// Rule of recovery.
    pub const RECOVERY: Recovery = Recovery::Endogenous;
    /// Raise while you can, then break promises.
    pub const GAP_ORDER: [Means; 5] = [Means::Capex, Means::Lines, Means::Equity, Means::Invoices, Means::Sponsor];
    /// Cost of bankruptcy.
    pub const BANKRUPTCY_COST: f64 = 0.10;
    /// Haircut of other assets.
    pub const OTHER_HAIRCUT: f64 = 0.5;
    /// Depth of the market for AI credit.
    pub const CREDIT_DEPTH: f64 = 200.0;
    /// lambda_c is set by this fall of prices at a tenth of depth.
    pub const CREDIT_IMPACT_AT_10PCT: f64 = 0.10;
}

/// `[clearing]`.
pub mod clearing {
    /// alpha.
    pub const ASSET_RECOVERY: f64 = 0.9;
    /// beta.
    pub const CLAIM_RECOVERY: f64 = 0.9;
    /// Convexity of marks.
    pub const MARK_CONVEXITY: f64 = 4.0;
    /// Mark at full distress.
    pub const MARK_LGD: f64 = 0.5;
}

/// `[liquidity]`.
pub mod liquidity {
    /// Share of a line called.
    pub const CALL_SHARE: f64 = 0.5;
    /// Distress that makes a creditor call.
    pub const CALL_TRIGGER: f64 = 0.5;
    /// Quarters of grace.
    pub const CALL_GRACE_Q: f64 = 2.0;
    /// Redemptions without losses, net of subscriptions.
    pub const BASE: f64 = 0.0;
    /// Redemptions per unit of loss.
    pub const FLOW_BETA: f64 = 1.0;
    /// Losses that investors ignore.
    pub const TOLERANCE: f64 = 0.01;
    /// Buffer of full willingness.
    pub const FULL_WILLINGNESS: f64 = 0.5;
}

/// `[outside]`.
pub mod outside {
    /// What outside lends in a quarter.
    pub const OUTSIDE_NEW_LENDING: f64 = 5.0;
}
