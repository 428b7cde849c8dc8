//! Global tables of the economy and its regions, as written.

use schemars::JsonSchema;

use crate::model::system::{Acceleration, Depreciation, Insolvency, Means, Recovery, Refinancing};
pub use crate::scenario::file::driver::{Drivers, Jump, Shock, Uncertainty};
use crate::scenario::file::parameter::Parameter;
use crate::scenario::file::reader::{KeyReader, Keys};
use crate::scenario::file::value::{ByName, Located};
use crate::scenario::file::word::Choice;
use crate::units::{
    Correlation, Growth, Life, PartialShare, PositiveRatio, PositiveShare, PositiveUsdBn, Quarters, Rate, Ratio,
    Sensitivity, Share, UsdBn, Volatility,
};

/// Values of GPUs and sites.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Gpu {
    /// Shape of the value curve: `straight_line`, `geometric`, `accelerated`, or `{ table = [[age_q, fraction], ..] }`.
    pub depreciation: Option<Located<Depreciation>>,
    /// Economic life of a GPU.
    pub life_q: Option<Parameter<Life>>,
    /// Value at the end of its life as a share of cost.
    pub salvage: Option<Parameter<Share>>,
    /// Trend of obsolescence beyond the curve, log per year.
    pub obsolescence_drift_pa: Option<Parameter<Growth>>,
    /// Reversion per quarter of the cycle of residual values.
    pub residual_reversion_q: Option<Parameter<Share>>,
    /// Pull of rents on residual values.
    pub residual_rent_beta: Option<Parameter<Sensitivity>>,
    /// Annual volatility of residual values.
    pub residual_volatility_pa: Option<Parameter<Volatility>>,
    /// Life of buildings and power.
    pub site_life_q: Option<Parameter<Life>>,
    /// Elasticity of site values to the cycle of residual values.
    pub site_beta: Option<Parameter<Sensitivity>>,
    /// Haircut of a site in a forced sale.
    pub site_haircut: Option<Parameter<Share>>,
    /// Share of remaining firm contract fees lent against.
    pub contract_credit: Option<Parameter<Share>>,
    /// Share of contract value that lenders recover by stepping in.
    pub contract_recovery: Option<Parameter<Share>>,
}

impl Keys for Gpu {
    fn read(keys: &mut KeyReader) -> Self {
        Gpu {
            depreciation: keys.take("depreciation"),
            life_q: keys.take("life_q"),
            salvage: keys.take("salvage"),
            obsolescence_drift_pa: keys.take("obsolescence_drift_pa"),
            residual_reversion_q: keys.take("residual_reversion_q"),
            residual_rent_beta: keys.take("residual_rent_beta"),
            residual_volatility_pa: keys.take("residual_volatility_pa"),
            site_life_q: keys.take("site_life_q"),
            site_beta: keys.take("site_beta"),
            site_haircut: keys.take("site_haircut"),
            contract_credit: keys.take("contract_credit"),
            contract_recovery: keys.take("contract_recovery"),
        }
    }
}

/// The compute market, common to all regions.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Compute {
    /// Spot rent of a quarter at full use, as a share of GPU cost.
    pub rental_yield: Option<Parameter<Ratio>>,
    /// Operating cost as a share of spot rent.
    pub spot_cost: Option<Parameter<Share>>,
    /// Quarters that capacity idles after its customer defaults.
    pub relet_q: Option<Parameter<Quarters>>,
    /// Fall of GPU prices when 10 % of depth is sold.
    pub impact_at_10pct: Option<Parameter<PartialShare>>,
    /// Reversion per quarter of price impacts, on GPUs and on credit.
    pub impact_reversion_q: Option<Parameter<Share>>,
    /// Floor of the fire-sale price factor.
    pub phi_min: Option<Parameter<PositiveShare>>,
}

impl Keys for Compute {
    fn read(keys: &mut KeyReader) -> Self {
        Compute {
            rental_yield: keys.take("rental_yield"),
            spot_cost: keys.take("spot_cost"),
            relet_q: keys.take("relet_q"),
            impact_at_10pct: keys.take("impact_at_10pct"),
            impact_reversion_q: keys.take("impact_reversion_q"),
            phi_min: keys.take("phi_min"),
        }
    }
}

/// A region of the compute market.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Region {
    /// Opening utilisation of rentable compute.
    pub utilisation: Option<Parameter<PositiveShare>>,
    /// Highest utilisation.
    pub u_max: Option<Parameter<PositiveShare>>,
    /// Log growth of demand per year.
    pub growth_pa: Option<Parameter<Growth>>,
    /// Log growth of supply per year at mean confidence.
    pub supply_growth_pa: Option<Parameter<Growth>>,
    /// Opening supply, in any unit common to all regions.
    pub supply: Option<Parameter<PositiveRatio>>,
    /// Twice the standard deviation of one quarter of log demand.
    pub demand_volatility_pa: Option<Parameter<Volatility>>,
    /// Loading of demand on the factor `demand`; the rest falls on the factor of the region.
    pub demand_loading: Option<Parameter<Correlation>>,
    /// Elasticity of rents to utilisation.
    pub rent_elasticity: Option<Parameter<Ratio>>,
    /// Depth of the market for used GPUs.
    pub depth: Option<Parameter<PositiveUsdBn>>,
    /// Share of the extra idle capacity here that reaches each other region.
    pub spillover: Option<ByName<Share>>,
}

impl Keys for Region {
    fn read(keys: &mut KeyReader) -> Self {
        Region {
            utilisation: keys.take("utilisation"),
            u_max: keys.take("u_max"),
            growth_pa: keys.take("growth_pa"),
            supply_growth_pa: keys.take("supply_growth_pa"),
            supply: keys.take("supply"),
            demand_volatility_pa: keys.take("demand_volatility_pa"),
            demand_loading: keys.take("demand_loading"),
            rent_elasticity: keys.take("rent_elasticity"),
            depth: keys.take("depth"),
            spillover: keys.take("spillover"),
        }
    }
}

/// The index of AI equity.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Equity {
    /// Drift per year.
    pub equity_drift_pa: Option<Parameter<Growth>>,
    /// Volatility per year.
    pub equity_volatility_pa: Option<Parameter<Volatility>>,
}

impl Keys for Equity {
    fn read(keys: &mut KeyReader) -> Self {
        Equity {
            equity_drift_pa: keys.take("equity_drift_pa"),
            equity_volatility_pa: keys.take("equity_volatility_pa"),
        }
    }
}

/// Market confidence.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Confidence {
    /// Mean.
    pub confidence_mean: Option<Parameter<PositiveShare>>,
    /// Reversion per quarter.
    pub confidence_reversion_q: Option<Parameter<Share>>,
    /// Volatility per quarter.
    pub confidence_volatility_q: Option<Parameter<Volatility>>,
    /// Fall when all balances default.
    pub hit_default: Option<Parameter<Ratio>>,
    /// Fall when the lenders of all balances fail.
    pub hit_failure: Option<Parameter<Ratio>>,
}

impl Keys for Confidence {
    fn read(keys: &mut KeyReader) -> Self {
        Confidence {
            confidence_mean: keys.take("confidence_mean"),
            confidence_reversion_q: keys.take("confidence_reversion_q"),
            confidence_volatility_q: keys.take("confidence_volatility_q"),
            hit_default: keys.take("hit_default"),
            hit_failure: keys.take("hit_failure"),
        }
    }
}

/// Rules of credit.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Credit {
    /// Reference rate per year.
    pub base_rate_pa: Option<Parameter<Rate>>,
    /// Spread added at confidence 0 when a loan is refinanced.
    pub repricing: Option<Parameter<Rate>>,
    /// Unsecured refinancing offer as a multiple of equity.
    pub unsecured_multiple: Option<Parameter<Ratio>>,
    /// What happens at a maturity: the market decides, always rolled, never rolled.
    pub refinancing: Option<Choice<Refinancing>>,
    /// What a breach calls after its cure period: the shortfall, or the full balance.
    pub acceleration: Option<Choice<Acceleration>>,
    /// What insolvency does: takes access to money, or is a default at once.
    pub insolvency: Option<Choice<Insolvency>>,
    /// How recoveries come about: sale or step-in, or `1 - lgd`.
    pub recovery: Option<Choice<Recovery>>,
    /// Loss given default under fixed recovery.
    pub lgd: Option<Parameter<Share>>,
    /// Order of the means that close a funding gap.
    pub gap_order: Option<Located<Vec<Choice<Means>>>>,
    /// Cost of bankruptcy as a share of the estate.
    pub bankruptcy_cost: Option<Parameter<Share>>,
    /// Haircut of other assets and stakes in an estate.
    pub other_haircut: Option<Parameter<Share>>,
    /// Depth of the market for AI credit.
    pub credit_depth: Option<Parameter<PositiveUsdBn>>,
    /// Fall of credit prices when 10 % of depth is sold.
    pub credit_impact_at_10pct: Option<Parameter<PartialShare>>,
}

impl Keys for Credit {
    fn read(keys: &mut KeyReader) -> Self {
        Credit {
            base_rate_pa: keys.take("base_rate_pa"),
            repricing: keys.take("repricing"),
            unsecured_multiple: keys.take("unsecured_multiple"),
            refinancing: keys.take("refinancing"),
            acceleration: keys.take("acceleration"),
            insolvency: keys.take("insolvency"),
            recovery: keys.take("recovery"),
            lgd: keys.take("lgd"),
            gap_order: keys.take("gap_order"),
            bankruptcy_cost: keys.take("bankruptcy_cost"),
            other_haircut: keys.take("other_haircut"),
            credit_depth: keys.take("credit_depth"),
            credit_impact_at_10pct: keys.take("credit_impact_at_10pct"),
        }
    }
}

/// Clearing between lenders.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Clearing {
    /// Share of a failed lender's assets outside the network that survives its failure.
    pub asset_recovery: Option<Parameter<Share>>,
    /// Share of a failed lender's network receipts that survives its failure.
    pub claim_recovery: Option<Parameter<Share>>,
    /// Convexity of marks in distress; 0 marks linearly.
    pub mark_convexity: Option<Parameter<Ratio>>,
    /// Mark at full distress.
    pub mark_lgd: Option<Parameter<Share>>,
}

impl Keys for Clearing {
    fn read(keys: &mut KeyReader) -> Self {
        Clearing {
            asset_recovery: keys.take("asset_recovery"),
            claim_recovery: keys.take("claim_recovery"),
            mark_convexity: keys.take("mark_convexity"),
            mark_lgd: keys.take("mark_lgd"),
        }
    }
}

/// Redemptions, calls of lines and willingness to lend.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Liquidity {
    /// Share of a line that a creditor calls.
    pub call_share: Option<Parameter<Share>>,
    /// Distress of a debtor above which a creditor calls.
    pub call_trigger: Option<Parameter<Share>>,
    /// Quarters that an unmet call is carried.
    pub call_grace_q: Option<Parameter<Quarters>>,
    /// Redemptions per quarter without losses, as a share of net asset value.
    pub base: Option<Parameter<Share>>,
    /// Redemptions per unit of negative return.
    pub flow_beta: Option<Parameter<Ratio>>,
    /// Negative return that investors ignore.
    pub tolerance: Option<Parameter<Ratio>>,
    /// Share of its opening buffer at which a lender lends fully.
    pub full_willingness: Option<Parameter<PositiveShare>>,
}

impl Keys for Liquidity {
    fn read(keys: &mut KeyReader) -> Self {
        Liquidity {
            call_share: keys.take("call_share"),
            call_trigger: keys.take("call_trigger"),
            call_grace_q: keys.take("call_grace_q"),
            base: keys.take("base"),
            flow_beta: keys.take("flow_beta"),
            tolerance: keys.take("tolerance"),
            full_willingness: keys.take("full_willingness"),
        }
    }
}

/// The world outside.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Outside {
    /// What outside lends to refinancing requests in a quarter.
    pub outside_new_lending: Option<Parameter<UsdBn>>,
}

impl Keys for Outside {
    fn read(keys: &mut KeyReader) -> Self {
        Outside { outside_new_lending: keys.take("outside_new_lending") }
    }
}
