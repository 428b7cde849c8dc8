//! Scenario files through the code that runs: worked examples, published and closed-form values, statistics, determinism,
//! switches, the twin.

mod determinism;
mod literature;
mod play;
mod statistical;
mod switches;
mod twin;
mod worked_examples;
