//! Merging: a later source replaces whole values of keys, and adds what is new.

use crate::scenario::file::law::LAWS;
use crate::scenario::file::{GLOBALS, SECTIONS};
use crate::scenario::tree::{Key, Node, Table, Value};

/// How a source lays its values over those of earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// A file: the value of an entity's key replaces whole.
    Keys,
    /// An override also reaches one name of a table by name, such as one share of `holders`.
    Names,
}

/// Lays a source over a scenario: tables merge down to the keys of an entity.
pub(super) fn merge(base: &mut Table, over: Table, reach: Reach) {
    for (key, node) in over {
        let depth = match key.name.as_str() {
            name if SECTIONS.contains(&name) => 2,
            name if GLOBALS.contains(&name) => 1,
            _ => 0,
        };
        merge_entry(base, (key, node), depth, reach);
    }
}

/// Merges one entry that has `depth` levels of tables above the values of keys.
fn merge_entry(base: &mut Table, (key, node): (Key, Node), depth: usize, reach: Reach) {
    let inside = depth > 0 || (reach == Reach::Names && !is_law(&node));
    let Node { value, span } = node;
    match (value, base.table_mut(&key.name)) {
        (Value::Table(table), Some(below)) if inside => {
            for entry in table {
                merge_entry(below, entry, depth.saturating_sub(1), reach);
            }
        }
        (value, _) => base.put(key, Node { value, span }),
    }
}

/// Whether a value is a parameter's table with a law.
fn is_law(node: &Node) -> bool {
    match &node.value {
        Value::Table(table) => LAWS.iter().chain(&["steps"]).any(|law| table.get(law).is_some()),
        _ => false,
    }
}
