//! Reading, checking and compiling a scenario.

#[path = "support/settings.rs"]
mod settings;

use std::path::Path;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use knockon::scenario::Scenario;

fn loading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("loading");
    group.sample_size(10);
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for scenario in ["base", "bench/reference", "bench/wide"] {
        let path = scenarios.join(scenario).with_extension("toml");
        group.bench_function(BenchmarkId::from_parameter(scenario), |bencher| {
            bencher.iter(|| Scenario::load(&path, &[]).expect("the scenario is valid"));
        });
    }
}

criterion_group!(name = benches; config = settings::settings(); targets = loading);
criterion_main!(benches);
