//! The laws of an uncertain number, as written.

use serde_json::{Map, json};

use crate::model::parameter::Law;
use crate::scenario::error::Code;
use crate::scenario::file::reader::{Reader, number_of};
use crate::scenario::file::value::{Located, number_schema};
use crate::scenario::tree::{Node, Value};
use crate::units::{Range, Unit};

/// Keys of which a parameter's table holds exactly one.
pub(in crate::scenario) const LAWS: &[&str] =
    &["value", "uniform", "triangular", "pert", "normal", "lognormal", "beta", "discrete"];

/// Reads the law `name` and checks that it lies inside the range of `U`.
pub(super) fn read_law<U: Unit>(name: &str, node: &Node, reader: &mut Reader) -> Option<Law> {
    let law = match name {
        "uniform" => numbers(node, ["min", "max"], reader).map(|[a, b]| Law::Uniform(a, b)),
        "triangular" => numbers(node, ["min", "mode", "max"], reader).map(|[a, m, b]| Law::Triangular(a, m, b)),
        "pert" => numbers(node, ["min", "mode", "max"], reader).map(|[a, m, b]| Law::Pert(a, m, b)),
        "normal" => numbers(node, ["mean", "sd"], reader).map(|[m, s]| Law::Normal(m, s)),
        "lognormal" => numbers(node, ["median", "sd of the log"], reader).map(|[m, s]| Law::Lognormal(m, s)),
        "beta" => numbers(node, ["a", "b"], reader).map(|[a, b]| Law::Beta(a, b)),
        _ => discrete(node, reader),
    }?;
    let fault = shape_fault(&law).or_else(|| range_fault::<U>(&law));
    match fault {
        None => Some(law),
        Some(message) => {
            reader.push(node.span.clone(), Code::OutOfRange, message, None);
            None
        }
    }
}

/// A list of exactly the numbers named.
fn numbers<const N: usize>(node: &Node, names: [&str; N], reader: &mut Reader) -> Option<[f64; N]> {
    let expected = format!("a list [{}]", names.join(", "));
    let Value::List(items) = &node.value else {
        return reader.wrong_type(node, &node.value, &expected);
    };
    if items.len() != N {
        let message = format!("expected {expected}, found {} items", items.len());
        reader.push(node.span.clone(), Code::WrongType, message, None);
        return None;
    }
    let mut all = [0.0; N];
    let mut sound = true;
    for ((slot, item), name) in all.iter_mut().zip(items.iter()).zip(names) {
        match number_of(item, name, reader) {
            Some(number) => *slot = number,
            None => sound = false,
        }
    }
    sound.then_some(all)
}

/// A list of pairs of numbers with their places.
pub(super) fn read_pairs(node: &Node, shape: &str, reader: &mut Reader) -> Option<Vec<Located<(f64, f64)>>> {
    let expected = format!("a list of pairs {shape}");
    let items = match &node.value {
        Value::List(items) if !items.is_empty() => items,
        Value::List(_) => {
            let message = format!("expected {expected}, found an empty list");
            reader.push(node.span.clone(), Code::WrongType, message, None);
            return None;
        }
        other => return reader.wrong_type(node, other, &expected),
    };
    let pairs: Vec<_> = items
        .iter()
        .map(|item| numbers(item, ["number", "number"], reader).map(|[a, b]| Located::new((a, b), item.span.clone())))
        .collect();
    pairs.into_iter().collect()
}

fn discrete(node: &Node, reader: &mut Reader) -> Option<Law> {
    let pairs = read_pairs(node, "[value, weight]", reader)?;
    Some(Law::Discrete(pairs.into_iter().map(|pair| pair.value).collect()))
}

/// What is wrong with the numbers of a law among themselves.
fn shape_fault(law: &Law) -> Option<String> {
    let fault = match law {
        Law::Uniform(min, max) if min >= max => format!("min {min} is not below max {max}"),
        Law::Triangular(min, mode, max) | Law::Pert(min, mode, max) if min >= max || mode < min || mode > max => {
            format!("min {min}, mode {mode}, max {max} are not in ascending order")
        }
        Law::Normal(_, sd) | Law::Lognormal(_, sd) if *sd <= 0.0 => {
            format!("the standard deviation {sd} is not positive")
        }
        Law::Lognormal(median, _) if *median <= 0.0 => {
            format!("the median {median} is not positive")
        }
        Law::Beta(a, b) if *a <= 0.0 || *b <= 0.0 => {
            format!("a {a} and b {b} are not both positive")
        }
        Law::Discrete(pairs) => discrete_fault(pairs)?,
        _ => return None,
    };
    Some(fault)
}

fn discrete_fault(pairs: &[(f64, f64)]) -> Option<String> {
    let negative = pairs.iter().find(|(_, weight)| *weight < 0.0);
    if let Some((value, weight)) = negative {
        return Some(format!("the weight {weight} of {value} is negative"));
    }
    let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
    (total <= 0.0).then(|| "the weights sum to 0".to_owned())
}

/// Where a law leaves the range of its key.
fn range_fault<U: Unit>(law: &Law) -> Option<String> {
    let range = U::RANGE;
    if range.whole && !matches!(law, Law::Discrete(_)) {
        return Some(format!("expected {}, a whole number, which only `discrete` draws", U::NAME));
    }
    let outside = match law {
        Law::Uniform(min, max) | Law::Triangular(min, _, max) | Law::Pert(min, _, max) => {
            [*min, *max].into_iter().find(|x| !range.contains(*x))
        }
        Law::Normal(centre, _) | Law::Lognormal(centre, _) => Some(*centre).filter(|x| !range.contains(*x)),
        Law::Beta(..) => [0.0, 1.0].into_iter().find(|x| !closure(range).contains(*x)),
        Law::Discrete(pairs) => pairs.iter().map(|pair| pair.0).find(|x| !range.contains(*x)),
    }?;
    Some(format!("the law reaches {outside}, out of range: expected {}, {range}", U::NAME))
}

/// The range with its ends: a continuous law reaches them with probability 0.
fn closure(range: Range) -> Range {
    Range::closed(range.low, range.high)
}

/// A law as `check --sources` shows it.
pub(super) fn text(law: &Law) -> String {
    match law {
        Law::Uniform(a, b) => format!("uniform [{a}, {b}]"),
        Law::Triangular(a, m, b) => format!("triangular [{a}, {m}, {b}]"),
        Law::Pert(a, m, b) => format!("pert [{a}, {m}, {b}]"),
        Law::Normal(m, s) => format!("normal [{m}, {s}]"),
        Law::Lognormal(m, s) => format!("lognormal [{m}, {s}]"),
        Law::Beta(a, b) => format!("beta [{a}, {b}]"),
        Law::Discrete(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(v, w)| format!("[{v}, {w}]")).collect();
            format!("discrete [{}]", pairs.join(", "))
        }
    }
}

/// Schemas of `value` and of every law over numbers of unit `U`.
pub(super) fn law_schemas<U: Unit>() -> Map<String, serde_json::Value> {
    let number = number_schema::<U>().to_value();
    let list = |length: usize, what: &str| {
        json!({
            "type": "array", "items": { "type": "number" },
            "minItems": length, "maxItems": length, "description": what,
        })
    };
    let mut all = Map::new();
    all.insert("value".to_owned(), number);
    if !U::RANGE.whole {
        for (name, length, what) in SHAPES {
            all.insert(name.to_owned(), list(length, what));
        }
    }
    let discrete = json!({
        "type": "array", "items": list(2, "`[value, weight]`"), "minItems": 1,
        "description": "`[[value, weight], ...]`",
    });
    all.insert("discrete".to_owned(), discrete);
    all
}

const SHAPES: [(&str, usize, &str); 6] = [
    ("uniform", 2, "`[min, max]`"),
    ("triangular", 3, "`[min, mode, max]`"),
    ("pert", 3, "`[min, mode, max]`"),
    ("normal", 2, "`[mean, sd]`, truncated to the range of the key"),
    ("lognormal", 2, "`[median, sd of the log]`, truncated to the range of the key"),
    ("beta", 2, "`[a, b]` on 0 to 1"),
];
