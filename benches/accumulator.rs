//! What it costs to add the losses and failures of a trial to the statistics, and to merge two states.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use knockon::model::outcome::{FailureCause, LenderFailure, Outcome};
use knockon::statistics::Accumulators;

const OBLIGORS: usize = 20;
const LENDERS: usize = 30;

/// A block of outcomes in which every lender loses something and one in sixteen fails.
fn outcomes() -> Vec<Outcome> {
    let mut word: u64 = 1;
    let mut next = || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word >> 33
    };
    let outcome = |_| {
        let mut outcome = Outcome::new(OBLIGORS, LENDERS);
        for lender in 0..LENDERS {
            outcome.losses[(lender, 0)] = (next() >> (next() % 16)) as i64;
            if next() % 16 == 0 {
                outcome.failures[lender] = Some(LenderFailure { quarter: 1, round: 0, cause: FailureCause::None });
            }
        }
        outcome.system_loss = outcome.losses.sum();
        outcome
    };
    (0..1_024).map(outcome).collect()
}

fn block(outcomes: &[Outcome], accumulators: &mut Accumulators) {
    accumulators.clear();
    for (trial, outcome) in outcomes.iter().enumerate() {
        accumulators.record(trial as u64, black_box(outcome), Some(outcome)).expect("in range");
    }
}

fn accumulator(criterion: &mut Criterion) {
    let outcomes = outcomes();
    let mut accumulators = Accumulators::new(OBLIGORS, &[true; LENDERS]);
    criterion.bench_function("record a block", |bencher| bencher.iter(|| block(&outcomes, &mut accumulators)));
    block(&outcomes, &mut accumulators);
    criterion.bench_function("merge a block", |bencher| {
        bencher.iter_batched_ref(
            || Accumulators::new(OBLIGORS, &[true; LENDERS]),
            |total| total.merge(&accumulators),
            BatchSize::NumIterations(64),
        );
    });
}

criterion_group!(benches, accumulator);
criterion_main!(benches);
