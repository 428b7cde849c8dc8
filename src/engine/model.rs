//! The model's trial as a simulation.

use std::iter;
use std::sync::atomic::AtomicBool;

use crate::engine::{EngineError, ForcedOutcomes, Outcomes, Progress, RunOutcome, RunSettings, Runner, Simulation};
use crate::model::audit::Audit;
use crate::model::clearing::ClearingError;
use crate::model::driver::Draws;
use crate::model::observer::Observer;
use crate::model::system::System;
use crate::model::trial::{self, Fork, TrialError, Workspace};
use crate::random::Streams;
use crate::statistics::{Accumulators, Subject};

/// Runs the trials of a system: a function of the system, the seed and the number of trials, of nothing else.
///
/// # Errors
/// [`EngineError`]; a failing trial stops the run.
pub fn run(
    system: &System,
    settings: &RunSettings,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<RunOutcome, EngineError> {
    let mut runner = Runner::new(system, settings)?;
    runner.extend_to(settings.trials, progress, stop)?;
    Ok(runner.finish())
}

/// A system and its draws, with a workspace that each worker copies.
pub struct Model<'a> {
    system: &'a System,
    streams: Streams,
    workspace: Rooms,
    /// The same system without contagion.
    twin: Option<System>,
    groups: bool,
    /// Every trial and twin is checked.
    checks: bool,
    /// A twin may begin at a copy of its trial.
    forks: bool,
}

/// The workspace of a trial, that of its twin, and that of the same trial with one lender after the other forced to fail.
#[derive(Clone)]
pub struct Rooms {
    full: Workspace,
    twin: Option<Workspace>,
    /// The last trial was not its own twin, whose workspace has its draws now.
    twin_ran: bool,
    forced: Option<Workspace>,
}

impl<'a> Model<'a> {
    /// The trials of `system` with the seed of `settings`, and with twins and checks where they ask for them.
    ///
    /// # Errors
    /// [`ClearingError`] where the claims between lenders form no network or cannot be cleared on the calm path.
    pub fn new(system: &'a System, settings: &RunSettings) -> Result<Self, ClearingError> {
        let room = |system: &System| -> Result<Workspace, ClearingError> {
            let mut workspace = Workspace::new(system)?;
            if settings.check {
                workspace.audit();
            }
            if settings.portable {
                workspace.make_portable();
            }
            Ok(workspace)
        };
        let twin = settings.twin.then(|| system.twin());
        let (full, mut twin_room) = (room(system)?, twin.as_ref().map(room).transpose()?);
        twin_room.iter_mut().for_each(Workspace::forget_paths);
        let forced = (settings.forced && !system.lenders.is_empty()).then(|| {
            let mut workspace = full.clone();
            workspace.forget_paths();
            workspace.force_failure(0);
            workspace
        });
        let forks = !settings.check && twin_room.as_ref().is_some_and(|room| room.shares_measure(&full));
        let workspace = Rooms { full, twin: twin_room, twin_ran: false, forced };
        Ok(Model {
            system,
            streams: Streams::new(settings.seed),
            workspace,
            twin,
            groups: settings.groups,
            checks: settings.check,
            forks,
        })
    }

    /// As [`Simulation::trial`], to the last bit, before an observer, who sees of the twin what is not the trial itself.
    pub(super) fn observed<'w>(
        &self,
        trial: u64,
        rooms: &'w mut Rooms,
        observer: &mut impl Observer,
    ) -> Result<Outcomes<'w>, TrialError> {
        let draws = Draws { streams: self.streams, trial };
        let mut fork = Fork::new(rooms.twin.as_mut().filter(|_| self.forks), observer);
        trial::run_observed(self.system, draws, &mut rooms.full, &mut fork)?;
        let last = fork.last();
        let full = &mut rooms.full;
        rooms.twin_ran = false;
        let twin = match (&self.twin, &mut rooms.twin) {
            (Some(_), Some(room)) if !self.checks && full.is_its_own_twin(room) => Some(full.outcome()),
            (Some(system), Some(room)) => {
                room.take_draws(full);
                rooms.twin_ran = true;
                let ran = match last {
                    Some(last) => {
                        room.take_parameters(full);
                        trial::resume(draws, room, last, observer)
                    }
                    None => trial::run_observed(system, draws, room, observer),
                };
                ran.map_err(|error| TrialError::Twin(Box::new(error)))?;
                Some(room.outcome())
            }
            _ => None,
        };
        Ok(Outcomes { full: full.outcome(), twin })
    }
}

impl Simulation for Model<'_> {
    type Workspace = Rooms;
    type Error = TrialError;

    fn workspace(&self) -> Rooms {
        self.workspace.clone()
    }

    fn accumulators(&self) -> Accumulators {
        let accumulators = Accumulators::for_system(self.system);
        if self.groups { accumulators.in_groups() } else { accumulators }
    }

    fn trial<'w>(&self, trial: u64, rooms: &'w mut Rooms) -> Result<Outcomes<'w>, TrialError> {
        self.observed(trial, rooms, &mut ())
    }

    fn forced<'w>(
        &self,
        trial: u64,
        lender: usize,
        rooms: &'w mut Rooms,
    ) -> Result<Option<ForcedOutcomes<'w>>, TrialError> {
        let lenders = &self.system.lenders;
        let Some(room) = rooms.forced.as_mut().filter(|_| lender < lenders.len()) else { return Ok(None) };
        if lender == 0 {
            let last = rooms.twin.as_mut().filter(|_| rooms.twin_ran);
            room.take_draws(last.unwrap_or(&mut rooms.full));
        }
        room.force_failure(lender);
        trial::run(self.system, self.streams, trial, room)
            .map_err(|error| TrialError::Forced { lender: lenders[lender].name.clone(), source: Box::new(error) })?;
        Ok(Some(ForcedOutcomes { full: rooms.full.outcome(), forced: room.outcome() }))
    }

    fn collect(&self, rooms: &Rooms, audit: &mut Audit) {
        for room in iter::once(&rooms.full).chain(&rooms.twin).chain(&rooms.forced) {
            audit.merge(&room.state().audit);
        }
    }

    fn name(&self, subject: Subject) -> String {
        match subject {
            Subject::System => subject.to_string(),
            Subject::Lender(index) => format!("lender {}", self.system.lenders[index].name),
            Subject::Obligor(index) => format!("obligor {}", self.system.obligors[index].name),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::path::Path;

    use statrs::distribution::{Continuous, ContinuousCDF, Normal};

    use super::*;
    use crate::model::fixture;
    use crate::model::path::Series;
    use crate::model::system::{Copula, DefaultModel, LenderType};
    use crate::scenario::Scenario;
    use crate::statistics::{Estimate, FAN_LEVELS, Fan, Settings, Summary, summarise};
    use crate::units::quarterly_probability;

    /// Of the equity index, per year.
    const VOLATILITY: f64 = 0.4;

    /// Three obligors without correlation that default at 20 % a year, and nobody who lends to them.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.quarters = 4;
        system.drivers.copula = Copula::Gaussian;
        system.equity.equity_volatility_pa = VOLATILITY;
        system.obligors = ["a", "b", "c"].map(fixture::obligor).into();
        for obligor in &mut system.obligors {
            obligor.default_model = DefaultModel::Latent;
            obligor.pd_pa = 0.2;
            obligor.loadings = vec![0.0; system.drivers.persistence.len()];
            obligor.loadings[0] = 1.0;
        }
        system
    }

    fn outcome(seed: u64, threads: usize) -> RunOutcome {
        let settings = RunSettings {
            threads: NonZeroUsize::new(threads),
            twin: true,
            check: true,
            ..RunSettings::new(seed, 10_000)
        };
        run(&world(), &settings, &(), &AtomicBool::new(false)).unwrap()
    }

    fn summary(outcome: &RunOutcome) -> Summary {
        summarise(&outcome.accumulators, &Settings { levels: vec![0.99], cascade_min: 2 })
    }

    #[test]
    fn latent_defaults_have_their_probability_and_their_quarter() {
        let summary = summary(&outcome(1, 2));
        let near = |estimate: Option<Estimate>, exact: f64| {
            let estimate = estimate.unwrap();
            approx::assert_abs_diff_eq!(estimate.point, exact, epsilon = 4.0 * estimate.std_error.unwrap());
        };
        let quarterly = quarterly_probability(0.2);
        let survived = |quarters: i32| libm::pow(1.0 - quarterly, quarters.into());
        let mean_quarter: f64 =
            (1..=4).map(|quarter| f64::from(quarter) * quarterly * survived(quarter - 1)).sum::<f64>() / 0.2;
        for obligor in &summary.obligors {
            near(obligor.default_probability, 0.2);
            near(obligor.mean_default_quarter, mean_quarter);
        }
        let curves = summary.survival.obligors.iter();
        let points = curves.flat_map(|curve| curve.iter().zip(1..));
        points.for_each(|(estimate, quarter)| near(Some(*estimate), survived(quarter)));
        for (fan, quarter) in fans(&summary, Series::DefaultedObligors).zip(1..) {
            near(fan.mean, 3.0 * (1.0 - survived(quarter)));
        }
        assert!(summary.survival.system.iter().all(|estimate| estimate.point == 1.0), "there are no lenders");
    }

    fn fans(summary: &Summary, series: Series) -> impl Iterator<Item = &Fan> {
        summary.fans.iter().filter(move |fan| fan.series == series)
    }

    /// ln S_t is normal with mean -sigma^2 t / 8 and variance sigma^2 t / 4. A quantile of 10,000 trials has a relative
    /// standard error of sqrt(a (1 - a) / n) over the density of ln S_t; four of them are beside the width of a bucket.
    #[test]
    fn the_fan_of_the_equity_index_is_lognormal() {
        let summary = summary(&outcome(1, 2));
        let standard = Normal::standard();
        assert_eq!(fans(&summary, Series::EquityIndex).count(), 4);
        for (fan, quarter) in fans(&summary, Series::EquityIndex).zip(1..) {
            let sigma = VOLATILITY * f64::from(quarter).sqrt() / 2.0;
            let exact = |z: f64| libm::exp(-sigma * sigma / 2.0 + sigma * z);
            for (quantile, level) in fan.quantiles.into_iter().zip(FAN_LEVELS) {
                let (quantile, z) = (quantile.unwrap(), standard.inverse_cdf(level));
                let error = (level * (1.0 - level) / 1e4).sqrt() * sigma / standard.pdf(z);
                let ratio = quantile.point / exact(z) - 1.0;
                assert!(ratio.abs() < 4.0 * error + 1.0 / 64.0, "quarter {quarter}, level {level}: {ratio}");
                let (low, high) = (quantile.low.unwrap(), quantile.high.unwrap());
                assert!(low / exact(z) - 1.0 < 2.0 * error && high / exact(z) - 1.0 > -2.0 * error, "{quantile:?}");
            }
            // The index is a martingale.
            let mean = fan.mean.unwrap();
            assert!((mean.point - 1.0).abs() < 4.0 * mean.std_error.unwrap(), "{mean:?}");
        }
    }

    #[test]
    fn threads_do_not_show_and_seeds_do() {
        let alone = outcome(1, 1);
        for threads in [2, 3, 8] {
            assert_eq!(outcome(1, threads), alone);
        }
        assert_ne!(outcome(2, 1), alone);
        let cash = alone.residuals.iter().find(|residual| residual.name == "cash").expect("cash is checked");
        assert!(cash.checks > 4 * 10_000 && !cash.is_breach(), "{cash:?}");
    }

    /// The base case in which a bank and the vendor, whose losses are not counted, fail by decree.
    #[test]
    fn counted_channels_add_up_to_the_loss_of_the_system_exactly() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/base.toml");
        let shock = ["shock.decree.quarter=2", "shock.decree.target=[\"fail:citi\", \"fail:nvidia\"]"];
        let system = Scenario::load(&path, &shock.map(str::to_owned)).unwrap().system;
        let settings = RunSettings::new(1, 50);
        let accumulators = run(&system, &settings, &(), &AtomicBool::new(false)).unwrap().accumulators;
        let (mut counted, mut vendors) = (0, 0);
        for (lender, tally) in system.lenders.iter().zip(&accumulators.lenders) {
            let all: i128 = tally.channels.iter().map(|moments| moments.sum()).sum();
            assert_eq!(all + tally.decreed.sum(), tally.loss.moments.sum(), "{}", lender.name);
            assert_eq!(tally.decreed.sum() > 0, ["citi", "nvidia"].contains(&lender.name.as_str()), "{}", lender.name);
            // The last three channels are counted at the debtor.
            let own = tally.channels[..9].iter().map(|moments| moments.sum()).sum::<i128>();
            *(if lender.kind == LenderType::Vendor { &mut vendors } else { &mut counted }) += own;
        }
        assert_eq!(counted, accumulators.system.moments.sum());
        assert_ne!(vendors, 0);
    }

    #[test]
    fn a_trial_without_contagion_is_its_own_twin() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/base.toml");
        let system = Scenario::load(&path, &[]).unwrap().system;
        let twin = system.twin();
        let (mut full, mut without) = (Workspace::new(&system).unwrap(), Workspace::new(&twin).unwrap());
        let mut own = 0;
        for number in 0..200 {
            trial::run(&system, Streams::new(3), number, &mut full).unwrap();
            trial::run(&twin, Streams::new(3), number, &mut without).unwrap();
            if full.is_its_own_twin(&without) {
                assert_eq!(full.outcome(), without.outcome(), "trial {number}");
                own += 1;
            }
        }
        assert!((20..180).contains(&own), "{own} of 200 trials are without contagion");
    }

    #[test]
    fn messages_call_parties_by_name() {
        let system = world();
        let settings = RunSettings { twin: true, ..RunSettings::new(1, 1) };
        let model = Model::new(&system, &settings).unwrap();
        assert_eq!(model.name(Subject::Obligor(2)), "obligor c");
        assert_eq!(model.name(Subject::System), "the system");
    }
}
