//! A TOML text as a tree of values with their places, free of the text it came from.

use std::collections::BTreeMap;
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
    /// A cell that could not be read, which is told: its key is written and has no value.
    Broken,
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

/// Keys of a table from which on it has an index.
const LARGE: usize = 64;

/// A table in the order of its keys' places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    entries: Vec<(Key, Node)>,
    /// Place of each key in `entries`, where they are many.
    index: Option<BTreeMap<String, usize>>,
}

impl Table {
    /// A table with these keys, all different.
    fn new(entries: Vec<(Key, Node)>) -> Self {
        let mut table = Table { entries, index: None };
        table.index_if_large();
        table
    }

    fn index_if_large(&mut self) {
        if self.index.is_none() && self.entries.len() > LARGE {
            let places = self.entries.iter().enumerate().map(|(at, (key, _))| (key.name.clone(), at));
            self.index = Some(places.collect());
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.entries.iter().position(|(key, _)| key.name == name),
        }
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.position(name).map(|at| &self.entries[at].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let at = self.position(name)?;
        Some(&mut self.entries[at].1)
    }

    /// The table under a key, to change it.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        match &mut self.get_mut(name)?.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Keys and values by place.
    pub fn iter(&self) -> impl Iterator<Item = &(Key, Node)> {
        self.entries.iter()
    }

    /// Puts a value under a key, in place of one of that name.
    pub fn put(&mut self, key: Key, node: Node) {
        match self.position(&key.name) {
            Some(at) => self.entries[at] = (key, node),
            None => {
                if let Some(index) = &mut self.index {
                    index.insert(key.name.clone(), self.entries.len());
                }
                self.entries.push((key, node));
                self.index_if_large();
            }
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        let at = self.position(name)?;
        let (_, node) = self.entries.remove(at);
        self.index = None;
        self.index_if_large();
        Some(node)
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
        Table::new(entries)
    }
}

impl Node {
    /// The same value, all of it at one place.
    pub fn placed(self, span: &Span<usize>) -> Self {
        let value = match self.value {
            Value::List(items) => Value::List(items.into_iter().map(|item| item.placed(span)).collect()),
            Value::Table(table) => {
                let placed = |(key, node): (Key, Node)| (Key { span: span.clone(), ..key }, node.placed(span));
                Value::Table(Table::new(table.into_iter().map(placed).collect()))
            }
            value => value,
        };
        Node { value, span: span.clone() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_table_finds_what_a_small_one_does() {
        let mut table = Table::default();
        let node = |number: usize| Node { value: Value::Number(number.to_string(), Some(number as f64)), span: 0..0 };
        let key = |number: usize| Key { name: format!("key-{number}"), span: number..number + 1 };
        for number in 0..3 * LARGE {
            table.put(key(number), node(number));
        }
        table.put(key(LARGE), node(1_000));
        assert_eq!(table.remove("key-1"), Some(node(1)));
        for number in 0..3 * LARGE {
            let expected = if number == LARGE { 1_000 } else { number };
            let found = table.get(&format!("key-{number}"));
            assert_eq!(found, (number != 1).then(|| node(expected)).as_ref(), "{number}");
        }
        assert_eq!(table.iter().count(), 3 * LARGE - 1);
    }
}
