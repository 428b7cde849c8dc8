//! The two registers of evidence, compiled into the program, and the list of sourced parameters.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// What the four articles say.
const FACTS: &str = include_str!("../../scenarios/sources/facts.toml");
/// What they do not say and a simulator needs.
const ASSUMPTIONS: &str = include_str!("../../scenarios/sources/assumptions.toml");
/// The source of a number that nobody published.
pub const JUDGEMENT: &str = "judgement";

/// Every id of evidence with what it rests on.
#[derive(Debug)]
pub struct Evidence {
    entries: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Register {
    #[serde(default)]
    fact: Vec<Entry>,
    #[serde(default)]
    assumption: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    kind: Option<String>,
    confidence: Option<String>,
}

impl Evidence {
    /// The registers of the project.
    #[must_use]
    pub fn registers() -> &'static Evidence {
        static REGISTERS: OnceLock<Evidence> = OnceLock::new();
        REGISTERS.get_or_init(|| {
            let mut entries = BTreeMap::new();
            for text in [FACTS, ASSUMPTIONS] {
                let register: Register = toml::from_str(text).expect("the registers compiled in are valid, by test");
                entries.extend(register.fact.into_iter().map(Entry::labelled));
                entries.extend(register.assumption.into_iter().map(Entry::labelled));
            }
            entries.insert(JUDGEMENT.to_owned(), JUDGEMENT.to_owned());
            Evidence { entries }
        })
    }

    /// Kind of a fact (`measured`), confidence of an assumption (`confidence low`), or `judgement`; `None` for an
    /// unknown id.
    #[must_use]
    pub fn basis(&self, id: &str) -> Option<&str> {
        self.entries.get(id).map(String::as_str)
    }

    /// Every id.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }
}

impl Entry {
    fn labelled(self) -> (String, String) {
        let label = match (self.kind, self.confidence) {
            (Some(kind), _) => kind,
            (None, Some(confidence)) => format!("confidence {confidence}"),
            (None, None) => "unrated".to_owned(),
        };
        (self.id, label)
    }
}

/// A number of the model with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcedParameter {
    /// Key path (`obligor.openai.cash`).
    pub path: String,
    /// Number, law or list, as text.
    pub value: String,
    /// Id of its source; `None` where neither it nor its entity has one.
    pub source: Option<String>,
    /// Kind of the fact, confidence of the assumption, or `judgement`.
    pub basis: Option<String>,
}

impl SourcedParameter {
    /// Looks up what `source` is.
    #[must_use]
    pub fn new(path: String, value: String, source: Option<String>) -> Self {
        let basis = source.as_deref().and_then(|id| Evidence::registers().basis(id)).map(str::to_owned);
        SourcedParameter { path, value, source, basis }
    }

    /// Whether nothing says where the number comes from.
    #[must_use]
    pub fn is_unsourced(&self) -> bool {
        self.basis.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_registers_are_read_and_ids_are_unique() {
        let evidence = Evidence::registers();
        assert_eq!(evidence.basis("cn-ai-compute-underused-share"), Some("estimate"));
        assert_eq!(evidence.basis("bank-jpmorgan"), Some("confidence high"));
        let written = [FACTS, ASSUMPTIONS].map(|text| text.matches("\nid = ").count());
        assert_eq!(evidence.ids().count(), written[0] + written[1] + 1);
    }
}
