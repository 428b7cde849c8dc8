//! The parts of the loss of the system, remembered by how large that loss is.

use std::collections::BTreeMap;

use crate::model::outcome::{Channel, Fixed, Outcome};
use crate::model::system::LenderType;
use crate::statistics::Subject;
use crate::statistics::histogram::row_of;
use crate::statistics::moments::Moments;
use crate::statistics::parts::{LossCause, Parts};

/// Sums of the parts in the trials of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Trials.
    pub(crate) trials: u64,
    /// Sum of their losses.
    pub(crate) loss: i128,
    pub(crate) parts: Parts<Moments>,
}

impl Row {
    pub(crate) fn new(lenders: usize, obligors: usize) -> Self {
        Row { trials: 0, loss: 0, parts: Parts::new(lenders, obligors, &Moments::default()) }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.trials += other.trials;
        self.loss += other.loss;
        self.parts.iter_mut().zip(other.parts.iter()).for_each(|(ours, theirs)| ours.merge(theirs));
    }

    fn clear(&mut self) {
        (self.trials, self.loss) = (0, 0);
        self.parts.iter_mut().for_each(|part| *part = Moments::default());
    }
}

/// Sums of every part of the loss of the system, in rows by that loss; a row is made when first touched.
#[derive(Debug, Clone)]
pub(crate) struct AttributionTally {
    kinds: Vec<LenderType>,
    obligors: usize,
    rows: BTreeMap<i32, Row>,
    /// The trial that is being recorded.
    parts: Parts<Fixed>,
}

/// Equal where they remember the same: rows once touched and the last trial do not show.
impl PartialEq for AttributionTally {
    fn eq(&self, other: &Self) -> bool {
        let filled = |(_, row): &(&i32, &Row)| row.trials > 0;
        self.rows.iter().filter(filled).eq(other.rows.iter().filter(filled))
    }
}

impl AttributionTally {
    /// An empty tally for lenders of these types and so many obligors.
    pub(crate) fn new(kinds: Vec<LenderType>, obligors: usize) -> Self {
        AttributionTally { parts: Parts::new(kinds.len(), obligors, &0), rows: BTreeMap::new(), kinds, obligors }
    }

    /// Takes the loss of a trial apart for [`AttributionTally::record`].
    pub(crate) fn part(&mut self, outcome: &Outcome) {
        self.parts.set(outcome, &self.kinds);
    }

    /// The sums among the parts of the trial last taken apart.
    pub(crate) fn parted(&self) -> impl Iterator<Item = (Subject, &'static str, Fixed)> {
        let lenders = self.parts.lenders.iter().enumerate();
        let lenders = lenders.map(|(lender, loss)| (Subject::Lender(lender), "the loss that counts", *loss));
        let system = |(name, loss): (&'static str, &Fixed)| (Subject::System, name, *loss);
        let channels = Channel::ALL.into_iter().map(Channel::name).zip(&self.parts.channels).map(system);
        let causes = LossCause::ALL.into_iter().map(LossCause::name).zip(&self.parts.causes).map(system);
        lenders.chain(channels).chain(causes)
    }

    /// Adds the trial last taken apart, whose system loss is `loss`.
    pub(crate) fn record(&mut self, loss: Fixed) {
        let new = || Row::new(self.kinds.len(), self.obligors);
        let row = self.rows.entry(row_of(loss)).or_insert_with(new);
        row.trials += 1;
        row.loss += i128::from(loss);
        row.parts.record(&self.parts);
    }

    /// Adds the trials of another for the same lenders and obligors.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (place, theirs) in other.rows.iter().filter(|(_, row)| row.trials > 0) {
            let new = || Row::new(self.kinds.len(), self.obligors);
            self.rows.entry(*place).or_insert_with(new).merge(theirs);
        }
    }

    /// Forgets all trials but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.rows.values_mut().filter(|row| row.trials > 0).for_each(Row::clear);
    }

    /// Rows with trials, from the largest loss to the smallest.
    pub(crate) fn descending(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().rev().filter(|row| row.trials > 0)
    }

    /// A row without trials.
    pub(crate) fn empty_row(&self) -> Row {
        Row::new(self.kinds.len(), self.obligors)
    }

    /// Types of the lenders.
    pub(crate) fn kinds(&self) -> &[LenderType] {
        &self.kinds
    }
}
