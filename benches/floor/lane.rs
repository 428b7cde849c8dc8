//! The same number of several trials side by side.

use std::array;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// One number of each of `W` trials.
#[derive(Debug, Clone, Copy)]
pub struct Lane<const W: usize>([f64; W]);

impl<const W: usize> Lane<W> {
    #[inline(always)]
    fn with(self, other: Self, apply: impl Fn(f64, f64) -> f64) -> Self {
        Lane(array::from_fn(|trial| apply(self.0[trial], other.0[trial])))
    }

    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }

    /// 1 where it is above the other, else 0.
    #[inline(always)]
    pub fn above(self, other: Self) -> Self {
        self.with(other, |a, b| f64::from(a > b))
    }
}

impl<const W: usize> From<f64> for Lane<W> {
    #[inline(always)]
    fn from(number: f64) -> Self {
        Lane([number; W])
    }
}

impl<const W: usize> Add for Lane<W> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl<const W: usize> Sub for Lane<W> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl<const W: usize> Mul for Lane<W> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
}

impl<const W: usize> Div for Lane<W> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }
}

impl<const W: usize> AddAssign for Lane<W> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
