//! A TOML text as a tree of values with their places, free of the text it came from.

use std::ops::Range as Span;

use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Bytes it is written in, counted over all sources.
    pub span: Span<usize>,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer or float: what was written, and its number where it has one.
    Number(String, Option<f64>),
    /// A boolean.
    Boolean(bool),
    /// A date or time, as written.
    Date(String),
    /// An array.
    List(Vec<Node>),
    /// A table, inline or not.
    Table(Table),
}

impl Value {
    /// The text of a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A key and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Its place.
    pub span: Span<usize>,
}

/// A table in the order of its keys' places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    entries: Vec<(Key, Node)>,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let found = self.entries.iter().find(|(key, _)| key.name == name);
        found.map(|(_, node)| node)
    }

    /// The table under a key, to change it.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        let found = self.entries.iter_mut().find(|(key, _)| key.name == name);
        match found.map(|(_, node)| &mut node.value) {
            Some(Value::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// Keys and values by place.
    pub fn iter(&self) -> impl Iterator<Item = &(Key, Node)> {
        self.entries.iter()
    }

    /// Puts a value under a key, in place of one of that name.
    pub fn put(&mut self, key: Key, node: Node) {
        self.entries.retain(|(known, _)| known.name != key.name);
        self.entries.push((key, node));
    }
}

impl IntoIterator for Table {
    type Item = (Key, Node);
    type IntoIter = std::vec::IntoIter<(Key, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl From<&DeTable<'_>> for Table {
    fn from(parsed: &DeTable<'_>) -> Self {
        let entry =
            |key: &toml::Spanned<std::borrow::Cow<'_, str>>| Key { name: key.get_ref().to_string(), span: key.span() };
        let mut entries: Vec<_> = parsed.iter().map(|(key, node)| (entry(key), Node::from(node))).collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        Table { entries }
    }
}

impl From<&toml::Spanned<DeValue<'_>>> for Node {
    fn from(parsed: &toml::Spanned<DeValue<'_>>) -> Self {
        Node { value: Value::from(parsed.get_ref()), span: parsed.span() }
    }
}

impl From<&DeValue<'_>> for Value {
    fn from(parsed: &DeValue<'_>) -> Self {
        match parsed {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
                Value::Number(digits.to_string(), number.map(|number| number as f64))
            }
            DeValue::Float(digits) => Value::Number(digits.to_string(), digits.as_str().parse().ok()),
            DeValue::Boolean(truth) => Value::Boolean(*truth),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(items) => Value::List(items.iter().map(Node::from).collect()),
            DeValue::Table(table) => Value::Table(Table::from(table)),
        }
    }
}
