//! Losses of a quarter as sentences.

use crate::cli::tale::{SMALL, bn};
use crate::story::{Event, Loss, Origin};

/// Names told of one loss before the rest is "others".
const NAMED: usize = 5;

/// Losses of a quarter by what they come from, the lenders of each in order of size; small ones together.
pub(super) fn losses(events: &[Event], worth: f64) -> Vec<String> {
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
