#![doc = include_str!("../README.md")]

#[cfg(feature = "cli")]
pub mod cli;
pub mod comparison;
pub mod engine;
pub mod exposure;
pub mod model;
pub mod output;
pub mod random;
pub mod scenario;
pub mod statistics;
pub mod story;
pub mod units;
