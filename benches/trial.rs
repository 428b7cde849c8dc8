//! One whole trial, without and with its twin.

#[path = "support/settings.rs"]
mod settings;
#[path = "support/world.rs"]
mod world;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use knockon::engine::{Model, RunSettings, Simulation};

/// Trials that the benchmark goes round: enough that storms have their share.
const TRIALS: u64 = 1_024;

fn trial(criterion: &mut Criterion) {
    for (name, twin) in [("trial", false), ("trial and twin", true)] {
        let mut group = criterion.benchmark_group(name);
        for scenario in ["bench/one-period", "bench/reference", "openai-cannot-honour"] {
            let system = world::world(scenario);
            let settings = RunSettings { twin, ..RunSettings::new(1, TRIALS) };
            let model = Model::new(&system, &settings).expect("claims form a network");
            let mut rooms = model.workspace();
            let mut trial = 0;
            group.bench_function(BenchmarkId::from_parameter(scenario), |bencher| {
                bencher.iter(|| {
                    trial = (trial + 1) % TRIALS;
                    model.trial(trial, &mut rooms).expect("every trial ends").full.system_loss
                });
            });
        }
    }
}

criterion_group!(name = benches; config = settings::settings(); targets = trial);
criterion_main!(benches);
