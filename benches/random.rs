//! Draws by address: as many as a trial of 36 names over 20 quarters takes.

#[path = "support/settings.rs"]
mod settings;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use knockon::random::{Lanes, Names, Purpose, Streams, normal_quantiles};

const NAMES: u32 = 36;
const QUARTERS: u32 = 20;
const DRAWS: usize = (NAMES * QUARTERS) as usize;

/// The sum of one draw a name and quarter, names outermost as two quarters share a block.
fn sum(draw: impl Fn(u32, u32) -> f64) -> f64 {
    (0..NAMES).flat_map(|name| (1..=QUARTERS).map(move |quarter| (quarter, name))).map(|(t, i)| draw(t, i)).sum()
}

fn random(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draws");
    group.throughput(Throughput::Elements(u64::from(NAMES * QUARTERS)));
    let (streams, purpose) = (Streams::new(1), Purpose::Idiosyncratic);
    let mut trial = 0;
    let mut bench = |name: &str, draw: &dyn Fn(u64, u32, u32) -> f64| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                trial += 1;
                black_box(sum(|quarter, name| draw(trial, quarter, name)))
            });
        });
    };
    bench("uniform", &|trial, quarter, name| streams.uniform(trial, purpose, quarter, name));
    bench("normal", &|trial, quarter, name| streams.normal(trial, purpose, quarter, name));
    bench("first of several words", &|trial, quarter, name| {
        streams.words(trial, purpose, quarter, name).next_uniform()
    });
    let mut names = Names::default();
    (0..NAMES).for_each(|name| names.push(purpose, name));
    let (mut uniforms, mut normals) = ([0.0; DRAWS], [0.0; DRAWS]);
    for (lanes, kind) in [(Lanes::detected(), "lanes of this processor"), (Lanes::portable(), "portable lanes")] {
        group.bench_function(format!("table of normals, {kind}"), |bencher| {
            bencher.iter(|| {
                trial += 1;
                streams.fill_uniforms(trial, &names, lanes, &mut uniforms);
                normal_quantiles(&uniforms, lanes, &mut normals);
                black_box(normals[0])
            });
        });
    }
}

criterion_group!(name = benches; config = settings::settings(); targets = random);
criterion_main!(benches);
