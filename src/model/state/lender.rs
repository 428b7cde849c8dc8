//! Lenders and stakes in funds in a quarter.

use crate::model::other_book::ExcessLoss;
use crate::model::state::LiquidityState;

/// A stake in a fund in a quarter.
#[derive(Debug, Clone, Copy, Default)]
pub struct FundStakeState {
    /// Carrying value: share of the published NAV.
    pub carrying: f64,
    /// Cash due next quarter after the fund's failure.
    pub due: f64,
    /// The fund has failed.
    pub settled: bool,
}

/// A lender in a quarter. What every payment to it moves lies in one cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub struct LenderState {
    /// Has not failed.
    pub alive: bool,
    /// Starts below its threshold: fails in quarter 1.
    pub impaired: bool,
    /// A scheduled shock fails it this quarter.
    pub scheduled: bool,
    /// Cash now.
    pub cash: f64,
    /// Income retained since opening.
    pub income: f64,
    /// AI loans at carrying value.
    pub loans: f64,
    /// Stakes in obligors and funds at carrying value.
    pub stakes: f64,
    /// Notes of risk transfers that it sold.
    pub notes: f64,
    /// Other assets.
    pub other_assets: f64,
    /// External debt D_j.
    pub external_debt: f64,
    /// Network debt l_j.
    pub network_debt: f64,
    /// Claims it holds on others at carrying value.
    pub claims: f64,
    /// Claims it holds on others at face.
    pub claims_face: f64,
    /// Equity E_j (or NAV).
    pub equity: f64,
    /// Threshold theta_j.
    pub threshold: f64,
    /// Opening buffer b_j,0.
    pub opening_buffer: f64,
    /// Willingness to lend w_j.
    pub willingness: f64,
    /// Opening equity.
    pub opening_equity: f64,
    /// Opening capital ratio.
    pub opening_ratio: f64,
    /// Capital ratio at the last closing of its books; none where it has none.
    pub capital_ratio: Option<f64>,
    /// Largest fall of the capital ratio below the opening one so far; not positive.
    pub depletion: f64,
    /// Largest shortfall to the minimum ratio so far.
    pub shortfall: f64,
    /// Buffer at and above which it is fully willing to lend.
    pub full_buffer: f64,
    /// What a fund may still lend this quarter; infinite for others.
    pub lendable: f64,
    /// Calls, redemptions and sales of credit.
    pub liquidity: LiquidityState,
    /// Share of its debt that a fund repays this quarter.
    pub repaid_share: f64,
    /// What borrowers ask of it at one stage.
    pub asked: f64,
    /// Weight in the refinancing pool.
    pub pool_weight: f64,
    /// What a fund could lend through the pool.
    pub pool_limit: f64,
    /// Paid out on loans since opening: drawn lines and its part of refinancing.
    pub lent: f64,
    /// Instalments paid to obligors since opening.
    pub invested: f64,
    /// Hardware sold to obligors since opening.
    pub sold: f64,
    /// Opening total assets.
    pub opening_assets: f64,
    /// What it opens with in the AI sector: loans, stakes in obligors, notes.
    pub opening_sector: f64,
    /// External debt given at opening, with what a larger AI sector adds to it; unread where debt balances.
    pub opening_debt: f64,
    /// Law of the losses in the rest of its book.
    pub other_book: Option<ExcessLoss>,
}
