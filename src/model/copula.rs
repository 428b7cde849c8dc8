//! Dependence within a quarter: the root of the correlation, the t copula's margins, default thresholds.

use ndarray::Array2;

use crate::model::system::{Copula, Drivers};
use crate::random::{normal_quantile, student_t_cdf, student_t_quantile};

/// Lower triangular A with `C = A A'`, or `None` where C is not positive semidefinite (to rounding).
///
/// Cholesky's method in plain arithmetic, so that the bits do not depend on the processor; a pivot of rounding size
/// makes a column of zeros, so singular correlations (two factors that are one) are welcome. The lower triangle is read.
///
/// # Shapes
/// `[factor, factor]`, square.
#[must_use]
pub fn root(correlation: &Array2<f64>) -> Option<Array2<f64>> {
    let n = correlation.nrows();
    let rounding = 1e-14 * n as f64;
    let mut a = Array2::<f64>::zeros((n, n));
    for j in 0..n {
        let pivot = remainder(correlation, &a, j, j);
        if pivot.is_nan() || pivot < -rounding {
            return None;
        }
        let singular = pivot <= rounding;
        let diagonal = libm::sqrt(pivot.max(0.0));
        a[[j, j]] = if singular { 0.0 } else { diagonal };
        for i in j + 1..n {
            let rest = remainder(correlation, &a, i, j);
            if !singular {
                a[[i, j]] = rest / diagonal;
            } else if rest.is_nan() || rest * rest > rounding {
                return None;
            }
        }
    }
    Some(a)
}

/// What of `C_ij` the first j columns of the root leave.
fn remainder(correlation: &Array2<f64>, a: &Array2<f64>, i: usize, j: usize) -> f64 {
    (0..j).fold(correlation[[i, j]], |rest, k| rest - a[[i, k]] * a[[j, k]])
}

/// `Phi^-1(T_nu(x))`: the normal that stands where x stands in Student's t (model section 3).
#[must_use]
pub fn normal_from_student(nu: u32, x: f64) -> f64 {
    let below = normal_quantile(student_t_cdf(nu, -x.abs()));
    if x < 0.0 { below } else { -below }
}

/// Knots of a table; even on [-[`REACH`], [`REACH`]].
const KNOTS: usize = 4_000;
/// Where the table ends; exact evaluation beyond.
const REACH: f64 = 20.0;

/// The maps of the t copula's margins to normal ones, one table for each value its degrees of freedom can take.
#[derive(Debug, Clone)]
pub struct Margins {
    tables: Vec<(u32, Vec<f64>)>,
}

impl Margins {
    /// Tabulates what the copula of a run needs: nothing where it is Gaussian.
    #[must_use]
    pub fn new(drivers: &Drivers) -> Self {
        let values: &[u32] = match drivers.copula {
            Copula::Gaussian => &[],
            Copula::StudentT => &drivers.dof_values,
        };
        Margins { tables: values.iter().map(|nu| (*nu, table(*nu))).collect() }
    }

    /// The map at the degrees of freedom of this trial.
    #[must_use]
    pub fn of(&self, drivers: &Drivers) -> Margin<'_> {
        match drivers.copula {
            Copula::Gaussian => Margin::Identity,
            Copula::StudentT => {
                let nu = drivers.dof as u32;
                let known = self.tables.iter().find(|(value, _)| *value == nu);
                Margin::Student { nu, table: known.map_or(&[], |(_, table)| table) }
            }
        }
    }
}

/// The map of `s_t g` to a normal of the same grade.
#[derive(Debug, Clone, Copy)]
pub enum Margin<'a> {
    /// Gaussian copula.
    Identity,
    /// t copula.
    Student {
        /// Degrees of freedom.
        nu: u32,
        /// Values at the knots; empty where none was made, and then every value is exact.
        table: &'a [f64],
    },
}

impl Margin<'_> {
    /// The normal of the same grade as x: linear between the knots (error below 1e-5), exact beyond them.
    #[inline]
    #[must_use]
    pub fn map(self, x: f64) -> f64 {
        let Margin::Student { nu, table } = self else {
            return x;
        };
        if x.abs() >= REACH {
            return normal_from_student(nu, x);
        }
        let place = (x + REACH) * ((KNOTS - 1) as f64 / (2.0 * REACH));
        // Numbers of 32 bits become floating ones in one instruction.
        let knot = place as u32;
        match table.get(knot as usize..knot as usize + 2) {
            Some(&[left, right]) => left + (place - f64::from(knot)) * (right - left),
            _ => normal_from_student(nu, x),
        }
    }
}

fn table(nu: u32) -> Vec<f64> {
    let step = 2.0 * REACH / (KNOTS - 1) as f64;
    (0..KNOTS).map(|knot| normal_from_student(nu, knot as f64 * step - REACH)).collect()
}

/// The threshold below which the latent asset value `s_t A_i` defaults: `T_nu^-1(p)`, or `Phi^-1(p)` if Gaussian.
///
/// Costs a search under the t copula: once a trial, not once a quarter.
#[must_use]
pub fn latent_threshold(drivers: &Drivers, p: f64) -> f64 {
    match drivers.copula {
        Copula::Gaussian => normal_quantile(p),
        Copula::StudentT => student_t_quantile(drivers.dof as u32, p),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use ndarray::array;

    #[test]
    fn root_multiplies_back() {
        let c = array![[1.0, 0.3, 0.4, 0.6], [0.3, 1.0, 0.0, 0.0], [0.4, 0.0, 1.0, 0.5], [0.6, 0.0, 0.5, 1.0]];
        let a = root(&c).expect("positive definite");
        for i in 0..4 {
            for j in 0..4 {
                let product: f64 = (0..4).map(|k| a[[i, k]] * a[[j, k]]).sum();
                assert!((product - c[[i, j]]).abs() < 1e-15, "{i} {j}");
                assert!(j <= i || a[[i, j]] == 0.0);
            }
        }
    }

    #[test]
    fn singular_correlations_have_a_root_and_indefinite_ones_none() {
        let one = array![[1.0, 1.0, 0.6], [1.0, 1.0, 0.6], [0.6, 0.6, 1.0]];
        let a = root(&one).expect("semidefinite");
        assert_eq!(a[[1, 1]], 0.0);
        assert_eq!(a[[2, 1]], 0.0);
        assert!((a[[2, 2]] - 0.8).abs() < 1e-15);
        assert!(root(&array![[1.0, 1.0, 0.6], [1.0, 1.0, 0.5], [0.6, 0.5, 1.0]]).is_none());
        assert!(root(&array![[1.0, 0.9, 0.0], [0.9, 1.0, 0.9], [0.0, 0.9, 1.0]]).is_none());
        assert!(root(&array![[1.0, f64::NAN], [f64::NAN, 1.0]]).is_none());
    }

    #[test]
    fn table_error_is_below_a_hundred_thousandth() {
        let mut drivers = fixture::system(&[]).drivers;
        drivers.copula = Copula::StudentT;
        drivers.dof_values = vec![3, 4, 5, 10];
        let margins = Margins::new(&drivers);
        for nu in [3u32, 4, 5, 10] {
            drivers.dof = f64::from(nu);
            let margin = margins.of(&drivers);
            let mut worst = 0.0f64;
            for k in -21_500..=21_500 {
                let x = f64::from(k) / 1_000.0 + 0.000_37;
                worst = worst.max((margin.map(x) - normal_from_student(nu, x)).abs());
            }
            assert!(worst < 1e-5, "nu {nu}: {worst:e}");
            assert!(worst > 0.0, "the table was not used");
            for x in [20.0, 25.0, 1e6, f64::INFINITY] {
                assert_eq!(margin.map(x), normal_from_student(nu, x));
                assert_eq!(margin.map(-x), -margin.map(x));
            }
        }
    }

    #[test]
    fn thresholds_are_quantiles() {
        let mut drivers = fixture::system(&[]).drivers;
        assert!((latent_threshold(&drivers, 0.02) + 2.053_748_910_631_823).abs() < 1e-14);
        drivers.copula = Copula::StudentT;
        assert!((student_t_cdf(5, latent_threshold(&drivers, 0.02)) / 0.02 - 1.0).abs() < 1e-12);
    }
}
