//! `[lender.NAME]` and the financial ties between lenders, as written.

use schemars::JsonSchema;

use crate::model::system::{Accounting, ExternalPriority, LenderType};
use crate::scenario::file::parameter::Parameter;
use crate::scenario::file::reader::{KeyReader, Keys};
use crate::scenario::file::value::{ByName, Located};
use crate::scenario::file::word::Choice;
use crate::units::{
    PartialShare, PositiveRatio, PositiveShare, Probability, Quarters, Rate, Ratio, Share, SignedUsdBn, UsdBn,
};

/// A bank, insurer, credit fund, bond fund or vendor.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Lender {
    /// What kind: decides when it fails, and presets.
    #[schemars(rename = "type")]
    pub kind: Option<Choice<LenderType>>,
    /// How it carries loans and claims.
    pub accounting: Option<Choice<Accounting>>,
    /// Who is paid first from its estate: external creditors, or all alike.
    pub external_priority: Option<Choice<ExternalPriority>>,
    /// Opening cash.
    pub cash: Option<Parameter<UsdBn>>,
    /// Opening assets outside the model.
    pub other_assets: Option<Parameter<UsdBn>>,
    /// Opening equity or net asset value; external debt balances.
    pub equity: Option<Parameter<UsdBn>>,
    /// Opening external debt; equity balances. One of the two is given.
    pub external_debt: Option<Parameter<UsdBn>>,
    /// Risk-weighted assets outside the model.
    pub rwa_other: Option<Parameter<UsdBn>>,
    /// Risk weight of its AI exposure.
    pub risk_weight: Option<Parameter<Ratio>>,
    /// Required capital of an insurer.
    pub required_capital: Option<Parameter<UsdBn>>,
    /// Ratio of equity to risk-weighted assets or required capital below which it fails.
    pub fail_ratio: Option<Parameter<Ratio>>,
    /// Ratio below which it stops new lending.
    pub min_ratio: Option<Parameter<Ratio>>,
    /// Cap of a credit fund on debt over net asset value: it fails above it.
    pub max_leverage: Option<Parameter<PositiveRatio>>,
    /// Debt over net asset value above which a credit fund repays.
    pub target_leverage: Option<Parameter<Ratio>>,
    /// New lending per quarter at full willingness.
    pub new_lending: Option<Parameter<UsdBn>>,
    /// Retained income per quarter.
    pub income_q: Option<Parameter<SignedUsdBn>>,
    /// Income of a vendor per unit of GPUs sold to modelled obligors.
    pub sales_margin: Option<Parameter<Share>>,
    /// Most that investors of a fund can redeem in a quarter, as a share of net asset value.
    pub gate: Option<Parameter<Share>>,
    /// Its remaining loans as one granular pool; absent means no losses there.
    pub other_book: Option<Located<OtherBook>>,
    /// Share of a line that it calls; overrides `[liquidity]`.
    pub call_share: Option<Parameter<Share>>,
    /// Distress of a debtor above which it calls; overrides `[liquidity]`.
    pub call_trigger: Option<Parameter<Share>>,
    /// Quarters that an unmet call on it is carried; overrides `[liquidity]`.
    pub call_grace_q: Option<Parameter<Quarters>>,
    /// Redemptions per quarter without losses; overrides `[liquidity]`.
    pub base: Option<Parameter<Share>>,
    /// Redemptions per unit of negative return; overrides `[liquidity]`.
    pub flow_beta: Option<Parameter<Ratio>>,
    /// Negative return that investors ignore; overrides `[liquidity]`.
    pub tolerance: Option<Parameter<Ratio>>,
    /// Share of its opening buffer at which it lends fully; overrides `[liquidity]`.
    pub full_willingness: Option<Parameter<PositiveShare>>,
}

impl Keys for Lender {
    fn read(keys: &mut KeyReader) -> Self {
        Lender {
            kind: keys.take("type"),
            accounting: keys.take("accounting"),
            external_priority: keys.take("external_priority"),
            cash: keys.take("cash"),
            other_assets: keys.take("other_assets"),
            equity: keys.take("equity"),
            external_debt: keys.take("external_debt"),
            rwa_other: keys.take("rwa_other"),
            risk_weight: keys.take("risk_weight"),
            required_capital: keys.take("required_capital"),
            fail_ratio: keys.take("fail_ratio"),
            min_ratio: keys.take("min_ratio"),
            max_leverage: keys.take("max_leverage"),
            target_leverage: keys.take("target_leverage"),
            new_lending: keys.take("new_lending"),
            income_q: keys.take("income_q"),
            sales_margin: keys.take("sales_margin"),
            gate: keys.take("gate"),
            other_book: keys.nested("other_book"),
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

/// The remaining loans of a lender as one granular pool.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct OtherBook {
    /// Amount of loans.
    pub assets: Option<Parameter<UsdBn>>,
    /// Default probability per year.
    pub pd_pa: Option<Parameter<Probability>>,
    /// Asset correlation.
    pub rho: Option<Parameter<PartialShare>>,
    /// Loss given default.
    pub lgd: Option<Parameter<Share>>,
}

impl Keys for OtherBook {
    fn read(keys: &mut KeyReader) -> Self {
        OtherBook {
            assets: keys.take("assets"),
            pd_pa: keys.take("pd_pa"),
            rho: keys.take("rho"),
            lgd: keys.take("lgd"),
        }
    }
}

/// A claim of one lender on another.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Claim {
    /// Lender that owes, or `outside`.
    pub debtor: Option<Located<String>>,
    /// Lender that is owed, or `outside`.
    pub creditor: Option<Located<String>>,
    /// Amount.
    pub amount: Option<Parameter<UsdBn>>,
    /// Whether the creditor can call it.
    pub callable: Option<Located<bool>>,
}

impl Keys for Claim {
    fn read(keys: &mut KeyReader) -> Self {
        Claim {
            debtor: keys.take("debtor"),
            creditor: keys.take("creditor"),
            amount: keys.take("amount"),
            callable: keys.take("callable"),
        }
    }
}

/// A funded significant-risk-transfer note.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Srt {
    /// Lender that buys protection.
    pub buyer: Option<Located<String>>,
    /// Share of each seller and of `outside`; they sum to 1.
    pub sellers: Option<ByName<Share>>,
    /// Facilities held by the buyer that are covered.
    pub reference: Option<Located<Vec<Located<String>>>>,
    /// Share of the pool lost before the note pays.
    pub attach: Option<Parameter<Share>>,
    /// Share of the pool lost at which the note is used up.
    pub detach: Option<Parameter<Share>>,
    /// Coupon per year on the outstanding note.
    pub coupon_pa: Option<Parameter<Rate>>,
}

impl Keys for Srt {
    fn read(keys: &mut KeyReader) -> Self {
        Srt {
            buyer: keys.take("buyer"),
            sellers: keys.take("sellers"),
            reference: keys.take("reference"),
            attach: keys.take("attach"),
            detach: keys.take("detach"),
            coupon_pa: keys.take("coupon_pa"),
        }
    }
}

/// A short position in the AI equity index.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Short {
    /// Lender that holds it.
    pub holder: Option<Located<String>>,
    /// Notional at opening.
    pub notional: Option<Parameter<UsdBn>>,
    /// Cost per year of the notional.
    pub carry_pa: Option<Parameter<Rate>>,
}

impl Keys for Short {
    fn read(keys: &mut KeyReader) -> Self {
        Short { holder: keys.take("holder"), notional: keys.take("notional"), carry_pa: keys.take("carry_pa") }
    }
}
