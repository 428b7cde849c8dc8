//! Powers of one number with many exponents, with the bits of `libm::pow`.

use super::Lanes;
use super::exponential::{corrected, power_of_two, signed_whole};

/// Beyond it on either side the power may be none of the normal numbers, for which `libm::pow` has branches of its own.
const REACH: f64 = 1_000.0;

/// `libm` takes another logarithm from 2^31 on.
const LARGEST_EXPONENT: f64 = 1e9;

/// Exponents whose powers `libm` finds without a logarithm.
const DIRECT: [f64; 4] = [1.0, 0.5, 2.0, -1.0];

/// Writes `libm::pow(base, y)` of each exponent y. The logarithm of the base is worked out once.
///
/// # References
/// The logarithm and the exponential in two parts each of FreeBSD's `e_pow.c` (Sun Microsystems 2004), which `libm` follows.
pub fn powers(base: f64, exponents: &[f64], lanes: Lanes, raised: &mut [f64]) {
    let plain = base.is_normal() && base > 0.0;
    let logarithm = if plain { logarithm_2(base) } else { [f64::NAN; 2] };
    let mut within = true;
    lanes.run(
        #[inline(always)]
        || {
            for (power, y) in raised.iter_mut().zip(exponents) {
                let product = multiply(*y, logarithm);
                within &= (y.abs() < LARGEST_EXPONENT) & ((product[0] + product[1]).abs() < REACH);
                *power = exponential_2(product);
            }
        },
    );
    for (power, y) in raised.iter_mut().zip(exponents) {
        if !within || DIRECT.contains(y) {
            *power = libm::pow(base, *y);
        }
    }
}

/// `log2 x` of a normal number above 0 in two parts: `x = 2^n a`, and `a` is near to 1 or to 3/2.
fn logarithm_2(x: f64) -> [f64; 2] {
    const L: [f64; 6] = [
        5.999_999_999_999_946e-1,
        4.285_714_285_785_502e-1,
        3.333_333_298_183_774_3e-1,
        2.727_281_238_085_34e-1,
        2.306_607_457_755_617_5e-1,
        2.069_750_178_003_384_2e-1,
    ];
    /// `2 / (3 ln 2)`, and in two parts.
    const SCALE: f64 = 9.617_966_939_259_756e-1;
    const SCALE_PARTS: [f64; 2] = [9.617_967_009_544_373e-1, -7.028_461_650_952_758e-9];
    let (n, a, near) = split(x);
    let [near_high, near_low] = if near == 1.0 { [0.0; 2] } else { LOG2_THREE_HALVES };
    let difference = a - near;
    let inverse = 1.0 / (a + near);
    let s = difference * inverse;
    let s_high = upper(s);
    // a + near without its last bits.
    let sum_high =
        f64::from_bits((((a.to_bits() >> 33) | 0x2000_0000) + 0x0008_0000 + ((near > 1.0) as u64 * 0x4_0000)) << 32);
    let sum_low = a - (sum_high - near);
    let s_low = inverse * ((difference - s_high * sum_high) - s_high * sum_low);
    let square = s * s;
    let series = square
        * square
        * (L[0] + square * (L[1] + square * (L[2] + square * (L[3] + square * (L[4] + square * L[5])))));
    let rest = series + s_low * (s_high + s);
    let square = s_high * s_high;
    let three_high = upper(3.0 + square + rest);
    let three_low = rest - ((three_high - 3.0) - square);
    let (u, v) = (s_high * three_high, s_low * three_high + three_low * s);
    let high = upper(u + v);
    let low = v - (high - u);
    let (z_high, z_low) = (SCALE_PARTS[0] * high, SCALE_PARTS[1] * high + low * SCALE + near_low);
    let first = upper(((z_high + z_low) + near_high) + n);
    [first, z_low - (((first - n) - near_high) - z_high)]
}

/// `log2 3/2` in two parts.
const LOG2_THREE_HALVES: [f64; 2] = [5.849_624_872_207_642e-1, 1.350_039_202_129_749e-8];

/// `x = 2^n a` with a between `sqrt 3 / 2` and `sqrt 3`, and which of 1 and 3/2 a is near to.
fn split(x: f64) -> (f64, f64, f64) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = (bits >> 52) as i32 - 1023;
    // Bounds of the upper word of the fraction: of sqrt 3/2 and of sqrt 3.
    match fraction >> 32 {
        ..=0x3988E => (f64::from(exponent), f64::from_bits(fraction | 1023 << 52), 1.0),
        0x3988F..0xBB67A => (f64::from(exponent), f64::from_bits(fraction | 1023 << 52), 1.5),
        _ => (f64::from(exponent + 1), f64::from_bits(fraction | 1022 << 52), 1.0),
    }
}

/// `y (l1 + l2)` in two parts.
#[inline(always)]
fn multiply(y: f64, [first, second]: [f64; 2]) -> [f64; 2] {
    let y_high = upper(y);
    [y_high * first, (y - y_high) * first + y * second]
}

/// `2^(h + l)` of a size below [`REACH`].
#[inline(always)]
fn exponential_2([high, low]: [f64; 2]) -> f64 {
    /// ln 2, and in two parts.
    const LN_2: f64 = std::f64::consts::LN_2;
    const LN_2_PARTS: [f64; 2] = [6.931_471_824_645_996e-1, -1.904_654_299_957_768e-9];
    /// From here on the whole part is not 0: a half but for its lower word.
    const HALF: f64 = f64::from_bits(0x3FE0_0001_0000_0000);
    let n = signed_whole(low + high, (low + high).abs() + 0.5, HALF);
    let high = high - n;
    let t = upper(low + high);
    let u = t * LN_2_PARTS[0];
    let v = (low - (t - high)) * LN_2 + t * LN_2_PARTS[1];
    let z = u + v;
    let w = v - (z - u);
    let c = corrected(z);
    let r = (z * c) / (c - 2.0) - (w + z * w);
    (1.0 - (r - z)) * power_of_two(n)
}

/// A number without its lower word.
#[inline(always)]
fn upper(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !0xFFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};

    fn assert_same(base: f64, exponents: &[f64]) {
        for lanes in [Lanes::portable(), Lanes::detected()] {
            let mut raised = vec![0.0; exponents.len()];
            powers(base, exponents, lanes, &mut raised);
            for (y, power) in exponents.iter().zip(raised) {
                assert_eq!(power.to_bits(), libm::pow(base, *y).to_bits(), "{base:e}^{y:e}");
            }
        }
    }

    #[test]
    fn every_width_of_lanes_has_the_bits_of_one_power_alone() {
        let streams = Streams::new(12);
        let normal = |trial: u64, key| streams.normal(trial, Purpose::Factors, 1, key);
        for scale in [1e-9, 1e-3, 0.2, 1.0, 30.0] {
            for trial in 0..4_000 {
                let exponents: Vec<f64> = (1..12).map(|key| 3.0 * normal(trial, key)).collect();
                assert_same(libm::exp(scale * normal(trial, 0)), &exponents);
            }
        }
    }

    #[test]
    fn where_libm_branches_the_bits_are_its_own() {
        let bounds =
            [0x3FF3_988E_FFFF_FFFF, 0x3FFB_B679_FFFF_FFFF, 1.0f64.to_bits(), 1.5f64.to_bits(), 2.0f64.to_bits()];
        let around = |bits: u64| (-3i64..=3).map(move |step| f64::from_bits(bits.saturating_add_signed(step)));
        let exponents = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1.5, -0.5, 3.0, 0.7, 1e-20, 40.0];
        for base in bounds.into_iter().flat_map(around) {
            assert_same(base, &exponents);
        }
        // Powers of two with exponents in halves: between whole numbers of the logarithm.
        let halves: Vec<f64> = (-90..90).flat_map(|half| around((f64::from(half) / 2.0).to_bits())).collect();
        [2.0, 4.0, 0.25, 0.5].into_iter().for_each(|base| assert_same(base, &halves));
    }

    #[test]
    fn beyond_the_reach_and_of_no_number_it_is_libm() {
        let exponents = [0.3, 250.0, -400.0, 1.0, 1e9, 1e300, f64::INFINITY, f64::NAN];
        for base in [1.5, 1.0, 1.0 + 1e-12, 0.0, -0.0, -2.0, 1e-310, 1e300, f64::INFINITY, f64::NAN] {
            assert_same(base, &exponents);
            exponents.into_iter().for_each(|y| assert_same(base, &[y]));
        }
    }
}
