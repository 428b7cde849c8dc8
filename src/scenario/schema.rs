//! The grammar as JSON Schema, for editors and for the tests of the documents.

use schemars::generate::SchemaSettings;

use crate::scenario::file::ScenarioFile;

/// The JSON Schema of a scenario file; the doc comments of the keys are its descriptions.
#[must_use]
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<ScenarioFile>();
    let text = serde_json::to_string_pretty(&schema);
    text.expect("a schema has only text keys") + "\n"
}
