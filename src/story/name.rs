//! Names of what happens and to whom.

use crate::model::ledger;
use crate::model::state::Dues;
use crate::model::system::{Means, Party, System, Target};
use crate::story::event::{Origin, Part};
use crate::story::witness::ROUNDING;

/// One side of a claim.
pub(super) fn side(system: &System, lender: Option<usize>) -> String {
    party_name(system, lender.map_or(Party::Outside, Party::Lender))
}

/// A party by its name.
pub(super) fn party_name(system: &System, party: Party) -> String {
    match party {
        Party::Outside => "outside".to_owned(),
        Party::Obligor(i) => system.obligors[i].name.clone(),
        Party::Lender(j) => system.lenders[j].name.clone(),
    }
}

/// A target as a scenario writes it.
pub(super) fn target_name(system: &System, target: Target) -> String {
    match target {
        Target::Demand => "demand".to_owned(),
        Target::Supply => "supply".to_owned(),
        Target::Equity => "equity".to_owned(),
        Target::Obsolescence => "obsolescence".to_owned(),
        Target::Confidence => "confidence".to_owned(),
        Target::FreezeRefinancing => "freeze_refinancing".to_owned(),
        Target::Honour(c) => format!("honour:{}", system.contracts[c].name),
        Target::Default(i) => format!("default:{}", system.obligors[i].name),
        Target::Fail(j) => format!("fail:{}", system.lenders[j].name),
    }
}

/// Whose misfortune a loss comes from.
pub(super) fn origin(system: &System, origin: ledger::Origin) -> Origin {
    match origin {
        ledger::Origin::None => Origin::None,
        ledger::Origin::Obligor(i) => Origin::Obligor(system.obligors[i].name.clone()),
        ledger::Origin::Lender(j) => Origin::Lender(system.lenders[j].name.clone()),
    }
}

/// Dues by name, the largest first.
pub(super) fn named(dues: &Dues) -> Vec<Part> {
    let all = [
        ("contracts", dues.contracts),
        ("interest", dues.interest),
        ("amortisation", dues.amortisation),
        ("sweep", dues.sweep),
        ("cure", dues.cure),
        ("maturity", dues.gap),
        ("capex", dues.capex),
    ];
    let mut named: Vec<Part> =
        all.into_iter().filter(|(_, usd_bn)| *usd_bn > ROUNDING).map(|(part, usd_bn)| Part { part, usd_bn }).collect();
    named.sort_by(|one, other| other.usd_bn.total_cmp(&one.usd_bn));
    named
}

/// A means of closing a gap, as a scenario writes it.
pub(super) fn means_name(means: Means) -> &'static str {
    match means {
        Means::Capex => "capex",
        Means::Lines => "lines",
        Means::Equity => "equity",
        Means::Invoices => "invoices",
        Means::Sponsor => "sponsor",
    }
}
