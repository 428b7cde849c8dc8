//! Lenders, their claims on each other and their stakes in funds.

use crate::model::system::Party;

/// A stake in a fund.
#[derive(Debug, Clone)]
pub struct FundStake {
    /// Name in the scenario.
    pub name: String,
    /// Who holds it.
    pub holder: Party,
    /// The fund it is a stake of.
    pub of: usize,
    /// Share of the fund's NAV.
    pub share: f64,
}

/// What kind of lender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LenderType {
    /// Fails on its capital ratio.
    Bank,
    /// Fails on its required capital.
    Insurer,
    /// Fails on its leverage cap.
    CreditFund,
    /// Has no debt and cannot fail.
    BondFund,
    /// Sells GPUs; fails when insolvent.
    Vendor,
}

/// Who is paid first from a failed lender's estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternalPriority {
    /// External debt before network debt.
    Senior,
    /// External and network debt alike.
    PariPassu,
}

/// Which side of the opening balance sheet the scenario gives; the other is the balancing figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OpeningBalance {
    /// Equity (or NAV) given; external debt balances.
    Equity(f64),
    /// External debt given; equity balances.
    ExternalDebt(f64),
}

/// A lender.
#[derive(Debug, Clone)]
pub struct Lender {
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// What kind.
    pub kind: LenderType,
    /// Opening cash.
    pub cash: f64,
    /// Assets outside the model.
    pub other_assets: f64,
    /// The given side of the opening balance sheet.
    pub opening: OpeningBalance,
    /// Who is paid first.
    pub external_priority: ExternalPriority,
    /// Risk-weighted assets outside the model.
    pub rwa_other: f64,
    /// Risk weight of AI exposure.
    pub risk_weight: f64,
    /// Required capital of an insurer.
    pub required_capital: f64,
    /// Ratio of failure.
    pub fail_ratio: f64,
    /// Ratio below which new lending stops.
    pub min_ratio: f64,
    /// Cap on debt over NAV.
    pub max_leverage: f64,
    /// Leverage above which a fund repays.
    pub target_leverage: f64,
    /// Share of its opening buffer at which it is fully willing to lend; the global one where absent.
    pub full_willingness: Option<f64>,
    /// New lending per quarter at full willingness.
    pub new_lending: f64,
    /// Retained income per quarter.
    pub income_q: f64,
    /// Income per unit of GPUs sold to modelled obligors.
    pub sales_margin: f64,
}

/// A claim of one lender on another; `None` is outside.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Name in the scenario.
    pub name: String,
    /// Who owes.
    pub debtor: Option<usize>,
    /// Who is owed.
    pub creditor: Option<usize>,
    /// Amount, USD bn.
    pub amount: f64,
}
