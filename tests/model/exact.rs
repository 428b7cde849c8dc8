//! Exact laws of defaults by quadrature: names that are alike given one factor z and the mixing variable W.
//!
//! A name defaults if `sqrt(nu / W) (sqrt(rho) z + sqrt(1 - rho) e) < c`, that is with probability
//! `q(z, W) = Phi((c sqrt(W / nu) - sqrt(rho) z) / sqrt(1 - rho))`, independently of the others; W = nu if Gaussian. The
//! trapezoidal rule over z and ln W converges faster than any power of its step. Nothing here is taken from the program.

/// Phi.
pub fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Phi^-1 by bisection.
pub fn normal_inverse(p: f64) -> f64 {
    bisect(|x| normal(x) - p)
}

/// The root of a rising function in [-1000, 1000].
fn bisect(rising: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-1e3, 1e3);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        *if rising(middle) > 0.0 { &mut high } else { &mut low } = middle;
    }
    0.5 * (low + high)
}

/// Nodes of the standard normal with their weights.
pub fn normal_nodes(step: f64) -> impl Iterator<Item = (f64, f64)> {
    let reach = (9.0 / step) as i32;
    (-reach..=reach).map(move |k| {
        let z = step * f64::from(k);
        (z, step * libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt())
    })
}

/// Nodes of `sqrt(W / nu)`, W chi-square of nu, by the logarithm of W; one node if Gaussian.
pub fn mixing_nodes(dof: Option<u32>) -> Vec<(f64, f64)> {
    let Some(dof) = dof else { return vec![(1.0, 1.0)] };
    let (half, step) = (0.5 * f64::from(dof), 0.05);
    let log_constant = half * std::f64::consts::LN_2 + libm::lgamma(half);
    let node = |k: i32| {
        let log = step * f64::from(k);
        let w = libm::exp(log);
        (libm::sqrt(w / (2.0 * half)), step * libm::exp(half * log - 0.5 * w - log_constant))
    };
    (-500..=120).map(node).filter(|(_, weight)| *weight > 1e-18).collect()
}

/// Equal names of a default probability and an asset correlation.
pub struct Names {
    /// q and its weight.
    nodes: Vec<(f64, f64)>,
    /// Default threshold c on the latent value.
    pub threshold: f64,
}

impl Names {
    pub fn new(p: f64, rho: f64, dof: Option<u32>) -> Self {
        let mixing = mixing_nodes(dof);
        let threshold = bisect(|c| mixing.iter().map(|(root, weight)| weight * normal(c * root)).sum::<f64>() - p);
        let step = if dof.is_some() { 0.06 } else { 0.02 };
        let grid =
            mixing.iter().flat_map(|(root, weight)| normal_nodes(step).map(move |(z, own)| (root, z, weight * own)));
        let nodes = grid
            .filter(|(_, _, weight)| *weight > 1e-18)
            .map(|(root, z, weight)| (normal((threshold * root - rho.sqrt() * z) / (1.0 - rho).sqrt()), weight))
            .collect();
        Names { nodes, threshold }
    }

    /// Mean of a function of q.
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.nodes.iter().map(|(q, weight)| weight * f(*q)).sum()
    }

    /// Probability that k given names default.
    pub fn all(&self, k: i32) -> f64 {
        self.mean(|q| libm::pow(q, f64::from(k)))
    }

    /// Probabilities of 0, 1, ..., m defaults among m names.
    pub fn defaults(&self, m: usize) -> Vec<f64> {
        let mut law = vec![0.0; m + 1];
        for (q, weight) in &self.nodes {
            // From the end that cannot underflow.
            let (own, mirrored) = if *q <= 0.5 { (*q, false) } else { (1.0 - q, true) };
            let (odds, mut term) = (own / (1.0 - own), weight * libm::exp(m as f64 * libm::log1p(-own)));
            for k in 0..=m {
                law[if mirrored { m - k } else { k }] += term;
                term *= odds * (m - k) as f64 / (k + 1) as f64;
            }
        }
        law
    }
}

/// P(X <= k) for k = 0, 1, ...
pub fn cumulative(law: &[f64]) -> Vec<f64> {
    let add = |sum: &mut f64, p: &f64| {
        *sum += p;
        Some(*sum)
    };
    law.iter().scan(0.0, add).collect()
}

/// Mean of the k-th power of a number with this law.
pub fn moment(law: &[f64], power: f64) -> f64 {
    law.iter().enumerate().map(|(k, p)| p * libm::pow(k as f64, power)).sum()
}

/// Value at risk and expected shortfall of a number with this law, the atom at the quantile by its fraction.
pub fn tail(law: &[f64], level: f64) -> (usize, f64) {
    let cumulative = cumulative(law);
    let at = cumulative.iter().position(|p| *p >= level).expect("probabilities add up to 1");
    let beyond: f64 = law.iter().enumerate().skip(at + 1).map(|(k, p)| p * k as f64).sum();
    (at, (beyond + at as f64 * (cumulative[at] - level)) / (1.0 - level))
}

/// Variance of `(X - q)+` over the square of the tail, times n that of an expected shortfall at `level`.
pub fn shortfall_variance(law: &[f64], level: f64) -> f64 {
    let at = tail(law, level).0;
    let excess = |power: f64| {
        law.iter().enumerate().skip(at + 1).map(|(k, p)| p * libm::pow((k - at) as f64, power)).sum::<f64>()
    };
    (excess(2.0) - excess(1.0) * excess(1.0)) / ((1.0 - level) * (1.0 - level))
}

/// The share of a large pool that defaults: its quantile at a level (Vasicek 2002).
pub fn large_pool(p: f64, rho: f64, level: f64) -> f64 {
    normal((normal_inverse(p) + rho.sqrt() * normal_inverse(level)) / (1.0 - rho).sqrt())
}

/// Probability that the share of a large pool is at most x.
pub fn large_pool_cdf(p: f64, rho: f64, x: f64) -> f64 {
    normal(((1.0 - rho).sqrt() * normal_inverse(x) - normal_inverse(p)) / rho.sqrt())
}

/// Expected shortfall of a large pool: Simpson's rule over the factor beyond its quantile.
pub fn large_pool_shortfall(p: f64, rho: f64, level: f64) -> f64 {
    let (low, steps) = (normal_inverse(level), 4_000);
    let width = (9.0 - low) / f64::from(steps);
    let sum: f64 = (0..=steps)
        .map(|step| {
            let z = low + width * f64::from(step);
            let weight = if step == 0 || step == steps { 1.0 } else { f64::from(2 + 2 * (step % 2)) };
            let share = normal((normal_inverse(p) + rho.sqrt() * z) / (1.0 - rho).sqrt());
            weight * share * libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt()
        })
        .sum();
    sum * width / 3.0 / (1.0 - level)
}
