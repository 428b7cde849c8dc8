//! The four ways to part the loss of the system.

use crate::model::ledger::is_counted;
use crate::model::outcome::{Channel, DefaultCause, Fixed, Outcome};
use crate::model::system::LenderType;

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

impl Parts<Fixed> {
    /// The parts of one trial. A channel within the system, which no way of parting counts, is told all the same: the sum
    /// over lenders other than vendors. Nothing of a vendor's is told.
    pub(crate) fn set(&mut self, outcome: &Outcome, kinds: &[LenderType]) {
        self.iter_mut().for_each(|part| *part = 0);
        for (lender, kind) in kinds.iter().enumerate().filter(|(_, kind)| **kind != LenderType::Vendor) {
            for (place, channel) in Channel::ALL.into_iter().enumerate() {
                let decreed = if channel == Channel::OtherBook { outcome.decreed[lender] } else { 0 };
                let loss = outcome.losses[(lender, place)] - decreed;
                self.channels[place] += loss;
                self.lenders[lender] += if is_counted(*kind, channel) { loss } else { 0 };
            }
        }
        self.obligors.copy_from_slice(&outcome.losses_by_obligor);
        let defaults = outcome
            .defaults
            .iter()
            .map(|default| default.map_or(LossCause::Performing, |default| LossCause::Default(default.cause)));
        for (loss, cause) in self.obligors.iter().zip(defaults.chain([LossCause::None])) {
            let place = LossCause::ALL.iter().position(|known| *known == cause).expect("every cause is listed");
            self.causes[place] += loss;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::ObligorDefault;

    fn place(cause: LossCause) -> usize {
        LossCause::ALL.iter().position(|known| *known == cause).unwrap()
    }

    /// A bank that fails by decree, a fund, and a vendor; of three obligors the first two default.
    fn outcome() -> Outcome {
        let mut outcome = Outcome::new(3, 3);
        let at = |channel: Channel| channel as usize;
        outcome.losses[(0, at(Channel::Credit))] = 100;
        outcome.losses[(0, at(Channel::OtherBook))] = 57;
        outcome.decreed[0] = 50;
        outcome.losses[(1, at(Channel::Credit))] = 20;
        outcome.losses[(1, at(Channel::Mark))] = -5;
        outcome.losses[(1, at(Channel::Counterparty))] = 30;
        outcome.losses[(2, at(Channel::Equity))] = 1_000;
        outcome.losses_by_obligor = vec![80, 40, -5, 7];
        outcome.system_loss = 122;
        for (obligor, cause) in [(0, DefaultCause::Burn), (1, DefaultCause::Maturity)] {
            outcome.defaults[obligor] = Some(ObligorDefault { quarter: 1, cause, exposure: 0, loss: 0 });
        }
        outcome
    }

    #[test]
    fn every_way_of_parting_adds_up_to_what_counts() {
        let mut parts = Parts::new(3, 3, &7);
        let kinds = [LenderType::Bank, LenderType::CreditFund, LenderType::Vendor];
        parts.set(&outcome(), &kinds);
        assert_eq!(parts.lenders, [107, 15, 0]);
        let told = |channel: Channel| parts.channels[channel as usize];
        assert_eq!([Channel::Credit, Channel::Mark, Channel::OtherBook].map(told), [120, -5, 7]);
        // Told, but counted at the debtor; the vendor's shares are not even told.
        assert_eq!((told(Channel::Counterparty), told(Channel::Equity)), (30, 0));
        assert_eq!(parts.obligors, [80, 40, -5, 7]);
        let of = |cause| parts.causes[place(cause)];
        assert_eq!(of(LossCause::Default(DefaultCause::Burn)), 80);
        assert_eq!(of(LossCause::Default(DefaultCause::Maturity)), 40);
        assert_eq!((of(LossCause::Performing), of(LossCause::None)), (-5, 7));
        for way in [&parts.lenders, &parts.obligors, &parts.causes] {
            assert_eq!(way.iter().sum::<i64>(), 122);
        }
    }

    #[test]
    fn causes_are_those_of_defaults_and_two_more() {
        let names: Vec<&str> = LossCause::ALL.into_iter().map(LossCause::name).collect();
        let defaults: Vec<&str> = DefaultCause::ALL.into_iter().map(DefaultCause::name).collect();
        assert_eq!(names[..7], defaults);
        assert_eq!(names[7..], ["performing", "none"]);
    }
}
