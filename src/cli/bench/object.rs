//! What was measured, as one JSON object.

use serde_json::{Value, json};

use crate::cli::bench::Measured;
use crate::engine::benchmark::{Part, Parts, Spread, Timing};

impl Measured<'_> {
    /// The object that docs/bench.md describes.
    pub(super) fn object(&self) -> Value {
        let Measured { scenario, settings, benchmark, processors } = self;
        let system = &scenario.system;
        let timings = benchmark.timings.iter().map(|timing| self.timing(timing));
        json!({
            "knockon": env!("CARGO_PKG_VERSION"),
            "scenario": {
                "name": scenario.name,
                "title": scenario.title,
                "obligors": system.obligors.len(),
                "lenders": system.lenders.len(),
                "facilities": system.facilities.len(),
                "contracts": system.contracts.len(),
                "claims": system.claims.len(),
                "quarters": system.quarters,
            },
            "machine": {
                "operating_system": std::env::consts::OS,
                "architecture": std::env::consts::ARCH,
                "processors": processors,
            },
            "seed": settings.seed,
            "trials": settings.trials,
            "repeats": settings.repeats,
            "timings": timings.collect::<Vec<_>>(),
            "parts": benchmark.parts.each_ref().map(parts),
            "peak_memory_bytes": benchmark.peak_memory,
        })
    }

    fn timing(&self, timing: &Timing) -> Value {
        let system = &self.scenario.system;
        let cpu = timing.cpu_seconds.map(|own| own.times(1e6));
        json!({
            "threads": timing.threads,
            "twin": timing.twin,
            "trials_per_second": spread(timing.trials_per_second()),
            "cpu_us_per_trial": cpu.map(spread),
            "cpu_ns_per_obligor_quarter": timing.cpu_ns_per_obligor_quarter(system).map(spread),
            "speed_up": self.benchmark.speed_up(timing),
            "cpu_ratio": self.benchmark.cpu_ratio(timing),
        })
    }
}

fn spread(own: Spread) -> Value {
    json!({ "median": own.median, "min": own.min, "max": own.max })
}

fn parts(own: &Parts) -> Value {
    let figures = Part::ALL.iter().zip(own.shares()).zip(own.seconds);
    let rows = figures
        .map(|((part, share), seconds)| json!({ "part": part.name(), "share": share, "us_per_trial": 1e6 * seconds }));
    json!({ "twin": own.twin, "rows": rows.collect::<Vec<_>>() })
}
