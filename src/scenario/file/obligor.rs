//! `[obligor.NAME]`: a borrower as written.

use schemars::JsonSchema;

use crate::model::system::{DefaultModel, Means, SolvencyBasis};
use crate::scenario::file::list::FleetUnit;
use crate::scenario::file::parameter::{Parameter, Schedule};
use crate::scenario::file::reader::{KeyReader, Keys};
use crate::scenario::file::value::{ByName, Located};
use crate::scenario::file::word::{Choice, ObligorType};
use crate::units::{Age, Growth, Margin, Probability, Ratio, Sensitivity, Share, UsdBn, Volatility};

/// A borrower: AI laboratory, neocloud, hyperscaler, site vehicle or Chinese operator.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Obligor {
    /// What kind; decides presets only.
    #[schemars(rename = "type")]
    pub kind: Option<Choice<ObligorType>>,
    /// How it may default: when it cannot pay, when its latent asset value falls too low, or either.
    pub default_model: Option<Choice<DefaultModel>>,
    /// Latent model: default probability per year.
    pub pd_pa: Option<Parameter<Probability>>,
    /// Latent model: asset correlation.
    pub rho: Option<Parameter<Share>>,
    /// Latent model: weight of each factor (`demand`, `residual`, `credit`, `equity`, `region.NAME`).
    pub loadings: Option<ByName<Sensitivity>>,
    /// Opening cash.
    pub cash: Option<Parameter<UsdBn>>,
    /// Opening assets that are neither GPUs, sites, stakes nor cash.
    pub other_assets: Option<Parameter<UsdBn>>,
    /// Exponent of the equity index in the value of other assets.
    pub other_assets_beta: Option<Parameter<Sensitivity>>,
    /// Opening GPUs: purchase cost and age of each vintage.
    pub fleet: Option<Located<Vec<FleetUnit>>>,
    /// Opening cost of buildings and power.
    pub site_cost: Option<Parameter<UsdBn>>,
    /// Opening age of the site.
    pub site_age_q: Option<Parameter<Age>>,
    /// Revenue of the opening quarter that no contract of the scenario models.
    pub revenue: Option<Parameter<UsdBn>>,
    /// Its log growth per year, the whole trend.
    pub revenue_growth_pa: Option<Parameter<Growth>>,
    /// Exponent of demand off its trend in that revenue.
    pub revenue_beta: Option<Parameter<Sensitivity>>,
    /// Annual volatility of the log of that revenue.
    pub revenue_volatility_pa: Option<Parameter<Volatility>>,
    /// Operating cash per unit of that revenue.
    pub margin: Option<Parameter<Margin>>,
    /// Fixed cost per quarter.
    pub fixed_cost: Option<Schedule<UsdBn>>,
    /// Committed capital expenditure per quarter.
    pub capex: Option<Schedule<UsdBn>>,
    /// Share of capital expenditure that may be dropped under stress.
    pub deferrable: Option<Parameter<Share>>,
    /// Share of capital expenditure that buys GPUs.
    pub gpu_share: Option<Parameter<Share>>,
    /// Lender that sells it GPUs.
    pub vendor: Option<Located<String>>,
    /// Opening market value of its equity.
    pub market_cap: Option<Parameter<UsdBn>>,
    /// Exponent of the equity index in its market value.
    pub equity_beta: Option<Parameter<Sensitivity>>,
    /// Most equity it can issue in a year, as a share of its market value.
    pub raise_pa: Option<Parameter<Ratio>>,
    /// Which equity decides about access to money: assets less debt, or market value.
    pub solvency_basis: Option<Choice<SolvencyBasis>>,
    /// Obligor, lender or `outside` that supports it.
    pub sponsor: Option<Located<String>>,
    /// Total that the sponsor will inject.
    pub support: Option<Parameter<UsdBn>>,
    /// Order of the means that close a funding gap; overrides `[credit] gap_order`.
    pub gap_order: Option<Located<Vec<Choice<Means>>>>,
    /// Region in which it sells compute.
    pub region: Option<Located<String>>,
}

impl Keys for Obligor {
    fn read(keys: &mut KeyReader) -> Self {
        Obligor {
            kind: keys.take("type"),
            default_model: keys.take("default_model"),
            pd_pa: keys.take("pd_pa"),
            rho: keys.take("rho"),
            loadings: keys.take("loadings"),
            cash: keys.take("cash"),
            other_assets: keys.take("other_assets"),
            other_assets_beta: keys.take("other_assets_beta"),
            fleet: keys.take("fleet"),
            site_cost: keys.take("site_cost"),
            site_age_q: keys.take("site_age_q"),
            revenue: keys.take("revenue"),
            revenue_growth_pa: keys.take("revenue_growth_pa"),
            revenue_beta: keys.take("revenue_beta"),
            revenue_volatility_pa: keys.take("revenue_volatility_pa"),
            margin: keys.take("margin"),
            fixed_cost: keys.take("fixed_cost"),
            capex: keys.take("capex"),
            deferrable: keys.take("deferrable"),
            gpu_share: keys.take("gpu_share"),
            vendor: keys.take("vendor"),
            market_cap: keys.take("market_cap"),
            equity_beta: keys.take("equity_beta"),
            raise_pa: keys.take("raise_pa"),
            solvency_basis: keys.take("solvency_basis"),
            sponsor: keys.take("sponsor"),
            support: keys.take("support"),
            gap_order: keys.take("gap_order"),
            region: keys.take("region"),
        }
    }
}
