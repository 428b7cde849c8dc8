//! A story in English.

mod event;
mod loss;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::tale::event::{failure, sentence};
use crate::cli::tale::loss::losses;
use crate::cli::wording::{counted, grouped, percent, significant, wrap};
use crate::story::{Chapter, Event, RegionMarket, Story};

/// Characters in a line.
const WIDTH: usize = 112;
/// Losses below this, USD bn, are added up as "others".
const SMALL: f64 = 0.0005;
/// Amounts that have a line of their own: at least so much, USD bn, and this share of the system loss.
const WORTH_TELLING: f64 = 0.02;
const WORTH_SHARE: f64 = 0.002;
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
            Some((1, trials)) => format!(", the largest system loss of {}", counted(trials, "trial", "trials")),
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
                (true, Some(false)) => ", failed (it survives without contagion)",
                (true, _) => ", failed",
                (false, Some(true)) => ", survived (it fails without contagion)",
                (false, _) => "",
            };
            let verb = if end.loss_usd_bn < 0.0 { "gained" } else { "lost" };
            let parts = channels.join(", ");
            let line = format!("{} {verb} {} bn ({parts}){fate}.", end.lender, bn(end.loss_usd_bn.abs()));
            text += &paragraph("  ", &line);
        }
        text += &paragraph("  ", &self.reconciliation());
        text
    }

    /// From the losses of all lenders to the system loss.
    fn reconciliation(&self) -> String {
        let all: f64 = self.story.lenders.iter().map(|end| end.loss_usd_bn).sum();
        let counted = self.story.system_loss_usd_bn;
        if (all - counted).abs() < SMALL {
            return format!("Together {} bn, the loss of the lenders.", bn(all));
        }
        format!(
            "Together {} bn. {} bn of it counts as loss of the lenders; the rest are losses of vendors, losses on claims on and stakes in \
             other lenders, which are counted there, and equity that a scheduled failure takes away.",
            bn(all),
            bn(counted)
        )
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
    let region = |market: &RegionMarket| {
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
