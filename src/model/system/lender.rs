//! Lenders, their claims on each other and their stakes in funds.

use crate::model::system::Party;

/// A stake in a fund.
#[derive(Debug, Clone, PartialEq)]
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

impl LenderType {
    /// A bank or insurer: it has a capital ratio.
    #[must_use]
    pub fn is_regulated(self) -> bool {
        matches!(self, LenderType::Bank | LenderType::Insurer)
    }

    /// A credit or bond fund: it pays and lends only the cash it has, its investors redeem, and it sells credit.
    #[must_use]
    pub fn is_fund(self) -> bool {
        matches!(self, LenderType::CreditFund | LenderType::BondFund)
    }
}

/// Who is paid first from a failed lender's estate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternalPriority {
    /// External debt before network debt.
    Senior,
    /// External and network debt alike.
    PariPassu,
}

/// How a lender carries its loans and claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accounting {
    /// At face until default.
    Accrual,
    /// At fair value: marked while the debtor lives.
    FairValue,
}

/// Rules of redemptions, calls of lines and willingness to lend. A lender may override each for itself.
#[derive(Debug, Clone)]
pub struct Liquidity {
    /// Share of a line that a creditor calls.
    pub call_share: f64,
    /// Distress of a debtor above which a creditor calls.
    pub call_trigger: f64,
    /// Quarters that an unmet call is carried.
    pub call_grace_q: f64,
    /// Redemptions per quarter without losses, share of NAV.
    pub base: f64,
    /// Redemptions per unit of negative return beyond the tolerance.
    pub flow_beta: f64,
    /// Negative return that investors ignore.
    pub tolerance: f64,
    /// Share of the opening buffer at and above which a lender is fully willing to lend.
    pub full_willingness: f64,
}

/// What a lender overrides of [`Liquidity`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OwnLiquidity {
    /// Share of a line that it calls.
    pub call_share: Option<f64>,
    /// Distress of a debtor above which it calls.
    pub call_trigger: Option<f64>,
    /// Quarters that an unmet call on it is carried.
    pub call_grace_q: Option<f64>,
    /// Its redemptions without losses.
    pub base: Option<f64>,
    /// Its redemptions per unit of negative return.
    pub flow_beta: Option<f64>,
    /// Negative return that its investors ignore.
    pub tolerance: Option<f64>,
    /// Share of its opening buffer at which it is fully willing to lend.
    pub full_willingness: Option<f64>,
}

/// A granular pool of loans outside the model.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherBook {
    /// Amount of loans.
    pub assets: f64,
    /// Default probability per year.
    pub pd_pa: f64,
    /// Asset correlation.
    pub rho: f64,
    /// Loss given default.
    pub lgd: f64,
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
#[derive(Debug, Clone, PartialEq)]
#[repr(C)]
pub struct Lender {
    /// What kind.
    pub kind: LenderType,
    /// How it carries loans and claims.
    pub accounting: Accounting,
    /// Who is paid first.
    pub external_priority: ExternalPriority,
    /// Ratio of failure.
    pub fail_ratio: f64,
    /// Risk-weighted assets outside the model.
    pub rwa_other: f64,
    /// Risk weight of AI exposure.
    pub risk_weight: f64,
    /// Required capital of an insurer.
    pub required_capital: f64,
    /// Cap on debt over NAV.
    pub max_leverage: f64,
    /// Ratio below which new lending stops.
    pub min_ratio: f64,
    /// Retained income per quarter.
    pub income_q: f64,
    /// Leverage above which a fund repays.
    pub target_leverage: f64,
    /// Share of its NAV that investors of a fund can redeem in a quarter.
    pub gate: f64,
    /// New lending per quarter at full willingness.
    pub new_lending: f64,
    /// Name in the scenario.
    pub name: String,
    /// Rank in the scenario.
    pub place: usize,
    /// Opening cash.
    pub cash: f64,
    /// Assets outside the model.
    pub other_assets: f64,
    /// The given side of the opening balance sheet.
    pub opening: OpeningBalance,
    /// Its own rules of liquidity.
    pub liquidity: OwnLiquidity,
    /// The rest of its book, where its losses are simulated.
    pub other_book: Option<OtherBook>,
    /// Income per unit of GPUs sold to modelled obligors.
    pub sales_margin: f64,
}

/// A claim of one lender on another; `None` is outside.
#[derive(Debug, Clone, PartialEq)]
#[repr(C)]
pub struct Claim {
    /// Who owes.
    pub debtor: Option<usize>,
    /// Who is owed.
    pub creditor: Option<usize>,
    /// The creditor may call it.
    pub callable: bool,
    /// Amount, USD bn.
    pub amount: f64,
    /// Name in the scenario.
    pub name: String,
}
