//! What a reference trial cannot do without, measured: its draws, its exponentials, and the arithmetic of twenty calm quarters,
//! one trial at a time and several side by side. Times are of one trial. It is a bound, not a second engine: nothing can happen
//! in it.

mod lane;
mod quarter;
mod rate;
#[path = "../support/settings.rs"]
mod settings;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use knockon::random::{Lanes, Names, Purpose, Streams, exponentials, normal_quantiles};
use quarter::{QUARTERS, World};

/// Draws and exponentials of a quarter.
const DRAWS: u32 = 38;
const EXPONENTIALS: usize = 75;

fn draws(group: &mut BenchmarkGroup<'_, WallTime>) {
    let streams = Streams::new(1);
    let mut names = Names::default();
    (0..DRAWS).for_each(|name| names.push(Purpose::Idiosyncratic, name));
    let mut uniforms = vec![0.0; QUARTERS * names.count()];
    let mut normals = uniforms.clone();
    let mut powers = vec![0.0; EXPONENTIALS];
    normals.iter_mut().zip(1..).for_each(|(x, place)| *x = streams.normal(0, Purpose::Idiosyncratic, 1, place));
    let mut trial = 0;
    group.bench_function("draws", |bencher| {
        bencher.iter(|| {
            trial += 1;
            streams.fill_uniforms(trial, &names, Lanes::detected(), &mut uniforms);
            normal_quantiles(&uniforms, Lanes::detected(), &mut normals);
            black_box(normals[0])
        });
    });
    group.bench_function("exponentials", |bencher| {
        bencher.iter(|| {
            for _ in 0..QUARTERS {
                powers.iter_mut().zip(&normals).for_each(|(power, x)| *power = 0.1 * x);
                exponentials(&mut powers, Lanes::detected());
            }
            black_box(powers[0])
        });
    });
}

/// A piece of a trial of `W` side by side from its opening on.
fn bench<const W: usize>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, piece: impl Fn(&mut World<W>) + Copy) {
    let opening = World::<W>::new();
    let mut world = opening.clone();
    group.bench_function(format!("{name}, {W} side by side"), |bencher| {
        bencher.iter_custom(|trials| {
            let rounds = trials.div_ceil(W as u64);
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                world.clone_from(&opening);
                let start = Instant::now();
                Lanes::detected().run(
                    #[inline(always)]
                    || {
                        for _ in 0..QUARTERS {
                            piece(&mut world);
                        }
                    },
                );
                spent += start.elapsed();
                black_box(&mut world);
            }
            spent.mul_f64(trials as f64 / (rounds * W as u64) as f64)
        });
    });
}

/// Twenty quarters of every piece, and of all together. The attribute lets a piece be compiled for the lanes it is called in.
fn quarters<const W: usize>(group: &mut BenchmarkGroup<'_, WallTime>) {
    macro_rules! pieces {
        ($($name:literal $piece:ident),*) => {
            $(bench::<W>(group, $name, #[inline(always)] |world| world.$piece());)*
        };
    }
    pieces!(
        "contracts and claims" settle_contracts, "facilities" assess_facilities, "obligors" move_obligors,
        "payments to holders" pay_holders, "carrying values" carry, "sums by lender" sum_by_lender, "lenders" close_lenders, "series" tell,
        "all of a quarter" quarter, "all of a quarter, sums by lender" quarter_by_lender
    );
}

fn floor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("floor");
    draws(&mut group);
    quarters::<1>(&mut group);
    quarters::<4>(&mut group);
    quarters::<8>(&mut group);
    quarters::<16>(&mut group);
    rate::rates(&mut group);
}

criterion_group!(name = benches; config = settings::settings(); targets = floor);
criterion_main!(benches);
