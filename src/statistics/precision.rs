//! Precision on demand: when a run is long enough. (methods.md, 11.37-11.39)

use crate::statistics::metric::metrics;
use crate::statistics::summary::Summary;

/// A run goes on until the relative half-width of every measure is at most `target`.
#[derive(Debug, Clone, PartialEq)]
pub struct Precision {
    /// Largest relative half-width of the 95 % interval.
    pub target: f64,
    /// Names of headline measures ([`crate::statistics::metrics`]).
    pub measures: Vec<String>,
}

/// How precise a measure is.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// Name of the measure.
    pub measure: String,
    /// Half of its 95 % interval over the size of its estimate; none where that is undefined.
    pub relative_half_width: Option<f64>,
    /// It is precise enough; never so where it is undefined.
    pub met: bool,
}

impl Precision {
    /// How precise each measure is in `summary`, in the order of `measures`.
    #[must_use]
    pub fn reached(&self, summary: &Summary) -> Vec<Reached> {
        let metrics = metrics(summary);
        let reached = |measure: &String| {
            let estimate = metrics.iter().find(|metric| metric.name == *measure).and_then(|metric| metric.estimate);
            let relative_half_width = estimate.and_then(|estimate| estimate.relative_half_width());
            let met = relative_half_width.is_some_and(|width| width <= self.target);
            Reached { measure: measure.clone(), relative_half_width, met }
        };
        self.measures.iter().map(reached).collect()
    }

    /// Every measure is precise enough.
    #[must_use]
    pub fn is_met(&self, summary: &Summary) -> bool {
        self.reached(summary).iter().all(|reached| reached.met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{FIXED_ONE, Outcome};
    use crate::statistics::{Accumulators, Settings, summarise};

    /// Trials with these system losses.
    fn summary(losses: &[f64]) -> Summary {
        let mut accumulators = Accumulators::new(1, &[true]);
        for (trial, loss) in losses.iter().enumerate() {
            let outcome = Outcome { system_loss: (loss * FIXED_ONE) as i64, ..Outcome::new(1, 1) };
            accumulators.record(trial as u64, &outcome, None).unwrap();
        }
        summarise(&accumulators, &Settings { levels: vec![0.5], cascade_min: 1 })
    }

    fn width(losses: &[f64], measure: &str) -> Option<f64> {
        let precision = Precision { target: 0.1, measures: vec![measure.into()] };
        precision.reached(&summary(losses))[0].relative_half_width
    }

    #[test]
    fn half_widths_by_hand() {
        // Mean 2, s = sqrt(2), standard error 1.
        approx::assert_relative_eq!(
            width(&[1.0, 3.0], "system_loss_mean").unwrap(),
            1.959_963_985 / 2.0,
            epsilon = 1e-9
        );
        approx::assert_relative_eq!(width(&[-1.0, -3.0], "system_loss_mean").unwrap(), 0.979_981_992, epsilon = 1e-9);
        assert_eq!(width(&[2.0, 2.0, 2.0], "system_loss_mean"), Some(0.0));
        // Order statistics: half of the whole interval, however lopsided; ranks 2 to 9 about the fifth.
        let losses: Vec<f64> = (0..10).map(|power| f64::from(1 << power)).collect();
        approx::assert_relative_eq!(
            width(&losses, "system_loss_var_0.5").unwrap(),
            (256.0 - 2.0) / 2.0 / 16.0,
            epsilon = 1e-3
        );
    }

    #[test]
    fn what_is_zero_or_undefined_is_never_precise() {
        for (losses, measure) in [
            (&[0.0, 0.0][..], "system_loss_mean"),       // an estimate of 0
            (&[1.0, -1.0], "system_loss_mean"),          // likewise, with an interval
            (&[1.0], "system_loss_mean"),                // no error of one trial
            (&[1.0, 2.0], "lender_failure_probability"), // never seen
            (&[1.0, 2.0], "amplification"),              // no twins
            (&[1.0, 2.0], "system_loss_var_0.5"),        // the interval reaches beyond the sample
            (&[1.0, 2.0], "no such measure"),
        ] {
            let precision = Precision { target: 1e9, measures: vec![measure.into()] };
            assert!(!precision.is_met(&summary(losses)), "{measure} of {losses:?}");
            assert_eq!(width(losses, measure), None, "{measure} of {losses:?}");
        }
    }

    #[test]
    fn all_measures_must_be_precise() {
        let summary = summary(&[2.0, 2.0]);
        let met = |measures: &[&str]| {
            let measures = measures.iter().map(|measure| (*measure).to_owned()).collect();
            Precision { target: 0.1, measures }.is_met(&summary)
        };
        assert!(met(&["system_loss_mean"]));
        assert!(!met(&["system_loss_mean", "cascade_size_mean"]));
    }
}
