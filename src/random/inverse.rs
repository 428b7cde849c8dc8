//! Inversion of a distribution function.

/// Halvings that take 1 below the smallest positive number: a quantile of beta(0.1, 3) may lie at 1e-60.
const HALVINGS: usize = 1_100;

/// Root in `bracket` of `cdf(x) = p`, where `cdf` increases and has the derivative `density`.
///
/// Newton steps, and bisection where a step leaves the bracket: ends when the bracket or the step can shrink no more.
pub(super) fn invert(cdf: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64, p: f64, bracket: (f64, f64)) -> f64 {
    let (mut low, mut high) = bracket;
    let mut x = 0.5 * (low + high);
    for _ in 0..HALVINGS {
        let excess = cdf(x) - p;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - excess / density(x);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 4.0 * f64::EPSILON * x.abs() {
            return next;
        }
        x = next;
    }
    x
}
