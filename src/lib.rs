//! knockon: default cascades across lenders to AI infrastructure, by parallel Monte Carlo.

#[cfg(feature = "cli")]
pub mod cli;
pub mod engine;
pub mod model;
pub mod output;
pub mod random;
pub mod scenario;
pub mod statistics;
pub mod units;
