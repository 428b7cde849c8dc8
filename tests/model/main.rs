//! Scenario files through the code that runs: worked examples, published and closed-form values, statistics, determinism,
//! switches.

mod determinism;
mod liquidity;
mod literature;
mod marks;
mod play;
mod statistical;
mod switches;
mod worked_examples;
