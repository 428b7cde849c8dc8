//! Random small worlds for whole-model tests.

mod dice;
mod economy;
mod finance;
mod lenders;
pub mod uncertainty;
pub mod world;
