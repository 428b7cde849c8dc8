//! The mergeable state of a run.

use crate::model::event::Event;
use crate::model::outcome::{Fixed, Outcome};
use crate::model::path::Series;
use crate::model::system::{LenderType, System};
use crate::statistics::association::AssociationTally;
use crate::statistics::attribution::AttributionTally;
use crate::statistics::capital::CapitalTally;
use crate::statistics::cascade::CascadeTally;
use crate::statistics::default::DefaultTally;
use crate::statistics::facility::FacilityTally;
use crate::statistics::failures::FailureTally;
use crate::statistics::fan::FanTally;
use crate::statistics::forced::{ForcedTally, loss_increase};
use crate::statistics::groups::Groups;
use crate::statistics::parts::own_losses;
use crate::statistics::range::{self, within};
use crate::statistics::reverse::ReverseTally;
use crate::statistics::sensitivity::SensitivityTally;
use crate::statistics::survival::SurvivalTally;
use crate::statistics::tally::{LenderTally, LossTally, ObligorTally};
use crate::statistics::twin::TwinTally;
use crate::statistics::worst::WorstTrials;
use crate::statistics::{MAX_TRIALS, StatisticsError, Subject};

/// System losses: buckets of relative width 2^-11.
const SYSTEM_PRECISION: u32 = 11;

/// Everything a run remembers of its trials. Integers only; merging is addition; its size does not grow with trials.
#[derive(Debug, Clone, PartialEq)]
pub struct Accumulators {
    pub(crate) trials: u64,
    pub(crate) system: LossTally,
    pub(crate) lenders: Vec<LenderTally>,
    pub(crate) obligors: Vec<ObligorTally>,
    pub(crate) failures: FailureTally,
    pub(crate) cascades: CascadeTally,
    pub(crate) twin: TwinTally,
    pub(crate) worst: WorstTrials,
    pub(crate) attribution: AttributionTally,
    pub(crate) association: AssociationTally,
    pub(crate) forced: ForcedTally,
    pub(crate) facilities: Vec<FacilityTally>,
    pub(crate) defaults: DefaultTally,
    pub(crate) capital: CapitalTally,
    pub(crate) fans: FanTally,
    pub(crate) survival: SurvivalTally,
    pub(crate) sensitivity: SensitivityTally,
    pub(crate) reverse: ReverseTally,
    /// What paired comparisons need; empty unless asked for.
    pub(crate) groups: Groups,
}

impl Accumulators {
    /// An empty state for so many obligors and one lender per element of `regulated`, true where it has a capital ratio,
    /// that knows of no vendor, no facilities, no quarters and no drivers.
    #[must_use]
    pub fn new(obligors: usize, regulated: &[bool]) -> Self {
        let type_of = |regulated: &bool| if *regulated { LenderType::Bank } else { LenderType::CreditFund };
        Accumulators {
            trials: 0,
            system: LossTally::new(SYSTEM_PRECISION),
            lenders: regulated.iter().map(|regulated| LenderTally::new(*regulated)).collect(),
            obligors: vec![ObligorTally::default(); obligors],
            failures: FailureTally::default(),
            cascades: CascadeTally::default(),
            twin: TwinTally::new(SYSTEM_PRECISION),
            worst: WorstTrials::default(),
            attribution: AttributionTally::new(regulated.iter().map(type_of).collect(), obligors),
            association: AssociationTally::new(regulated.len()),
            forced: ForcedTally::new(regulated.len()),
            facilities: Vec::new(),
            defaults: DefaultTally::default(),
            capital: CapitalTally::new(regulated.contains(&true)),
            fans: FanTally::new(Vec::new(), 0),
            survival: SurvivalTally::new(0, regulated.len(), obligors),
            sensitivity: SensitivityTally::new(0),
            reverse: ReverseTally::new(Event::Failures(1)),
            groups: Groups::default(),
        }
    }

    /// An empty state for all that the trials of `system` tell.
    #[must_use]
    pub fn for_system(system: &System) -> Self {
        let kinds: Vec<LenderType> = system.lenders.iter().map(|lender| lender.kind).collect();
        let regulated: Vec<bool> = kinds.iter().map(|kind| kind.is_regulated()).collect();
        Accumulators {
            facilities: vec![FacilityTally::default(); system.facilities.len()],
            fans: FanTally::new(Series::all(system), system.quarters),
            survival: SurvivalTally::new(system.quarters, system.lenders.len(), system.obligors.len()),
            attribution: AttributionTally::new(kinds, system.obligors.len()),
            sensitivity: SensitivityTally::new(system.draws.len()),
            reverse: ReverseTally::for_system(system),
            ..Accumulators::new(system.obligors.len(), &regulated)
        }
    }

    /// The same state, which also keeps the headline statistics of [`crate::statistics::GROUPS`] groups of trials: some
    /// 10 MB. States that are merged keep them both or neither.
    #[must_use]
    pub fn in_groups(self) -> Self {
        Accumulators { groups: Groups::kept(), ..self }
    }

    /// The worst trials and their system losses, the worst first; of equals the one with the smaller number.
    #[must_use]
    pub fn worst_trials(&self) -> Vec<(u64, Fixed)> {
        self.worst.listed()
    }

    /// Trials recorded.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }

    /// Adds the outcome of one trial, beside that of its twin if it has one; their vectors must have the lengths this state
    /// was made for, and either all trials of a run have twins or none.
    ///
    /// # Errors
    /// [`StatisticsError::OutOfRange`] where a number is not below [`crate::statistics::AMOUNT_BOUND`] in size,
    /// [`StatisticsError::TooManyTrials`] beyond [`MAX_TRIALS`]; the state is then as before.
    pub fn record(&mut self, trial: u64, outcome: &Outcome, twin: Option<&Outcome>) -> Result<(), StatisticsError> {
        check_trials(self.trials + 1)?;
        let plain = range::is_plain(outcome);
        if !plain {
            range::check(trial, outcome)?;
        }
        self.attribution.part(outcome);
        if !plain {
            self.attribution
                .parted()
                .try_for_each(|(subject, quantity, loss)| within(trial, subject, quantity, loss))?;
        }
        if let Some(twin) = twin {
            if !range::is_plain(twin) {
                range::check(trial, twin)?;
            }
            let contagion = outcome.system_loss - twin.system_loss;
            within(trial, Subject::System, "the loss beyond the twin's", contagion)?;
            self.twin.record(outcome.system_loss, twin.system_loss);
        }
        self.trials += 1;
        self.record_losses(trial, outcome);
        self.record_failures(outcome, twin);
        self.record_defaults(outcome);
        self.fans.record(&outcome.paths);
        self.sensitivity.record(outcome);
        self.reverse.record(trial, outcome);
        self.groups.record(trial, outcome, twin);
        Ok(())
    }

    fn record_losses(&mut self, trial: u64, outcome: &Outcome) {
        self.system.record(outcome.system_loss);
        self.worst.record(trial, outcome.system_loss);
        self.attribution.record(outcome.system_loss);
        self.capital.record(outcome);
        for ((index, lender), losses) in self.lenders.iter_mut().enumerate().zip(own_losses(outcome)) {
            lender.record(outcome, index, losses);
        }
    }

    /// In most trials no lender fails, neither here nor in the twin.
    fn record_failures(&mut self, outcome: &Outcome, twin: Option<&Outcome>) {
        let failed = outcome.failed();
        self.failures.record(outcome, failed);
        if failed > 0 {
            self.association.record(outcome);
            self.survival.record_failures(outcome);
            for (lender, failure) in self.lenders.iter_mut().zip(&outcome.failures) {
                failure.iter().for_each(|failure| lender.record_failure(failure));
            }
        }
        let Some(twin) = twin else { return };
        let calm = failed == 0 && twin.failed() == 0;
        if calm {
            self.cascades.record_calm();
            return;
        }
        self.cascades.record(outcome, twin);
        for (lender, (full, twin)) in self.lenders.iter_mut().zip(outcome.failures.iter().zip(&twin.failures)) {
            lender.record_twin(*full, *twin);
        }
    }

    fn record_defaults(&mut self, outcome: &Outcome) {
        self.facilities.iter_mut().zip(&outcome.facilities).for_each(|(tally, events)| tally.record(events));
        let defaulted = outcome.defaulted();
        self.defaults.record(outcome, defaulted);
        if defaulted == 0 {
            return;
        }
        self.survival.record_defaults(outcome);
        for (obligor, default) in self.obligors.iter_mut().zip(&outcome.defaults) {
            default.iter().for_each(|default| obligor.record(default));
        }
    }

    /// Adds what comes of one trial where `lender` is forced to fail: either for every lender, in their order, or for none.
    ///
    /// # Errors
    /// [`StatisticsError::OutOfRange`] where the loss of the others changes by [`crate::statistics::AMOUNT_BOUND`] or more; the lender is
    /// then not added.
    pub fn record_forced(
        &mut self,
        trial: u64,
        lender: usize,
        base: &Outcome,
        forced: &Outcome,
    ) -> Result<(), StatisticsError> {
        let increase = loss_increase(lender, base, forced);
        within(trial, Subject::Lender(lender), "what the forced failure costs the others", increase)?;
        self.forced.record(lender, base, forced);
        Ok(())
    }

    /// Adds the trials of another.
    ///
    /// # Errors
    /// [`StatisticsError::TooManyTrials`] beyond [`MAX_TRIALS`], [`StatisticsError::DifferentWorlds`] where the numbers of
    /// obligors or lenders differ; the state is then as before.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatisticsError> {
        let size = |accumulators: &Self| (accumulators.obligors.len(), accumulators.lenders.len());
        let (ours, theirs) = (size(self), size(other));
        let groups = self.groups.are_kept() == other.groups.are_kept();
        if ours != theirs || !groups || self.facilities.len() != other.facilities.len() {
            return Err(StatisticsError::DifferentWorlds { ours, theirs });
        }
        check_trials(self.trials.saturating_add(other.trials))?;
        self.trials += other.trials;
        self.system.merge(&other.system);
        self.failures.merge(&other.failures);
        self.cascades.merge(&other.cascades);
        self.twin.merge(&other.twin);
        self.worst.merge(&other.worst);
        self.attribution.merge(&other.attribution);
        self.association.merge(&other.association);
        self.forced.merge(&other.forced);
        self.defaults.merge(&other.defaults);
        self.capital.merge(&other.capital);
        self.fans.merge(&other.fans);
        self.survival.merge(&other.survival);
        self.facilities.iter_mut().zip(&other.facilities).for_each(|(ours, theirs)| ours.merge(theirs));
        self.sensitivity.merge(&other.sensitivity);
        self.reverse.merge(&other.reverse);
        self.groups.merge(&other.groups);
        self.lenders.iter_mut().zip(&other.lenders).for_each(|(ours, theirs)| ours.merge(theirs));
        self.obligors.iter_mut().zip(&other.obligors).for_each(|(ours, theirs)| ours.merge(theirs));
        Ok(())
    }

    /// Forgets all trials but keeps the memory.
    pub fn clear(&mut self) {
        self.trials = 0;
        self.system.clear();
        self.failures.clear();
        self.cascades.clear();
        self.twin.clear();
        self.worst.clear();
        self.attribution.clear();
        self.association.clear();
        self.forced.clear();
        self.defaults.clear();
        self.capital.clear();
        self.fans.clear();
        self.survival.clear();
        self.facilities.fill(FacilityTally::default());
        self.sensitivity.clear();
        self.reverse.clear();
        self.groups.clear();
        self.lenders.iter_mut().for_each(LenderTally::clear);
        self.obligors.fill(ObligorTally::default());
    }
}

fn check_trials(trials: u64) -> Result<(), StatisticsError> {
    if trials > MAX_TRIALS { Err(StatisticsError::TooManyTrials { trials }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed};

    use super::*;
    use crate::model::fixture;
    use crate::model::grade::Drawn;
    use crate::model::outcome::{
        Channel, Circularity, DefaultCause, FIXED_ONE, FacilityEvents, FailureCause, Fixed, LenderFailure,
        ObligorDefault,
    };
    use crate::model::parameter::Law;
    use crate::model::path::{Paths, UNDEFINED};
    use crate::statistics::AMOUNT_BOUND;

    fn amount() -> impl Strategy<Value = Fixed> {
        prop_oneof![Just(0), -10_i64..10, -(1_i64 << 45)..(1 << 45)]
    }

    fn failure() -> impl Strategy<Value = LenderFailure> {
        (1..20_usize, 0..4_usize, prop::sample::select(&FailureCause::ALL[..]))
            .prop_map(|(quarter, round, cause)| LenderFailure { quarter, round, cause })
    }

    fn default() -> impl Strategy<Value = ObligorDefault> {
        (1..20_usize, prop::sample::select(&DefaultCause::ALL[..]), amount(), amount())
            .prop_map(|(quarter, cause, exposure, loss)| ObligorDefault { quarter, cause, exposure, loss })
    }

    /// Two series over two quarters.
    fn series() -> Vec<Series> {
        vec![Series::SystemLoss, Series::FailedLenders]
    }

    fn facility() -> impl Strategy<Value = FacilityEvents> {
        (amount(), amount(), any::<bool>()).prop_map(|(exposure, loss, breached)| FacilityEvents {
            exposure,
            loss,
            breached,
        })
    }

    fn circularity() -> impl Strategy<Value = Circularity> {
        (amount(), amount()).prop_map(|(sales, financed)| Circularity { sales, financed })
    }

    prop_compose! {
        fn outcome()(
            system_loss in amount(),
            losses in prop::collection::vec(amount().prop_map(|loss| loss / 8), 2 * Channel::ALL.len()),
            failures in prop::collection::vec(prop::option::of(failure()), 2),
            defaults in prop::collection::vec(prop::option::of(default()), 3),
            decreed in prop::collection::vec(amount().prop_map(|loss| loss / 8), 2),
            losses_by_obligor in prop::collection::vec(amount().prop_map(|loss| loss / 8), 4),
            depletion in prop::collection::vec(amount(), 2),
            shortfall in prop::collection::vec(amount().prop_map(|amount| amount / 2), 2),
            failed_assets in 0_i64..=1 << 30,
            facilities in prop::collection::vec(facility(), 2),
            circularity in prop::collection::vec(circularity(), 2),
            values in prop::collection::vec(prop_oneof![amount(), Just(UNDEFINED)], 4),
            factors in prop::collection::vec(-4.0..4.0, 2),
            jumps in prop::collection::vec(0..3_u32, 1),
            grades in prop::collection::vec(0.001..0.999, 1),
        ) -> Outcome {
            let losses = ndarray::Array2::from_shape_vec((2, Channel::ALL.len()), losses).unwrap();
            let counted = vec![losses[(0, 0)], losses[(1, 1)]];
            let factors = ndarray::Array2::from_shape_vec((1, 2), factors).unwrap();
            let parameters = grades.iter().map(|grade| Drawn { value: 3.0 * grade, grade: *grade }).collect();
            let paths = Paths { series: series(), values };
            let events = Outcome { failures, defaults, parameters, factors, jumps, ..Outcome::new(3, 2) };
            let events = Outcome { facilities, circularity, paths, ..events };
            let capital = Outcome { depletion, shortfall, ..events };
            Outcome { system_loss, failed_assets, losses, decreed, losses_by_obligor, counted, ..capital }
        }
    }

    /// Something that depends on the outcome: the lenders change places.
    fn twin_of(outcome: &Outcome) -> Outcome {
        let mut twin = outcome.clone();
        twin.failures.reverse();
        twin.system_loss /= 3;
        twin
    }

    /// A number for a trial that goes with it wherever it is shuffled.
    fn number(outcome: &Outcome) -> u64 {
        outcome.system_loss.unsigned_abs()
    }

    /// For one factor over two quarters, one jump and one parameter.
    fn empty() -> Accumulators {
        let mut system = fixture::system(&[]);
        system.quarters = 2;
        system.drivers.keys.truncate(1);
        system.jumps = vec![fixture::jump("jump")];
        system.draws = vec![fixture::draw("gpu.life_q", Law::Uniform(0.0, 3.0))];
        let drivers = Accumulators::for_system(&system);
        let drivers = Accumulators {
            sensitivity: drivers.sensitivity,
            reverse: drivers.reverse,
            facilities: vec![FacilityTally::default(); 2],
            fans: FanTally::new(series(), 2),
            survival: SurvivalTally::new(2, 2, 3),
            ..Accumulators::new(3, &[true, false])
        };
        drivers.in_groups()
    }

    fn record(outcomes: &[&Outcome]) -> Accumulators {
        let mut accumulators = empty();
        for outcome in outcomes {
            record_all(&mut accumulators, outcome);
        }
        accumulators
    }

    /// A trial with all that stands beside it.
    fn record_all(accumulators: &mut Accumulators, outcome: &Outcome) {
        let beside = twin_of(outcome);
        accumulators.record(number(outcome), outcome, Some(&beside)).unwrap();
        for lender in [0, 1] {
            accumulators.record_forced(0, lender, outcome, &beside).unwrap();
        }
    }

    proptest! {
        #![proptest_config(Config { cases: 200, rng_seed: RngSeed::Fixed(1), ..Config::default() })]

        #[test]
        fn any_split_merged_in_any_order_is_the_whole(
            (outcomes, order) in prop::collection::vec(outcome(), 1..24)
                .prop_flat_map(|outcomes| {
                    let order: Vec<usize> = (0..outcomes.len()).collect();
                    (Just(outcomes), Just(order).prop_shuffle())
                }),
            parts in 1..6_usize,
        ) {
            let whole = record(&outcomes.iter().collect::<Vec<_>>());
            let shuffled: Vec<&Outcome> = order.iter().map(|place| &outcomes[*place]).collect();
            let mut merged = empty();
            // One reused block, as the engine has it.
            let mut block = record(&shuffled[..1]);
            for part in shuffled.chunks(shuffled.len().div_ceil(parts)).rev() {
                block.clear();
                part.iter().for_each(|outcome| record_all(&mut block, outcome));
                merged.merge(&block).unwrap();
            }
            prop_assert_eq!(merged, whole);
        }
    }

    #[test]
    fn a_number_beyond_the_range_names_trial_and_lender() {
        let bound = (65_536.0 * FIXED_ONE) as i64;
        assert_eq!(bound, AMOUNT_BOUND);
        for loss in [bound, -bound, i64::MAX, i64::MIN] {
            let mut outcome = Outcome::new(3, 2);
            outcome.losses[(1, 0)] = loss;
            let mut accumulators = empty();
            let error = accumulators.record(77, &outcome, None).unwrap_err();
            let expected =
                StatisticsError::OutOfRange { trial: 77, subject: Subject::Lender(1), quantity: "credit", value: loss };
            assert_eq!(error, expected);
            assert_eq!(accumulators, empty());
        }
    }

    #[test]
    fn channels_that_cancel_cannot_hide_an_overflow() {
        let mut outcome = Outcome::new(3, 2);
        (outcome.losses[(0, 0)], outcome.losses[(0, 3)]) = (i64::MAX, -i64::MAX);
        assert!(empty().record(0, &outcome, None).is_err());
        // Each channel in range, the total not: lender_loss would still fit, the squares would not.
        outcome.losses.fill(AMOUNT_BOUND / 2);
        assert!(empty().record(0, &outcome, None).is_err());
    }

    #[test]
    fn a_difference_beyond_the_range_is_refused() {
        let (mut outcome, mut twin) = (Outcome::new(3, 2), Outcome::new(3, 2));
        (outcome.system_loss, twin.system_loss) = (AMOUNT_BOUND / 2, -AMOUNT_BOUND / 2);
        let mut accumulators = empty();
        assert!(accumulators.record(0, &outcome, Some(&twin)).is_err());
        assert_eq!(accumulators, empty());
        twin.system_loss += 1;
        assert!(accumulators.record(0, &outcome, Some(&twin)).is_ok());
    }

    #[test]
    fn every_number_of_an_outcome_is_checked() {
        let spoil: [fn(&mut Outcome); 14] = [
            |outcome| outcome.system_loss = AMOUNT_BOUND,
            |outcome| outcome.decreed[1] = AMOUNT_BOUND,
            |outcome| (outcome.decreed[0], outcome.losses[(0, 8)]) = (AMOUNT_BOUND / 2, -AMOUNT_BOUND / 2),
            |outcome| outcome.depletion[0] = -AMOUNT_BOUND,
            |outcome| outcome.shortfall[1] = AMOUNT_BOUND,
            |outcome| outcome.shortfall.fill(AMOUNT_BOUND / 2),
            |outcome| outcome.circularity[1].sales = AMOUNT_BOUND,
            |outcome| outcome.circularity[0].financed = AMOUNT_BOUND,
            |outcome| outcome.facilities = vec![FacilityEvents { loss: AMOUNT_BOUND, ..FacilityEvents::default() }],
            |outcome| set_default(outcome, AMOUNT_BOUND, 0),
            |outcome| set_default(outcome, 0, AMOUNT_BOUND),
            |outcome| outcome.losses_by_obligor[3] = AMOUNT_BOUND,
            |outcome| outcome.losses.column_mut(0).fill(AMOUNT_BOUND / 2),
            |outcome| outcome.losses_by_obligor.fill(AMOUNT_BOUND / 2),
        ];
        for spoil in spoil {
            let mut outcome = Outcome::new(3, 2);
            spoil(&mut outcome);
            assert!(empty().record(0, &outcome, None).is_err());
        }
    }

    fn set_default(outcome: &mut Outcome, exposure: Fixed, loss: Fixed) {
        outcome.defaults[2] = Some(ObligorDefault { quarter: 1, cause: DefaultCause::Burn, exposure, loss });
    }

    #[test]
    fn too_many_trials_are_refused() {
        let mut full = empty();
        full.trials = MAX_TRIALS;
        let error = full.record(0, &Outcome::new(3, 2), None).unwrap_err();
        assert_eq!(error, StatisticsError::TooManyTrials { trials: MAX_TRIALS + 1 });
        assert!(full.merge(&record(&[&Outcome::new(3, 2)])).is_err());
        assert!(full.merge(&empty()).is_ok());
    }

    #[test]
    fn different_worlds_do_not_add() {
        assert!(empty().merge(&Accumulators::new(3, &[true])).is_err());
    }
}
