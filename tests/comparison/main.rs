//! Differences between runs: their errors against the spread over seeds, and the two commands that tell them.

#![allow(clippy::unwrap_used, reason = "a test that cannot read or write its files has failed")]

mod command;
mod jackknife;
mod results;
mod world;
