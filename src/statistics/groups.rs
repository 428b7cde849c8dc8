//! Trials in groups that can be left out one by one: what the errors of paired comparisons rest on.

use crate::model::outcome::Outcome;
use crate::statistics::accumulator::Accumulators;
use crate::statistics::headline::Headline;
use crate::statistics::metric::Metric;
use crate::statistics::summary::Settings;

/// Groups of a run that keeps them: trial k belongs to group k modulo this number.
pub const GROUPS: usize = 64;

/// The headline statistics of every group; empty in a run that does not keep them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Groups(Vec<Headline>);

impl Groups {
    /// Empty groups, to be filled.
    pub(crate) fn kept() -> Self {
        Groups(vec![Headline::new(); GROUPS])
    }

    pub(crate) fn record(&mut self, trial: u64, outcome: &Outcome, twin: Option<&Outcome>) {
        if let Some(group) = self.0.get_mut((trial % GROUPS as u64) as usize) {
            group.record(outcome, twin);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(ours, theirs)| ours.merge(theirs));
    }

    pub(crate) fn clear(&mut self) {
        self.0.iter_mut().for_each(Headline::clear);
    }

    /// All groups but one, for each in turn: those before it and those after it.
    fn left_out(&self) -> Vec<Headline> {
        let (mut rests, mut before) = (Vec::new(), Headline::new());
        for group in &self.0 {
            rests.push(before.clone());
            before.merge(group);
        }
        let mut after = Headline::new();
        for (rest, group) in rests.iter_mut().zip(&self.0).rev() {
            rest.merge(&after);
            after.merge(group);
        }
        rests
    }
}

/// The headline measures of a run with each of its [`GROUPS`] groups of trials left out, in the order of the groups;
/// empty where the run kept none or has a group without a trial. (methods.md, eq. 11.33)
#[must_use]
pub fn replicates(accumulators: &Accumulators, settings: &Settings) -> Vec<Vec<Metric>> {
    let groups = &accumulators.groups;
    if groups.0.iter().any(|group| group.trials() == 0) {
        return Vec::new();
    }
    groups.left_out().into_iter().map(|rest| rest.metrics(settings)).collect()
}
