//! A number, or a law drawn once per trial.

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
