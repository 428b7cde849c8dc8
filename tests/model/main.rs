//! Scenario files through the code that runs: worked examples, published and closed-form values, statistics, determinism,
//! switches.

mod copula;
mod coverage;
mod determinism;
mod exact;
mod hedges;
mod liquidity;
mod literature;
mod marks;
mod play;
mod processes;
mod statistical;
mod suite;
mod switches;
mod worked_examples;
