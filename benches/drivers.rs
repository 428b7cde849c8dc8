//! Step 1 of a trial: factors, jumps, shocks, markets.

#[path = "support/settings.rs"]
mod settings;
#[path = "support/steps.rs"]
mod steps;
#[path = "support/world.rs"]
mod world;

use criterion::{Criterion, criterion_group, criterion_main};
use knockon::model::observer::Step;

fn drivers(criterion: &mut Criterion) {
    steps::bench_steps(criterion, "drivers of a trial", &[Step::Drivers]);
}

criterion_group!(name = benches; config = settings::settings(); targets = drivers);
criterion_main!(benches);
