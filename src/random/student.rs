//! Student's t with a whole number of degrees of freedom, and the chi-square behind it.

use std::f64::consts::{FRAC_1_PI, PI};

use super::inverse::invert;
use super::{Words, normal_quantile, unit};

/// Student t distribution function `T_nu(x)`, nu >= 1.
///
/// The elementary finite sum for |x| <= 2; beyond it the power series of the incomplete beta function in
/// `z = nu / (nu + x^2)`, by the lower tail and symmetry (the finite sum loses every digit in the far tail).
///
/// # References
/// Abramowitz and Stegun (1964), 26.7.3-4 (finite sum), 26.5.4 (series) and 26.7.1.
#[must_use]
pub fn student_t_cdf(nu: u32, x: f64) -> f64 {
    if x.abs() <= 2.0 {
        return 0.5 + 0.5 * central_probability(nu, x);
    }
    let tail = tail_probability(nu, x);
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// Student t quantile `T_nu^-1(p)`, infinite at p = 0 and 1; for thresholds made once, not for draws.
#[must_use]
pub fn student_t_quantile(nu: u32, p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p > 0.5 {
        return -student_t_quantile(nu, 1.0 - p);
    }
    let mut low = -1.0;
    while student_t_cdf(nu, low) > p {
        low *= 2.0;
    }
    let peak = 0.5 * density_constant(nu);
    let n = f64::from(nu);
    let density = |x: f64| 2.0 * peak * libm::pow(1.0 + x * x / n, -0.5 * (n + 1.0));
    invert(|x| student_t_cdf(nu, x), density, p, (low, 0.0))
}

/// Chi-square variate of whole `nu`: `-2 ln` of the product of floor(nu/2) uniforms, plus a squared normal when nu is
/// odd. Exact, and ceil(nu/2) words whatever their values.
#[must_use]
pub fn chi_square(nu: u32, words: &mut Words) -> f64 {
    let mut sum = 0.0;
    let mut product = 1.0;
    for _ in 0..nu / 2 {
        product *= words.next_uniform();
        if product < 1e-200 {
            sum -= 2.0 * libm::log(product);
            product = 1.0;
        }
    }
    sum -= 2.0 * libm::log(product);
    if nu % 2 == 1 {
        let z = normal_quantile(unit(words.next_word()));
        sum += z * z;
    }
    sum
}

/// `P(|T| <= |x|)` with the sign of x, by the finite sum.
fn central_probability(nu: u32, x: f64) -> f64 {
    let n = f64::from(nu);
    let sine = x / libm::sqrt(n + x * x);
    let cosine_square = n / (n + x * x);
    let odd = nu % 2 == 1;
    let (mut term, mut sum) = (1.0, 1.0);
    // Powers of the cosine up to nu - 2 (even nu) or nu - 3 beside one factored out (odd nu).
    let mut k = if odd { 3 } else { 2 };
    while k + 1 < nu + u32::from(odd) {
        term *= cosine_square * f64::from(k - 1) / f64::from(k);
        sum += term;
        k += 2;
    }
    if !odd {
        return sine * sum;
    }
    let angle = libm::atan(x / libm::sqrt(n));
    let rest = if nu == 1 { 0.0 } else { sine * libm::sqrt(cosine_square) * sum };
    2.0 * FRAC_1_PI * (angle + rest)
}

/// `P(T < -|x|) = I_z(nu/2, 1/2) / 2` by the power series in z: all terms positive.
fn tail_probability(nu: u32, x: f64) -> f64 {
    let n = f64::from(nu);
    let a = 0.5 * n;
    let z = n / (n + x * x);
    let (mut term, mut sum, mut k) = (1.0, 1.0 / a, 0.0);
    while term > f64::EPSILON * 0.25 * sum * (a + k) * (1.0 - z) {
        k += 1.0;
        term *= z * (k - 0.5) / k;
        sum += term / (a + k);
    }
    0.5 * beta_half_inverse(nu) * libm::pow(z, a) * sum
}

/// Peak of the density: `1 / (sqrt(nu) B(nu/2, 1/2))`, doubled.
fn density_constant(nu: u32) -> f64 {
    2.0 * beta_half_inverse(nu) / libm::sqrt(f64::from(nu))
}

/// `1 / B(nu/2, 1/2)` by recurrence from nu = 1 (1/pi) or nu = 2 (1/2).
fn beta_half_inverse(nu: u32) -> f64 {
    let odd = nu % 2 == 1;
    let mut value = if odd { 1.0 / PI } else { 0.5 };
    let mut k = if odd { 1 } else { 2 };
    while k < nu {
        value *= f64::from(k + 1) / f64::from(k);
        k += 2;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn distribution_function_agrees_with_statrs() {
        for nu in [1, 2, 3, 4, 5, 6, 7, 10, 11, 30, 101] {
            let oracle = StudentsT::new(0.0, 1.0, f64::from(nu)).expect("valid parameters");
            for k in -400..=400 {
                let x = f64::from(k) / 20.0;
                let difference = student_t_cdf(nu, x) - oracle.cdf(x);
                assert!(difference.abs() < 1e-10, "nu {nu} x {x}: {difference:e}");
            }
        }
    }

    #[test]
    fn closed_forms_hold_to_the_far_tail() {
        // nu = 1: 1/2 + atan(x)/pi; nu = 2: 1/2 + x / (2 sqrt(2 + x^2)), in the tail 1 / (s (s + |x|)), s = sqrt(2 + x^2).
        for x in [-1.0, -2.0, -2.1, -7.0, -1e3, -1e6] {
            let cauchy = libm::atan(-1.0 / x) / PI;
            assert!((student_t_cdf(1, x) / cauchy - 1.0).abs() < 1e-14, "x {x}");
            let s = libm::sqrt(2.0 + x * x);
            let two = 1.0 / (s * (s - x));
            assert!((student_t_cdf(2, x) / two - 1.0).abs() < 1e-14, "x {x}");
        }
        // nu = 4: the lower tail is 3 nu^2 / x^4 at leading order: (3/8) (4/x^2)^2 / 2 = 3 / x^4.
        assert!((student_t_cdf(4, -1e4) / 3e-16 - 1.0).abs() < 1e-6);
    }

    #[test]
    fn both_expressions_meet_at_two() {
        for nu in [3, 4, 5, 10, 25, 200] {
            let inside = student_t_cdf(nu, -2.0);
            let outside = tail_probability(nu, 2.0);
            assert!((inside / outside - 1.0).abs() < 1e-12, "nu {nu}");
        }
    }

    #[test]
    fn quantile_inverts_the_distribution_function() {
        for nu in [3, 4, 5, 10, 50] {
            for p in [1e-12, 1e-6, 0.005, 0.02, 0.3, 0.7, 0.999] {
                let back = student_t_cdf(nu, student_t_quantile(nu, p));
                assert!((back / p - 1.0).abs() < 1e-11, "nu {nu} p {p}: {back}");
            }
        }
        // Table value t(0.975; 5) = 2.570582 (any printed table).
        assert!((student_t_quantile(5, 0.975) - 2.570_582).abs() < 1e-6);
        assert!(student_t_quantile(4, 0.5).abs() < 1e-15);
        assert_eq!(student_t_quantile(4, 0.0), f64::NEG_INFINITY);
        assert_eq!(student_t_quantile(4, 1.0), f64::INFINITY);
    }

    #[test]
    fn tail_dependence_of_the_t_copula() {
        // Section 13, case 3: 2 T_5(-sqrt(5 (1 - 0.5) / (1 + 0.5))) = 0.25317.
        let value = 2.0 * student_t_cdf(5, -libm::sqrt(5.0 * 0.5 / 1.5));
        assert!((value - 0.25317).abs() < 5e-6);
    }

    #[test]
    fn chi_square_has_its_mean_variance_and_ratio() {
        let streams = Streams::new(3);
        for nu in [1u32, 3, 4, 5, 10, 900] {
            let n = 40_000u64;
            let (mut sum, mut square, mut below) = (0.0, 0.0, 0.0);
            for trial in 0..n {
                let mut words = streams.words(trial, Purpose::Mixing, 1, 0);
                let w = chi_square(nu, &mut words);
                assert_eq!(words.read, nu.div_ceil(2));
                sum += w;
                square += w * w;
                let t = streams.normal(trial, Purpose::Factors, 1, 0) * libm::sqrt(f64::from(nu) / w);
                below += f64::from(student_t_cdf(nu, t) < 0.05);
            }
            let (n, nu) = (n as f64, f64::from(nu));
            let mean = sum / n;
            let variance = square / n - mean * mean;
            assert!((mean - nu).abs() < 4.0 * libm::sqrt(2.0 * nu / n), "nu {nu} mean {mean}");
            let fourth = 12.0 * nu * (nu + 4.0) - 4.0 * nu * nu;
            assert!((variance - 2.0 * nu).abs() < 4.0 * libm::sqrt(fourth / n), "nu {nu}");
            assert!((below / n - 0.05).abs() < 4.0 * libm::sqrt(0.05 * 0.95 / n), "nu {nu}");
        }
    }
}
