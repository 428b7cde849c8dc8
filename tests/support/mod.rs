//! Random small worlds for whole-model tests.

mod dice;
mod economy;
mod finance;
mod lenders;
mod uncertainty;
pub mod world;
