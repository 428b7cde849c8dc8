//! The four ways to part the loss of the system.

use crate::model::outcome::{Channel, DefaultCause, Fixed, Outcome};
use crate::model::system::LenderType;
use crate::statistics::moments::Moments;

/// What became of the obligor that a loss comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossCause {
    /// It defaulted in the trial, of this cause: all that was lost by it, marks before its default too.
    Default(DefaultCause),
    /// It did not default: marks of its loans, support it was given, its share price.
    Performing,
    /// No obligor: the lender's own failure, its other business, hedges of the market.
    None,
}

impl LossCause {
    /// Every cause, in the order of results: those of [`DefaultCause::ALL`], then the others.
    pub const ALL: [LossCause; 9] = [
        LossCause::Default(DefaultCause::Latent),
        LossCause::Default(DefaultCause::Scheduled),
        LossCause::Default(DefaultCause::Covenant),
        LossCause::Default(DefaultCause::Maturity),
        LossCause::Default(DefaultCause::Contract),
        LossCause::Default(DefaultCause::Insolvency),
        LossCause::Default(DefaultCause::Burn),
        LossCause::Performing,
        LossCause::None,
    ];

    /// Its place in [`LossCause::ALL`].
    fn place(self) -> usize {
        match self {
            LossCause::Default(cause) => cause as usize,
            LossCause::Performing => DefaultCause::ALL.len(),
            LossCause::None => DefaultCause::ALL.len() + 1,
        }
    }

    /// Name in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LossCause::Default(cause) => cause.name(),
            LossCause::Performing => "performing",
            LossCause::None => "none",
        }
    }
}

/// Something for every part of the loss of the system, which is parted in four ways. (methods.md, 11.8)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<T> {
    /// By the lender that bears it, in the order of [`crate::model::system::System::lenders`].
    pub lenders: Vec<T>,
    /// By the channel it is booked in, in the order of [`Channel::ALL`].
    pub channels: Vec<T>,
    /// By the obligor it comes from, in the order of [`crate::model::system::System::obligors`]; the last place is for
    /// what comes from none.
    pub obligors: Vec<T>,
    /// By what became of that obligor, in the order of [`LossCause::ALL`].
    pub causes: Vec<T>,
}

impl<T: Clone> Parts<T> {
    /// The same for every part.
    pub(crate) fn new(lenders: usize, obligors: usize, one: &T) -> Self {
        Parts {
            lenders: vec![one.clone(); lenders],
            channels: vec![one.clone(); Channel::ALL.len()],
            obligors: vec![one.clone(); obligors + 1],
            causes: vec![one.clone(); LossCause::ALL.len()],
        }
    }
}

impl<T> Parts<T> {
    /// Every part, by lender, channel, obligor and cause.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.lenders.iter().chain(&self.channels).chain(&self.obligors).chain(&self.causes)
    }

    /// As [`Parts::iter`].
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.lenders.iter_mut().chain(&mut self.channels).chain(&mut self.obligors).chain(&mut self.causes)
    }

    /// Something else for every part.
    pub(crate) fn map<U>(&self, join: impl Fn(&T) -> U) -> Parts<U> {
        self.zip_with(self, |part, _| join(part))
    }

    /// Something else for every part, of this and of the other.
    pub(crate) fn zip_with<U, V>(&self, other: &Parts<U>, join: impl Fn(&T, &U) -> V) -> Parts<V> {
        let joined =
            |ours: &[T], theirs: &[U]| ours.iter().zip(theirs).map(|(ours, theirs)| join(ours, theirs)).collect();
        Parts {
            lenders: joined(&self.lenders, &other.lenders),
            channels: joined(&self.channels, &other.channels),
            obligors: joined(&self.obligors, &other.obligors),
            causes: joined(&self.causes, &other.causes),
        }
    }
}

impl Parts<Moments> {
    /// Adds the parts of one trial.
    pub(crate) fn record(&mut self, parts: &Parts<Fixed>) {
        let record = |sums: &mut [Moments], parts: &[Fixed]| {
            sums.iter_mut().zip(parts).for_each(|(sums, part)| sums.record(*part));
        };
        record(&mut self.lenders, &parts.lenders);
        record(&mut self.channels, &parts.channels);
        record(&mut self.obligors, &parts.obligors);
        record(&mut self.causes, &parts.causes);
    }
}

impl Parts<Fixed> {
    /// The parts of one trial. A channel within the system, which no way of parting counts, is told all the same: the sum
    /// over lenders other than vendors. Nothing of a vendor's is told.
    pub(crate) fn set(&mut self, outcome: &Outcome, kinds: &[LenderType]) {
        let mut channels = [0; Channel::ALL.len()];
        for ((lender, kind), losses) in self.lenders.iter_mut().zip(kinds).zip(own_losses(outcome)) {
            *lender = 0;
            if *kind != LenderType::Vendor {
                channels.iter_mut().zip(&losses).for_each(|(sum, loss)| *sum += loss);
                *lender = losses[..Channel::COUNTED].iter().sum();
            }
        }
        self.channels.copy_from_slice(&channels);
        self.obligors.copy_from_slice(&outcome.losses_by_obligor);
        self.causes.fill(0);
        let (none, obligors) = self.obligors.split_last().expect("a place for what comes from none");
        for (loss, default) in obligors.iter().zip(&outcome.defaults).filter(|(loss, _)| **loss != 0) {
            let cause = default.map_or(LossCause::Performing, |default| LossCause::Default(default.cause));
            self.causes[cause.place()] += loss;
        }
        self.causes[LossCause::None.place()] += none;
    }
}

/// What each lender lost by channel, without what a scheduled failure took away.
pub(crate) fn own_losses(outcome: &Outcome) -> impl Iterator<Item = [Fixed; Channel::ALL.len()]> + '_ {
    let losses = outcome.losses.as_slice().expect("rows lie one after the other");
    losses.as_chunks().0.iter().zip(&outcome.decreed).map(|(losses, decreed): (&[_; _], _)| {
        let mut losses = *losses;
        losses[Channel::OtherBook as usize] -= decreed;
        losses
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_knows_its_place() {
        assert!(LossCause::ALL.iter().enumerate().all(|(place, cause)| cause.place() == place));
    }
}
