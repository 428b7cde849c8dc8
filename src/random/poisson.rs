//! Poisson counts.

/// The Poisson count of mean `mean` at the uniform `u`, by inversion: the smallest k with P(N <= k) >= u.
///
/// Made for small means (a jump rate per quarter); beyond a mean of 700 the answer is the mean rounded up.
#[must_use]
pub fn poisson(mean: f64, u: f64) -> u32 {
    let mut count = 0;
    let mut probability = libm::exp(-mean);
    let mut cumulative = probability;
    while u > cumulative {
        count += 1;
        probability *= mean / f64::from(count);
        let next = cumulative + probability;
        if next == cumulative && f64::from(count) >= mean {
            break;
        }
        cumulative = next;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{DiscreteCDF, Poisson};

    #[test]
    fn count_is_the_smallest_that_reaches_the_probability() {
        for mean in [0.05, 0.175, 1.0, 7.5, 40.0] {
            let oracle = Poisson::new(mean).expect("valid parameters");
            for k in 0..1_000 {
                let u = (f64::from(k) + 0.5) / 1_000.0;
                assert_eq!(u64::from(poisson(mean, u)), oracle.inverse_cdf(u), "mean {mean} u {u}");
            }
        }
    }

    #[test]
    fn extreme_arguments_end() {
        assert_eq!(poisson(0.0, 1.0 - 1e-16), 0);
        assert!(poisson(1.0, 1.0 - 1e-16) < 30);
        assert_eq!(poisson(1_000.5, 0.5), 1_001);
    }
}
