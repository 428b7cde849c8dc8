//! A clock over single steps of a trial.

use std::time::{Duration, Instant};

use criterion::Criterion;
use knockon::model::driver::Draws;
use knockon::model::observer::{Observer, Step, View};
use knockon::model::trial::{Workspace, run_observed};
use knockon::random::Streams;

use crate::world::world;

/// Trials that a benchmark goes round: enough that storms have their share.
const TRIALS: u64 = 1_024;

/// Time that `steps` take in a trial, all quarters together, with some 30 ns a quarter and step of the clock itself.
pub fn bench_steps(criterion: &mut Criterion, name: &str, steps: &[Step]) {
    let mut group = criterion.benchmark_group(name);
    for scenario in ["bench/reference", "openai-cannot-honour"] {
        let system = world(scenario);
        let mut workspace = Workspace::new(&system).expect("claims form a network");
        let mut trial = 0;
        group.bench_function(scenario, |bencher| {
            bencher.iter_custom(|trials| {
                let mut clock = Clock { steps, since: Instant::now(), spent: Duration::ZERO };
                for _ in 0..trials {
                    trial = (trial + 1) % TRIALS;
                    let draws = Draws { streams: Streams::new(1), trial };
                    run_observed(&system, draws, &mut workspace, &mut clock).expect("every trial ends");
                }
                clock.spent
            });
        });
    }
}

/// Adds up the time between the end of the step before and the end of each step that counts.
struct Clock<'a> {
    steps: &'a [Step],
    since: Instant,
    spent: Duration,
}

impl Observer for Clock<'_> {
    fn opened(&mut self) {
        self.since = Instant::now();
    }

    fn after(&mut self, step: Step, _view: View<'_>) {
        let now = Instant::now();
        if self.steps.contains(&step) {
            self.spent += now - self.since;
        }
        self.since = now;
    }
}
