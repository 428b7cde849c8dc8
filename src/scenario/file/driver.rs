//! `[drivers]`, `[jump.NAME]`, `[shock.NAME]` and `[uncertainty]`, as written.

use schemars::JsonSchema;

use crate::model::system::Copula;
use crate::scenario::file::list::{Pair, Targets};
use crate::scenario::file::parameter::Parameter;
use crate::scenario::file::reader::{KeyReader, Keys};
use crate::scenario::file::value::{ByName, Located};
use crate::scenario::file::word::Choice;
use crate::units::{DegreesOfFreedom, Frequency, Persistence, PositiveQuarters, Quarter, ShockSize};

/// Systematic factors and their dependence.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Drivers {
    /// Dependence of all draws of a quarter.
    pub copula: Option<Choice<Copula>>,
    /// Degrees of freedom of the t copula.
    pub dof: Option<Parameter<DegreesOfFreedom>>,
    /// Correlations `["factor", "factor", number]`; pairs not listed are 0.
    pub correlation: Option<Located<Vec<Pair>>>,
    /// Autoregressive coefficient of each factor (`demand`, `residual`, `credit`, `equity`, `"region.NAME"`).
    pub persistence: Option<ByName<Persistence>>,
}

impl Keys for Drivers {
    fn read(keys: &mut KeyReader) -> Self {
        Drivers {
            copula: keys.take("copula"),
            dof: keys.take("dof"),
            correlation: keys.take("correlation"),
            persistence: keys.take("persistence"),
        }
    }
}

/// A compound Poisson jump.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Jump {
    /// Mean number of jumps per year.
    pub rate_pa: Option<Parameter<Frequency>>,
    /// Log loss of value of the GPUs that exist.
    pub obsolescence: Option<Parameter<ShockSize>>,
    /// Log loss of demand in every region.
    pub demand: Option<Parameter<ShockSize>>,
    /// Log loss of the equity index.
    pub equity: Option<Parameter<ShockSize>>,
    /// Loss of market confidence.
    pub confidence: Option<Parameter<ShockSize>>,
    /// Whether the expected effect is added back, so that jumps add risk and no drift.
    pub compensated: Option<Located<bool>>,
}

impl Keys for Jump {
    fn read(keys: &mut KeyReader) -> Self {
        Jump {
            rate_pa: keys.take("rate_pa"),
            obsolescence: keys.take("obsolescence"),
            demand: keys.take("demand"),
            equity: keys.take("equity"),
            confidence: keys.take("confidence"),
            compensated: keys.take("compensated"),
        }
    }
}

/// A shock at a scheduled quarter.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Shock {
    /// Quarter in which it strikes.
    pub quarter: Option<Parameter<Quarter>>,
    /// What it strikes: `demand`, `supply`, `equity`, `obsolescence`, `confidence`, `freeze_refinancing`, `honour:CONTRACT`, `default:OBLIGOR`, `fail:LENDER`, or a list of these.
    pub target: Option<Located<Targets>>,
    /// Only region that it strikes; absent means all.
    pub region: Option<Located<String>>,
    /// Size: subtracted from the log; for `honour:` the share of invoices no longer paid.
    pub size: Option<Parameter<ShockSize>>,
    /// Quarters that a freeze of refinancing lasts.
    pub length_q: Option<Parameter<PositiveQuarters>>,
}

impl Keys for Shock {
    fn read(keys: &mut KeyReader) -> Self {
        Shock {
            quarter: keys.take("quarter"),
            target: keys.take("target"),
            region: keys.take("region"),
            size: keys.take("size"),
            length_q: keys.take("length_q"),
        }
    }
}

/// Dependence between uncertain parameters.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Uncertainty {
    /// Rank correlations `["parameter", "parameter", number]`.
    pub rank_corr: Option<Located<Vec<Pair>>>,
}

impl Keys for Uncertainty {
    fn read(keys: &mut KeyReader) -> Self {
        Uncertainty { rank_corr: keys.take("rank_corr") }
    }
}
