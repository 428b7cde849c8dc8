//! How the cost of a trial grows with the size of the world and with threads: `cargo bench --bench scaling`.
//!
//! One size is varied at a time; a power law is fitted to the cost of a trial and of each of its parts. Writes
//! `docs/scaling/table.md` and a plot for every size.

mod fit;
mod plot;
mod world;

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use knockon::engine::benchmark::{Part, Parts, cpu_time};
use knockon::engine::{BLOCK_TRIALS, RunSettings, run};
use knockon::model::system::System;

use crate::fit::Fit;
use crate::world::{REFERENCE, Sizes, world};

/// Seconds of one measurement.
const SECONDS: f64 = 0.12;

/// Measurements of a point, of which the least disturbed counts.
const REPEATS: usize = 3;

/// Parts with a smaller share than this at the largest size have no exponent worth telling.
const SMALL_SHARE: f64 = 0.02;

/// A world at one size: seconds of a trial, in all and by part.
#[derive(Debug, Clone)]
pub struct Point {
    size: f64,
    seconds: f64,
    parts: Option<[f64; Part::ALL.len()]>,
}

impl Point {
    /// The smaller of two measurements of the whole, and of each part: others of the machine only ever add to them.
    fn less_disturbed(&self, other: &Point) -> Point {
        let parts = self.parts.zip(other.parts).map(|(mut own, other)| {
            own.iter_mut().zip(other).for_each(|(own, other)| *own = own.min(other));
            own
        });
        Point { size: self.size, seconds: self.seconds.min(other.seconds), parts }
    }
}

/// The points of one size that was varied.
pub struct Series {
    name: &'static str,
    points: Vec<Point>,
}

impl Series {
    /// The fit to the cost of a trial.
    pub fn fit(&self) -> Fit {
        Fit::of(&self.costs(|point| point.seconds))
    }

    /// Points of the cost that `of` takes.
    pub fn costs(&self, of: impl Fn(&Point) -> f64) -> Vec<(f64, f64)> {
        self.points.iter().map(|point| (point.size, of(point))).collect()
    }

    /// The parts that make up most of the largest world, the dearest first, with their costs; those that cost nothing
    /// anywhere are left out.
    pub fn dear_parts(&self) -> Vec<(Part, Vec<(f64, f64)>)> {
        let by_part = |place: usize| self.costs(|point| point.parts.map_or(0.0, |parts| parts[place]));
        let mut dear: Vec<_> = Part::ALL.into_iter().enumerate().map(|(place, part)| (part, by_part(place))).collect();
        let last = |costs: &[(f64, f64)]| costs.last().map_or(0.0, |point| point.1);
        let all: f64 = dear.iter().map(|(_, costs)| last(costs)).sum();
        dear.retain(|(_, costs)| costs.iter().all(|point| point.1 > 0.0) && last(costs) > SMALL_SHARE * all);
        dear.sort_by(|(_, a), (_, b)| last(b).total_cmp(&last(a)));
        dear
    }
}

fn main() {
    // `cargo test --benches` only asks whether it builds and starts.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let started = Instant::now();
    let mut series: Vec<Series> = grids().into_iter().map(|(name, sizes)| measured(name, &sizes)).collect();
    series.push(threads());
    let table = table(&series);
    println!("{table}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scaling");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join("table.md"), table).expect("the table can be written");
    for own in &series {
        plot::draw(own, &folder.join(own.name).with_extension("svg")).expect("the plot can be drawn");
    }
    println!("written to {} after {:.0} s", folder.display(), started.elapsed().as_secs_f64());
}

/// What is varied, and the worlds.
fn grids() -> Vec<(&'static str, Vec<(usize, Sizes)>)> {
    let vary = |base: usize, place: fn(&mut Sizes) -> &mut usize| -> Vec<(usize, Sizes)> {
        let sizes = [1, 2, 4, 8, 16].map(|times| base * times);
        sizes
            .map(|size| {
                let mut own = REFERENCE;
                *place(&mut own) = size;
                (size, own)
            })
            .into()
    };
    let whole = [1, 2, 4, 8].map(|times| {
        let Sizes { obligors, lenders, facilities, contracts, claims, quarters } = REFERENCE;
        let [obligors, lenders, facilities] = [obligors, lenders, facilities].map(|own| own * times / 2);
        let [contracts, claims] = [contracts, claims].map(|own| own * times / 2);
        (facilities, Sizes { obligors, lenders, facilities, contracts, claims, quarters })
    });
    vec![
        ("obligors", vary(15, |sizes| &mut sizes.obligors)),
        ("lenders", vary(15, |sizes| &mut sizes.lenders)),
        ("facilities", vary(50, |sizes| &mut sizes.facilities)),
        ("contracts", vary(15, |sizes| &mut sizes.contracts)),
        ("claims", vary(30, |sizes| &mut sizes.claims)),
        ("quarters", vary(5, |sizes| &mut sizes.quarters)),
        ("world", whole.into()),
    ]
}

/// Rounds over all sizes, so that a machine that is busy for a while is so for all of them.
fn measured(name: &'static str, sizes: &[(usize, Sizes)]) -> Series {
    let worlds: Vec<_> = sizes.iter().map(|(size, sizes)| (*size, world(sizes))).collect();
    let worlds: Vec<_> = worlds.iter().map(|(size, system)| (*size, system, trials(system))).collect();
    let mut points: Vec<Option<Point>> = worlds.iter().map(|_| None).collect();
    for _ in 0..REPEATS {
        for ((size, system, trials), best) in worlds.iter().zip(&mut points) {
            let seconds = (measure(system, *trials, 1) - measure(system, 1, 1)) / (trials - 1) as f64;
            let parts = Parts::measure(system, &RunSettings::new(1, *trials)).expect("the trials run");
            let point = Point { size: *size as f64, seconds, parts: Some(parts.seconds) };
            *best = Some(best.as_ref().map_or_else(|| point.clone(), |best| best.less_disturbed(&point)));
        }
    }
    Series { name, points: points.into_iter().flatten().collect() }
}

/// CPU time of all threads per trial, which in the best case does not grow.
fn threads() -> Series {
    let system = world(&REFERENCE);
    let numbers = [1, 2, 4, 8];
    let trials = 8 * BLOCK_TRIALS.max(trials(&system).div_ceil(8 * BLOCK_TRIALS) * BLOCK_TRIALS);
    let points = numbers.map(|threads| {
        let seconds = least(&system, trials, threads) / trials as f64;
        eprintln!("threads {threads}: {:.1} us", 1e6 * seconds);
        Point { size: threads as f64, seconds, parts: None }
    });
    Series { name: "threads", points: points.into() }
}

/// Trials that take as long as a measurement should, at least 16.
fn trials(system: &System) -> u64 {
    let mut trials = 8;
    let mut seconds = 0.0;
    while seconds < SECONDS / 4.0 {
        trials *= 2;
        seconds = measure(system, trials, 1);
    }
    ((SECONDS / seconds * trials as f64) as u64).max(16)
}

/// The shortest of some measurements: others of the machine only ever add to it.
fn least(system: &System, trials: u64, threads: usize) -> f64 {
    (0..REPEATS).map(|_| measure(system, trials, threads)).fold(f64::INFINITY, f64::min)
}

/// CPU seconds of a run, of all threads.
fn measure(system: &System, trials: u64, threads: usize) -> f64 {
    let settings = RunSettings { threads: NonZeroUsize::new(threads), ..RunSettings::new(1, trials) };
    let before = cpu_time().expect("the platform tells CPU time");
    run(system, &settings, &(), &AtomicBool::new(false)).expect("the trials run");
    (cpu_time().expect("the platform tells CPU time") - before).as_secs_f64()
}

/// Exponents of all series, and of their dear parts.
fn table(series: &[Series]) -> String {
    let mut text =
        "| varied | sizes | CPU us a trial | exponent (± standard error) | last doubling |\n|---|---|---|---|---|\n"
            .to_owned();
    let mut line = |line: String| writeln!(text, "{line}").expect("a string takes all");
    for own in series {
        let sizes: Vec<String> = own.points.iter().map(|point| point.size.to_string()).collect();
        let costs: Vec<String> = own.points.iter().map(|point| format!("{:.1}", 1e6 * point.seconds)).collect();
        let Fit { exponent, error, last, .. } = own.fit();
        let (sizes, costs) = (sizes.join(", "), costs.join(", "));
        line(format!("| {} | {sizes} | {costs} | {exponent:.2} ± {error:.2} | {last:.2} |", own.name));
    }
    line("\n`world` varies all but the quarters together; its sizes are facilities. Exponents of the parts that make up more than".to_owned());
    line(format!(
        "{:.0} % of the largest world, the dearest first (last doubling in brackets):\n",
        100.0 * SMALL_SHARE
    ));
    line("| varied | parts |\n|---|---|".to_owned());
    for own in series.iter().filter(|own| own.points.iter().all(|point| point.parts.is_some())) {
        let parts = own.dear_parts().into_iter().map(|(part, costs)| {
            let fit = Fit::of(&costs);
            format!("{} {:.2} ({:.2})", part.name(), fit.exponent, fit.last)
        });
        line(format!("| {} | {} |", own.name, parts.collect::<Vec<_>>().join(", ")));
    }
    text
}
