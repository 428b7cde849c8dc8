//! `[facility.NAME]`, `[contract.NAME]` and what else ties an obligor to others, as written.

use schemars::JsonSchema;

use crate::model::system::Amortisation;
use crate::scenario::file::parameter::{Parameter, Schedule};
use crate::scenario::file::reader::{KeyReader, Keys};
use crate::scenario::file::value::{ByName, Located, Plain};
use crate::units::{PositiveQuarters, PositiveRatio, Quarter, Quarters, Rank, Rate, Ratio, Sensitivity, Share, UsdBn};

/// A loan or bond.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Facility {
    /// Obligor that owes it.
    pub borrower: Option<Located<String>>,
    /// Opening balance.
    pub amount: Option<Parameter<UsdBn>>,
    /// Amount committed but not drawn, in the shares of `holders`.
    pub undrawn: Option<Parameter<UsdBn>>,
    /// Planned draws out of `undrawn`, per quarter.
    pub draws: Option<Schedule<UsdBn>>,
    /// Seniority in the estate, 1 first.
    pub rank: Option<Plain<Rank>>,
    /// Share of the borrower's collateral value that is pledged to it alone.
    pub collateral: Option<Parameter<Share>>,
    /// Share of the borrower's other assets that is pledged.
    pub pledge_other: Option<Parameter<Share>>,
    /// Spread per year over the base rate.
    pub spread_pa: Option<Parameter<Rate>>,
    /// Quarter in which the balance falls due.
    pub maturity_q: Option<Parameter<Quarter>>,
    /// Scheduled repayment: `bullet`, `linear`, or `{ sculpted = [..] }`, shares of the opening amount by quarter.
    pub amortisation: Option<Located<Amortisation>>,
    /// Highest loan-to-value; absent means no test.
    pub ltv_max: Option<Parameter<PositiveRatio>>,
    /// Quarters of breach that are forgiven.
    pub cure_q: Option<Parameter<Quarters>>,
    /// Refinancing offer as a share of collateral value.
    pub advance: Option<Parameter<Ratio>>,
    /// Quarters to the next maturity after refinancing.
    pub tenor_q: Option<Parameter<PositiveQuarters>>,
    /// Quarters of extension where the borrower cannot pay the gap; 0 for none.
    pub extension_q: Option<Parameter<Quarters>>,
    /// Whether holders can sell it in the market.
    pub marketable: Option<Located<bool>>,
    /// Obligor, lender or `outside` that guarantees it.
    pub guarantor: Option<Located<String>>,
    /// Share of the shortfall that is guaranteed.
    pub guarantee_share: Option<Parameter<Share>>,
    /// Most the guarantor pays.
    pub guarantee_cap: Option<Parameter<UsdBn>>,
    /// Share of each lender and of `outside`; they sum to 1.
    pub holders: Option<ByName<Share>>,
}

impl Keys for Facility {
    fn read(keys: &mut KeyReader) -> Self {
        Facility {
            borrower: keys.take("borrower"),
            amount: keys.take("amount"),
            undrawn: keys.take("undrawn"),
            draws: keys.take("draws"),
            rank: keys.take("rank"),
            collateral: keys.take("collateral"),
            pledge_other: keys.take("pledge_other"),
            spread_pa: keys.take("spread_pa"),
            maturity_q: keys.take("maturity_q"),
            amortisation: keys.take("amortisation"),
            ltv_max: keys.take("ltv_max"),
            cure_q: keys.take("cure_q"),
            advance: keys.take("advance"),
            tenor_q: keys.take("tenor_q"),
            extension_q: keys.take("extension_q"),
            marketable: keys.take("marketable"),
            guarantor: keys.take("guarantor"),
            guarantee_share: keys.take("guarantee_share"),
            guarantee_cap: keys.take("guarantee_cap"),
            holders: keys.take("holders"),
        }
    }
}

/// A contract for compute or a site.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Contract {
    /// Obligor that pays, or `market`.
    pub customer: Option<Located<String>>,
    /// Obligor that is paid, or `market`.
    pub supplier: Option<Located<String>>,
    /// Fee per quarter.
    pub fee: Option<Schedule<UsdBn>>,
    /// First quarter invoiced; 0 or less means running at opening.
    pub start_q: Option<Parameter<Quarter>>,
    /// Last quarter invoiced.
    pub end_q: Option<Parameter<Quarter>>,
    /// Share of the fee that is firm.
    pub take_or_pay: Option<Parameter<Share>>,
    /// Share of the supplier's fleet that it occupies.
    pub fleet_share: Option<Parameter<Share>>,
    /// Renews while utilisation is above this share of its opening value; absent means never.
    pub renew_if_utilisation: Option<Parameter<Ratio>>,
    /// Exponent of the rent index in a renewed fee.
    pub renewal_rent_beta: Option<Parameter<Sensitivity>>,
    /// Cost of service as a share of the fee received.
    pub service_cost: Option<Parameter<Share>>,
    /// Share of remaining firm fees lent against; overrides `[gpu] contract_credit`.
    pub contract_credit: Option<Parameter<Share>>,
}

impl Keys for Contract {
    fn read(keys: &mut KeyReader) -> Self {
        Contract {
            customer: keys.take("customer"),
            supplier: keys.take("supplier"),
            fee: keys.take("fee"),
            start_q: keys.take("start_q"),
            end_q: keys.take("end_q"),
            take_or_pay: keys.take("take_or_pay"),
            fleet_share: keys.take("fleet_share"),
            renew_if_utilisation: keys.take("renew_if_utilisation"),
            renewal_rent_beta: keys.take("renewal_rent_beta"),
            service_cost: keys.take("service_cost"),
            contract_credit: keys.take("contract_credit"),
        }
    }
}

/// A promise to buy unsold capacity.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Backstop {
    /// Obligor or lender that buys.
    pub payer: Option<Located<String>>,
    /// Obligor that sells.
    pub recipient: Option<Located<String>>,
    /// Most it pays in a quarter.
    pub cap: Option<Parameter<UsdBn>>,
    /// Share of the spot price that it pays.
    pub price_share: Option<Parameter<Share>>,
    /// Last quarter.
    pub end_q: Option<Parameter<Quarter>>,
}

impl Keys for Backstop {
    fn read(keys: &mut KeyReader) -> Self {
        Backstop {
            payer: keys.take("payer"),
            recipient: keys.take("recipient"),
            cap: keys.take("cap"),
            price_share: keys.take("price_share"),
            end_q: keys.take("end_q"),
        }
    }
}

/// Staged equity of a vendor in its customer.
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Instalment {
    /// Obligor or lender that invests.
    pub payer: Option<Located<String>>,
    /// Obligor that receives.
    pub recipient: Option<Located<String>>,
    /// Amount per quarter.
    pub amount: Option<Schedule<UsdBn>>,
    /// Sum of all instalments.
    pub total: Option<Parameter<UsdBn>>,
    /// Lowest level of the equity index at which it is paid.
    pub equity_trigger: Option<Parameter<Ratio>>,
    /// Lowest share of its invoices that the recipient must have paid over four quarters.
    pub milestone: Option<Parameter<Share>>,
}

impl Keys for Instalment {
    fn read(keys: &mut KeyReader) -> Self {
        Instalment {
            payer: keys.take("payer"),
            recipient: keys.take("recipient"),
            amount: keys.take("amount"),
            total: keys.take("total"),
            equity_trigger: keys.take("equity_trigger"),
            milestone: keys.take("milestone"),
        }
    }
}

/// A stake in an obligor (`amount`) or in a fund (`share`).
#[derive(Debug, Clone, Default, JsonSchema)]
pub struct Stake {
    /// Obligor or lender that holds it.
    pub holder: Option<Located<String>>,
    /// Obligor or fund that it is a stake of.
    pub of: Option<Located<String>>,
    /// Opening value of a stake in an obligor.
    pub amount: Option<Parameter<UsdBn>>,
    /// Share of the net asset value of a fund.
    pub share: Option<Parameter<Share>>,
}

impl Keys for Stake {
    fn read(keys: &mut KeyReader) -> Self {
        Stake {
            holder: keys.take("holder"),
            of: keys.take("of"),
            amount: keys.take("amount"),
            share: keys.take("share"),
        }
    }
}
