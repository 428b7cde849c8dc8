//! Scenario files: what the user writes, checked and compiled into the world of the model.

mod check;
mod compile;
pub mod error;
pub mod evidence;
pub mod file;
pub mod keys;
mod load;
mod merge;
pub mod preset;
mod resolved;
pub mod schema;
pub(crate) mod sheet;
pub mod source;
mod tape;
mod tree;

pub use load::{RunSettings, Scenario};
