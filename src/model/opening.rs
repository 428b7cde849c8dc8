//! Opening values: what follows from the balance sheets of t = 0 (methods.md, opening).
//!
//! The scenario gives one side of each balance sheet; this file derives the other, with the collateral values, thresholds
//! and buffers that the opening checks compare. It allocates, so a trial derives its own from drawn numbers.

use crate::model::compute::book_share;
use crate::model::system::{Contract, Facility, Lender, LenderType, Obligor, OpeningBalance, Party, System, Trader};
use crate::units::per_quarter;

/// Passes after which funds that own each other are given up.
const STAKE_PASSES: usize = 10_000;

/// Largest relative change of a NAV in the last pass.
const STAKE_TOLERANCE: f64 = 1e-13;

/// V_i at t = 0: fleet at the book curve, and the site; rent, cycle and price factor are 1.
#[must_use]
pub fn asset_value(system: &System, obligor: &Obligor) -> f64 {
    let gpu = &system.gpu;
    let fleet: f64 = obligor.fleet.iter().map(|vintage| vintage.cost * book_share(gpu, vintage.age_q as f64)).sum();
    let used = obligor.site_age_q / gpu.site_life_q;
    fleet + obligor.site_cost * (1.0 - used).max(0.0)
}

/// X_i at t = 0: `contract_credit` times the remaining firm fees of the obligor's contracts as supplier.
///
/// The equation of 5.3 taken at t = 0: quarters s from max(start_q, 1) to end_q, discounted by the exponent s; the fee in
/// transit at opening is a receipt, not a remaining fee. Without a facility the base rate alone discounts.
#[must_use]
pub fn contract_value(system: &System, index: usize) -> f64 {
    let spread = system
        .facilities
        .iter()
        .filter(|facility| facility.borrower == index)
        .map(|facility| facility.spread_pa)
        .reduce(f64::min)
        .unwrap_or(0.0);
    let discount = 1.0 / (1.0 + per_quarter(system.credit.base_rate_pa + spread));
    system
        .contracts
        .iter()
        .filter(|contract| contract.supplier == Trader::Obligor(index))
        .map(|contract| {
            let credit = contract.contract_credit.unwrap_or(system.gpu.contract_credit);
            credit * contract.take_or_pay * fees(contract, discount)
        })
        .sum()
}

fn fees(contract: &Contract, discount: f64) -> f64 {
    let first = (contract.start_q as i64).max(1);
    let mut factor = libm::pow(discount, first as f64);
    let mut sum = 0.0;
    for quarter in first..=contract.end_q as i64 {
        sum += factor * contract.fee.at(quarter);
        factor *= discount;
    }
    sum
}

/// K_f at t = 0: the facility's slice of max(V, X) and its pledge of other assets.
#[must_use]
pub fn collateral_value(system: &System, facility: &Facility) -> f64 {
    let obligor = &system.obligors[facility.borrower];
    let worth = asset_value(system, obligor).max(contract_value(system, facility.borrower));
    facility.collateral * worth + facility.pledge_other * obligor.other_assets
}

/// The opening balance sheet of one lender.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OpeningSheet {
    /// Face of loans held, USD bn.
    pub loans: f64,
    /// All assets, USD bn.
    pub assets: f64,
    /// Debt to other lenders: l_j, USD bn.
    pub network_debt: f64,
    /// External debt D_j, USD bn; negative where the given equity exceeds the assets.
    pub external_debt: f64,
    /// Equity or NAV E_j, USD bn.
    pub equity: f64,
    /// Failure threshold theta_j in equity terms, USD bn.
    pub threshold: f64,
}

impl OpeningSheet {
    /// b_j = E_j - theta_j, USD bn.
    #[must_use]
    pub fn buffer(&self) -> f64 {
        self.equity - self.threshold
    }
}

/// Opening balance sheets of all lenders, in the order of [`System::lenders`]; `None` where funds own one another so fully
/// that their NAV is not determined.
#[must_use]
pub fn lender_sheets(system: &System) -> Option<Vec<OpeningSheet>> {
    let count = system.lenders.len();
    let loans = loans(system);
    let (claims, debts) = network(system);
    let stakes = equity_stakes(system);
    let own: Vec<f64> = (0..count)
        .map(|j| {
            let lender = &system.lenders[j];
            lender.cash + lender.other_assets + loans[j] + claims[j] + stakes[j]
        })
        .collect();
    let equity = net_asset_values(system, &own, &debts)?;
    let mut assets = own;
    for stake in &system.fund_stakes {
        if let Party::Lender(j) = stake.holder {
            assets[j] += stake.share * equity[stake.of].max(0.0);
        }
    }
    Some(
        (0..count)
            .map(|j| {
                let external_debt = match system.lenders[j].opening {
                    OpeningBalance::Equity(given) => assets[j] - given - debts[j],
                    OpeningBalance::ExternalDebt(given) => given,
                };
                let debt = external_debt + debts[j];
                OpeningSheet {
                    loans: loans[j],
                    assets: assets[j],
                    network_debt: debts[j],
                    external_debt,
                    equity: equity[j],
                    threshold: threshold(&system.lenders[j], loans[j], debt),
                }
            })
            .collect(),
    )
}

fn loans(system: &System) -> Vec<f64> {
    let mut loans = vec![0.0; system.lenders.len()];
    for facility in &system.facilities {
        for (lender, share) in &facility.holders {
            loans[*lender] += share * facility.amount;
        }
    }
    loans
}

fn network(system: &System) -> (Vec<f64>, Vec<f64>) {
    let mut claims = vec![0.0; system.lenders.len()];
    let mut debts = vec![0.0; system.lenders.len()];
    for claim in &system.claims {
        if let Some(creditor) = claim.creditor {
            claims[creditor] += claim.amount;
        }
        if let Some(debtor) = claim.debtor {
            debts[debtor] += claim.amount;
        }
    }
    (claims, debts)
}

fn equity_stakes(system: &System) -> Vec<f64> {
    let mut stakes = vec![0.0; system.lenders.len()];
    for stake in &system.equity_stakes {
        if let Party::Lender(holder) = stake.holder {
            stakes[holder] += stake.amount;
        }
    }
    stakes
}

/// E_j = own assets + sum of s_kj max(E_k, 0) - D_j - l_j where debt is given: repeated until funds of funds settle.
fn net_asset_values(system: &System, own: &[f64], debts: &[f64]) -> Option<Vec<f64>> {
    let base: Vec<f64> = system
        .lenders
        .iter()
        .enumerate()
        .map(|(j, lender)| match lender.opening {
            OpeningBalance::Equity(given) => given,
            OpeningBalance::ExternalDebt(given) => own[j] - given - debts[j],
        })
        .collect();
    let mut values = base.clone();
    for _ in 0..STAKE_PASSES {
        let mut next = base.clone();
        for stake in &system.fund_stakes {
            let Party::Lender(j) = stake.holder else {
                continue;
            };
            if matches!(system.lenders[j].opening, OpeningBalance::ExternalDebt(_)) {
                next[j] += stake.share * values[stake.of].max(0.0);
            }
        }
        let settled =
            values.iter().zip(&next).all(|(old, new)| (old - new).abs() <= STAKE_TOLERANCE * (1.0 + new.abs()));
        values = next;
        if settled {
            return Some(values);
        }
    }
    None
}

fn threshold(lender: &Lender, loans: f64, debt: f64) -> f64 {
    match lender.kind {
        LenderType::Bank => lender.fail_ratio * (lender.rwa_other + lender.risk_weight * loans),
        LenderType::Insurer => lender.fail_ratio * lender.required_capital,
        LenderType::CreditFund => debt / lender.max_leverage,
        LenderType::BondFund | LenderType::Vendor => 0.0,
    }
}
