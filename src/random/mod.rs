//! Randomness by address: every draw is a function of (seed, trial, purpose, quarter, index).
//!
//! Nothing here has a state that another draw could move, so results do not depend on threads, on the order of visits
//! or on what else a trial draws. The generator is Philox4x32-10 (Salmon et al. 2011, SC'11). Counter words, frozen:
//! `c0`, `c1` the trial; `c2` purpose (8 bits), quarter (12), block (12); `c3` the index, which is the [`key`] of a
//! name. A block holds two words of 64 bits.

mod beta;
mod exponential;
mod inverse;
mod lanes;
mod logarithm;
mod normal;
mod poisson;
mod power;
mod student;

pub use beta::{beta, incomplete_beta, incomplete_beta_inverse};
pub use exponential::exponentials;
pub use lanes::{Lanes, Names, normal_quantiles};
pub use normal::{normal_cdf, normal_quantile};
pub use poisson::poisson;
pub use power::powers;
pub use student::{chi_square, student_t_cdf, student_t_quantile};

use rand_philox::{philox4x32_10, splitmix64};
use sha2::{Digest, Sha256};

/// The first 32 bits, big end first, of the SHA-256 of a name (`obligor.openai`) or of a key path (`gpu.life_q`).
///
/// Names, not positions, are addresses: adding, removing or reordering entities moves nobody's draws.
#[must_use]
pub fn key(path: &str) -> u32 {
    let digest = Sha256::digest(path.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// What a draw is for; the codes are part of the address and frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Uncertain parameters, once per trial.
    Parameters = 0,
    /// Systematic factors.
    Factors = 1,
    /// The mixing variable of the t copula.
    Mixing = 2,
    /// Idiosyncratic draws of obligors.
    Idiosyncratic = 3,
    /// Counts of jumps.
    Jumps = 4,
}

/// All draws of a run, by their address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    key: [u32; 2],
}

impl Streams {
    /// The draws that belong to a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Streams { key: halves(splitmix64(seed)) }
    }

    /// The word of a draw that takes one word a quarter; quarters count from 1 and share a block in pairs.
    #[must_use]
    pub fn word(self, trial: u64, purpose: Purpose, quarter: u32, index: u32) -> u64 {
        debug_assert!(quarter >= 1, "quarters count from 1");
        let place = quarter - 1;
        self.block(trial, tag(purpose, place / 2, 0), index)[(place % 2) as usize]
    }

    /// The uniform in (0, 1) of [`Streams::word`].
    #[must_use]
    pub fn uniform(self, trial: u64, purpose: Purpose, quarter: u32, index: u32) -> f64 {
        unit(self.word(trial, purpose, quarter, index))
    }

    /// The standard normal of [`Streams::word`], by inversion.
    #[must_use]
    pub fn normal(self, trial: u64, purpose: Purpose, quarter: u32, index: u32) -> f64 {
        normal_quantile(self.uniform(trial, purpose, quarter, index))
    }

    /// All words at one address, for a draw that takes several: blocks are counted within the address, so that a long
    /// rejection cannot run into another draw. A purpose uses either this or [`Streams::word`] at a quarter, except
    /// for [`Purpose::Parameters`], whose address quarter is 0.
    #[must_use]
    pub fn words(self, trial: u64, purpose: Purpose, quarter: u32, index: u32) -> Words {
        Words { streams: self, trial, tag: tag(purpose, quarter, 0), index, read: 0, block: [0; 2] }
    }

    fn block(self, trial: u64, tag: u32, index: u32) -> [u64; 2] {
        let [low, high] = halves(trial);
        let [a, b, c, d] = philox4x32_10([low, high, tag, index], self.key);
        [join(a, b), join(c, d)]
    }
}

/// The words at one address in their order; never ends.
#[derive(Debug, Clone)]
pub struct Words {
    streams: Streams,
    trial: u64,
    tag: u32,
    index: u32,
    read: u32,
    block: [u64; 2],
}

impl Words {
    /// The next word.
    pub fn next_word(&mut self) -> u64 {
        let (block, place) = (self.read / 2, (self.read % 2) as usize);
        debug_assert!(block <= BLOCK_MAX, "an address holds 8,192 words");
        if place == 0 {
            let tag = self.tag | (block & BLOCK_MAX);
            self.block = self.streams.block(self.trial, tag, self.index);
        }
        self.read += 1;
        self.block[place]
    }

    /// The uniform in (0, 1) of the next word.
    pub fn next_uniform(&mut self) -> f64 {
        unit(self.next_word())
    }
}

/// A uniform strictly inside (0, 1): `((word >> 12) + 1/2) 2^-52`. With 53 bits the largest would round to 1.
///
/// The 52 bits become a number as the mantissa of one in [2^52, 2^53), which lanes of any width can do.
#[inline(always)]
#[must_use]
pub fn unit(word: u64) -> f64 {
    const WHOLE: f64 = (1u64 << 52) as f64;
    let mantissa = f64::from_bits(WHOLE.to_bits() | word >> 12) - WHOLE;
    (mantissa + 0.5) * (1.0 / WHOLE)
}

/// Largest block number, and largest quarter, of an address.
const BLOCK_MAX: u32 = (1 << 12) - 1;

fn tag(purpose: Purpose, quarter: u32, block: u32) -> u32 {
    debug_assert!(quarter <= BLOCK_MAX, "an address has 12 bits for the quarter");
    (purpose as u32) << 24 | quarter << 12 | block
}

fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

fn join(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_the_head_of_sha256() {
        // SHA-256("abc") = ba7816bf 8f01cfea ..., FIPS 180-2, appendix B.1.
        assert_eq!(key("abc"), 0xba78_16bf);
        assert_eq!(key(""), 0xe3b0_c442);
    }

    #[test]
    fn counter_layout_is_frozen() {
        let k = halves(splitmix64(7));
        let trial = 0x0000_0002_0000_0001;
        let expected = philox4x32_10([1, 2, 4 << 24 | 1 << 12, 99], k);
        let streams = Streams::new(7);
        assert_eq!(streams.word(trial, Purpose::Jumps, 3, 99), join(expected[0], expected[1]));
        assert_eq!(streams.word(trial, Purpose::Jumps, 4, 99), join(expected[2], expected[3]));
        let second_block = philox4x32_10([1, 2, 2 << 24 | 5 << 12 | 1, 99], k);
        let mut words = streams.words(trial, Purpose::Mixing, 5, 99);
        words.next_word();
        words.next_word();
        assert_eq!(words.next_word(), join(second_block[0], second_block[1]));
        assert_eq!(words.next_word(), join(second_block[2], second_block[3]));
    }

    #[test]
    fn values_are_pinned() {
        let streams = Streams::new(1);
        let index = key("factor.demand");
        assert_eq!(
            [
                streams.word(0, Purpose::Factors, 1, index),
                streams.word(0, Purpose::Factors, 2, index),
                streams.word(123_456, Purpose::Idiosyncratic, 20, index),
            ],
            [8_293_081_796_130_197_871, 16_144_844_269_809_499_268, 17_573_780_693_218_812_746,]
        );
        assert_eq!(streams.normal(3, Purpose::Factors, 7, index).to_bits(), 13_832_019_063_953_361_865);
    }

    #[test]
    fn uniforms_never_reach_the_ends() {
        assert_eq!(unit(0), 0.5 / (1u64 << 52) as f64);
        assert!(unit(u64::MAX) < 1.0);
        assert_eq!(unit(u64::MAX), 1.0 - unit(0));
    }

    #[test]
    fn normals_have_unit_variance_and_no_memory() {
        let streams = Streams::new(11);
        let n = 400_000u64;
        let (mut sum, mut square, mut lagged, mut across) = (0.0, 0.0, 0.0, 0.0);
        for trial in 0..n {
            let x = streams.normal(trial, Purpose::Factors, 1, 5);
            let y = streams.normal(trial, Purpose::Factors, 2, 5);
            let z = streams.normal(trial + 1, Purpose::Factors, 1, 5);
            sum += x;
            square += x * x;
            lagged += x * y;
            across += x * z;
        }
        let n = n as f64;
        let four_errors = 4.0 / n.sqrt();
        assert!((sum / n).abs() < four_errors);
        assert!((square / n - 1.0).abs() < four_errors * 2f64.sqrt());
        assert!((lagged / n).abs() < four_errors);
        assert!((across / n).abs() < four_errors);
    }
}
