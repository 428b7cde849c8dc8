//! Step 6 of a trial: what follows from defaults; in most quarters nobody defaults.

#[path = "support/settings.rs"]
mod settings;
#[path = "support/steps.rs"]
mod steps;
#[path = "support/world.rs"]
mod world;

use criterion::{Criterion, criterion_group, criterion_main};
use knockon::model::observer::Step;

fn recovery(criterion: &mut Criterion) {
    steps::bench_steps(criterion, "recoveries of a trial", &[Step::Resolution]);
}

criterion_group!(name = benches; config = settings::settings(); targets = recovery);
criterion_main!(benches);
