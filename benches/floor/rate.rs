//! What the machine does at best: the rates that the counts of a trial are multiplied by.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Throughput};
use knockon::random::Lanes;

/// Numbers that stay in registers.
const NUMBERS: usize = 128;
/// Times that each of them is multiplied and added to.
const STEPS: usize = 64;

/// Sizes of what is read and written, in numbers: the state of one trial and of eight (30 and 240 KB).
const STATES: [usize; 2] = [3_840, 30_720];

/// Multiplications and additions, and numbers read and written with one addition each, all in the widest lanes.
pub fn rates(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.throughput(Throughput::Elements((2 * NUMBERS * STEPS) as u64));
    let mut numbers = [1.0; NUMBERS];
    group.bench_function("rate of operations", |bencher| {
        bencher.iter(|| {
            let (factor, term) = (black_box(0.5), black_box(0.25));
            Lanes::detected().run(
                #[inline(always)]
                || {
                    let mut moved = numbers;
                    for _ in 0..STEPS {
                        moved.iter_mut().for_each(|x| *x = *x * factor + term);
                    }
                    numbers = moved;
                },
            );
            black_box(numbers[0])
        });
    });
    for count in STATES {
        let mut state = vec![1.0; count];
        let bytes = 2 * size_of_val(&state[..]) as u64;
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(format!("rate of bytes, {} KB read and written", bytes / 2_048), |bencher| {
            bencher.iter(|| {
                let term = black_box(0.25);
                Lanes::detected().run(
                    #[inline(always)]
                    || state.iter_mut().for_each(|x| *x += term),
                );
                black_box(&mut state);
            });
        });
    }
}
