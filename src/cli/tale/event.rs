//! One event of a story as a sentence.

use std::fmt::Write as _;

use crate::cli::tale::{SMALL, bn};
use crate::cli::wording::{percent, significant};
use crate::story::{Because, Event, Part};

/// Fall of a price factor that shows in three digits.
const VISIBLE: f64 = 0.0005;

/// One event; losses and failures are told together after the others.
pub(super) fn sentence(event: &Event) -> Option<String> {
    Some(match event {
        Event::Jump { jump, count: 1 } => format!("A jump strikes: {jump}."),
        Event::Jump { jump, count } => format!("{count} jumps strike: {jump}."),
        Event::Shock { shock, targets, size } => {
            let size = if *size > 0.0 { format!(", size {}", significant(*size, 3)) } else { String::new() };
            format!("The scheduled shock {shock} strikes: {}{size}.", targets.join(", "))
        }
        Event::Breach { .. } => breach(event)?,
        Event::Maturity { .. } => maturity(event)?,
        Event::Gap { obligor, due_usd_bn, cash_usd_bn, means } => {
            format!("{obligor} owes {} bn and has {}: it {}.", bn(*due_usd_bn), bn(*cash_usd_bn), filled(means))
        }
        Event::Backstop { payer, recipient, paid_usd_bn } => {
            format!("{payer} pays {recipient} {} bn for capacity it could not let.", bn(*paid_usd_bn))
        }
        Event::Guarantee { facility, guarantor, paid_usd_bn } => {
            format!("{guarantor} pays {} bn under its guarantee of {facility}.", bn(*paid_usd_bn))
        }
        Event::Default { .. } => default(event)?,
        Event::GpuPrice { before, after, .. } if before - after < VISIBLE => return None,
        Event::GpuPrice { region, before, after } => format!(
            "The chips sold in {region} press their price from {} to {} of its fair level.",
            significant(*before, 3),
            significant(*after, 3)
        ),
        Event::RedemptionRequest { fund, usd_bn, gated } => {
            let gate = if *gated { ", all that its gate lets out" } else { "" };
            format!("Investors of {fund} ask for {} bn for next quarter{gate}.", bn(*usd_bn))
        }
        Event::Redemption { fund, paid_usd_bn, unpaid_usd_bn, suspended_before } if *unpaid_usd_bn >= SMALL => {
            let (paid, unpaid) = (bn(*paid_usd_bn), bn(*unpaid_usd_bn));
            let verb = if *suspended_before { "keeps redemptions suspended" } else { "suspends redemptions" };
            format!("{fund} pays its investors {paid} bn, leaves {unpaid} unpaid and {verb}.")
        }
        Event::Redemption { fund, paid_usd_bn, .. } => format!("{fund} pays its investors {} bn.", bn(*paid_usd_bn)),
        Event::CallPlaced { claim, creditor, debtor, usd_bn } => {
            format!("{creditor} calls {} bn of its line {claim} to {debtor}, due next quarter.", bn(*usd_bn))
        }
        Event::Call { claim, debtor, paid_usd_bn, unpaid_usd_bn, due_quarter } => {
            let unpaid = match *unpaid_usd_bn >= SMALL {
                true => format!("; {} bn stays unpaid, due since quarter {due_quarter}", bn(*unpaid_usd_bn)),
                false => String::new(),
            };
            format!("{debtor} pays {} bn called on {claim}{unpaid}.", bn(*paid_usd_bn))
        }
        Event::Deleveraging { fund, usd_bn } => {
            format!("{fund}, above its target leverage, repays up to {} bn of debt.", bn(*usd_bn))
        }
        Event::CreditSale { lender, fair_value_usd_bn, discount } => {
            let sold = bn(*fair_value_usd_bn);
            format!("{lender} sells credit worth {sold} bn at a discount of {}.", percent(*discount))
        }
        Event::Loss(_) | Event::Failure { .. } => return None,
    })
}

fn breach(event: &Event) -> Option<String> {
    let Event::Breach { facility, borrower, balance_usd_bn, collateral_usd_bn, ltv_max, breaches, forgiven, .. } =
        event
    else {
        return None;
    };
    let Event::Breach { swept_usd_bn, cure_usd_bn, .. } = event else { return None };
    let against = match *collateral_usd_bn > 0.0 {
        true => format!("loan-to-value {}", percent(balance_usd_bn / collateral_usd_bn)),
        false => "nothing left behind it".to_owned(),
    };
    let mut text = format!(
        "{borrower} breaks the covenant of {facility}: {} bn against collateral of {} bn, {against} over {}",
        bn(*balance_usd_bn),
        bn(*collateral_usd_bn),
        percent(*ltv_max)
    );
    let _ = write!(text, " (quarter {breaches} of breach, {forgiven} forgiven)");
    if *swept_usd_bn >= SMALL {
        let _ = write!(text, "; {} bn of cash is swept", bn(*swept_usd_bn));
    }
    if *cure_usd_bn >= SMALL {
        let _ = write!(text, "; {} bn falls due", bn(*cure_usd_bn));
    }
    Some(text + ".")
}

fn maturity(event: &Event) -> Option<String> {
    let Event::Maturity { facility, borrower, balance_usd_bn, rolled_usd_bn, pooled_usd_bn, gap_usd_bn, extended } =
        event
    else {
        return None;
    };
    let balance = bn(*balance_usd_bn);
    let gap = match (*gap_usd_bn >= SMALL, extended) {
        (false, _) => "nothing is left to pay".to_owned(),
        (true, true) => format!("the gap of {} bn is prolonged", bn(*gap_usd_bn)),
        (true, false) => format!("{} bn is left for {borrower} to pay", bn(*gap_usd_bn)),
    };
    let (rolled, pooled) = (bn(*rolled_usd_bn), bn(*pooled_usd_bn));
    Some(format!("{facility} matures: of {balance} bn its holders roll {rolled}, others lend {pooled}; {gap}."))
}

fn default(event: &Event) -> Option<String> {
    let Event::Default { obligor, cause, due_usd_bn, dues, cash_usd_bn, missing_usd_bn, .. } = event else {
        return None;
    };
    let Event::Default { exposure_usd_bn, loss_usd_bn, hardware_usd_bn, step_in_usd_bn, means, .. } = event else {
        return None;
    };
    let why = match *missing_usd_bn >= SMALL {
        true => {
            let (due, cash, missing) = (bn(*due_usd_bn), bn(*cash_usd_bn), bn(*missing_usd_bn));
            let found = if means.is_empty() { "and finds nothing:".to_owned() } else { found(means) };
            format!(
                "owes {due} bn ({}) and has {cash}, {found} {missing} is missing. It defaults: {}",
                parts(dues),
                cause_of(cause)
            )
        }
        false => format!("defaults: {}", cause_of(cause)),
    };
    let mut text = format!("{obligor} {why}.");
    if *exposure_usd_bn < SMALL {
        return Some(text + " It owes lenders nothing.");
    }
    let (debt, lost) = (bn(*exposure_usd_bn), percent(loss_usd_bn / exposure_usd_bn));
    let _ = match *loss_usd_bn >= SMALL {
        true => write!(text, " Of its {debt} bn of debt {} bn ({lost}) is lost to all who hold it", bn(*loss_usd_bn)),
        false => write!(text, " Its {debt} bn of debt is recovered in full"),
    };
    match step_in_usd_bn {
        Some(value) => {
            let _ = write!(text, "; they step in and run its contracts, worth {} bn to them", bn(*value));
        }
        None if *hardware_usd_bn >= SMALL => {
            let _ = write!(text, "; chips and sites worth {} bn before the sale are sold", bn(*hardware_usd_bn));
        }
        None => {}
    }
    Some(text + ".")
}

/// A failure of a lender.
pub(super) fn failure(event: &Event) -> Option<String> {
    let Event::Failure { lender, round, cause, because, payment_fraction, network_debt_usd_bn, .. } = event else {
        return None;
    };
    let mut text = format!("{lender} FAILS in round {round}: {}", why_it_fails(event)?);
    if !because.is_empty() && *cause != "scheduled" {
        let _ = write!(text, ". Since opening it lost {}", because.iter().map(reason).collect::<Vec<_>>().join(", "));
    }
    if *network_debt_usd_bn >= SMALL {
        let paid = percent(*payment_fraction);
        let _ = write!(text, ". Of {} bn owed to other lenders it pays {paid}", bn(*network_debt_usd_bn));
    }
    Some(text + ".")
}

fn why_it_fails(event: &Event) -> Option<String> {
    let Event::Failure { round, cause, equity_before_usd_bn, equity_usd_bn, threshold_usd_bn, overdue_usd_bn, .. } =
        event
    else {
        return None;
    };
    let (before, after, threshold) = (bn(*equity_before_usd_bn), bn(*equity_usd_bn), bn(*threshold_usd_bn));
    Some(match (*cause, round) {
        ("scheduled", _) => "the scenario says so, whatever its equity".to_owned(),
        // Decided before the first quarter; the balance sheet is that at its end.
        ("opening", _) => {
            format!(
                "its equity opened below its threshold; it has {before} bn now, and a threshold of {threshold} bn (opening)"
            )
        }
        _ if *overdue_usd_bn >= SMALL => {
            let overdue = bn(*overdue_usd_bn);
            format!("{overdue} bn called on its lines is unpaid beyond the grace (funding); its equity is {before} bn")
        }
        (cause, 0) => format!("equity {before} bn below its threshold of {threshold} bn ({cause})"),
        (cause, _) => format!(
            "equity of {before} bn falls to {after} bn with what the failures before it cost, below its threshold of {threshold} bn ({cause})"
        ),
    })
}

fn reason(because: &Because) -> String {
    let on = because.origin.name().map_or(String::new(), |name| format!(" on {name}"));
    format!("{}{on} ({})", bn(because.loss_usd_bn), because.channel)
}

/// Cause of a default in words, with its tag.
fn cause_of(tag: &str) -> String {
    let words = match tag {
        "latent" => "its credit gives way without a warning",
        "scheduled" => "the scenario says so",
        "covenant" => "an accelerated loan is due",
        "maturity" => "a loan is not refinanced in full",
        "contract" => "customers in default pay no more",
        "insolvency" => "it owes more than it is worth",
        _ => "its cash is burnt",
    };
    format!("{words} ({tag})")
}

/// What an obligor in default could have found.
fn found(means: &[Part]) -> String {
    let part = |part: &Part| match part.part {
        "capex" => format!("{} of capex dropped", bn(part.usd_bn)),
        "lines" => format!("{} drawn on lines", bn(part.usd_bn)),
        "draws" => format!("{} of planned draws", bn(part.usd_bn)),
        "equity" => format!("{} of new shares", bn(part.usd_bn)),
        "invoices" => format!("{} of invoices cut", bn(part.usd_bn)),
        _ => format!("{} from its sponsor", bn(part.usd_bn)),
    };
    format!("and even with {}", means.iter().map(part).collect::<Vec<_>>().join(", "))
}

fn filled(means: &[Part]) -> String {
    let by = |part: &Part| {
        let amount = bn(part.usd_bn);
        match part.part {
            "capex" => format!("drops {amount} of capex"),
            "lines" => format!("draws {amount} on its lines"),
            "draws" => format!("draws {amount} as planned"),
            "equity" => format!("issues {amount} of shares"),
            "invoices" => format!("leaves {amount} of invoices unpaid"),
            _ => format!("gets {amount} from its sponsor"),
        }
    };
    means.iter().map(by).collect::<Vec<_>>().join(", ")
}

fn parts(dues: &[Part]) -> String {
    let part = |due: &Part| format!("{} {}", due.part, bn(due.usd_bn));
    dues.iter().map(part).collect::<Vec<_>>().join(", ")
}
