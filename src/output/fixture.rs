//! A world of names, for tests of tables and reports.

use crate::model::system::{ExternalPriority, Lender, LenderType, OpeningBalance};

/// A lender that has and owes nothing, at that rank of the scenario.
pub(crate) fn lender(name: &str, place: usize) -> Lender {
    Lender {
        name: name.into(),
        place,
        kind: LenderType::Bank,
        cash: 0.0,
        other_assets: 0.0,
        opening: OpeningBalance::Equity(0.0),
        external_priority: ExternalPriority::Senior,
        rwa_other: 0.0,
        risk_weight: 1.0,
        required_capital: 0.0,
        fail_ratio: 0.045,
        min_ratio: 0.07,
        max_leverage: 1.5,
        target_leverage: 1.1,
        new_lending: 0.0,
        income_q: 0.0,
        sales_margin: 0.0,
    }
}
