//! Trials in groups that can be left out one by one: what the errors of paired comparisons rest on.

use std::collections::BTreeSet;

use crate::model::outcome::Outcome;
use crate::statistics::accumulator::Accumulators;
use crate::statistics::headline::Headline;
use crate::statistics::metric::{Metric, metrics};
use crate::statistics::summary::{Settings, summarise};

/// Groups of a run that keeps them: trial k belongs to group k modulo this number.
pub const GROUPS: usize = 64;

/// How far a quantile from the buckets of groups may stand from that of the whole run.
const BUCKETS: f64 = 0.01;

/// The headline statistics of every group; empty in a run that does not keep them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Groups(Vec<Headline>);

impl Groups {
    /// Empty groups, to be filled.
    pub(crate) fn kept() -> Self {
        Groups(vec![Headline::new(); GROUPS])
    }

    /// Whether there are any.
    pub(crate) fn are_kept(&self) -> bool {
        !self.0.is_empty()
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
/// empty where the run kept none or has a group without a trial. Measures of statistics that groups do not keep are
/// missing. (methods.md, eq. 11.33)
#[must_use]
pub fn replicates(accumulators: &Accumulators, settings: &Settings) -> Vec<Vec<Metric>> {
    let groups = &accumulators.groups;
    if !groups.are_kept() || groups.0.iter().any(|group| group.trials() == 0) {
        return Vec::new();
    }
    let kept = kept(groups, &metrics(&summarise(accumulators, settings)), settings);
    let rest = |rest: Headline| {
        rest.smooth_metrics(settings).into_iter().filter(|metric| kept.contains(&metric.name)).collect()
    };
    groups.left_out().into_iter().map(rest).collect()
}

/// Names of the measures that all groups together give as the whole run does.
fn kept(groups: &Groups, whole: &[Metric], settings: &Settings) -> BTreeSet<String> {
    let mut all = Headline::new();
    groups.0.iter().for_each(|group| all.merge(group));
    let all = all.metrics(settings);
    let kept = whole.iter().filter(|metric| {
        let same = all.iter().find(|same| same.name == metric.name).and_then(|same| same.estimate);
        metric.estimate.zip(same).is_some_and(|(whole, same)| near(whole.point, same.point))
    });
    kept.map(|metric| metric.name.clone()).collect()
}

/// Equal but for the width of a group's buckets.
fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= BUCKETS * one.abs().max(other.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::FIXED_ONE;

    const SETTINGS: fn() -> Settings = || Settings { levels: vec![0.9], cascade_min: 2 };

    fn run(trials: u64) -> Accumulators {
        let mut accumulators = Accumulators::new(0, &[]).in_groups();
        for trial in 0..trials {
            let mut outcome = Outcome::new(0, 0);
            outcome.system_loss = (trial as f64 * FIXED_ONE) as i64;
            accumulators.record(trial, &outcome, None).unwrap();
        }
        accumulators
    }

    #[test]
    fn each_group_is_left_out_once() {
        let replicates = replicates(&run(640), &SETTINGS());
        let mean = |metrics: &[Metric]| metrics[0].estimate.map(|mean| (mean.point, mean.trials));
        // Trials 0 to 639 add up to 204,480; group g holds g + 64 k for k from 0 to 9: 10 g + 2,880.
        for (group, metrics) in replicates.iter().enumerate() {
            let rest = (204_480 - 10 * group - 2_880) as f64 / 630.0;
            assert_eq!(mean(metrics), Some((rest, 630)), "group {group}");
        }
        assert_eq!(replicates.len(), GROUPS);
    }

    #[test]
    fn what_groups_do_not_keep_is_missing() {
        let accumulators = run(640);
        let mut whole = metrics(&summarise(&accumulators, &SETTINGS()));
        let known = kept(&accumulators.groups, &whole, &SETTINGS());
        assert!(known.contains("system_loss_mean") && known.contains("system_loss_var_0.9"), "{known:?}");
        assert!(!known.contains("amplification"), "undefined without twins");
        whole[0].name = "of_some_other_statistic".to_owned();
        assert_eq!(kept(&accumulators.groups, &whole, &SETTINGS()).len(), known.len() - 1);
    }

    #[test]
    fn without_groups_there_is_nothing_to_leave_out() {
        assert!(replicates(&run(63), &SETTINGS()).is_empty());
        assert!(replicates(&Accumulators::new(0, &[]), &SETTINGS()).is_empty());
    }
}
