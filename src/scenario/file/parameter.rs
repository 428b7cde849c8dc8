//! A parameter as written: a number, or one law, with its source and note.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range as Span;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::model::parameter::Law;
use crate::scenario::error::{Code, nearest};
use crate::scenario::file::law::{LAWS, law_schemas, read_law};
use crate::scenario::file::reader::{Content, Field, Reader, number_of};
use crate::scenario::file::value::{Located, number_schema, unit_name};
use crate::scenario::tree::{Node, Table, Value};
use crate::units::{Range, Unit};

/// How a parameter is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A number.
    Number(f64),
    /// A law drawn once per trial.
    Law(Law),
}

/// A parameter of unit `U`: inside its range, law and all.
#[derive(Debug)]
pub struct Parameter<U> {
    /// Number or law.
    pub form: Form,
    /// Place of the value.
    pub span: Span<usize>,
    /// Its own source, else that of its entity.
    pub source: Option<Located<String>>,
    /// Its note.
    pub note: Option<String>,
    unit: PhantomData<fn() -> U>,
}

impl<U> Clone for Parameter<U> {
    fn clone(&self) -> Self {
        Parameter {
            form: self.form.clone(),
            span: self.span.clone(),
            source: self.source.clone(),
            note: self.note.clone(),
            unit: PhantomData,
        }
    }
}

impl<U: Unit> Parameter<U> {
    /// The number, where there is no law.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.form {
            Form::Number(number) => Some(number),
            Form::Law(_) => None,
        }
    }

    /// The law, where there is one.
    #[must_use]
    pub fn law(&self) -> Option<&Law> {
        match &self.form {
            Form::Number(_) => None,
            Form::Law(law) => Some(law),
        }
    }

    /// The range of the key.
    #[must_use]
    pub fn range(&self) -> Range {
        U::RANGE
    }
}

impl<U: Unit> Field for Parameter<U> {
    const CONTENT: Content = Content::Parameter;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            let number = number_of(node, U::NAME, reader)?;
            let inside = reader.in_range::<U>(number, node.span.clone());
            return inside.then(|| Parameter::bare(number, node.span.clone()));
        };
        let remarks = Remarks::read(table, LAWS, reader);
        let form = read_form::<U>(table, node, reader)?;
        Some(Parameter { form, span: node.span.clone(), source: remarks.source, note: remarks.note, unit: PhantomData })
    }

    fn listing(&self) -> Option<String> {
        Some(match &self.form {
            Form::Number(number) => number.to_string(),
            Form::Law(law) => super::law::text(law),
        })
    }

    fn own_source(&self) -> Option<&Located<String>> {
        self.source.as_ref()
    }

    fn inherit(&mut self, source: &Located<String>) {
        self.source = Some(source.clone());
    }
}

impl<U> Parameter<U> {
    fn bare(number: f64, span: Span<usize>) -> Self {
        Parameter { form: Form::Number(number), span, source: None, note: None, unit: PhantomData }
    }
}

/// What stands beside the law.
struct Remarks {
    source: Option<Located<String>>,
    note: Option<String>,
}

impl Remarks {
    /// Reads `source` and `note` and tells keys that are neither those nor in `allowed`.
    fn read(table: &Table, allowed: &[&str], reader: &mut Reader) -> Self {
        let source = table.get("source").and_then(|node| Located::<String>::read(node, reader));
        if let Some(source) = &source {
            reader.check_source(source);
        }
        let note = table.get("note").and_then(|node| Located::<String>::read(node, reader));
        for (key, _) in table.iter() {
            let name: &str = &key.name;
            if !allowed.contains(&name) && !matches!(name, "source" | "note") {
                let message = format!("unknown key `{name}` in a parameter");
                let known = allowed.iter().copied().chain(["source", "note"]);
                let hint = nearest(name, known);
                reader.push(key.span.clone(), Code::UnknownKey, message, hint);
            }
        }
        Remarks { source, note: note.map(|note| note.value) }
    }
}

/// The one law of a parameter's table.
fn read_form<U: Unit>(table: &Table, node: &Node, reader: &mut Reader) -> Option<Form> {
    let (name, value) = only_law(table, LAWS, node, reader)?;
    if name != "value" {
        return read_law::<U>(&name, value, reader).map(Form::Law);
    }
    let number = number_of(value, U::NAME, reader)?;
    let inside = reader.in_range::<U>(number, value.span.clone());
    inside.then_some(Form::Number(number))
}

/// Name and value of the only key among `laws`; tells when there is none or more than one.
fn only_law<'t>(table: &'t Table, laws: &[&str], node: &Node, reader: &mut Reader) -> Option<(String, &'t Node)> {
    let mut found: Vec<_> = table.iter().filter(|(key, _)| laws.contains(&key.name.as_ref())).collect();
    found.sort_by_key(|(key, _)| key.span.clone().start);
    match found.as_slice() {
        [(key, value)] => Some((key.name.to_string(), value)),
        [] => {
            let message = format!("a parameter needs exactly one of `{}`", laws.join("`, `"));
            reader.push(node.span.clone(), Code::NoLaw, message, None);
            None
        }
        [(first, _), (second, _), ..] => {
            let (one, two) = (&first.name, &second.name);
            let message = format!("two laws in one parameter: `{one}` and `{two}`");
            let hint = format!("keep `{one}` or `{two}`, not both");
            reader.push(second.span.clone(), Code::TwoLaws, message, Some(hint));
            None
        }
    }
}

impl<U: Unit> JsonSchema for Parameter<U> {
    fn schema_name() -> Cow<'static, str> {
        format!("Parameter{}", unit_name::<U>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!("{}: {}, or a table with one law", U::NAME, U::RANGE),
            "anyOf": [number_schema::<U>(), table_schema(law_schemas::<U>())],
        })
    }
}

/// A table of one law with its remarks.
fn table_schema(mut properties: serde_json::Map<String, serde_json::Value>) -> Schema {
    let one: Vec<_> = properties.keys().map(|law| serde_json::json!({ "required": [law] })).collect();
    for (name, description) in REMARKS {
        let text = serde_json::json!({ "type": "string", "description": description });
        properties.insert(name.to_owned(), text);
    }
    json_schema!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "oneOf": one,
    })
}

/// The keys that may stand beside a law, with their meaning.
pub(super) const REMARKS: [(&str, &str); 2] =
    [("source", "id of a fact or assumption, or `judgement`"), ("note", "remark for the reader")];

/// A quarterly flow: a parameter, or amounts by quarter.
#[derive(Debug)]
pub enum Schedule<U> {
    /// The same every quarter.
    Constant(Parameter<U>),
    /// Amounts held until the next step, zero before the first.
    Steps(Steps),
}

/// Amounts by quarter.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// `(from_quarter, amount)`, quarters ascending.
    pub steps: Vec<(i64, f64)>,
    /// Place of the table.
    pub span: Span<usize>,
    /// Its own source, else that of its entity.
    pub source: Option<Located<String>>,
    /// Its note.
    pub note: Option<String>,
}

impl<U> Clone for Schedule<U> {
    fn clone(&self) -> Self {
        match self {
            Schedule::Constant(parameter) => Schedule::Constant(parameter.clone()),
            Schedule::Steps(steps) => Schedule::Steps(steps.clone()),
        }
    }
}

impl<U> Schedule<U> {
    /// Place of the value.
    #[must_use]
    pub fn span(&self) -> Span<usize> {
        match self {
            Schedule::Constant(parameter) => parameter.span.clone(),
            Schedule::Steps(steps) => steps.span.clone(),
        }
    }
}

impl<U: Unit> Field for Schedule<U> {
    const CONTENT: Content = Content::Parameter;

    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            return Parameter::read(node, reader).map(Schedule::Constant);
        };
        let Some(steps) = table.get("steps") else {
            return Parameter::read(node, reader).map(Schedule::Constant);
        };
        let allowed: Vec<_> = LAWS.iter().copied().chain(["steps"]).collect();
        let remarks = Remarks::read(table, &allowed, reader);
        only_law(table, &allowed, node, reader)?;
        Some(Schedule::Steps(Steps {
            steps: read_steps::<U>(steps, reader)?,
            span: node.span.clone(),
            source: remarks.source,
            note: remarks.note,
        }))
    }

    fn listing(&self) -> Option<String> {
        match self {
            Schedule::Constant(parameter) => parameter.listing(),
            Schedule::Steps(steps) => {
                let pairs: Vec<_> = steps.steps.iter().map(|(q, x)| format!("[{q}, {x}]")).collect();
                Some(format!("steps [{}]", pairs.join(", ")))
            }
        }
    }

    fn own_source(&self) -> Option<&Located<String>> {
        match self {
            Schedule::Constant(parameter) => parameter.source.as_ref(),
            Schedule::Steps(steps) => steps.source.as_ref(),
        }
    }

    fn inherit(&mut self, source: &Located<String>) {
        match self {
            Schedule::Constant(parameter) => parameter.inherit(source),
            Schedule::Steps(steps) => steps.source = Some(source.clone()),
        }
    }
}

fn read_steps<U: Unit>(node: &Node, reader: &mut Reader) -> Option<Vec<(i64, f64)>> {
    let pairs = super::law::read_pairs(node, "[from_quarter, amount]", reader)?;
    let mut steps: Vec<(i64, f64)> = Vec::new();
    let mut sound = true;
    for pair in pairs {
        let (quarter, amount) = pair.value;
        sound &= reader.in_range::<U>(amount, pair.span.clone());
        let ascending = steps.last().is_none_or(|(last, _)| (*last as f64) < quarter);
        if !ascending || quarter.trunc() != quarter {
            let message = format!("step from quarter {quarter}: quarters are whole and ascend");
            reader.push(pair.span, Code::OutOfRange, message, None);
            sound = false;
        }
        steps.push((quarter as i64, amount));
    }
    sound.then_some(steps)
}

impl<U: Unit> JsonSchema for Schedule<U> {
    fn schema_name() -> Cow<'static, str> {
        format!("Schedule{}", unit_name::<U>()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = law_schemas::<U>();
        let pair = serde_json::json!({
            "type": "array", "prefixItems": [{ "type": "integer" }, number_schema::<U>()],
            "minItems": 2, "maxItems": 2,
        });
        let steps = serde_json::json!({
            "type": "array", "items": pair, "minItems": 1,
            "description": "`[from_quarter, amount]`, each held until the next, zero before the first",
        });
        properties.insert("steps".to_owned(), steps);
        json_schema!({
            "description": format!("{} per quarter: {}, or a table with one law or steps", U::NAME, U::RANGE),
            "anyOf": [number_schema::<U>(), table_schema(properties)],
        })
    }
}
