//! The draws of many names at once, with the bits of drawing each alone.
//!
//! Loops over names are straight-line arithmetic that a compiler puts into lanes. Every lane does what [`Streams::normal`]
//! does, in the same order and with nothing fused, so results do not depend on the width of the lanes.

use fearless_simd::{Level, Simd, dispatch};

use super::normal::{CENTRE, LEAST_TAIL, central_quantile, tail_quantile};
use super::{Purpose, Streams, halves, normal_quantile, tag, unit};

/// Instructions that loops over many draws are compiled to; the bits are the same with any.
#[derive(Debug, Clone, Copy)]
pub struct Lanes(Level);

impl Lanes {
    /// The widest lanes of the processor at hand.
    #[must_use]
    pub fn detected() -> Self {
        Lanes(Level::new())
    }

    /// What every processor of the target has.
    #[must_use]
    pub fn portable() -> Self {
        Lanes(Level::baseline())
    }

    /// Runs a loop in these lanes; what it calls must be inlined into it.
    #[inline(always)]
    pub fn run(self, work: impl FnOnce()) {
        dispatch!(self.0, simd => simd.vectorize(work));
    }
}

/// Addresses of draws that take one word a quarter, without trial and quarter: what each is for and its stream index.
#[derive(Debug, Clone, Default)]
pub struct Names {
    purposes: Vec<u64>,
    keys: Vec<u64>,
}

impl Names {
    /// Adds a name behind those there are.
    pub fn push(&mut self, purpose: Purpose, key: u32) {
        self.purposes.push(u64::from(tag(purpose, 0, 0)));
        self.keys.push(u64::from(key));
    }

    /// Number of names.
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.len()
    }
}

impl Streams {
    /// [`Streams::uniform`] of all names, from quarter 1 on.
    ///
    /// # Shapes
    /// `uniforms`: `[quarter, name]`, an even number of quarters, which share a block in pairs.
    pub fn fill_uniforms(self, trial: u64, names: &Names, lanes: Lanes, uniforms: &mut [f64]) {
        let count = names.count().max(1);
        for (pair, quarters) in (0u32..).zip(uniforms.chunks_exact_mut(2 * count)) {
            let (first, second) = quarters.split_at_mut(count);
            let place = u64::from(tag(Purpose::Parameters, pair, 0));
            let [low, high] = halves(trial).map(u64::from);
            lanes.run(
                #[inline(always)]
                || {
                    let addresses = names.purposes.iter().zip(&names.keys);
                    for ((first, second), (purpose, key)) in first.iter_mut().zip(second).zip(addresses) {
                        let words = philox([low, high, purpose | place, *key], self.key);
                        *first = unit(words[0]);
                        *second = unit(words[1]);
                    }
                },
            );
        }
    }
}

/// [`normal_quantile`] of each uniform.
///
/// # Shapes
/// Both of one length.
pub fn normal_quantiles(uniforms: &[f64], lanes: Lanes, normals: &mut [f64]) {
    lanes.run(
        #[inline(always)]
        || {
            for (x, u) in normals.iter_mut().zip(uniforms) {
                *x = central_quantile(*u - 0.5);
            }
        },
    );
    for (normals, uniforms) in normals.chunks_mut(TAILS).zip(uniforms.chunks(TAILS)) {
        tails(uniforms, lanes, normals);
    }
}

/// Draws of which the tails are listed before they are worked out.
const TAILS: usize = 64;

/// The quantiles that the centre's formula does not give. Which draws they are is chance, which no processor predicts: so
/// they are listed without a branch, and worked out side by side.
fn tails(uniforms: &[f64], lanes: Lanes, normals: &mut [f64]) {
    let mut places = [0; TAILS];
    let mut count = 0;
    for (place, u) in uniforms.iter().enumerate() {
        places[count] = place;
        count += usize::from((u - 0.5).abs() > CENTRE);
    }
    let places = &places[..count];
    // Whole lanes: those behind the last draw hold any probability.
    let mut quantiles = [0.5 - CENTRE; TAILS];
    let quantiles = &mut quantiles[..count.next_multiple_of(8)];
    for (tail, place) in quantiles.iter_mut().zip(places) {
        *tail = uniforms[*place].min(1.0 - uniforms[*place]);
    }
    if quantiles.iter().any(|tail| *tail < LEAST_TAIL) {
        places.iter().for_each(|place| normals[*place] = normal_quantile(uniforms[*place]));
        return;
    }
    lanes.run(
        #[inline(always)]
        || {
            // A loop, for what `for_each` calls need not be inlined.
            for x in quantiles.iter_mut() {
                *x = tail_quantile(*x);
            }
        },
    );
    for (x, place) in quantiles.iter().zip(places) {
        normals[*place] = x.copysign(uniforms[*place] - 0.5);
    }
}

/// Philox4x32-10 on words of 32 bits in lanes of 64, where products of two fit: the two words of 64 bits of a block.
///
/// # References
/// Salmon, Moraes, Dror and Shaw (2011), Proc. SC'11.
#[inline(always)]
fn philox(counter: [u64; 4], key: [u32; 2]) -> [u64; 2] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    const LOW: u64 = 0xFFFF_FFFF;
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut first, mut second] = key;
    for _ in 0..10 {
        let (p, q) = (MULTIPLIERS[0] * (a & LOW), MULTIPLIERS[1] * (c & LOW));
        (a, b) = ((q >> 32) ^ b ^ u64::from(first), q & LOW);
        (c, d) = ((p >> 32) ^ d ^ u64::from(second), p & LOW);
        first = first.wrapping_add(STEPS[0]);
        second = second.wrapping_add(STEPS[1]);
    }
    [a | b << 32, c | d << 32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_of_lanes_has_the_bits_of_one_draw_alone() {
        let streams = Streams::new(5);
        let mut tails = 0;
        for count in [1u32, 3, 4, 31, 64] {
            let mut names = Names::default();
            let purposes = [Purpose::Factors, Purpose::Idiosyncratic, Purpose::Jumps];
            let name = |n: u32| (purposes[n as usize % 3], n.wrapping_mul(0x9E37_79B9));
            (0..count).map(name).for_each(|(purpose, key)| names.push(purpose, key));
            let size = 8 * count as usize;
            let (mut uniforms, mut normals) = (vec![0.0; size], vec![0.0; size]);
            for (trial, lanes) in
                (0..200u64).flat_map(|trial| [Lanes::portable(), Lanes::detected()].map(|l| (trial << 30, l)))
            {
                streams.fill_uniforms(trial, &names, lanes, &mut uniforms);
                normal_quantiles(&uniforms, lanes, &mut normals);
                let addresses = (1..=8u32).flat_map(|quarter| (0..count).map(move |n| (quarter, name(n))));
                for ((quarter, (purpose, key)), (u, x)) in addresses.zip(uniforms.iter().zip(&normals)) {
                    assert_eq!(u.to_bits(), streams.uniform(trial, purpose, quarter, key).to_bits(), "{quarter} {key}");
                    assert_eq!(x.to_bits(), streams.normal(trial, purpose, quarter, key).to_bits(), "{quarter} {key}");
                    tails += u32::from(x.abs() > 4.0);
                }
            }
        }
        assert!(tails > 10, "{tails} draws beyond four standard deviations");
    }

    #[test]
    fn quantiles_in_lanes_are_those_of_one_number_to_the_last_bit() {
        let ends = [unit(0), unit(u64::MAX), 0.075, 0.925, 0.5, 1e-300];
        let uniforms: Vec<f64> = (1..40_000).map(|k| f64::from(k) / 40_000.0).chain(ends).collect();
        for lanes in [Lanes::portable(), Lanes::detected()] {
            let mut normals = vec![0.0; uniforms.len()];
            normal_quantiles(&uniforms, lanes, &mut normals);
            for (u, x) in uniforms.iter().zip(&normals) {
                assert_eq!(x.to_bits(), normal_quantile(*u).to_bits(), "u {u}");
            }
        }
    }
}
