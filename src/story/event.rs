//! What happens in a quarter. Amounts are USD bn.

use serde::Serialize;

/// A quarter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chapter {
    /// Quarter, from 1.
    pub quarter: i64,
    /// Compute markets.
    pub regions: Vec<RegionMarket>,
    /// Equity index, 1 at opening.
    pub equity_index: f64,
    /// Market confidence, 0 to 1.
    pub confidence: f64,
    /// What happened, in the order of the steps.
    pub events: Vec<Event>,
}

/// The compute market of a region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegionMarket {
    /// Name.
    pub region: String,
    /// Change of log demand in the quarter.
    pub demand_growth: f64,
    /// Utilisation.
    pub utilisation: f64,
    /// Rent, 1 at opening.
    pub rent: f64,
}

/// Whose misfortune a loss comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody in particular.
    None,
    /// An obligor.
    Obligor(String),
    /// Another lender.
    Lender(String),
}

impl Origin {
    /// Name of the obligor or lender.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Origin::None => None,
            Origin::Obligor(name) | Origin::Lender(name) => Some(name),
        }
    }
}

/// A loss of the quarter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loss {
    /// Who loses.
    pub lender: String,
    /// Where it is booked.
    pub channel: &'static str,
    /// Whose misfortune it comes from.
    pub origin: Origin,
    /// Amount, a gain if negative.
    pub loss_usd_bn: f64,
}

/// A cause of a failure: what the lender lost in one channel through one origin since opening.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Because {
    /// Where it was booked.
    pub channel: &'static str,
    /// Whose misfortune it came from.
    pub origin: Origin,
    /// Amount.
    pub loss_usd_bn: f64,
}

/// A named part of an amount: a due, or a means of closing a funding gap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// Name of the part.
    pub part: &'static str,
    /// Amount.
    pub usd_bn: f64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Jumps struck.
    Jump {
        /// Name of the jump.
        jump: String,
        /// How many.
        count: u32,
    },
    /// A scheduled shock struck.
    Shock {
        /// Name of the shock.
        shock: String,
        /// What it strikes, as a scenario writes it.
        targets: Vec<String>,
        /// Its size, as drawn.
        size: f64,
    },
    /// A lender pays for capacity that a borrower could not let.
    Backstop {
        /// Who pays.
        payer: String,
        /// Who is paid.
        recipient: String,
        /// Amount.
        paid_usd_bn: f64,
    },
    /// A facility is above its covenant.
    Breach {
        /// The facility.
        facility: String,
        /// Who owes it.
        borrower: String,
        /// Balance.
        balance_usd_bn: f64,
        /// Collateral value.
        collateral_usd_bn: f64,
        /// Highest loan-to-value allowed.
        ltv_max: f64,
        /// Quarters in breach, this one included.
        breaches: f64,
        /// Quarters that are forgiven.
        forgiven: f64,
        /// Cash swept to it.
        swept_usd_bn: f64,
        /// Amount that falls due to cure it.
        cure_usd_bn: f64,
    },
    /// A facility matures.
    Maturity {
        /// The facility.
        facility: String,
        /// Who owes it.
        borrower: String,
        /// Balance that matures.
        balance_usd_bn: f64,
        /// Part that its holders roll.
        rolled_usd_bn: f64,
        /// Part that new lenders take over.
        pooled_usd_bn: f64,
        /// Part that the borrower has to pay.
        gap_usd_bn: f64,
        /// The gap is prolonged instead.
        extended: bool,
    },
    /// An obligor lacks cash and finds it.
    Gap {
        /// The obligor.
        obligor: String,
        /// What it owes.
        due_usd_bn: f64,
        /// What it has.
        cash_usd_bn: f64,
        /// How it closes the gap.
        means: Vec<Part>,
    },
    /// An obligor defaults.
    Default {
        /// The obligor.
        obligor: String,
        /// Cause.
        cause: &'static str,
        /// What it owes this quarter.
        due_usd_bn: f64,
        /// Of it, the largest dues by name.
        dues: Vec<Part>,
        /// What it has.
        cash_usd_bn: f64,
        /// What it could have found, had it been enough.
        means: Vec<Part>,
        /// What is missing after all means.
        missing_usd_bn: f64,
        /// Debt outstanding.
        exposure_usd_bn: f64,
        /// Loss of its lenders.
        loss_usd_bn: f64,
        /// Value of its GPUs and sites before the sale.
        hardware_usd_bn: f64,
        /// Lenders keep running it: what they expect of its contracts.
        step_in_usd_bn: Option<f64>,
    },
    /// A guarantor pays for a facility in default.
    Guarantee {
        /// The facility.
        facility: String,
        /// Who pays.
        guarantor: String,
        /// What it pays to the holders.
        paid_usd_bn: f64,
    },
    /// Sales of GPUs move their price.
    GpuPrice {
        /// The region.
        region: String,
        /// Price factor before the sales.
        before: f64,
        /// After them.
        after: f64,
    },
    /// Investors of a fund want money back next quarter.
    RedemptionRequest {
        /// The fund.
        fund: String,
        /// What they ask for, and what they asked for before and did not get.
        usd_bn: f64,
        /// They asked for more than the gate lets out.
        gated: bool,
    },
    /// A fund pays redemptions.
    Redemption {
        /// The fund.
        fund: String,
        /// What it pays.
        paid_usd_bn: f64,
        /// What stays due: redemptions are suspended.
        unpaid_usd_bn: f64,
        /// They were suspended before.
        suspended_before: bool,
    },
    /// A creditor calls part of a line, due next quarter.
    CallPlaced {
        /// Name of the claim.
        claim: String,
        /// Who calls.
        creditor: String,
        /// Who has to pay.
        debtor: String,
        /// Amount called.
        usd_bn: f64,
    },
    /// A called line is paid, or not.
    Call {
        /// Name of the claim.
        claim: String,
        /// Who has to pay.
        debtor: String,
        /// What it pays.
        paid_usd_bn: f64,
        /// What stays due.
        unpaid_usd_bn: f64,
        /// Quarter in which it fell due.
        due_quarter: i64,
    },
    /// A fund above its target leverage repays debt.
    Deleveraging {
        /// The fund.
        fund: String,
        /// What it means to repay.
        usd_bn: f64,
    },
    /// A lender sells marketable credit to raise cash.
    CreditSale {
        /// The lender.
        lender: String,
        /// Fair value of what it sells.
        fair_value_usd_bn: f64,
        /// The common discount of the quarter.
        discount: f64,
    },
    /// A lender loses, or gains.
    Loss(Loss),
    /// A lender fails.
    Failure {
        /// The lender.
        lender: String,
        /// Round of the clearing, from 0.
        round: usize,
        /// Main cause.
        cause: &'static str,
        /// Equity with claims on living lenders in full: what round 0 looks at.
        equity_before_usd_bn: f64,
        /// Equity after what the failures and marks of this clearing cost it, its own costs of failure apart.
        equity_usd_bn: f64,
        /// Threshold of its equity.
        threshold_usd_bn: f64,
        /// Calls left unpaid beyond their grace.
        overdue_usd_bn: f64,
        /// Share of its network debt that it pays.
        payment_fraction: f64,
        /// Network debt.
        network_debt_usd_bn: f64,
        /// Its largest losses since opening, the largest first.
        because: Vec<Because>,
    },
}
