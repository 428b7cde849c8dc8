//! Scenario files: what the user writes, checked and compiled into the world of the model.

pub mod error;
pub mod evidence;
pub mod file;
mod merge;
mod resolved;
pub mod source;
mod tree;
