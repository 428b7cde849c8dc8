//! The merged scenario as TOML again: one fixed form, so that its hash names the run.

use crate::scenario::file::{GLOBALS, SECTIONS};
use crate::scenario::tree::{Node, Table, Value};

/// Every table and key in the order of the sources; presets and comments are not in it.
pub(super) fn text(table: &Table) -> String {
    let mut out = String::new();
    for name in GLOBALS {
        if let Some(Value::Table(keys)) = table.get(name).map(|node| &node.value) {
            write_table(&mut out, &key(name), keys);
        }
    }
    for section in SECTIONS {
        let Some(Value::Table(entities)) = table.get(section).map(|node| &node.value) else {
            continue;
        };
        for (name, node) in in_order(entities) {
            if let Value::Table(keys) = &node.value {
                write_table(&mut out, &format!("{section}.{}", key(name)), keys);
            }
        }
    }
    out
}

fn write_table(out: &mut String, path: &str, keys: &Table) {
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&format!("[{path}]\n"));
    for (name, node) in in_order(keys) {
        out.push_str(&format!("{} = {}\n", key(name), value(&node.value)));
    }
}

/// Entries in the order of their places.
fn in_order(table: &Table) -> Vec<(&str, &Node)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span.clone().start);
    entries.into_iter().map(|(key, node)| (key.name.as_ref(), node)).collect()
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A value as TOML.
pub(super) fn value(written: &Value) -> String {
    match written {
        Value::Text(text) => quoted(text),
        Value::Number(written, _) => written.clone(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Date(date) => date.clone(),
        Value::Broken => quoted(""),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| value(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(table) => {
            let entries: Vec<_> = in_order(table)
                .into_iter()
                .map(|(name, node)| format!("{} = {}", key(name), value(&node.value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
