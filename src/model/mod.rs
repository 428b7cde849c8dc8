//! The mathematics of one trial: no files, no threads, no clocks, no printing.
//!
//! A trial starts from the opening world of [`system::System`], runs the ten steps of [`trial`] in every quarter and ends
//! in an [`outcome::Outcome`].

pub mod compute;
pub mod copula;
pub mod driver;
#[cfg(test)]
pub(crate) mod fixture;
pub mod opening;
pub mod outcome;
pub mod parameter;
pub mod switches;
pub mod system;
