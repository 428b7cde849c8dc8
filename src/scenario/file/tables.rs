//! `[tables]`: spreadsheets whose rows are entities, as written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, json};

use crate::scenario::file::SECTIONS;
use crate::scenario::file::reader::{KeyReader, Reader};
use crate::scenario::file::value::Located;
use crate::scenario::tree::{Node, Value};

/// A CSV file for each kind of entity that has one.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Kind, and path relative to the file that names it.
    pub files: Vec<(&'static str, Located<String>)>,
}

impl Tables {
    /// Reads the table `[tables]`.
    pub(in crate::scenario) fn read(node: Option<&Node>, reader: &mut Reader) -> Self {
        let Some(node) = node else {
            return Tables::default();
        };
        let Value::Table(table) = &node.value else {
            return reader.wrong_type(node, &node.value, "a table `[tables]`").unwrap_or_default();
        };
        let mut keys = KeyReader::unlisted(table, "tables", reader);
        let files = SECTIONS.into_iter().filter_map(|kind| Some((kind, keys.take(kind)?))).collect();
        keys.finish();
        Tables { files }
    }
}

impl JsonSchema for Tables {
    fn schema_name() -> Cow<'static, str> {
        "Tables".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = Map::new();
        for kind in SECTIONS {
            let meaning = format!("CSV file whose rows are `[{kind}.NAME]`, relative to this file.");
            properties.insert(kind.to_owned(), json!({ "type": "string", "description": meaning }));
        }
        json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}
