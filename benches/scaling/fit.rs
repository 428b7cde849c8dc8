//! A power law through measured points.

/// `cost = factor * size^exponent`, by least squares on logarithms.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    pub factor: f64,
    pub exponent: f64,
    /// Standard error of the exponent, from the residuals.
    pub error: f64,
    /// The exponent between the last two points.
    pub last: f64,
}

impl Fit {
    /// The fit to three points or more, `(size, cost)`, both above 0.
    pub fn of(points: &[(f64, f64)]) -> Fit {
        let logs: Vec<(f64, f64)> = points.iter().map(|(size, cost)| (libm::log(*size), libm::log(*cost))).collect();
        let count = logs.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
        let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
        let spread: f64 = logs.iter().map(|(x, _)| square(x - x_mean)).sum();
        let exponent = logs.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum::<f64>() / spread;
        let intercept = y_mean - exponent * x_mean;
        let residual: f64 = logs.iter().map(|(x, y)| square(y - intercept - exponent * x)).sum();
        let (before, last) = (logs[logs.len() - 2], logs[logs.len() - 1]);
        Fit {
            factor: libm::exp(intercept),
            exponent,
            error: (residual / (count - 2.0) / spread).sqrt(),
            last: (last.1 - before.1) / (last.0 - before.0),
        }
    }

    /// The cost that it gives a size.
    pub fn at(&self, size: f64) -> f64 {
        self.factor * libm::pow(size, self.exponent)
    }
}

fn square(x: f64) -> f64 {
    x * x
}
