//! Worlds to run.

use std::path::Path;

use knockon::model::system::System;
use knockon::scenario::Scenario;

/// The world of a scenario of this project.
pub fn world(scenario: &str) -> System {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario).with_extension("toml");
    Scenario::load(&path, &[]).expect("the scenario is valid").system
}
