//! One trial as a story: what happened in which quarter, to whom, because of whom, with amounts.
//!
//! A [`Witness`] looks on while the trial runs and changes nothing, so the story is the trial to the last bit; amounts of
//! losses are the very postings of the ledger. All types serialise; amounts are USD bn.

mod event;
mod name;
mod witness;

pub use event::{Because, Chapter, Event, Loss, Origin, Part, RegionMarket};
pub use witness::Witness;

use serde::Serialize;

use crate::model::clearing::ClearingError;
use crate::model::driver::Draws;
use crate::model::outcome::{Channel, FIXED_ONE, Fixed, Outcome};
use crate::model::system::System;
use crate::model::trial::{self, TrialError, Workspace};
use crate::random::Streams;

/// Why a story cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// The claims between lenders form no network.
    #[error(transparent)]
    Network(#[from] ClearingError),
    /// The trial could not be finished.
    #[error(transparent)]
    Trial(#[from] TrialError),
}

/// A trial that is told.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// Number of the trial, from 0.
    pub trial: u64,
    /// Seed of the run that it belongs to.
    pub seed: u64,
    /// Loss of all lenders but vendors, without the intra-system channels.
    pub system_loss_usd_bn: f64,
    /// The same without contagion; none where the run has no twin.
    pub twin_system_loss_usd_bn: Option<f64>,
    /// Uncertain parameters as drawn.
    pub parameters: Vec<DrawnParameter>,
    /// Quarters in which something happened, and the market in all of them.
    pub chapters: Vec<Chapter>,
    /// What became of every lender that lost or failed, in the order of the scenario.
    pub lenders: Vec<LenderEnd>,
}

/// An uncertain parameter as drawn in this trial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrawnParameter {
    /// Key path in the scenario.
    pub path: String,
    /// Its value.
    pub value: f64,
}

/// A lender at the end.
#[derive(Debug, Clone, Serialize)]
pub struct LenderEnd {
    /// Name.
    pub lender: String,
    /// Losses over all channels, gains negative.
    pub loss_usd_bn: f64,
    /// Losses by channel, those that are not 0.
    pub channels: Vec<ChannelLoss>,
    /// Failed in this trial.
    pub failed: bool,
    /// Failed in the twin; none where the run has no twin.
    pub failed_in_twin: Option<bool>,
}

/// Loss in one channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelLoss {
    /// The channel.
    pub channel: &'static str,
    /// Loss, gains negative.
    pub loss_usd_bn: f64,
}

/// Replays trial `trial` of a run by its address and tells it; with `twin` also without contagion.
///
/// # Errors
/// [`StoryError`].
pub fn tell(system: &System, seed: u64, trial: u64, twin: bool) -> Result<Story, StoryError> {
    let draws = Draws { streams: Streams::new(seed), trial };
    let mut workspace = Workspace::new(system)?;
    workspace.keep_journal();
    let mut witness = Witness::default();
    trial::run_observed(system, draws, &mut workspace, &mut witness)?;
    let twin = if twin { Some(twin_outcome(system, draws)?) } else { None };
    let outcome = workspace.outcome();
    Ok(Story {
        trial,
        seed,
        system_loss_usd_bn: usd_bn(outcome.system_loss),
        twin_system_loss_usd_bn: twin.as_ref().map(|twin| usd_bn(twin.system_loss)),
        parameters: drawn(system, workspace.system()),
        chapters: witness.chapters,
        lenders: ends(system, outcome, twin.as_ref()),
    })
}

/// An amount of the ledger in USD bn: exact.
pub(crate) fn usd_bn(amount: Fixed) -> f64 {
    amount as f64 / FIXED_ONE
}

fn twin_outcome(system: &System, draws: Draws) -> Result<Outcome, StoryError> {
    let system = system.twin();
    let mut workspace = Workspace::new(&system)?;
    trial::run(&system, draws.streams, draws.trial, &mut workspace)?;
    Ok(workspace.outcome().clone())
}

fn drawn(system: &System, drawn: &System) -> Vec<DrawnParameter> {
    let mut drawn = drawn.clone();
    let value = |draw: &crate::model::system::Draw| {
        let value = *(draw.place)(&mut drawn, draw.entity);
        DrawnParameter { path: draw.path.clone(), value }
    };
    system.draws.iter().map(value).collect()
}

fn ends(system: &System, outcome: &Outcome, twin: Option<&Outcome>) -> Vec<LenderEnd> {
    let mut order: Vec<usize> = (0..system.lenders.len()).collect();
    order.sort_by_key(|j| system.lenders[*j].place);
    let happened = |j: &usize| {
        let lost = outcome.losses.row(*j).iter().any(|loss| *loss != 0);
        lost || outcome.failures[*j].is_some() || twin.is_some_and(|twin| twin.failures[*j].is_some())
    };
    let end = |j: usize| {
        let losses = Channel::ALL.iter().zip(outcome.losses.row(j));
        LenderEnd {
            lender: system.lenders[j].name.clone(),
            loss_usd_bn: usd_bn(outcome.lender_loss(j)),
            channels: losses
                .filter(|(_, loss)| **loss != 0)
                .map(|(channel, loss)| ChannelLoss { channel: channel.name(), loss_usd_bn: usd_bn(*loss) })
                .collect(),
            failed: outcome.failures[j].is_some(),
            failed_in_twin: twin.map(|twin| twin.failures[j].is_some()),
        }
    };
    order.into_iter().filter(happened).map(end).collect()
}
