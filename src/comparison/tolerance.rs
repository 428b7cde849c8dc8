//! Headline measures that moved further than somebody allows.

use crate::comparison::difference::{Difference, Verdict};
use crate::comparison::unpaired::Compared;
use crate::statistics::Estimate;

/// A headline measure beyond the tolerance.
#[derive(Debug, Clone, PartialEq)]
pub struct Excess {
    /// The measure.
    pub metric: String,
    /// Its value; none where it is undefined or missing.
    pub estimate: Option<f64>,
    /// Its value in the first results; none where it is undefined.
    pub against: Option<f64>,
}

/// Headline measures that differ by more than `tolerance` times the first, absolutely where the first is 0. One that is
/// undefined in one of the two, or missing in the later, is beyond any tolerance; one that is new is not judged.
#[must_use]
pub fn beyond(compared: &[Compared], tolerance: f64) -> Vec<Excess> {
    let headline = compared.iter().filter(|compared| compared.entity.is_none()).map(|compared| &compared.difference);
    let excess = |difference: &&Difference| {
        let point = |estimate: Option<Estimate>| estimate.map(|estimate| estimate.point);
        Excess {
            metric: difference.metric.clone(),
            estimate: point(difference.estimate),
            against: point(difference.against),
        }
    };
    let too_far = |difference: &&Difference| match (difference.verdict, difference.difference) {
        (Verdict::Undefined | Verdict::Missing, _) => true,
        (_, Some(moved)) => {
            let first = difference.against.map_or(0.0, |first| first.point.abs());
            moved.point.abs() > if first == 0.0 { tolerance } else { tolerance * first }
        }
        _ => false,
    };
    headline.filter(too_far).map(|difference| excess(&difference)).collect()
}
