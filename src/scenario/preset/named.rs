//! Presets of borrowers, lenders and what ties them.

use crate::model::system::{Accounting, DefaultModel, ExternalPriority, LenderType, SolvencyBasis};
use crate::scenario::file::word::ObligorType;

/// `[obligor.NAME]`; amounts that are not written are 0, `pd_pa` and `rho` must be where the model is latent.
pub mod obligor {
    use super::{DefaultModel, ObligorType, SolvencyBasis};

    /// Share of capital expenditure that buys GPUs.
    pub const GPU_SHARE: f64 = 0.65;
    /// beta_i.
    pub const EQUITY_BETA: f64 = 1.0;
    /// Revenue follows its own trend only.
    pub const REVENUE_BETA: f64 = 0.0;
    /// All revenue is cash, less the fixed cost.
    pub const MARGIN: f64 = 1.0;
    /// Other assets do not move with the equity index.
    pub const OTHER_ASSETS_BETA: f64 = 0.0;
    /// The one factor of the latent model where `loadings` are not written.
    pub const LOADING: &str = "credit";

    /// How an obligor of that type defaults.
    #[must_use]
    pub fn default_model(kind: ObligorType) -> DefaultModel {
        match kind {
            ObligorType::Hyperscaler => DefaultModel::Latent,
            _ => DefaultModel::Structural,
        }
    }

    /// Which equity decides about its access to money.
    #[must_use]
    pub fn solvency_basis(kind: ObligorType) -> SolvencyBasis {
        match kind {
            ObligorType::AiLab | ObligorType::Hyperscaler => SolvencyBasis::Market,
            ObligorType::Neocloud | ObligorType::Spv | ObligorType::CnOperator => SolvencyBasis::Assets,
        }
    }
}

/// `[facility.NAME]`; amounts and shares that are not written are 0, `ltv_max` absent means no test.
pub mod facility {
    /// Rank.
    pub const RANK: u32 = 1;
    /// Quarters of breach forgiven.
    pub const CURE_Q: f64 = 2.0;
    /// Secured offer over collateral value.
    pub const ADVANCE: f64 = 0.65;
    /// Quarters to the next maturity.
    pub const TENOR_Q: f64 = 16.0;
    /// No extension.
    pub const EXTENSION_Q: f64 = 0.0;
    /// Not marketable.
    pub const MARKETABLE: bool = false;
    /// A guarantor stands for all of the shortfall.
    pub const GUARANTEE_SHARE: f64 = 1.0;
    /// Without limit but its cash.
    pub const GUARANTEE_CAP: f64 = f64::INFINITY;
}

/// `[contract.NAME]`; it never renews where `renew_if_utilisation` is not written.
pub mod contract {
    /// Running at opening.
    pub const START_Q: f64 = 0.0;
    /// Contracts are firm unless said.
    pub const TAKE_OR_PAY: f64 = 1.0;
    /// Occupies no fleet.
    pub const FLEET_SHARE: f64 = 0.0;
    /// The renewed fee follows rents.
    pub const RENEWAL_RENT_BETA: f64 = 1.0;
    /// No cost of service.
    pub const SERVICE_COST: f64 = 0.0;
}

/// `[backstop.NAME]`.
pub mod backstop {
    /// The full spot price.
    pub const PRICE_SHARE: f64 = 1.0;
}

/// `[instalment.NAME]`.
pub mod instalment {
    /// Paid at any share price.
    pub const EQUITY_TRIGGER: f64 = 0.0;
    /// Paid without a milestone.
    pub const MILESTONE: f64 = 0.0;
}

/// `[lender.NAME]`; amounts that are not written are 0.
pub mod lender {
    use super::{Accounting, ExternalPriority, LenderType};

    /// Risk weight of AI exposure.
    pub const RISK_WEIGHT: f64 = 1.0;
    /// Cap of a credit fund on debt over net asset value.
    pub const MAX_LEVERAGE: f64 = 1.5;
    /// Leverage above which a credit fund repays.
    pub const TARGET_LEVERAGE: f64 = 1.1;

    /// Ratio of failure: the point of non-viability of a bank, the required capital of an insurer.
    #[must_use]
    pub fn fail_ratio(kind: LenderType) -> f64 {
        match kind {
            LenderType::Bank => 0.045,
            LenderType::Insurer => 1.0,
            LenderType::CreditFund | LenderType::BondFund | LenderType::Vendor => 0.0,
        }
    }

    /// Ratio below which new lending stops.
    #[must_use]
    pub fn min_ratio(kind: LenderType) -> f64 {
        match kind {
            LenderType::Bank => 0.07,
            LenderType::Insurer => 1.5,
            LenderType::CreditFund | LenderType::BondFund | LenderType::Vendor => 0.0,
        }
    }

    /// Most that investors redeem in a quarter.
    #[must_use]
    pub fn gate(kind: LenderType) -> f64 {
        match kind {
            LenderType::CreditFund => 0.05,
            _ => 1.0,
        }
    }

    /// Banks, insurers and vendors carry at face, funds at fair value.
    #[must_use]
    pub fn accounting(kind: LenderType) -> Accounting {
        match kind {
            LenderType::CreditFund | LenderType::BondFund => Accounting::FairValue,
            LenderType::Bank | LenderType::Insurer | LenderType::Vendor => Accounting::Accrual,
        }
    }

    /// Depositors and policyholders come first.
    #[must_use]
    pub fn external_priority(kind: LenderType) -> ExternalPriority {
        match kind {
            LenderType::Bank | LenderType::Insurer => ExternalPriority::Senior,
            _ => ExternalPriority::PariPassu,
        }
    }
}

/// `[claim.NAME]`.
pub mod claim {
    /// Not callable.
    pub const CALLABLE: bool = false;
}

/// `[srt.NAME]`.
pub mod srt {
    /// First loss.
    pub const ATTACH: f64 = 0.0;
    /// Share of the pool at which the note is used up.
    pub const DETACH: f64 = 0.08;
    /// Coupon.
    pub const COUPON_PA: f64 = 0.10;
}

/// `[short.NAME]`.
pub mod short {
    /// No cost.
    pub const CARRY_PA: f64 = 0.0;
}
