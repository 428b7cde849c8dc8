//! Log-linear histogram of integers: fixed relative width, exact counts and sums.

use crate::model::outcome::Fixed;

/// Octaves of one sign: values are below 2^46 in size.
const OCTAVES: usize = 46;

/// Where the octaves of negative values begin among all.
const NEGATIVE: usize = 64;

/// Start of an octave that no value fell into.
const NOWHERE: u32 = u32::MAX;

/// Rows of the system loss: relative width 2^-5.
const ROW_PRECISION: u32 = 5;

/// Count and sum of the values that fell into one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// How many values.
    pub(crate) count: u64,
    /// Their sum.
    pub(crate) sum: i128,
}

impl Bucket {
    /// Mean of the values, in their unit.
    pub(crate) fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }
}

/// Count and sum of a bucket in one integer, so that one addition adds to both: `2^35 sum + count`, a count being at most
/// [`crate::statistics::MAX_TRIALS`], 2^34.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Packed(i128);

impl Packed {
    const COUNT_BITS: u32 = 35;

    #[inline]
    fn record(&mut self, value: Fixed) {
        self.0 += (i128::from(value) << Self::COUNT_BITS) | 1;
    }

    fn merge(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// The bucket, unless nothing fell into it.
    fn filled(self) -> Option<Bucket> {
        let count = (self.0 & ((1 << Self::COUNT_BITS) - 1)) as u64;
        (count > 0).then_some(Bucket { count, sum: self.0 >> Self::COUNT_BITS })
    }
}

/// Octave of a value, `2^octave <= |x| < 2^(octave + 1)`, and its place in one of `2^precision` parts of that octave, or in
/// `2^octave` parts where those are fewer; none for zero.
fn octave_and_place(value: Fixed, precision: u32) -> Option<(u32, u64)> {
    let size = value.unsigned_abs();
    let octave = size.checked_ilog2()?;
    Some((octave, (size - (1 << octave)) >> (octave - octave.min(precision))))
}

/// Row of a system loss: ascends with the loss, has its sign (0 for none), and is of relative width 2^-5.
pub(crate) fn row_of(loss: Fixed) -> i32 {
    let row = |(octave, place): (u32, u64)| 1 + (octave << ROW_PRECISION) as i32 + place as i32;
    loss.signum() as i32 * octave_and_place(loss, ROW_PRECISION).map_or(0, row)
}

/// Distribution of a quantity over trials. Zeros are not stored: they are what is missing to the number of trials.
///
/// The values of one octave, `2^k <= |x| < 2^(k+1)`, share `2^precision` buckets of equal width, so a bucket's relative
/// width is at most `2^-precision`; below `2^precision` each integer has its own. Two histograms are equal if the same
/// values were recorded, in whatever order and by whatever merges.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    precision: u32,
    /// Bits of a floating-point number below those that tell its bucket.
    below: u32,
    /// Values recorded, zeros not among them.
    recorded: u64,
    /// Where the buckets of each octave start, those of negative values from [`NEGATIVE`] on.
    starts: [u32; 2 * NEGATIVE],
    /// Octaves as they were first touched, the buckets of each by size of value.
    buckets: Vec<Packed>,
}

impl Histogram {
    /// An empty histogram of relative width `2^-precision`.
    pub(crate) fn new(precision: u32) -> Self {
        Histogram {
            precision,
            below: f64::MANTISSA_DIGITS - 1 - precision,
            recorded: 0,
            starts: [NOWHERE; 2 * NEGATIVE],
            buckets: Vec::new(),
        }
    }

    /// Adds one value, which must be below 2^46 in size.
    #[inline]
    pub(crate) fn record(&mut self, value: Fixed) {
        if value == 0 {
            return;
        }
        self.recorded += 1;
        let (octave, place) = self.address(value);
        match self.starts[octave] {
            NOWHERE => self.open(octave)[place].record(value),
            start => self.buckets[start as usize + place].record(value),
        }
    }

    /// Adds the values of another of the same precision.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.recorded += other.recorded;
        for octave in 0..self.starts.len() {
            let theirs = other.octave(octave);
            if !theirs.is_empty() {
                self.open(octave).iter_mut().zip(theirs).for_each(|(ours, theirs)| ours.merge(*theirs));
            }
        }
    }

    /// Forgets all values but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.recorded = 0;
        self.starts.fill(NOWHERE);
        self.buckets.clear();
    }

    /// Octave and place in it of a value other than zero: the exponent and the leading bits of its floating-point form, which
    /// is exact.
    #[inline]
    fn address(&self, value: Fixed) -> (usize, usize) {
        let bits = (value as f64).to_bits();
        let sign = (value as u64 >> 63) as usize * NEGATIVE;
        // The exponent is biased by 1023, one less than a multiple of 64.
        let octave = ((bits >> (f64::MANTISSA_DIGITS - 1)) + 1) as usize % NEGATIVE + sign;
        (octave, (bits >> self.below) as usize & (self.width() - 1))
    }

    /// Buckets of an octave.
    fn width(&self) -> usize {
        1 << self.precision
    }

    /// The buckets of an octave; empty if nothing fell into it.
    fn octave(&self, octave: usize) -> &[Packed] {
        let start = self.starts[octave] as usize;
        self.buckets.get(start..start + self.width()).unwrap_or_default()
    }

    /// The buckets of an octave, made where there are none.
    #[cold]
    fn open(&mut self, octave: usize) -> &mut [Packed] {
        let width = self.width();
        if self.starts[octave] == NOWHERE {
            self.starts[octave] = self.buckets.len() as u32;
            self.buckets.resize(self.buckets.len() + width, Packed::default());
        }
        let start = self.starts[octave] as usize;
        &mut self.buckets[start..start + width]
    }

    /// Non-empty buckets from the largest value to the smallest, the zeros missing to `trials` among them.
    pub(crate) fn descending(&self, trials: u64) -> impl Iterator<Item = Bucket> + '_ {
        let zeros = trials.saturating_sub(self.recorded);
        let zeros = (zeros > 0).then_some(Bucket { count: zeros, sum: 0 });
        let positive = (0..OCTAVES).rev().flat_map(|octave| self.octave(octave).iter().rev());
        let negative = (NEGATIVE..NEGATIVE + OCTAVES).flat_map(|octave| self.octave(octave));
        let filled = |bucket: &Packed| bucket.filled();
        positive.filter_map(filled).chain(zeros).chain(negative.filter_map(filled))
    }

    /// Sum of the values.
    pub(crate) fn sum(&self) -> i128 {
        self.buckets.iter().filter_map(|bucket| bucket.filled()).map(|bucket| bucket.sum).sum()
    }

    /// Lower and upper end of the values that a bucket of this histogram may hold; both 0 for the zeros.
    pub(crate) fn ends(&self, bucket: &Bucket) -> (f64, f64) {
        let mean = bucket.sum / i128::from(bucket.count);
        let size = mean.unsigned_abs() as u64;
        let Some(octave) = size.checked_ilog2() else {
            return (0.0, 0.0);
        };
        let width = 1 << (octave - octave.min(self.precision));
        let near = (size & !(width - 1)) as f64;
        let far = near + width as f64;
        if mean > 0 { (near, far) } else { (-far, -near) }
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        // Count and sum of a bucket tell where it lies.
        self.precision == other.precision && self.descending(0).eq(other.descending(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(precision: u32, values: &[Fixed]) -> Histogram {
        let mut histogram = Histogram::new(precision);
        values.iter().for_each(|value| histogram.record(*value));
        histogram
    }

    fn pairs(histogram: &Histogram, trials: u64) -> Vec<(u64, i128)> {
        histogram.descending(trials).map(|bucket| (bucket.count, bucket.sum)).collect()
    }

    #[test]
    fn buckets_descend_through_zero_to_the_negatives() {
        let histogram = histogram(2, &[5, 0, -1, 7, 9, 8, -100, 5, 0]);
        // Width 1 up to 7, 2 from 8 to 15: 8 and 9 share a bucket.
        assert_eq!(pairs(&histogram, 9), [(2, 17), (1, 7), (2, 10), (2, 0), (1, -1), (1, -100)]);
    }

    #[test]
    fn no_bucket_is_wider_than_its_precision() {
        for precision in [5, 8, 11] {
            let mut value: Fixed = 1;
            while value < 1 << 45 {
                let width = (value >> precision).max(1);
                // The value just beyond a relative width away is never in the same bucket.
                let apart = histogram(precision, &[value, value + width]);
                assert_eq!(apart.descending(2).count(), 2, "{value} at {precision}");
                value += value / 3 + 1;
            }
        }
    }

    #[test]
    fn a_bucket_knows_its_ends() {
        let histogram = histogram(2, &[9, 8, 0, -5, -100, 1]);
        let ends: Vec<_> = histogram.descending(6).map(|bucket| histogram.ends(&bucket)).collect();
        assert_eq!(ends, [(8.0, 10.0), (1.0, 2.0), (0.0, 0.0), (-6.0, -5.0), (-112.0, -96.0)]);
    }

    #[test]
    fn rows_ascend_with_the_loss_and_are_narrow() {
        let sizes = || (0..46).flat_map(|octave| (0..64).map(move |step| (1_i64 << octave) + ((step << octave) >> 6)));
        let mut losses: Vec<Fixed> = sizes().chain(sizes().map(|loss| -loss)).chain([0]).collect();
        losses.sort_unstable();
        for pair in losses.windows(2) {
            let (low, high) = (row_of(pair[0]), row_of(pair[1]));
            assert!(low <= high && low.signum() == pair[0].signum() as i32, "{pair:?}");
            let near = (pair[1] - pair[0]).abs() as f64 <= pair[0].unsigned_abs() as f64 / 16.0;
            assert!(low < high || near, "{pair:?}");
        }
    }

    #[test]
    fn the_ends_of_the_range_have_a_bucket() {
        let top = (1 << 46) - 1;
        assert_eq!(pairs(&histogram(11, &[top, -top]), 2), [(1, i128::from(top)), (1, -i128::from(top))]);
    }

    #[test]
    fn a_bucket_holds_the_most_trials_of_the_largest_values() {
        let (most, top) = (crate::statistics::MAX_TRIALS, (1_i128 << 46) - 1);
        for value in [top, -top, -1] {
            let half = Packed(((value << Packed::COUNT_BITS) + 1) * i128::from(most / 2));
            let mut whole = half;
            whole.merge(half);
            assert_eq!(whole.filled(), Some(Bucket { count: most, sum: value * i128::from(most) }));
        }
        assert_eq!(Packed::default().filled(), None);
    }

    #[test]
    fn a_cleared_histogram_equals_a_new_one() {
        let mut used = histogram(8, &[1, 1 << 40, -77]);
        used.clear();
        assert_eq!(used, Histogram::new(8));
        used.record(3);
        assert_eq!(used, histogram(8, &[3]));
        assert_ne!(used, histogram(8, &[2]));
    }
}
