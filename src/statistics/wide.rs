//! Products of sums that one machine integer does not hold.

/// `a b - c d`, rounded once: what cancels, cancels exactly.
pub(super) fn difference_of_products([a, b]: [i128; 2], [c, d]: [i128; 2]) -> f64 {
    let ((mut high, mut low), right) = (product(a, b), product(c, d));
    let borrow;
    (low, borrow) = low.overflowing_sub(right.1);
    high = high.wrapping_sub(right.0).wrapping_sub(i128::from(borrow));
    let negative = high < 0;
    if negative {
        (high, low) = negated(high, low);
    }
    let size = high as f64 * libm::exp2(128.0) + low as f64;
    if negative { -size } else { size }
}

/// `a b` in two's complement of 256 bits: upper and lower half.
fn product(a: i128, b: i128) -> (i128, u128) {
    let (high, low) = unsigned_product(a.unsigned_abs(), b.unsigned_abs());
    if (a < 0) == (b < 0) { (high as i128, low) } else { negated(high as i128, low) }
}

fn negated(high: i128, low: u128) -> (i128, u128) {
    let low = low.wrapping_neg();
    ((!high).wrapping_add(i128::from(low == 0)), low)
}

/// Long multiplication with digits of 64 bits.
fn unsigned_product(a: u128, b: u128) -> (u128, u128) {
    let digits = |number: u128| (number >> 64, number & u128::from(u64::MAX));
    let ((a_high, a_low), (b_high, b_low)) = (digits(a), digits(b));
    let (carry, lowest) = digits(a_low * b_low);
    let (carry_one, middle) = digits(a_high * b_low + carry);
    let (carry_two, middle) = digits(a_low * b_high + middle);
    (a_high * b_high + carry_one + carry_two, (middle << 64) | lowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_one_integer_cancel_exactly() {
        let large = 3_i128.pow(70);
        for sign in [1, -1] {
            assert_eq!(
                difference_of_products([sign * large, large + 1], [large, sign * large]),
                sign as f64 * large as f64
            );
            assert_eq!(difference_of_products([sign * large, large], [large, sign * large]), 0.0);
            assert_eq!(difference_of_products([sign * 7, -3], [2, 5]), f64::from(-21 * sign as i32 - 10));
        }
        let square = difference_of_products([large, large], [0, 0]);
        assert!((square / (large as f64 * large as f64) - 1.0).abs() < 1e-15);
    }
}
