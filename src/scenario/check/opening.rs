//! Opening checks: balance sheets that balance, lenders that stand, covenants that hold, all at the median of every law.

use crate::model::facility::secured;
use crate::model::lender::{largest_scale, opening_nav_is_settled};
use crate::model::obligor::purely_latent;
use crate::model::state::{LenderState, State};
use crate::model::system::{Accounting, Lender, OpeningBalance, SolvencyBasis, System};
use crate::model::trial::opening;
use crate::scenario::check::plain;
use crate::scenario::error::{Code, Report};
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::entity::Entity;
use crate::scenario::file::lender as file;

/// Rounding allowed in a balancing figure, relative to the assets.
const BALANCE_TOLERANCE: f64 = 1e-12;

/// Tells `report` every lender that could not stand at t = 0 and every facility above its covenant.
pub(in crate::scenario) fn check_opening(file: &ScenarioFile, system: &System, report: &mut Report) {
    let state = opening(system);
    if !opening_nav_is_settled(system, &state) {
        let place = file.stake.0.first().map(|stake| stake.name.span.clone());
        let message = "funds own one another so fully that their net asset value is not determined";
        report.push(place.unwrap_or_default(), Code::Inconsistent, message, None);
        return;
    }
    check_room(file, system, &state, report);
    for (lender, own) in system.lenders.iter().zip(&state.lenders) {
        if let Some(entity) = file.lender.named(&lender.name) {
            check_lender(entity, (lender.opening, system.scale), own, report);
        }
    }
    check_covenants(file, system, &state, report);
    check_reference_equity(file, system, &state, report);
}

/// A bond fund has no debt: its other assets must make room for all that the scale adds to its loans.
fn check_room(file: &ScenarioFile, system: &System, state: &State, report: &mut Report) {
    let Some((fund, largest)) = largest_scale(system, state) else {
        return;
    };
    if let Some(scale) = &file.run.keys.scale
        && scale.value > 1.0
        && scale.value > largest * (1.0 + BALANCE_TOLERANCE)
    {
        let Lender { name, other_assets, .. } = &system.lenders[fund];
        let message = format!("`scale` {} is more than the bond fund `{name}` has room for", scale.value);
        let loans = plain(state.lenders[fund].opening_sector / system.scale);
        // Rounded down, so that bond funds have room at the number told.
        let largest = (largest * 1e9).floor() / 1e9;
        let hint = format!(
            "no bond fund has room above {largest}: loans of {loans} grow at the expense of other assets of {}; buffers of \
             other lenders may end earlier",
            plain(*other_assets)
        );
        report.push(scale.span.clone(), Code::Inconsistent, message, Some(hint));
    }
}

fn check_lender(
    entity: &Entity<file::Lender>,
    (opening, scale): (OpeningBalance, f64),
    own: &LenderState,
    report: &mut Report,
) {
    let name = &entity.name.value;
    let equity = entity.equity.as_ref().map(|equity| equity.span.clone());
    let debt = entity.external_debt.as_ref().map(|debt| debt.span.clone());
    let given = equity.or(debt).unwrap_or(entity.name.span.clone());
    let assets = own.external_assets() + own.claims;
    let most = assets - own.network_debt;
    if let OpeningBalance::Equity(equity) = opening
        && most - equity < -BALANCE_TOLERANCE * (1.0 + assets)
    {
        let short = plain(most - equity);
        let message = format!("`{name}`: the balancing external debt is {short}, expected at least 0{}", at(scale));
        let (parts, [assets, owed, most]) = (parts(own), [assets, own.network_debt, most].map(plain));
        let hint = format!("assets are {assets} ({parts}), debt to lenders {owed}: equity is at most {most}");
        report.push(given, Code::Inconsistent, message, Some(hint));
        return;
    }
    // A fund without debt and without assets has nothing to lose, but its willingness needs a buffer to compare with.
    if own.opening_buffer <= 0.0 {
        let [equity, threshold] = [own.opening_equity, own.opening_equity - own.opening_buffer].map(plain);
        let message =
            format!("`{name}`: equity {equity} leaves no buffer above the threshold {threshold}{}", at(scale));
        let hint = match opening {
            OpeningBalance::Equity(_) => "it would fail in quarter 1".to_owned(),
            OpeningBalance::ExternalDebt(_) => {
                let [assets, debt, owed] = [assets, own.external_debt, own.network_debt].map(plain);
                format!("assets are {assets} ({}), external debt {debt}, debt to lenders {owed}", parts(own))
            }
        };
        report.push(given, Code::Inconsistent, message, Some(hint));
    }
}

/// The assets that a scenario gives by other tables than the lender's own.
fn parts(own: &LenderState) -> String {
    let loans = format!("loans {}", plain(own.loans));
    match own.notes > 0.0 {
        true => format!("{loans}, notes of risk transfers {}", plain(own.notes)),
        false => loans,
    }
}

/// What a message adds where the AI sector is not as written.
fn at(scale: f64) -> String {
    if scale == 1.0 { String::new() } else { format!(" (at `[run] scale` {scale})") }
}

fn check_covenants(file: &ScenarioFile, system: &System, state: &State, report: &mut Report) {
    for (facility, own) in system.facilities.iter().zip(&state.facilities) {
        let value = own.collateral_value;
        // Without collateral there is no test (methods.md, 5.1).
        if facility.ltv_max.is_infinite() || !secured(facility) || own.balance <= 0.0 {
            continue;
        }
        let ltv = own.balance / value;
        let entity = file.facility.named(&facility.name);
        let place = entity.and_then(|entity| entity.ltv_max.as_ref());
        if ltv > facility.ltv_max
            && let Some(ltv_max) = place
        {
            let message = format!(
                "`{}` opens at a loan-to-value of {ltv:.6}, above `ltv_max` {}",
                facility.name, facility.ltv_max
            );
            let hint = format!("amount {}, collateral {}", plain(own.balance), plain(value));
            report.push(ltv_max.span.clone(), Code::Inconsistent, message, Some(hint));
        }
    }
}

/// Marks of loans measure distress by equity: who may be marked must open with some.
fn check_reference_equity(file: &ScenarioFile, system: &System, state: &State, report: &mut Report) {
    if !system.switches.loan_marks {
        return;
    }
    for (i, (obligor, own)) in system.obligors.iter().zip(&state.obligors).enumerate() {
        let Some(entity) = file.obligor.named(&obligor.name) else { continue };
        let Some(holder) = holder_at_fair_value(system, i).filter(|_| own.equity <= 0.0) else { continue };
        let [equity, debt] = [own.equity, state.links.facilities[i].iter().map(|f| state.facilities[*f].balance).sum()];
        let [equity, debt] = [equity, debt].map(plain);
        let message = format!(
            "`{}` opens with equity {equity}: nothing to measure its distress by, and `{holder}` may hold its loans at \
             fair value",
            obligor.name
        );
        let basis = match obligor.solvency_basis {
            SolvencyBasis::Market => "give it a `market_cap`".to_owned(),
            SolvencyBasis::Assets => {
                format!("give it assets beyond its debt of {debt}, or `solvency_basis = \"market\"`")
            }
        };
        let hint = format!("{basis}; or `accounting = \"accrual\"` for `{holder}`; or `[channels] loan_marks = false`");
        report.push(entity.name.span.clone(), Code::Inconsistent, message, Some(hint));
    }
}

/// A lender at fair value that holds a loan of this obligor, or may when it is refinanced.
fn holder_at_fair_value(system: &System, obligor: usize) -> Option<&str> {
    let latent = purely_latent(&system.obligors[obligor]);
    let mut own = system.facilities.iter().filter(|facility| facility.borrower == obligor);
    own.find_map(|facility| {
        let mut lenders = system.lenders.iter().enumerate();
        let found = lenders.find(|(j, lender)| {
            let holds = facility.holders.iter().any(|(holder, _)| holder == j);
            let lends = !latent && lender.new_lending > 0.0;
            lender.accounting == Accounting::FairValue && (holds || lends)
        });
        found.map(|(_, lender)| lender.name.as_str())
    })
}
