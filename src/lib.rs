//! knockon: default cascades across lenders to AI infrastructure, by parallel Monte Carlo.

pub mod engine;
pub mod model;
<<<<<<< HEAD
pub mod random;
pub mod scenario;
=======
pub mod output;
pub mod random;
pub mod scenario;
pub mod statistics;
>>>>>>> scenario
pub mod units;
