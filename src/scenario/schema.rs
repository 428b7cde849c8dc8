//! The grammar as JSON Schema, for editors and for the tests of the documents.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use crate::scenario::file::ScenarioFile;

/// The JSON Schema of a scenario file; the doc comments of the keys are its descriptions.
#[must_use]
pub fn schema() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<ScenarioFile>();
    schema.remove("required");
    RecursiveTransform(without_null).transform(&mut schema);
    let text = serde_json::to_string_pretty(&schema);
    text.expect("a schema has only text keys") + "\n"
}

/// TOML has no null: an absent key is not written.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice["type"] != "null");
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            schema.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `KNOCKON_UPDATE=1 cargo test` writes it anew.
    #[test]
    fn the_committed_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scenario.schema.json");
        if std::env::var_os("KNOCKON_UPDATE").is_some() {
            std::fs::write(path, schema()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == schema(), "run KNOCKON_UPDATE=1 cargo test schema");
    }

    #[test]
    fn nothing_may_be_null_and_every_key_is_described() {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        assert!(!schema.to_string().contains("\"null\""));
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            let Some(properties) = definition["properties"].as_object() else {
                continue;
            };
            for (key, property) in properties {
                assert!(property["description"].is_string(), "{name}.{key}");
            }
        }
    }
}
