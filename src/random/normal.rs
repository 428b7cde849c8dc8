//! The standard normal distribution: cumulative probability and quantile.

use std::f64::consts::FRAC_1_SQRT_2;

use super::logarithm::logarithm;

/// Standard normal distribution function `Phi(x)`, full relative precision in the lower tail.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

/// Standard normal quantile `Phi^-1(p)` for p in (0, 1); infinite at the ends, NaN outside.
///
/// Relative error about 1e-16. One uniform gives one normal, whatever its value.
///
/// # References
/// Wichura (1988), Applied Statistics 37(3), algorithm AS 241 (PPND16).
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= CENTRE {
        return central_quantile(q);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let x = upper_quantile(tail);
    if q < 0.0 { -x } else { x }
}

/// Largest distance of a probability from one half at which [`central_quantile`] holds.
pub(super) const CENTRE: f64 = 0.425;

/// The quantile of the probability `q + 1/2`.
#[inline(always)]
pub(super) fn central_quantile(q: f64) -> f64 {
    q * ratio(0.180625 - q * q, &CENTRAL)
}

/// The point that the tail probability `p < 0.075` lies beyond.
fn upper_quantile(p: f64) -> f64 {
    if p == 0.0 {
        return f64::INFINITY;
    }
    let r = libm::sqrt(-libm::log(p));
    if r <= 5.0 { ratio(r - 1.6, &MIDDLE) } else { ratio(r - 5.0, &FAR) }
}

/// Above e^-25, at which the formula for the tail changes.
pub(super) const LEAST_TAIL: f64 = 1.4e-11;

/// [`normal_quantile`]'s size, to the last bit, where the tail probability is from [`LEAST_TAIL`] to 0.075; in lanes.
#[inline(always)]
pub(super) fn tail_quantile(p: f64) -> f64 {
    ratio((-logarithm(p)).sqrt() - 1.6, &MIDDLE)
}

/// Coefficients of a numerator and a denominator, highest power first.
type Rational = [[f64; 8]; 2];

#[inline(always)]
fn ratio(x: f64, [top, bottom]: &Rational) -> f64 {
    horner(x, top) / horner(x, bottom)
}

#[inline(always)]
fn horner(x: f64, coefficients: &[f64; 8]) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

const CENTRAL: Rational = [
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
];

const MIDDLE: Rational = [
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

const FAR: Rational = [
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_7e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_has_the_published_values() {
        // Wichura (1988), the three points printed with the algorithm.
        for (p, x) in
            [(0.25, -0.674_489_750_196_081_7), (0.001, -3.090_232_306_167_813), (1e-20, -9.262_340_089_798_408)]
        {
            assert!((normal_quantile(p) / x - 1.0).abs() < 1e-15, "p {p}");
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    }

    #[test]
    fn quantile_inverts_the_distribution_function_into_the_tail() {
        for k in 1..3_000 {
            let p = libm::pow(10.0, -f64::from(k) / 10.0);
            let back = normal_cdf(normal_quantile(p));
            // d ln Phi / dx is about |x| in the tail: one unit in the last place of x costs x^2 of them in p.
            let x = normal_quantile(p);
            assert!((back / p - 1.0).abs() < 1e-15 * (4.0 + x * x), "p {p}");
        }
    }

    #[test]
    fn quantile_is_odd() {
        for p in [0.01, 0.07, 0.2, 0.4] {
            assert!((normal_quantile(p) + normal_quantile(1.0 - p)).abs() < 1e-14);
        }
    }
}
