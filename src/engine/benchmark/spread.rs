//! A figure measured several times.

/// Median and range of repeated measurements of one figure, in its unit.
///
/// The median of an even number of them is the mean of the two in the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Half of them are below.
    pub median: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some measurements; none where there are none, or where one is no number.
    #[must_use]
    pub fn of(measured: &[f64]) -> Option<Spread> {
        let mut sorted = measured.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        let spread = Spread { median: (low + high) / 2.0, min, max };
        (min.is_finite() && max.is_finite()).then_some(spread)
    }

    /// The same spread in another unit, so many times as small.
    #[must_use]
    pub fn times(self, factor: f64) -> Spread {
        Spread { median: factor * self.median, min: factor * self.min, max: factor * self.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_range_holds_all() {
        let odd = Spread::of(&[3.0, 1.0, 8.0]).unwrap();
        assert_eq!(odd, Spread { median: 3.0, min: 1.0, max: 8.0 });
        let even = Spread::of(&[4.0, 1.0, 2.0, 9.0]).unwrap();
        assert_eq!(even, Spread { median: 3.0, min: 1.0, max: 9.0 });
        assert_eq!(even.times(2.0), Spread { median: 6.0, min: 2.0, max: 18.0 });
        assert_eq!(Spread::of(&[5.0]).unwrap().median, 5.0);
    }

    #[test]
    fn what_was_not_measured_has_no_spread() {
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[1.0, f64::NAN]), None);
    }
}
