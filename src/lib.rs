//! knockon: default cascades across lenders to AI infrastructure, by parallel Monte Carlo.

pub mod model;
pub mod random;
pub mod scenario;
pub mod units;
