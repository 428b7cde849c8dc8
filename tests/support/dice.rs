//! Chances of a random world, from one seed.

use knockon::random::{Purpose, Streams, Words};

/// A source of choices that depends on its seed alone.
pub struct Dice {
    words: Words,
}

impl Dice {
    /// The dice of one world.
    pub fn new(seed: u64) -> Self {
        Dice { words: Streams::new(20_251_107).words(seed, Purpose::Parameters, 0, 0) }
    }

    /// A number between `low` and `high`.
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.words.next_uniform()
    }

    /// `true` with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.words.next_uniform() < probability
    }

    /// A whole number from `low` to `high`, both possible.
    pub fn whole(&mut self, low: usize, high: usize) -> usize {
        low + (self.words.next_word() % (high - low + 1) as u64) as usize
    }

    /// One of the options.
    pub fn pick<T: Clone>(&mut self, options: &[T]) -> T {
        options[self.whole(0, options.len() - 1)].clone()
    }

    /// A number of `low..high` with this probability, else 0.
    pub fn sometimes(&mut self, probability: f64, low: f64, high: f64) -> f64 {
        if self.chance(probability) { self.within(low, high) } else { 0.0 }
    }

    /// An end of the unit interval now and then, else a number inside.
    pub fn share(&mut self) -> f64 {
        match self.whole(0, 9) {
            0 => 0.0,
            1 => 1.0,
            _ => self.within(0.0, 1.0),
        }
    }

    /// The options in some order, some of them left out now and then.
    pub fn some_in_any_order<T: Clone>(&mut self, options: &[T]) -> Vec<T> {
        let mut left = options.to_vec();
        let mut chosen = Vec::new();
        while !left.is_empty() {
            let at = self.whole(0, left.len() - 1);
            chosen.push(left.remove(at));
        }
        if self.chance(0.3) {
            chosen.truncate(self.whole(0, options.len()));
        }
        chosen
    }
}
