//! How long a benchmark measures.

use std::time::Duration;

use criterion::Criterion;

/// Short enough for all benchmarks together to end within minutes.
pub fn settings() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2))
}
