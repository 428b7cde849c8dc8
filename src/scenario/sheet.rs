//! CSV text as spreadsheets save it: encodings, cells with their places, rows as wide as the header, decimal marks.
//!
//! What a table means is the business of who reads it: `scenario::tape` makes entities of its rows, `exposure` balance
//! sheets and claims.

mod cell;
mod decimal;
mod encoding;
mod grid;
mod place;

pub(crate) use cell::Cell;
pub(crate) use decimal::Decimals;
pub use encoding::LARGEST_FILE;
pub(crate) use encoding::{Fault, decode, open};
pub(crate) use grid::{Grid, Row};
pub(crate) use place::Places;
