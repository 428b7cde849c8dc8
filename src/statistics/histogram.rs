//! Log-linear histogram of integers: fixed relative width, exact counts and sums.

use crate::model::outcome::Fixed;

/// Octaves of one sign: values are below 2^46 in size.
const OCTAVES: usize = 46;

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

/// Octave of a value, `2^octave <= |x| < 2^(octave + 1)`, and its place in one of `2^precision` parts of that octave, or in
/// `2^octave` parts where those are fewer; none for zero.
fn address(value: Fixed, precision: u32) -> Option<(u32, u64)> {
    let size = value.unsigned_abs();
    let octave = size.checked_ilog2()?;
    Some((octave, (size - (1 << octave)) >> (octave - octave.min(precision))))
}

/// Row of a system loss: ascends with the loss, has its sign (0 for none), and is of relative width 2^-5.
pub(crate) fn row_of(loss: Fixed) -> i32 {
    let row = |(octave, place): (u32, u64)| 1 + (octave << ROW_PRECISION) as i32 + place as i32;
    loss.signum() as i32 * address(loss, ROW_PRECISION).map_or(0, row)
}

/// Distribution of a quantity over trials. Zeros are not stored: they are what is missing to the number of trials.
///
/// The values of one octave, `2^k <= |x| < 2^(k+1)`, share `2^precision` buckets of equal width, so a bucket's relative
/// width is at most `2^-precision`; below `2^precision` each integer has its own. Two histograms are equal if the same
/// values were recorded, in whatever order and by whatever merges.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    precision: u32,
    /// Buckets by size of value, negative values first, then positive.
    octaves: [Vec<Option<Box<Octave>>>; 2],
}

/// Values of one octave and one sign, ordered by size.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Octave {
    /// Values in all buckets: an octave without any is skipped.
    total: u64,
    counts: Vec<u64>,
    sums: Vec<i128>,
}

impl Octave {
    fn new(buckets: usize) -> Self {
        Octave { total: 0, counts: vec![0; buckets], sums: vec![0; buckets] }
    }

    fn buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        let pairs = self.counts.iter().zip(&self.sums);
        pairs.filter(|(count, _)| **count > 0).map(|(count, sum)| Bucket { count: *count, sum: *sum })
    }

    fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.counts.iter_mut().zip(&other.counts).for_each(|(ours, theirs)| *ours += theirs);
        self.sums.iter_mut().zip(&other.sums).for_each(|(ours, theirs)| *ours += theirs);
    }

    fn clear(&mut self) {
        self.total = 0;
        self.counts.fill(0);
        self.sums.fill(0);
    }
}

impl Histogram {
    /// An empty histogram of relative width `2^-precision`.
    pub(crate) fn new(precision: u32) -> Self {
        Histogram { precision, octaves: [vec![None; OCTAVES], vec![None; OCTAVES]] }
    }

    /// Adds one value, which must be below 2^46 in size.
    pub(crate) fn record(&mut self, value: Fixed) {
        let Some((octave, place)) = address(value, self.precision) else {
            return;
        };
        let precision = octave.min(self.precision);
        let octaves = &mut self.octaves[usize::from(value > 0)];
        let octave = octaves[octave as usize].get_or_insert_with(|| Box::new(Octave::new(1 << precision)));
        octave.total += 1;
        octave.counts[place as usize] += 1;
        octave.sums[place as usize] += i128::from(value);
    }

    /// Adds the values of another of the same precision.
    pub(crate) fn merge(&mut self, other: &Self) {
        let ours = self.octaves.iter_mut().flatten();
        for (ours, theirs) in ours.zip(other.octaves.iter().flatten()) {
            let Some(theirs) = theirs.as_ref().filter(|octave| octave.total > 0) else {
                continue;
            };
            ours.get_or_insert_with(|| Box::new(Octave::new(theirs.counts.len()))).merge(theirs);
        }
    }

    /// Forgets all values but keeps the memory.
    pub(crate) fn clear(&mut self) {
        let octaves = self.octaves.iter_mut().flatten().flatten();
        octaves.filter(|octave| octave.total > 0).for_each(|octave| octave.clear());
    }

    /// Non-empty buckets from the largest value to the smallest, the zeros missing to `trials` among them.
    pub(crate) fn descending(&self, trials: u64) -> impl Iterator<Item = Bucket> + '_ {
        let [negative, positive] = &self.octaves;
        let zeros = trials.saturating_sub(self.total());
        let zeros = (zeros > 0).then_some(Bucket { count: zeros, sum: 0 });
        let positive = positive.iter().flatten().rev().flat_map(|octave| octave.buckets().rev());
        let negative = negative.iter().flatten().flat_map(|octave| octave.buckets());
        positive.chain(zeros).chain(negative)
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

    /// Values recorded, zeros not among them.
    fn total(&self) -> u64 {
        self.octaves.iter().flatten().flatten().map(|octave| octave.total).sum()
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        let filled = |octave: &Option<Box<Octave>>| octave.clone().filter(|octave| octave.total > 0);
        let ours = self.octaves.iter().flatten().map(filled);
        let theirs = other.octaves.iter().flatten().map(filled);
        self.precision == other.precision && ours.eq(theirs)
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
    fn a_cleared_histogram_equals_a_new_one() {
        let mut used = histogram(8, &[1, 1 << 40, -77]);
        used.clear();
        assert_eq!(used, Histogram::new(8));
        used.record(3);
        assert_eq!(used, histogram(8, &[3]));
        assert_ne!(used, histogram(8, &[2]));
    }
}
