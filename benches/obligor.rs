//! Steps 2 to 5 of a trial: receipts, covenants, dues, defaults and payments of the obligors.

#[path = "support/settings.rs"]
mod settings;
#[path = "support/steps.rs"]
mod steps;
#[path = "support/world.rs"]
mod world;

use criterion::{Criterion, criterion_group, criterion_main};
use knockon::model::observer::Step;

fn obligor(criterion: &mut Criterion) {
    let steps = [Step::Receipts, Step::Covenants, Step::Dues, Step::Payments];
    steps::bench_steps(criterion, "obligors of a trial", &steps);
}

criterion_group!(name = benches; config = settings::settings(); targets = obligor);
criterion_main!(benches);
