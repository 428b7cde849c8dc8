//! A number, or a law drawn once per trial.

use crate::random::{Purpose, Streams, beta, incomplete_beta_inverse, normal_cdf, normal_quantile};

/// The law of an uncertain number.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// `[min, max]`.
    Uniform(f64, f64),
    /// `[min, mode, max]`.
    Triangular(f64, f64, f64),
    /// `[min, mode, max]`, beta with shape 4.
    Pert(f64, f64, f64),
    /// `[mean, sd]`.
    Normal(f64, f64),
    /// `[median, sd of the log]`.
    Lognormal(f64, f64),
    /// `[a, b]` on 0..1.
    Beta(f64, f64),
    /// `[[value, weight], ...]`.
    Discrete(Vec<(f64, f64)>),
}

/// A number drawn from a law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variate {
    /// The number.
    pub value: f64,
    /// The uniform whose quantile it is; none where rejection drew it.
    pub uniform: Option<f64>,
}

impl Law {
    /// The number below which the law lies with probability `u`; `normal` and `lognormal` truncated to `range`.
    ///
    /// A discrete law answers with the smallest value whose cumulative weight reaches `u`, in whatever order its values
    /// are written, so that the answer never falls as `u` grows.
    #[must_use]
    pub fn quantile(&self, u: f64, range: (f64, f64)) -> f64 {
        match self {
            Law::Uniform(min, max) => min + u * (max - min),
            Law::Triangular(min, mode, max) => triangular(u, *min, *mode, *max),
            Law::Pert(min, mode, max) => {
                let (a, b) = pert_shapes(*min, *mode, *max);
                min + (max - min) * incomplete_beta_inverse(a, b, u)
            }
            Law::Normal(mean, sd) => truncated_normal(u, *mean, *sd, range),
            Law::Lognormal(median, sd) => {
                let logs = log_range(*median, range);
                clamp(median * libm::exp(truncated_normal(u, 0.0, *sd, logs)), range)
            }
            Law::Beta(a, b) => incomplete_beta_inverse(*a, *b, u),
            Law::Discrete(atoms) => discrete(u, atoms),
        }
    }

    /// The median, at which a parameter stands outside the trials.
    #[must_use]
    pub fn median(&self, range: (f64, f64)) -> f64 {
        self.quantile(0.5, range)
    }

    /// The number of one trial, from the stream of its key path: one word by inversion, and for `beta` and `pert` as
    /// many words of the same address as rejection takes.
    #[must_use]
    pub fn draw(&self, range: (f64, f64), streams: Streams, trial: u64, key: u32) -> Variate {
        let rejected = |a, b| beta(a, b, &mut streams.words(trial, Purpose::Parameters, 0, key));
        match self {
            Law::Beta(a, b) => Variate { value: rejected(*a, *b), uniform: None },
            Law::Pert(min, mode, max) => {
                let (a, b) = pert_shapes(*min, *mode, *max);
                Variate { value: min + (max - min) * rejected(a, b), uniform: None }
            }
            _ => {
                let u = streams.uniform(trial, Purpose::Parameters, 1, key);
                Variate { value: self.quantile(u, range), uniform: Some(u) }
            }
        }
    }

    /// The smallest interval that holds every draw.
    #[must_use]
    pub fn support(&self, range: (f64, f64)) -> (f64, f64) {
        match self {
            Law::Uniform(min, max) | Law::Triangular(min, _, max) | Law::Pert(min, _, max) => (*min, *max),
            Law::Normal(mean, sd) if *sd == 0.0 => (*mean, *mean),
            Law::Lognormal(median, sd) if *sd == 0.0 => (*median, *median),
            Law::Normal(..) => range,
            Law::Lognormal(..) => (range.0.max(0.0), range.1),
            Law::Beta(..) => (0.0, 1.0),
            Law::Discrete(atoms) => atoms
                .iter()
                .filter(|(_, weight)| *weight > 0.0)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (value, _)| {
                    (low.min(*value), high.max(*value))
                }),
        }
    }

    /// What is wrong with the law of a key whose numbers lie in `range`, in words; `None` if it can be drawn.
    #[must_use]
    pub fn problem(&self, range: (f64, f64)) -> Option<String> {
        self.problem_of_form().or_else(|| self.problem_of_range(range))
    }

    fn problem_of_form(&self) -> Option<String> {
        if let Law::Discrete(atoms) = self {
            return problem_of_atoms(atoms);
        }
        let (low, middle, high) = match *self {
            Law::Uniform(min, max) => (min, min, max),
            Law::Triangular(min, mode, max) | Law::Pert(min, mode, max) => (min, mode, max),
            Law::Normal(first, second) | Law::Lognormal(first, second) | Law::Beta(first, second) => {
                return self.problem_of_shape(first, second);
            }
            Law::Discrete(_) => return None,
        };
        for bound in [low, middle, high] {
            if !bound.is_finite() {
                return Some(format!("the numbers of a law must be finite, not {bound}"));
            }
        }
        if low > high {
            return Some(format!("min {low} is above max {high}"));
        }
        if middle < low || middle > high {
            return Some(format!("mode {middle} is outside min {low} to max {high}"));
        }
        None
    }

    fn problem_of_shape(&self, first: f64, second: f64) -> Option<String> {
        if !(first.is_finite() && second.is_finite()) {
            return Some(format!("the numbers of a law must be finite, not {first}, {second}"));
        }
        let positive = |name: &str, x: f64| (x <= 0.0).then(|| format!("{name} {x} must be above 0"));
        match self {
            Law::Beta(..) => positive("a", first).or_else(|| positive("b", second)),
            Law::Lognormal(..) if first <= 0.0 => positive("median", first),
            _ => (second < 0.0).then(|| format!("sd {second} must not be below 0")),
        }
    }

    fn problem_of_range(&self, range: (f64, f64)) -> Option<String> {
        let (low, high) = self.support(range);
        let (min, max) = range;
        if low < min || high > max {
            return Some(format!("the law reaches from {low} to {high}, outside {min} to {max}"));
        }
        let mass = self.mass(range);
        (mass < LEAST_MASS).then(|| format!("only {mass:.1e} of the law lies within {min} to {max}"))
    }

    /// Probability that the law, not truncated, gives to `range`.
    fn mass(&self, range: (f64, f64)) -> f64 {
        let within = |low: f64, high: f64| {
            let (low, high) = mirrored(low, high).unwrap_or((low, high));
            normal_cdf(high) - normal_cdf(low)
        };
        match *self {
            Law::Normal(mean, sd) if sd > 0.0 => within((range.0 - mean) / sd, (range.1 - mean) / sd),
            Law::Lognormal(median, sd) if sd > 0.0 => {
                let (low, high) = log_range(median, range);
                within(low / sd, high / sd)
            }
            _ => 1.0,
        }
    }
}

/// Truncation that keeps less than this is taken for a mistake.
const LEAST_MASS: f64 = 1e-6;

fn problem_of_atoms(atoms: &[(f64, f64)]) -> Option<String> {
    for (value, weight) in atoms {
        if !value.is_finite() {
            return Some(format!("value {value} must be finite"));
        }
        if !(weight.is_finite() && *weight >= 0.0) {
            return Some(format!("weight {weight} must be finite and not below 0"));
        }
    }
    let total: f64 = atoms.iter().map(|(_, weight)| weight).sum();
    (total <= 0.0).then(|| "a discrete law needs a value of positive weight".to_owned())
}

fn triangular(u: f64, min: f64, mode: f64, max: f64) -> f64 {
    let width = max - min;
    if u * width < mode - min {
        min + libm::sqrt(u * width * (mode - min))
    } else {
        max - libm::sqrt((1.0 - u) * width * (max - mode))
    }
}

/// Shapes of the beta law behind `pert`, with weight 4 on the mode.
pub(in crate::model) fn pert_shapes(min: f64, mode: f64, max: f64) -> (f64, f64) {
    let width = max - min;
    if width == 0.0 {
        return (3.0, 3.0);
    }
    (1.0 + 4.0 * (mode - min) / width, 1.0 + 4.0 * (max - mode) / width)
}

fn truncated_normal(u: f64, mean: f64, sd: f64, range: (f64, f64)) -> f64 {
    if sd == 0.0 {
        return mean;
    }
    let (low, high) = ((range.0 - mean) / sd, (range.1 - mean) / sd);
    let z = match mirrored(low, high) {
        Some((low, high)) => -between(1.0 - u, low, high),
        None => between(u, low, high),
    };
    clamp(mean + sd * z, range)
}

/// An interval of the upper tail as one of the lower, where probabilities keep their digits.
fn mirrored(low: f64, high: f64) -> Option<(f64, f64)> {
    (low > 0.0).then_some((-high, -low))
}

fn between(u: f64, low: f64, high: f64) -> f64 {
    let (below, above) = (normal_cdf(low), normal_cdf(high));
    normal_quantile(below + u * (above - below))
}

/// Logs of the ends of a range over the median; below every number at and under 0.
fn log_range(median: f64, range: (f64, f64)) -> (f64, f64) {
    let log = |x: f64| {
        if x > 0.0 { libm::log(x / median) } else { f64::NEG_INFINITY }
    };
    (log(range.0), log(range.1))
}

fn clamp(x: f64, range: (f64, f64)) -> f64 {
    x.max(range.0).min(range.1)
}

fn discrete(u: f64, atoms: &[(f64, f64)]) -> f64 {
    let up_to =
        |limit: f64| -> f64 { atoms.iter().filter(|(value, _)| *value <= limit).map(|(_, weight)| weight).sum() };
    let target = u * up_to(f64::INFINITY);
    atoms.iter().map(|(value, _)| *value).filter(|value| up_to(*value) >= target).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn laws() -> Vec<(Law, (f64, f64))> {
        vec![
            (Law::Uniform(2.0, 5.0), ALL),
            (Law::Triangular(12.0, 14.0, 16.0), ALL),
            (Law::Triangular(0.0, 0.0, 1.0), ALL),
            (Law::Pert(0.05, 0.15, 0.2), ALL),
            (Law::Pert(1.0, 1.0, 2.0), ALL),
            (Law::Normal(1.0, 2.0), (0.0, 1.5)),
            (Law::Normal(0.0, 1.0), (4.0, f64::INFINITY)),
            (Law::Lognormal(3.0, 0.5), (2.0, 9.0)),
            (Law::Beta(2.0, 5.0), (0.0, 1.0)),
        ]
    }

    #[test]
    fn quantiles_have_their_closed_forms() {
        let triangular = Law::Triangular(0.0, 1.0, 4.0);
        // F(1) = 1/4; F(2) = 1 - 4/12.
        assert!((triangular.quantile(0.25, ALL) - 1.0).abs() < 1e-15);
        assert!((triangular.quantile(2.0 / 3.0, ALL) - 2.0).abs() < 1e-14);
        assert_eq!(Law::Lognormal(3.0, 0.7).median((0.0, f64::INFINITY)), 3.0);
        // Symmetric PERT is beta(3, 3): F(0.25) = 10 x^3 - 15 x^4 + 6 x^5.
        let u = 10.0 / 64.0 - 15.0 / 256.0 + 6.0 / 1024.0;
        assert!((Law::Pert(2.0, 4.0, 6.0).quantile(u, ALL) - 3.0).abs() < 1e-12);
        // Half of the half-normal lies below 0.674490.
        assert!((Law::Normal(0.0, 1.0).median((0.0, f64::INFINITY)) - 0.674_489_750_196).abs() < 1e-10);
        assert_eq!(Law::Uniform(3.0, 3.0).median(ALL), 3.0);
        assert_eq!(Law::Triangular(3.0, 3.0, 3.0).median(ALL), 3.0);
        assert_eq!(Law::Pert(3.0, 3.0, 3.0).median(ALL), 3.0);
        assert_eq!(Law::Normal(3.0, 0.0).median(ALL), 3.0);
    }

    #[test]
    fn discrete_law_is_monotone_in_any_order() {
        let law = Law::Discrete(vec![(5.0, 1.0), (3.0, 2.0), (4.0, 0.0), (10.0, 1.0)]);
        for (u, value) in [(0.01, 3.0), (0.5, 3.0), (0.501, 5.0), (0.75, 5.0), (0.76, 10.0), (1.0, 10.0)] {
            assert_eq!(law.quantile(u, ALL), value, "u {u}");
        }
    }

    #[test]
    fn draws_follow_the_quantiles() {
        // Kolmogorov-Smirnov against the law's own quantiles; false-alarm probability of each 2.7e-6.
        let streams = Streams::new(5);
        let n = 20_000u32;
        for (law, range) in laws() {
            let mut draws: Vec<f64> =
                (0..n).map(|trial| law.draw(range, streams, u64::from(trial), 77).value).collect();
            draws.sort_by(f64::total_cmp);
            let (low, high) = law.support(range);
            assert!(low <= draws[0] && draws[n as usize - 1] <= high, "{law:?}");
            for k in 1..100u32 {
                let x = law.quantile(f64::from(k) / 100.0, range);
                let below = draws.partition_point(|draw| *draw <= x) as f64;
                let distance = (below / f64::from(n) - f64::from(k) / 100.0).abs();
                assert!(distance < 2.6 / f64::from(n).sqrt(), "{law:?} at {k} %: {distance}");
            }
        }
    }

    #[test]
    fn good_laws_have_no_problem() {
        for (law, range) in laws() {
            assert_eq!(law.problem(range), None, "{law:?}");
        }
    }

    #[test]
    fn problems_are_named() {
        let share = (0.0, 1.0);
        let cases = [
            (Law::Uniform(0.5, 0.2), "min 0.5 is above max 0.2"),
            (Law::Uniform(f64::NAN, 0.2), "the numbers of a law must be finite, not NaN"),
            (Law::Triangular(0.0, 2.0, 1.0), "mode 2 is outside min 0 to max 1"),
            (Law::Pert(0.0, 0.5, 1.5), "the law reaches from 0 to 1.5, outside 0 to 1"),
            (Law::Normal(0.5, -0.1), "sd -0.1 must not be below 0"),
            (Law::Normal(9.0, 1.0), "only 6.2e-16 of the law lies within 0 to 1"),
            (Law::Normal(2.0, 0.0), "the law reaches from 2 to 2, outside 0 to 1"),
            (Law::Lognormal(0.0, 0.1), "median 0 must be above 0"),
            (Law::Beta(2.0, 0.0), "b 0 must be above 0"),
            (Law::Discrete(vec![]), "a discrete law needs a value of positive weight"),
            (Law::Discrete(vec![(0.3, -1.0)]), "weight -1 must be finite and not below 0"),
            (Law::Discrete(vec![(0.3, 0.0)]), "a discrete law needs a value of positive weight"),
            (Law::Discrete(vec![(3.0, 1.0)]), "the law reaches from 3 to 3, outside 0 to 1"),
        ];
        for (law, message) in cases {
            assert_eq!(law.problem(share).as_deref(), Some(message), "{law:?}");
        }
    }
}
