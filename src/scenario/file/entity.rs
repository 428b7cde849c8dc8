//! Tables and entities: their keys, and what every one of them may carry.

use std::borrow::Cow;
use std::ops::{Deref, Range as Span};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, json};

use crate::scenario::error::{Code, nearest};
use crate::scenario::file::parameter::REMARKS;
use crate::scenario::file::reader::{KeyReader, Keys, Reader};
use crate::scenario::file::value::Located;
use crate::scenario::tree::{Node, Value};

/// A global table such as `[gpu]`; absent tables have no key and no place.
#[derive(Debug, Clone, Default)]
pub struct Global<T> {
    /// Its keys.
    pub keys: T,
    /// Place of the table, where it is written.
    pub span: Option<Span<usize>>,
    /// Source of its keys that have none.
    pub source: Option<Located<String>>,
    /// Keys that are written but could not be read: their problem is already told.
    pub broken: Vec<&'static str>,
}

impl<T> Deref for Global<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.keys
    }
}

impl<T: Keys + Default> Global<T> {
    /// Reads the table at `path`.
    pub fn read(node: Option<&Node>, path: &'static str, reader: &mut Reader) -> Self {
        let Some(node) = node else {
            return Global::default();
        };
        let Value::Table(table) = &node.value else {
            let expected = format!("a table `[{path}]`");
            return reader.wrong_type(node, &node.value, &expected).unwrap_or_default();
        };
        let mut keys = match T::LISTED {
            true => KeyReader::new(table, path.to_owned(), None, reader),
            false => KeyReader::unlisted(table, path, reader),
        }
        .sourced();
        let value = T::read(&mut keys);
        let common = keys.finish();
        Global { keys: value, span: Some(node.span.clone()), source: common.source, broken: common.broken }
    }
}

impl<T: JsonSchema> JsonSchema for Global<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        with_remarks(T::json_schema(generator))
    }
}

/// An entity such as `[obligor.openai]`.
#[derive(Debug, Clone)]
pub struct Entity<T> {
    /// Its name, at the place of its key.
    pub name: Located<String>,
    /// Its keys.
    pub keys: T,
    /// Whether it takes part.
    pub enabled: bool,
    /// Source of its keys that have none.
    pub source: Option<Located<String>>,
    /// Keys that are written but could not be read: their problem is already told.
    pub broken: Vec<&'static str>,
}

impl<T> Deref for Entity<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.keys
    }
}

impl<T> Entity<T> {
    /// Whether `key` is written but could not be read.
    #[must_use]
    pub fn is_broken(&self, key: &str) -> bool {
        self.broken.contains(&key)
    }
}

/// Every entity of one kind, in the order of the files.
#[derive(Debug, Clone)]
pub struct Section<T>(pub Vec<Entity<T>>);

impl<T> Default for Section<T> {
    fn default() -> Self {
        Section(Vec::new())
    }
}

impl<T> Deref for Section<T> {
    type Target = [Entity<T>];

    fn deref(&self) -> &[Entity<T>] {
        &self.0
    }
}

impl<T> Section<T> {
    /// The entities that take part.
    pub fn enabled(&self) -> impl Iterator<Item = &Entity<T>> {
        self.0.iter().filter(|entity| entity.enabled)
    }

    /// The entity of that name, taking part or not.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Entity<T>> {
        self.0.iter().find(|entity| entity.name.value == name)
    }
}

impl<T: Keys> Section<T> {
    /// Reads every `[kind.NAME]`.
    pub fn read(node: Option<&Node>, kind: &'static str, reader: &mut Reader) -> Self {
        let Some(node) = node else {
            return Section::default();
        };
        let Value::Table(table) = &node.value else {
            let expected = format!("tables `[{kind}.NAME]`");
            return reader.wrong_type(node, &node.value, &expected).unwrap_or_default();
        };
        let mut named: Vec<_> = table.iter().collect();
        named.sort_by_key(|(key, _)| key.span.clone().start);
        Section(
            named
                .into_iter()
                .filter_map(|(key, node)| {
                    let name = Located::new(key.name.to_string(), key.span.clone());
                    if takes_out_nothing(node) {
                        let others = table.iter().map(|(other, _)| &*other.name).filter(|other| *other != name.value);
                        let message = format!("there is no `{kind}.{}` to take out", name.value);
                        reader.push(name.span.clone(), Code::UnknownName, message, nearest(&name.value, others));
                    }
                    read_entity(name, node, kind, reader)
                })
                .collect(),
        )
    }
}

/// Is nothing said of an entity but that it takes no part?
fn takes_out_nothing(node: &Node) -> bool {
    let Value::Table(table) = &node.value else { return false };
    let off = table.get("enabled").is_some_and(|enabled| matches!(enabled.value, Value::Boolean(false)));
    off && table
        .iter()
        .all(|(key, _)| &*key.name == "enabled" || REMARKS.iter().any(|(remark, _)| *remark == &*key.name))
}

fn read_entity<T: Keys>(name: Located<String>, node: &Node, kind: &str, reader: &mut Reader) -> Option<Entity<T>> {
    let path = format!("{kind}.{}", name.value);
    let Value::Table(table) = &node.value else {
        let expected = format!("a table `[{path}]`");
        return reader.wrong_type(node, &node.value, &expected);
    };
    let mut keys = KeyReader::new(table, path, None, reader).sourced();
    let enabled: Option<Located<bool>> = keys.take("enabled");
    let value = T::read(&mut keys);
    let common = keys.finish();
    Some(Entity {
        name,
        keys: value,
        enabled: enabled.is_none_or(|enabled| enabled.value),
        source: common.source,
        broken: common.broken,
    })
}

impl<T: JsonSchema> JsonSchema for Section<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Section{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entity = generator.subschema_for::<Entity<T>>();
        json_schema!({ "type": "object", "additionalProperties": entity })
    }
}

impl<T: JsonSchema> JsonSchema for Entity<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = with_remarks(T::json_schema(generator));
        let enabled = json!({ "type": "boolean", "description": "`false` takes the entity out" });
        insert(&mut schema, "enabled", enabled);
        schema
    }
}

/// Adds `source` and `note` to a table of keys and allows no further key.
fn with_remarks(mut schema: Schema) -> Schema {
    for (name, meaning) in REMARKS {
        let text = json!({ "type": "string", "description": meaning });
        insert(&mut schema, name, text);
    }
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema
}

fn insert(schema: &mut Schema, key: &str, value: serde_json::Value) {
    let properties =
        schema.ensure_object().entry("properties").or_insert_with(|| serde_json::Value::Object(Map::new()));
    if let serde_json::Value::Object(map) = properties {
        map.insert(key.to_owned(), value);
    }
}
