//! Exponentials of many numbers at once, with the bits of `libm::exp`.

use std::f64::consts::LOG2_E;

use super::Lanes;

/// Beyond it on either side `libm::exp` has branches of its own: overflow, numbers below the normal ones, NaN.
const REACH: f64 = 700.0;

/// `libm::exp` of each number, in its place.
///
/// # References
/// The reduction and the rational function of FreeBSD's `e_exp.c` (Sun Microsystems 2004), which `libm` follows.
pub fn exponentials(numbers: &mut [f64], lanes: Lanes) {
    let mut within = true;
    lanes.run(
        #[inline(always)]
        || {
            within = numbers.iter().fold(true, |within, x| within & (x.abs() < REACH));
            if within {
                for x in &mut *numbers {
                    *x = exponential(*x);
                }
            }
        },
    );
    if !within {
        numbers.iter_mut().for_each(|x| *x = libm::exp(*x));
    }
}

/// `e^x = 2^k e^r` with `x = k ln 2 + r`, for `|x| < 700`: step by step what `libm::exp` does, its branches as choices.
#[inline(always)]
fn exponential(x: f64) -> f64 {
    let (k, hi, lo) = reduce(x);
    let r = hi - lo;
    let c = corrected(r);
    let y = 1.0 + (r * c / (2.0 - c) - lo + hi);
    let power = y * power_of_two(k);
    if x.abs() < TINY { 1.0 + x } else { power }
}

/// `c = r - r^2 (P_1 + r^2 (P_2 + ...))`, of which `e^r = 1 + r + r c / (2 - c)` is made.
#[inline(always)]
pub(super) fn corrected(r: f64) -> f64 {
    const P: [f64; 5] = [
        1.666_666_666_666_660_2e-1,
        -2.777_777_777_701_559_3e-3,
        6.613_756_321_437_934e-5,
        -1.653_390_220_546_525_2e-6,
        4.138_136_797_057_238_5e-8,
    ];
    let square = r * r;
    r - square * (P[0] + square * (P[1] + square * (P[2] + square * (P[3] + square * P[4]))))
}

/// Below it `e^x` is `1 + x`: 2^-28 but for its lower word.
const TINY: f64 = f64::from_bits(0x3E30_0001_0000_0000);
/// From here on k is not 0: half of ln 2 but for its lower word.
const HALF_LN_2: f64 = f64::from_bits(0x3FD6_2E43_0000_0000);
/// Numbers added to it are rounded to whole ones, which stand in its last bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// k, the multiple of ln 2 nearest to x, and the rest in two parts.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64, f64) {
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    let k = signed_whole(x, LOG2_E * x.abs() + 0.5, HALF_LN_2);
    (k, x - k * LN_2[0], k * LN_2[1])
}

/// The whole part of `size`, with the sign of x; 0 where x is below `least` in size.
#[inline(always)]
pub(super) fn signed_whole(x: f64, size: f64, least: f64) -> f64 {
    let nearest = (size + ROUNDER) - ROUNDER;
    let below = if nearest > size { nearest - 1.0 } else { nearest };
    let size = if x.abs() < least { 0.0 } else { below };
    if x < 0.0 { -size } else { size }
}

/// `2^k` of a whole number, by its bits.
#[inline(always)]
pub(super) fn power_of_two(k: f64) -> f64 {
    f64::from_bits(((k + ROUNDER).to_bits() << 52).wrapping_add(1.0f64.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};

    fn assert_same(numbers: &[f64]) {
        for lanes in [Lanes::portable(), Lanes::detected()] {
            let mut powers = numbers.to_vec();
            exponentials(&mut powers, lanes);
            for (x, power) in numbers.iter().zip(powers) {
                assert_eq!(power.to_bits(), libm::exp(*x).to_bits(), "e^{x:e}");
            }
        }
    }

    #[test]
    fn every_width_of_lanes_has_the_bits_of_one_number_alone() {
        let streams = Streams::new(11);
        let normal = |trial: u64| streams.normal(trial, Purpose::Factors, 1, 1);
        for scale in [1e-9, 1e-4, 0.1, 1.0, 20.0, 120.0] {
            let numbers: Vec<f64> = (0..40_000).map(|trial| scale * normal(trial)).collect();
            numbers.chunks(37).for_each(assert_same);
        }
    }

    #[test]
    fn where_libm_branches_the_bits_are_its_own() {
        let ln_2 = std::f64::consts::LN_2;
        let edges = [
            0.0,
            TINY,
            f64::from_bits(0x3E30_0000_0000_0000),
            HALF_LN_2,
            0.5 * ln_2,
            1.5 * ln_2,
            f64::from_bits(0x3FF0_A2B2_0000_0000),
        ];
        let halves = (1..1_000).map(|k| (f64::from(k) + 0.5) * ln_2);
        for edge in edges.into_iter().chain(halves) {
            let around = (-3i64..=3).map(|step| f64::from_bits(edge.to_bits().saturating_add_signed(step)));
            let around: Vec<f64> = around.flat_map(|x| [x, -x]).filter(|x| x.abs() < REACH).collect();
            assert_same(&around);
        }
    }

    #[test]
    fn beyond_the_reach_and_of_no_number_it_is_libm() {
        for x in [REACH, -REACH, 709.7, 710.0, -745.0, -746.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_same(&[0.5, x, -0.25]);
        }
    }
}
