//! The beta distribution: regularised incomplete beta function, its inverse, and a sampler.

use super::Words;
use super::inverse::invert;

/// Regularised incomplete beta function `I_x(a, b)`, the distribution function of beta(a, b); a, b > 0, x in [0, 1].
///
/// # References
/// Continued fraction of DiDonato and Morris (1992), ACM TOMS 18(3), in the form of NIST DLMF 8.17.22, by Lentz's method.
#[must_use]
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - leading_factor(b, a, 1.0 - x) * fraction(b, a, 1.0 - x);
    }
    leading_factor(a, b, x) * fraction(a, b, x)
}

/// Quantile of beta(a, b): the x with `I_x(a, b) = p`; for tables and medians made at load, not for draws.
#[must_use]
pub fn incomplete_beta_inverse(a: f64, b: f64, p: f64) -> f64 {
    let density = |x: f64| a * leading_factor(a, b, x) / (x * (1.0 - x));
    invert(|x| incomplete_beta(a, b, x), density, p, (0.0, 1.0))
}

/// A beta(a, b) variate by rejection, from as many words of one address as it takes (under 3 pairs on average).
///
/// # References
/// Cheng (1978), Communications of the ACM 21(4), algorithm BA; at most four pairs are expected for any a, b.
#[must_use]
pub fn beta(a: f64, b: f64, words: &mut Words) -> f64 {
    let total = a + b;
    let smaller = if a < b { a } else { b };
    let scale = if smaller <= 1.0 { 1.0 / smaller } else { libm::sqrt((total - 2.0) / (2.0 * a * b - total)) };
    let gamma = a + 1.0 / scale;
    loop {
        let (first, second) = (words.next_uniform(), words.next_uniform());
        let v = scale * libm::log(first / (1.0 - first));
        let accepted = total * (libm::log(total) - log_sum(a, b, v)) + gamma * v - libm::log(4.0);
        if accepted >= 2.0 * libm::log(first) + libm::log(second) {
            return 1.0 / (1.0 + b / a * libm::exp(-v));
        }
    }
}

/// `ln(b + a e^v)` without overflow.
fn log_sum(a: f64, b: f64, v: f64) -> f64 {
    if v > 0.0 { v + libm::log(a + b * libm::exp(-v)) } else { libm::log(b + a * libm::exp(v)) }
}

/// `x^a (1-x)^b / (a B(a, b))`.
fn leading_factor(a: f64, b: f64, x: f64) -> f64 {
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    libm::exp(a * libm::log(x) + b * libm::log1p(-x) - log_beta) / a
}

/// The continued fraction, convergent fast for `x < (a + 1) / (a + b + 2)`.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let (mut c, mut value) = (1.0, 1.0);
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    value *= d;
    for m in 1..2_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / nonzero(1.0 + term * d);
            c = nonzero(1.0 + term / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < 2.0 * f64::EPSILON {
            break;
        }
    }
    value
}

fn nonzero(x: f64) -> f64 {
    if x == 0.0 { f64::MIN_POSITIVE } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use statrs::function::beta::beta_reg;

    const SHAPES: [(f64, f64); 8] =
        [(0.5, 0.5), (0.1, 3.0), (1.0, 1.0), (1.0, 5.0), (2.0, 4.0), (3.0, 3.0), (8.0, 0.7), (60.0, 90.0)];

    #[test]
    fn function_agrees_with_statrs() {
        for (a, b) in SHAPES {
            for k in 1..100 {
                let x = f64::from(k) / 100.0;
                let difference = incomplete_beta(a, b, x) - beta_reg(a, b, x);
                assert!(difference.abs() < 1e-11, "a {a} b {b} x {x}: {difference:e}");
            }
        }
        // I_x(2, 4) = 1 - (1-x)^4 (1 + 4x).
        let (x, y) = (0.3, 0.7f64);
        let exact = 1.0 - y * y * y * y * (1.0 + 4.0 * x);
        assert!((incomplete_beta(2.0, 4.0, x) - exact).abs() < 1e-15);
    }

    #[test]
    fn inverse_inverts() {
        for (a, b) in SHAPES {
            for p in [1e-6, 0.01, 0.25, 0.5, 0.9, 0.999] {
                let back = incomplete_beta(a, b, incomplete_beta_inverse(a, b, p));
                assert!((back - p).abs() < 1e-12, "a {a} b {b} p {p}: {back}");
            }
        }
    }

    #[test]
    fn sampler_passes_kolmogorov_smirnov() {
        // False-alarm probability of each shape 2 exp(-2 x 2.6^2) = 2.7e-6.
        let streams = Streams::new(17);
        let n = 50_000u64;
        for (a, b) in SHAPES {
            let mut grades: Vec<f64> = (0..n)
                .map(|trial| beta(a, b, &mut streams.words(trial, Purpose::Parameters, 0, 9)))
                .map(|x| incomplete_beta(a, b, x))
                .collect();
            grades.sort_by(f64::total_cmp);
            let distance = grades.iter().enumerate().map(|(k, u)| (u - k as f64 / n as f64).abs()).fold(0.0, f64::max);
            assert!(distance < 2.6 / (n as f64).sqrt(), "a {a} b {b}: {distance}");
        }
    }

    #[test]
    fn sampler_draws_what_rand_distr_draws() {
        use rand::SeedableRng;
        use rand_distr::Distribution;
        // Means of two samples; false-alarm probability of each shape at 4.5 standard errors 7e-6.
        let (streams, n) = (Streams::new(18), 50_000u64);
        let mut generator = rand::rngs::SmallRng::seed_from_u64(18);
        for (a, b) in SHAPES {
            let theirs = rand_distr::Beta::new(a, b).expect("valid shapes");
            let ours =
                (0..n).map(|trial| beta(a, b, &mut streams.words(trial, Purpose::Parameters, 0, 3))).sum::<f64>();
            let other = (0..n).map(|_| theirs.sample(&mut generator)).sum::<f64>();
            let variance = a * b / ((a + b) * (a + b) * (a + b + 1.0));
            let difference = (ours - other) / n as f64;
            assert!(difference.abs() < 4.5 * libm::sqrt(2.0 * variance / n as f64), "a {a} b {b}: {difference:e}");
        }
    }
}
