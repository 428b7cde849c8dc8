//! Logarithms in lanes, with the bits of `libm::log`.

/// `ln x = k ln 2 + ln m` with `x = 2^k m` and m between `sqrt(1/2)` and `sqrt 2`, for a normal number above 0 other than 1: step
/// by step what `libm::log` does.
///
/// # References
/// The reduction and the series of FreeBSD's `e_log.c` (Sun Microsystems 2004), which `libm` follows.
#[inline(always)]
pub(super) fn logarithm(x: f64) -> f64 {
    const L: [f64; 7] = [
        6.666_666_666_666_735e-1,
        3.999_999_999_940_942e-1,
        2.857_142_874_366_239e-1,
        2.222_219_843_214_978_4e-1,
        1.818_357_216_161_805e-1,
        1.531_383_769_920_937_3e-1,
        1.479_819_860_511_658_6e-1,
    ];
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    let (k, m) = split(x);
    let f = m - 1.0;
    let half = 0.5 * f * f;
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let even = fourth * (L[1] + fourth * (L[3] + fourth * L[5]));
    let odd = square * (L[0] + fourth * (L[2] + fourth * (L[4] + fourth * L[6])));
    s * (half + (odd + even)) + k * LN_2[1] - half + f + k * LN_2[0]
}

/// k and m, by the bits of x.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    /// `sqrt(1/2)` but for its lower word.
    const ROOT: u64 = 0x3FE6_A09E << 32;
    /// Its last bits hold a whole number.
    const WHOLE: f64 = 4_503_599_627_370_496.0;
    let shifted = x.to_bits() + (1.0f64.to_bits() - ROOT);
    let k = f64::from_bits((shifted >> 52) | WHOLE.to_bits()) - (WHOLE + 1023.0);
    (k, f64::from_bits((shifted & ((1 << 52) - 1)) + ROOT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};

    #[test]
    fn the_bits_are_those_of_libm() {
        let streams = Streams::new(13);
        let spread = (0..40_000).map(|trial| libm::exp(20.0 * streams.normal(trial, Purpose::Factors, 1, 1)));
        let bounds =
            [0.5, 1.0, 2.0, f64::MIN_POSITIVE, f64::MAX, std::f64::consts::SQRT_2, std::f64::consts::FRAC_1_SQRT_2];
        let around = bounds.into_iter().flat_map(|x| [x.next_down(), x, x.next_up()]);
        // Of 1 itself it is 0 of either sign, and below the normal numbers it does not hold.
        for x in spread.chain(around).filter(|x| x.is_normal() && *x != 1.0) {
            assert_eq!(logarithm(x).to_bits(), libm::log(x).to_bits(), "ln {x:e}");
        }
    }
}
