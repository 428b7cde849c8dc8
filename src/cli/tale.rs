//! A story in English.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::wording::{grouped, percent, significant, wrap};
use crate::story::{Because, Chapter, Event, Loss, Origin, Part, Story};

/// Characters in a line.
const WIDTH: usize = 112;
/// Losses below this, USD bn, are added up as "others".
const SMALL: f64 = 0.0005;
/// Amounts that have a line of their own: at least so much, USD bn, and this share of the system loss.
const WORTH_TELLING: f64 = 0.02;
const WORTH_SHARE: f64 = 0.002;
/// Names told of one loss before the rest is "others".
const NAMED: usize = 5;
/// Fall of a price factor that shows in three digits.
const VISIBLE: f64 = 0.0005;
/// Changes of the market worth a word.
const NOTABLE: f64 = 0.05;

/// What is told, and of what.
pub(crate) struct Tale<'a> {
    /// Title of the scenario.
    pub(crate) title: &'a str,
    /// Its name.
    pub(crate) scenario: &'a str,
    /// The trial.
    pub(crate) story: &'a Story,
    /// Its rank by system loss and the trials it was searched in.
    pub(crate) rank: Option<(usize, u64)>,
}

impl Tale<'_> {
    /// For machines.
    pub(crate) fn json(&self) -> Result<Value, serde_json::Error> {
        let rank = self.rank.map(|(rank, trials)| json!({ "rank": rank, "of_trials": trials }));
        Ok(
            json!({ "scenario": self.scenario, "title": self.title, "worst": rank, "story": serde_json::to_value(self.story)? }),
        )
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = paragraph("", &self.heading());
        let worth = WORTH_TELLING.max(WORTH_SHARE * self.story.system_loss_usd_bn);
        let mut before: Option<&Chapter> = None;
        let mut quiet: Vec<i64> = Vec::new();
        for chapter in &self.story.chapters {
            let lines = told(chapter, before, worth);
            before = Some(chapter);
            if lines.is_empty() {
                quiet.push(chapter.quarter);
                continue;
            }
            text += &silence(&mut quiet);
            text += &format!("\n{}\n", heading(chapter));
            lines.iter().for_each(|line| text += &paragraph("  ", line));
        }
        text += &silence(&mut quiet);
        text += &self.ending();
        text
    }

    fn heading(&self) -> String {
        let Story { trial, seed, system_loss_usd_bn, .. } = self.story;
        let rank = match self.rank {
            Some((1, trials)) => format!(", the largest system loss of {} trials", grouped(trials)),
            Some((rank, trials)) => format!(", rank {rank} by system loss of {} trials", grouped(trials)),
            None => String::new(),
        };
        let twin = self
            .story
            .twin_system_loss_usd_bn
            .map_or(String::new(), |twin| format!(" The same trial without contagion loses {} bn.", bn(twin)));
        let loss = bn(*system_loss_usd_bn);
        format!("{}. Trial {trial} of seed {seed}{rank}: the lenders lose {loss} bn.{twin}", self.title)
    }

    /// What every lender lost, and who failed.
    fn ending(&self) -> String {
        let mut ends: Vec<_> = self.story.lenders.iter().collect();
        ends.sort_by(|one, other| other.loss_usd_bn.total_cmp(&one.loss_usd_bn));
        let mut text = "\nIn the end\n".to_owned();
        for end in ends.iter().filter(|end| end.loss_usd_bn.abs() >= SMALL || end.failed) {
            let channels = end.channels.iter().filter(|part| part.loss_usd_bn.abs() >= SMALL);
            let channels: Vec<String> =
                channels.map(|part| format!("{} {}", part.channel, bn(part.loss_usd_bn))).collect();
            let fate = match (end.failed, end.failed_in_twin) {
                (true, Some(false)) => ", failed, by contagion: without it, it survives",
                (true, _) => ", failed",
                (false, Some(true)) => ", survived, but fails without contagion",
                (false, _) => "",
            };
            let verb = if end.loss_usd_bn < 0.0 { "gained" } else { "lost" };
            let parts = channels.join(", ");
            let line = format!("{} {verb} {} bn ({parts}){fate}.", end.lender, bn(end.loss_usd_bn.abs()));
            text += &paragraph("  ", &line);
        }
        text
    }
}

/// Lines of a quarter; none if nothing happened.
fn told(chapter: &Chapter, before: Option<&Chapter>, worth: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let events = &chapter.events;
    let moved = market(chapter, before);
    if !moved.is_empty() {
        lines.push(format!("{}.", capital(&moved.join("; "))));
    }
    let (ahead, now): (Vec<_>, Vec<_>) = events.iter().partition(|event| asks(event));
    lines.extend(now.iter().copied().filter_map(sentence));
    let fails = |event: &Event| matches!(event, Event::Failure { .. });
    let (before, after) = events.split_at(events.iter().position(fails).unwrap_or(events.len()));
    lines.extend(losses(before, worth));
    lines.extend(after.iter().filter_map(failure));
    lines.extend(losses(after, worth));
    lines.extend(ahead.into_iter().filter(|event| amount_asked(event) >= worth).filter_map(sentence));
    lines
}

/// Is it about the next quarter, and so told last?
fn asks(event: &Event) -> bool {
    matches!(event, Event::RedemptionRequest { .. } | Event::CallPlaced { .. })
}

fn amount_asked(event: &Event) -> f64 {
    match event {
        Event::RedemptionRequest { usd_bn, .. } | Event::CallPlaced { usd_bn, .. } => *usd_bn,
        _ => 0.0,
    }
}

/// `Quarter 7: utilisation us 0.61; ...`
fn heading(chapter: &Chapter) -> String {
    let region = |market: &crate::story::RegionMarket| {
        format!("{}: use {}, rent {}", market.region, percent(market.utilisation), significant(market.rent, 3))
    };
    let regions: Vec<String> = chapter.regions.iter().map(region).collect();
    format!(
        "Quarter {} ({}; AI shares {}, confidence {})",
        chapter.quarter,
        regions.join("; "),
        significant(chapter.equity_index, 3),
        significant(chapter.confidence, 2)
    )
}

/// Moves of the market against the quarter before that are worth a word.
fn market(chapter: &Chapter, before: Option<&Chapter>) -> Vec<String> {
    let mut moved = Vec::new();
    for (place, now) in chapter.regions.iter().enumerate() {
        if now.demand_growth <= -NOTABLE {
            moved.push(format!(
                "demand for compute in {} falls by {}",
                now.region,
                percent(1.0 - libm::exp(now.demand_growth))
            ));
        }
        let rent = before.map_or(1.0, |before| before.regions[place].rent);
        if now.rent <= rent * (1.0 - NOTABLE) {
            moved.push(format!("rents in {} fall by {}", now.region, percent(1.0 - now.rent / rent)));
        }
    }
    let index = before.map_or(1.0, |before| before.equity_index);
    let change = chapter.equity_index / index - 1.0;
    if change <= -2.0 * NOTABLE {
        moved.push(format!("AI shares fall by {}", percent(-change)));
    }
    moved
}

/// One event; losses and failures are told together after the others.
fn sentence(event: &Event) -> Option<String> {
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
            format!("{fund} pays its investors {paid} bn, cannot pay {unpaid} more and {verb}.")
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

/// Losses of a quarter by what they come from, the lenders of each in order of size; small ones together.
fn losses(events: &[Event], worth: f64) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&Loss>)> = Vec::new();
    for event in events {
        let Event::Loss(loss) = event else { continue };
        let on = source(loss);
        match groups.iter_mut().find(|(known, _)| *known == on) {
            Some((_, group)) => group.push(loss),
            None => groups.push((on, vec![loss])),
        }
    }
    let (told, small): (Vec<_>, Vec<_>) = groups.iter().partition(|(_, group)| total(group).abs() >= worth);
    let mut lines: Vec<String> = told.into_iter().map(|(on, group)| loss(on, group)).collect();
    let rest: f64 = small.iter().map(|(_, group)| total(group)).sum();
    if rest.abs() >= SMALL {
        let verb = if rest < 0.0 { "gain" } else { "lose" };
        let names: Vec<&str> = small.iter().map(|(on, _)| on.as_str()).collect();
        lines.push(format!("They {verb} {} bn more {}.", bn(rest.abs()), names.join(", ")));
    }
    lines
}

/// What a loss is on, in words; stakes in funds and marks are one thing each, whichever the fund or debtor.
fn source(loss: &Loss) -> String {
    match (loss.channel, &loss.origin) {
        ("fund_stake", _) => "on stakes in funds".to_owned(),
        ("mark", _) => "by marks of performing loans".to_owned(),
        ("network_mark", _) => "by marks of claims on lenders".to_owned(),
        (_, Origin::Obligor(name) | Origin::Lender(name)) => format!("on {name}"),
        ("bankruptcy", Origin::None) => "as costs of their own failure".to_owned(),
        ("srt", Origin::None) => "on coupons of risk transfers".to_owned(),
        ("short", Origin::None) => "on shorts of the index".to_owned(),
        ("funding", Origin::None) => "by selling credit below its value".to_owned(),
        (channel, Origin::None) => format!("on {}", channel.replace('_', " ")),
    }
}

fn total(group: &[&Loss]) -> f64 {
    group.iter().map(|loss| loss.loss_usd_bn).sum()
}

/// Sums by a name of the loss, the largest first.
fn sums<'a>(group: &[&'a Loss], name: fn(&'a Loss) -> &'a str) -> Vec<(&'a str, f64)> {
    let mut sums: Vec<(&str, f64)> = Vec::new();
    for loss in group {
        match sums.iter_mut().find(|(known, _)| *known == name(loss)) {
            Some((_, sum)) => *sum += loss.loss_usd_bn,
            None => sums.push((name(loss), loss.loss_usd_bn)),
        }
    }
    sums.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    sums
}

fn loss(on: &str, group: &[&Loss]) -> String {
    let total = total(group);
    let (verb, sign) = if total < 0.0 { ("gain", -1.0) } else { ("lose", 1.0) };
    let channels = sums(group, |loss| loss.channel);
    let parts = match channels.as_slice() {
        [(channel, _)] => match sums(group, |loss| loss.origin.name().unwrap_or_default()).as_slice() {
            [_] => (*channel).to_owned(),
            origins => listed(origins, sign),
        },
        several => listed(several, sign),
    };
    let lenders = listed(&sums(group, |loss| &loss.lender), sign);
    format!("Lenders {verb} {} bn {on} ({parts}): {lenders}.", bn(total.abs()))
}

/// The largest sums by name, and the rest as others.
fn listed(sums: &[(&str, f64)], sign: f64) -> String {
    let named = sums.iter().take(NAMED).filter(|(_, sum)| sum.abs() >= SMALL).count();
    let (first, rest) = sums.split_at(named);
    let mut list: Vec<String> = first.iter().map(|(name, sum)| format!("{name} {}", bn(sign * sum))).collect();
    let sum: f64 = rest.iter().map(|(_, sum)| sum).sum();
    if sum.abs() >= SMALL {
        let others = if rest.len() == 1 { "1 other".to_owned() } else { format!("{} others", rest.len()) };
        list.push(format!("{others} {}", bn(sign * sum)));
    }
    list.join(", ")
}

fn failure(event: &Event) -> Option<String> {
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

/// Quarters in which nothing happened, and forgets them.
fn silence(quiet: &mut Vec<i64>) -> String {
    let line = match (quiet.first(), quiet.last()) {
        (Some(first), Some(last)) if first == last => format!("\nQuarter {first}: nothing is missed or broken.\n"),
        (Some(first), Some(last)) => format!("\nQuarters {first} to {last}: nothing is missed or broken.\n"),
        _ => String::new(),
    };
    quiet.clear();
    line
}

/// A line wrapped, its first line indented once and the others twice.
fn paragraph(indent: &str, line: &str) -> String {
    let wrapped = wrap(line, WIDTH - 2 * indent.len());
    let mut text = String::new();
    for (place, line) in wrapped.lines().enumerate() {
        let deeper = if place > 0 { indent } else { "" };
        let _ = writeln!(text, "{indent}{deeper}{line}");
    }
    text
}

/// An amount of USD bn: three digits, and no more than to the million.
fn bn(amount: f64) -> String {
    if amount.abs() < SMALL {
        return "0".to_owned();
    }
    let rounded = (amount * 1000.0).round() / 1000.0;
    let text = significant(rounded, 3);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
