//! The mathematics of one trial: no files, no threads, no clocks, no printing.
//!
//! A trial starts from the opening world of [`system::System`], runs the ten steps of [`trial`] in every quarter and ends
//! in an [`outcome::Outcome`].

pub mod audit;
pub mod calm;
pub mod clearing;
pub mod compute;
pub mod contract;
pub mod copula;
pub mod credit_sale;
pub mod draws;
pub mod driver;
pub mod event;
pub mod facility;
pub mod failure;
pub mod fair_value;
#[cfg(test)]
pub(crate) mod fixture;
pub mod fleet;
pub mod funding;
pub mod grade;
pub mod hedge;
pub mod invariant;
pub mod latent;
pub mod ledger;
pub mod lender;
pub mod line;
pub mod line_call;
pub mod liquidity;
pub mod mark;
pub mod obligor;
pub mod observer;
pub mod opening;
pub mod other_book;
pub mod outcome;
pub mod parameter;
pub mod path;
pub mod property;
pub mod purse;
pub mod recovery;
pub mod redemption;
pub mod refinancing;
pub mod revenue;
pub mod stake;
pub mod state;
pub mod switches;
pub mod system;
pub mod trial;
pub mod vendor;
