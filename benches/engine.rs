//! Whole runs without files: trials by threads.

#[path = "support/settings.rs"]
mod settings;
#[path = "support/world.rs"]
mod world;

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use knockon::engine::{BLOCK_TRIALS, RunSettings, run};

fn engine(criterion: &mut Criterion) {
    let system = world::world("bench/reference");
    let mut group = criterion.benchmark_group("run of the reference");
    group.sample_size(10);
    for trials in [BLOCK_TRIALS, 4 * BLOCK_TRIALS] {
        group.throughput(Throughput::Elements(trials));
        for threads in [1, 2, 4] {
            let settings = RunSettings { threads: NonZeroUsize::new(threads), ..RunSettings::new(1, trials) };
            let id = BenchmarkId::new(format!("{trials} trials"), format!("{threads} threads"));
            group.bench_function(id, |bencher| {
                bencher.iter(|| run(&system, &settings, &(), &AtomicBool::new(false)).expect("every trial ends"));
            });
        }
    }
}

criterion_group!(name = benches; config = settings::settings(); targets = engine);
criterion_main!(benches);
