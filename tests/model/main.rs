//! Scenario files through the code that runs: worked examples, published and closed-form values, statistics, determinism,
//! switches, the twin.

mod attribution;
mod copula;
mod coverage;
mod determinism;
mod drivers;
mod exact;
mod forced;
mod hedges;
mod liquidity;
mod literature;
mod marks;
mod paths;
mod payers;
mod play;
mod processes;
mod revaluation;
mod scale;
mod statistical;
mod suite;
mod switches;
mod twin;
mod worked_examples;
