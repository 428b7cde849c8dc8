//! What tests share: a scenario file played quarter by quarter, sampled trial by trial, or run through the engine.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use knockon::engine::{self, RunOutcome, RunSettings};
use knockon::model::draws::DrawTable;
use knockon::model::driver::{Draws, DriverState};
use knockon::model::outcome::{Channel, FIXED_ONE, Outcome};
use knockon::model::state::State;
use knockon::model::system::System;
use knockon::model::trial::{Workspace, begin, quarter, run};
use knockon::random::Streams;
use knockon::scenario::Scenario;
use knockon::statistics::{Settings, Summary, summarise};

/// A scenario file of `tests/worlds`.
pub fn world(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/worlds").join(name).with_extension("toml")
}

/// Loads a scenario file with overrides.
pub fn load(path: &Path, sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_string()).collect();
    Scenario::load(path, &sets).map_err(|report| report.to_string()).expect("the world loads")
}

/// The pool of case 1: so many equal names of 1 USD bn on the factor `credit`.
pub fn pool(names: usize, pd_pa: f64, rho: f64, sets: &[&str]) -> Scenario {
    let parent = world("case-01-vasicek");
    let mut text = format!("extends = {:?}\n", parent.display().to_string());
    for name in 0..names {
        text += &format!(
            "[obligor.name-{name}]\ntype = \"hyperscaler\"\ndefault_model = \"latent\"\npd_pa = {pd_pa}\nrho = {rho}\nloadings = {{ credit = 1 }}\n\
             [facility.loan-{name}]\nborrower = \"name-{name}\"\namount = 1\nspread_pa = 0\nmaturity_q = 8\nholders = {{ fund = 0.99, watcher = 0.01 }}\n"
        );
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("pool.toml");
    std::fs::write(&path, text).expect("a writable temporary directory");
    load(&path, sets)
}

/// A run of the engine on so many threads (all processors where absent).
pub fn simulate(system: &System, seed: u64, trials: u64, threads: Option<usize>) -> RunOutcome {
    let threads = threads.and_then(NonZeroUsize::new);
    start(system, RunSettings { threads, check: true, ..RunSettings::new(seed, trials) })
}

/// A run of these settings.
pub fn start(system: &System, settings: RunSettings) -> RunOutcome {
    engine::run(system, &settings, &(), &AtomicBool::new(false)).expect("trials end")
}

/// The summary of a run at the scenario's own levels, with twins where it has them.
pub fn summary(scenario: &Scenario, seed: u64, trials: u64) -> Summary {
    let settings = RunSettings { twin: scenario.run.twin, check: true, ..RunSettings::new(seed, trials) };
    let run = start(&scenario.system, settings);
    let settings = Settings { levels: scenario.run.levels.clone(), cascade_min: scenario.run.cascade_min };
    summarise(&run.accumulators, &settings)
}

/// Plays trials of a world to their end and shows each.
pub fn each_trial(system: &System, seed: u64, trials: u64, mut see: impl FnMut(&Workspace)) {
    let mut workspace = Workspace::new(system).expect("claims form a network");
    for trial in 0..trials {
        run(system, Streams::new(seed), trial, &mut workspace).expect("trials end");
        see(&workspace);
    }
}

/// Plays trials of a world and shows the state after each quarter.
pub fn each_quarter(system: &System, seed: u64, trials: u64, mut see: impl FnMut(&State)) {
    let streams = Streams::new(seed);
    let mut workspace = Workspace::new(system).expect("claims form a network");
    for trial in 0..trials {
        begin(system, streams, trial, &mut workspace);
        for _ in 0..system.quarters {
            quarter(Draws { streams, trial }, &mut workspace).expect("trials end");
            see(workspace.state());
        }
    }
}

/// Advances the drivers of a world alone and shows trial, quarter and state.
pub fn each_drive(
    system: &System,
    seed: u64,
    trials: u64,
    quarters: usize,
    mut see: impl FnMut(u64, usize, &DriverState),
) {
    let streams = Streams::new(seed);
    let mut draws = DrawTable::new(&System { quarters, ..system.clone() });
    let mut drivers = DriverState::new(system);
    for trial in 0..trials {
        drivers.reset(system);
        draws.fill(&system.drivers, Draws { streams, trial });
        for t in 1..=quarters {
            drivers.advance(system, &draws, t);
            see(trial, t, &drivers);
        }
    }
}

/// One trial of a world, played as far as the test wants.
pub struct Play {
    pub system: System,
    pub workspace: Workspace,
}

impl Play {
    /// Loads a world with overrides and stands at opening.
    pub fn open(name: &str, sets: &[&str]) -> Self {
        let scenario = load(&world(name), sets);
        let mut workspace = Workspace::new(&scenario.system).expect("claims form a network");
        begin(&scenario.system, Streams::new(1), 0, &mut workspace);
        Play { system: scenario.system, workspace }
    }

    /// Plays quarters through `last`.
    pub fn until(mut self, last: i64) -> Self {
        while self.state().quarter < last {
            quarter(Draws { streams: Streams::new(1), trial: 0 }, &mut self.workspace).expect("trials end");
        }
        self
    }

    /// Plays the whole trial from the start, as a run does.
    pub fn whole(mut self) -> Self {
        run(&self.system, Streams::new(1), 0, &mut self.workspace).expect("trials end");
        self
    }

    pub fn state(&self) -> &State {
        self.workspace.state()
    }

    pub fn outcome(&self) -> &Outcome {
        self.workspace.outcome()
    }

    pub fn obligor(&self, name: &str) -> usize {
        self.system.obligors.iter().position(|own| own.name == name).expect("a name of this world")
    }

    pub fn facility(&self, name: &str) -> usize {
        self.system.facilities.iter().position(|own| own.name == name).expect("a name of this world")
    }

    pub fn lender(&self, name: &str) -> usize {
        self.system.lenders.iter().position(|own| own.name == name).expect("a name of this world")
    }

    pub fn region(&self, name: &str) -> usize {
        self.system.regions.iter().position(|own| own.name == name).expect("a name of this world")
    }

    /// Loss booked so far, USD bn.
    pub fn loss(&self, lender: &str, channel: Channel) -> f64 {
        self.state().ledger.losses()[[self.lender(lender), channel as usize]] as f64 / FIXED_ONE
    }

    /// Face of a holder (`outside` too), USD bn.
    pub fn face(&self, facility: &str, holder: &str) -> f64 {
        let index = if holder == "outside" { self.state().holdings.outside() } else { self.lender(holder) };
        self.state()
            .holdings
            .row(self.facility(facility))
            .filter(|held| held.holder == index)
            .map(|held| held.face)
            .sum()
    }

    pub fn cash(&self, obligor: &str) -> f64 {
        self.state().obligors[self.obligor(obligor)].cash
    }

    pub fn lender_cash(&self, lender: &str) -> f64 {
        self.state().lenders[self.lender(lender)].cash
    }
}
