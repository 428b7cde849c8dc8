//! The keys of a resolved scenario, so that two runs can be told apart by what was written.

use toml::de::DeTable;

use crate::scenario::file::SECTIONS;
use crate::scenario::resolved::value;
use crate::scenario::tree::{Table, Value};

/// A key as it stands in a resolved scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKey {
    /// Its table (`run`, `lender`).
    pub section: String,
    /// The entity, where the table is one of entities.
    pub entity: Option<String>,
    /// The key.
    pub key: String,
    /// Its value, as TOML.
    pub value: String,
}

impl WrittenKey {
    /// The key with its table and entity, as `--set` names it (`obligor.openai.cash`).
    #[must_use]
    pub fn path(&self) -> String {
        match &self.entity {
            Some(entity) => format!("{}.{entity}.{}", self.section, self.key),
            None => format!("{}.{}", self.section, self.key),
        }
    }
}

/// A text that is no TOML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the resolved scenario cannot be read: {message}")]
pub struct KeysError {
    /// What the parser says.
    message: String,
}

/// Every key of a resolved scenario, in the order of the text.
///
/// # Errors
/// [`KeysError`] if the text is no TOML.
pub fn written_keys(resolved: &str) -> Result<Vec<WrittenKey>, KeysError> {
    let parsed = DeTable::parse(resolved).map_err(|error| KeysError { message: error.message().to_owned() })?;
    let table = Table::from(parsed.get_ref());
    let mut keys = Vec::new();
    for (section, node) in table.iter() {
        let Value::Table(below) = &node.value else { continue };
        if SECTIONS.contains(&section.name.as_str()) {
            for (entity, node) in below.iter() {
                let Value::Table(below) = &node.value else { continue };
                add(&mut keys, &section.name, Some(&entity.name), below);
            }
        } else {
            add(&mut keys, &section.name, None, below);
        }
    }
    Ok(keys)
}

fn add(keys: &mut Vec<WrittenKey>, section: &str, entity: Option<&str>, table: &Table) {
    keys.extend(table.iter().map(|(key, node)| WrittenKey {
        section: section.to_owned(),
        entity: entity.map(str::to_owned),
        key: key.name.clone(),
        value: value(&node.value),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn keys_are_told_by_their_path() {
        let keys = written_keys("[run]\nseed = 1\n[lender.\"a b\"]\ncash = { uniform = [1, 2.50] }\n").unwrap();
        let told: Vec<_> = keys.iter().map(|key| (key.path(), key.value.as_str())).collect();
        assert_eq!(told, [("run.seed".into(), "1"), ("lender.a b.cash".into(), "{ uniform = [1, 2.50] }")]);
        assert!(written_keys("[run").is_err());
        assert_eq!(written_keys("extends = \"x\"\n[lender]\nx = 1\n").unwrap(), []);
    }

    #[test]
    fn every_key_of_a_resolved_scenario_is_found() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/base.toml");
        let resolved = Scenario::load(&path, &[]).unwrap().resolved;
        let lines = resolved.lines().filter(|line| !line.is_empty() && !line.starts_with('[')).count();
        assert_eq!(written_keys(&resolved).unwrap().len(), lines);
    }
}
