//! Values with their places: what a key holds where it is not a parameter.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::{Deref, Range as Span};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::scenario::error::Code;
use crate::scenario::file::reader::{Content, Field, Reader, number_of};
use crate::scenario::tree::{Node, Value};
use crate::units::Unit;

/// A value and the bytes it is written in, counted over all sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span<usize>,
}

impl<T> Located<T> {
    /// The value at a place.
    pub fn new(value: T, span: Span<usize>) -> Self {
        Located { value, span }
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl Field for Located<String> {
    const CONTENT: Content = Content::Text;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Text(text) => Some(Located::new(text.to_string(), node.span.clone())),
            other => reader.wrong_type(node, other, "a text in quotes"),
        }
    }
}

impl Field for Located<bool> {
    const CONTENT: Content = Content::Truth;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        match &node.value {
            Value::Boolean(value) => Some(Located::new(*value, node.span.clone())),
            other => reader.wrong_type(node, other, "true or false"),
        }
    }
}

/// A number of unit `U` that can have no law.
#[derive(Debug)]
pub struct Plain<U> {
    /// The number.
    pub value: f64,
    /// Its place.
    pub span: Span<usize>,
    unit: PhantomData<fn() -> U>,
}

impl<U> Clone for Plain<U> {
    fn clone(&self) -> Self {
        Plain { span: self.span.clone(), ..*self }
    }
}

impl<U: Unit> Field for Plain<U> {
    const CONTENT: Content = Content::Number;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if matches!(node.value, Value::Table(_)) {
            let message = format!("expected {}, a plain number that can have no law", U::NAME);
            reader.push(node.span.clone(), Code::WrongType, message, None);
            return None;
        }
        let value = number_of(node, U::NAME, reader)?;
        reader.in_range::<U>(value, node.span.clone()).then(|| Plain {
            value,
            span: node.span.clone(),
            unit: PhantomData,
        })
    }

    fn listing(&self) -> Option<String> {
        Some(self.value.to_string())
    }
}

impl<U: Unit> JsonSchema for Plain<U> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Plain{}", unit_name::<U>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        number_schema::<U>()
    }
}

/// The last segment of the name of a unit's type, which names its definition in the schema.
pub(super) fn unit_name<U>() -> &'static str {
    let name = std::any::type_name::<U>();
    name.rsplit("::").next().unwrap_or(name)
}

/// The schema of a number within the range of its unit.
pub(super) fn number_schema<U: Unit>() -> Schema {
    let range = U::RANGE;
    let kind = if range.whole { "integer" } else { "number" };
    let mut schema = json_schema!({ "type": kind });
    let bound = |open: bool, limit: &str| match open {
        true => format!("exclusive{limit}"),
        false => limit.to_lowercase(),
    };
    if range.low.is_finite() {
        schema.insert(bound(range.low_open, "Minimum"), range.low.into());
    }
    if range.high.is_finite() {
        schema.insert(bound(range.high_open, "Maximum"), range.high.into());
    }
    schema
}

/// Numbers by name, in the order of the file: `{ jpmorgan = 0.6, outside = 0.4 }`.
#[derive(Debug)]
pub struct ByName<U> {
    /// Name and number.
    pub entries: Vec<(Located<String>, Plain<U>)>,
    /// The place of the table.
    pub span: Span<usize>,
}

impl<U> Clone for ByName<U> {
    fn clone(&self) -> Self {
        ByName { entries: self.entries.clone(), span: self.span.clone() }
    }
}

impl<U: Unit> Field for ByName<U> {
    const CONTENT: Content = Content::ByName;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            let expected = format!("a table of names, each with {}", U::NAME);
            return reader.wrong_type(node, &node.value, &expected);
        };
        let mut entries: Vec<_> = table
            .iter()
            .map(|(name, value)| {
                let number = Plain::read(value, reader)?;
                Some((Located::new(name.name.clone(), name.span.clone()), number))
            })
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<_>>()?;
        entries.sort_by_key(|(name, _)| name.span.start);
        Some(ByName { entries, span: node.span.clone() })
    }

    fn listing(&self) -> Option<String> {
        let parts: Vec<_> =
            self.entries.iter().map(|(name, number)| format!("{} = {}", name.value, number.value)).collect();
        Some(format!("{{ {} }}", parts.join(", ")))
    }
}

impl<U: Unit> JsonSchema for ByName<U> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("ByName{}", unit_name::<U>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": number_schema::<U>() })
    }
}

/// A list whose items keep their places.
impl<T: Field> Field for Located<Vec<T>> {
    const CONTENT: Content = Content::List;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::List(items) = &node.value else {
            return reader.wrong_type(node, &node.value, "a list in square brackets");
        };
        let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, reader)).collect();
        let all = read.into_iter().collect::<Option<Vec<T>>>()?;
        Some(Located::new(all, node.span.clone()))
    }

    fn listing(&self) -> Option<String> {
        let items: Option<Vec<_>> = self.value.iter().map(Field::listing).collect();
        Some(format!("[{}]", items?.join(", ")))
    }
}
