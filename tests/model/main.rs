//! Scenario files through the code that runs: worked examples, published and closed-form values, statistics, determinism,
//! switches.

mod copula;
mod coverage;
mod determinism;
mod exact;
mod hedges;
mod literature;
mod play;
mod processes;
mod revaluation;
mod statistical;
mod suite;
mod switches;
mod worked_examples;
