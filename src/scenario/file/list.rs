//! Values with a grammar of their own: vintages, correlations, curves, targets, events.

use std::borrow::Cow;
use std::ops::Range as Span;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::model::system::{Amortisation, Depreciation};
use crate::scenario::error::{Code, nearest};
use crate::scenario::file::law::read_pairs;
use crate::scenario::file::reader::{Field, KeyReader, Keys, Reader, shortened};
use crate::scenario::file::value::{Located, Plain};
use crate::scenario::tree::{Node, Value};
use crate::units::{Correlation, Share, UsdBn, WholeAge};

/// GPUs of one age: `{ cost = 6, age_q = 3 }`.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FleetUnit {
    /// Purchase cost.
    pub cost: Plain<UsdBn>,
    /// Age at opening, in whole quarters.
    pub age_q: Plain<WholeAge>,
}

/// The keys of a [`FleetUnit`] while it is read.
struct FleetKeys {
    cost: Option<Plain<UsdBn>>,
    age_q: Option<Plain<WholeAge>>,
}

impl Keys for FleetKeys {
    fn read(keys: &mut KeyReader) -> Self {
        FleetKeys { cost: keys.take("cost"), age_q: keys.take("age_q") }
    }
}

impl Field for FleetUnit {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let expected = "a vintage `{ cost = .., age_q = .. }`";
        let Value::Table(table) = &node.value else {
            return reader.wrong_type(node, &node.value, expected);
        };
        let mut keys = KeyReader::unlisted(table, "fleet", reader);
        let unit = FleetKeys::read(&mut keys);
        let broken = keys.finish().broken;
        match (unit.cost, unit.age_q) {
            (Some(cost), Some(age_q)) => Some(FleetUnit { cost, age_q }),
            _ if !broken.is_empty() => None,
            _ => {
                let message = format!("expected {expected}: a key is missing");
                reader.push(node.span.clone(), Code::MissingKey, message, None);
                None
            }
        }
    }

    fn listing(&self) -> Option<String> {
        let (cost, age) = (self.cost.value, self.age_q.value);
        Some(format!("{{ cost = {cost}, age_q = {age} }}"))
    }
}

/// Two names and the correlation between them.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The two names.
    pub names: [Located<String>; 2],
    /// Their correlation.
    pub correlation: Plain<Correlation>,
    /// Place of the pair.
    pub span: Span<usize>,
}

impl Field for Pair {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let expected = "a pair `[\"name\", \"name\", correlation]`";
        let Value::List(items) = &node.value else {
            return reader.wrong_type(node, &node.value, expected);
        };
        let [first, second, number] = items.as_slice() else {
            let message = format!("expected {expected}, found {} items", items.len());
            reader.push(node.span.clone(), Code::WrongType, message, None);
            return None;
        };
        let names = (Located::<String>::read(first, reader), Located::<String>::read(second, reader));
        let correlation = Plain::read(number, reader)?;
        Some(Pair { names: [names.0?, names.1?], correlation, span: node.span.clone() })
    }

    fn listing(&self) -> Option<String> {
        let [one, two] = &self.names;
        let number = self.correlation.value;
        Some(format!("[\"{}\", \"{}\", {number}]", one.value, two.value))
    }
}

impl JsonSchema for Pair {
    fn schema_name() -> Cow<'static, str> {
        "Pair".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = Plain::<Correlation>::json_schema(generator);
        json_schema!({
            "type": "array", "minItems": 3, "maxItems": 3,
            "prefixItems": [{ "type": "string" }, { "type": "string" }, number],
        })
    }
}

/// The key and value of a table with one key, such as `{ sculpted = [..] }`.
fn only_key<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Table(table) = &node.value else {
        return None;
    };
    (table.iter().count() == 1).then(|| table.get(key)).flatten()
}

/// Tells that a value is neither one of `words` nor the table `form`.
fn neither<T>(node: &Node, words: &[&str], form: &str, reader: &mut Reader) -> Option<T> {
    let expected = format!("one of \"{}\" or {form}", words.join("\", \""));
    let Value::Text(text) = &node.value else {
        return reader.wrong_type(node, &node.value, &expected);
    };
    let message = format!("expected {expected}, found \"{}\"", shortened(text));
    let hint = nearest(text, words.iter().copied());
    reader.push(node.span.clone(), Code::UnknownWord, message, hint);
    None
}

impl Field for Located<Amortisation> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let at = |value| Some(Located::new(value, node.span.clone()));
        if let Some(shares) = only_key(node, "sculpted") {
            let shares = Located::<Vec<Plain<Share>>>::read(shares, reader)?;
            let shares = shares.value.iter().map(|share| share.value).collect();
            return at(Amortisation::Sculpted(shares));
        }
        match node.value.as_text() {
            Some("bullet") => at(Amortisation::Bullet),
            Some("linear") => at(Amortisation::Linear),
            _ => neither(node, &["bullet", "linear"], "{ sculpted = [..] }", reader),
        }
    }
}

impl Field for Located<Depreciation> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let at = |value| Some(Located::new(value, node.span.clone()));
        if let Some(pairs) = only_key(node, "table") {
            return at(Depreciation::Table(read_curve(pairs, reader)?));
        }
        match node.value.as_text() {
            Some("straight_line") => at(Depreciation::StraightLine),
            Some("geometric") => at(Depreciation::Geometric),
            Some("accelerated") => at(Depreciation::Accelerated),
            _ => {
                let words = ["straight_line", "geometric", "accelerated"];
                neither(node, &words, "{ table = [[age_q, fraction], ..] }", reader)
            }
        }
    }
}

/// A depreciation curve: ages ascend, fractions are shares.
fn read_curve(node: &Node, reader: &mut Reader) -> Option<Vec<(f64, f64)>> {
    let pairs = read_pairs(node, "[age_q, fraction]", reader)?;
    let mut sound = true;
    let mut last = f64::NEG_INFINITY;
    for pair in &pairs {
        let (age, fraction) = pair.value;
        sound &= reader.in_range::<Share>(fraction, pair.span.clone());
        if age < 0.0 || age <= last {
            let message = format!("age {age}: ages are at least 0 and ascend");
            reader.push(pair.span.clone(), Code::OutOfRange, message, None);
            sound = false;
        }
        last = age;
    }
    sound.then(|| pairs.into_iter().map(|pair| pair.value).collect())
}

/// What a scheduled shock strikes, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetName {
    /// The word before the colon, or the whole.
    pub kind: TargetKind,
    /// The name after the colon: a contract, obligor or lender.
    pub name: Option<String>,
    /// Place of the text.
    pub span: Span<usize>,
}

/// Kinds of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// Log demand.
    Demand,
    /// Log supply.
    Supply,
    /// Log equity index.
    Equity,
    /// Cumulative obsolescence.
    Obsolescence,
    /// Confidence.
    Confidence,
    /// Refinancing offers.
    FreezeRefinancing,
    /// The customer's payments under a contract.
    Honour,
    /// An obligor.
    Default,
    /// A lender.
    Fail,
}

const TARGETS: [(&str, TargetKind); 9] = [
    ("demand", TargetKind::Demand),
    ("supply", TargetKind::Supply),
    ("equity", TargetKind::Equity),
    ("obsolescence", TargetKind::Obsolescence),
    ("confidence", TargetKind::Confidence),
    ("freeze_refinancing", TargetKind::FreezeRefinancing),
    ("honour:", TargetKind::Honour),
    ("default:", TargetKind::Default),
    ("fail:", TargetKind::Fail),
];

impl TargetName {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let text = Located::<String>::read(node, reader)?;
        let (word, name) = match text.split_once(':') {
            Some((word, name)) => (format!("{word}:"), Some(name.trim().to_owned())),
            None => (text.value.clone(), None),
        };
        if let Some((_, kind)) = TARGETS.iter().find(|(known, _)| *known == word) {
            return Some(TargetName { kind: *kind, name, span: text.span });
        }
        let words = TARGETS.map(|(word, _)| word);
        let message = format!("expected one of `{}`, found `{word}`", words.join("`, `"));
        reader.push(text.span, Code::UnknownWord, message, nearest(&word, words));
        None
    }
}

/// One target or several, which share one draw of quarter and size.
#[derive(Debug, Clone, PartialEq)]
pub struct Targets(pub Vec<TargetName>);

impl Field for Located<Targets> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let read: Vec<_> = match &node.value {
            Value::List(items) => items.iter().map(|item| TargetName::read(item, reader)).collect(),
            _ => vec![TargetName::read(node, reader)],
        };
        let all = read.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Located::new(Targets(all), node.span.clone()))
    }
}

/// The event of reverse stress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// At least so many lenders fail.
    Failures(f64),
    /// The system loss is at least so many USD bn.
    Loss(f64),
}

impl Field for Located<Event> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let text = Located::<String>::read(node, reader)?;
        let event = text.split_once(">=").and_then(|(metric, bound)| {
            let bound = bound.trim().parse::<f64>().ok().filter(|b| b.is_finite())?;
            match metric.trim() {
                "N" => Some(Event::Failures(bound)),
                "L" => Some(Event::Loss(bound)),
                _ => None,
            }
        });
        if event.is_none() {
            let message = format!("expected an event `N>=3` (failures) or `L>=50` (USD bn), found `{}`", text.value);
            reader.push(node.span.clone(), Code::UnknownWord, message, None);
        }
        event.map(|event| Located::new(event, node.span.clone()))
    }
}

impl JsonSchema for Amortisation {
    fn schema_name() -> Cow<'static, str> {
        "Amortisation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let share = Plain::<Share>::json_schema(generator);
        json_schema!({ "anyOf": [
            { "enum": ["bullet", "linear"] },
            one_key("sculpted", json_schema!({ "type": "array", "items": share })),
        ] })
    }
}

impl JsonSchema for Depreciation {
    fn schema_name() -> Cow<'static, str> {
        "Depreciation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pair = json_schema!({
            "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2,
        });
        json_schema!({ "anyOf": [
            { "enum": ["straight_line", "geometric", "accelerated"] },
            one_key("table", json_schema!({ "type": "array", "items": pair, "minItems": 1 })),
        ] })
    }
}

/// The schema of a table with one key.
fn one_key(key: &str, value: Schema) -> Schema {
    json_schema!({
        "type": "object", "properties": { key: value }, "required": [key],
        "additionalProperties": false,
    })
}

impl JsonSchema for Targets {
    fn schema_name() -> Cow<'static, str> {
        "Targets".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = TARGETS.map(|(word, _)| match word.ends_with(':') {
            true => format!("{word}.+"),
            false => word.to_owned(),
        });
        let text = json_schema!({ "type": "string", "pattern": format!("^({})$", words.join("|")) });
        json_schema!({ "anyOf": [text, { "type": "array", "items": text, "minItems": 1 }] })
    }
}

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^ *[NL] *>= *-?[0-9.eE+-]+ *$" })
    }
}
