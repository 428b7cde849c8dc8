//! Entities that only one of two results has, and those that seem to have changed their name only.

use crate::comparison::results::Results;
use crate::scenario::keys::WrittenKey;

/// Tables of results with a row for each entity, and the table of the scenario that holds it.
pub(super) const KINDS: [(&str, &str); 3] =
    [("lenders", "lender"), ("obligors", "obligor"), ("facilities", "facility")];

/// Names that stand in `one` and not in `other`, in the order of the results.
pub(super) fn only_in<'a>(one: &'a Results, other: &Results, table: &str) -> Vec<&'a str> {
    let (Some(ours), Some(theirs)) = (one.table(table), other.table(table)) else {
        return Vec::new();
    };
    let theirs = theirs.entities();
    ours.entities().into_iter().filter(|name| !theirs.contains(name)).collect()
}

/// The new name among `extra` of an entity whose keys are all as they were, if there is just one.
pub(super) fn renamed<'a>(
    kind: &str,
    name: &str,
    extra: &[&'a str],
    [first, later]: [&[WrittenKey]; 2],
) -> Option<&'a str> {
    let was = keys_of(first, kind, name);
    if was.is_empty() {
        return None;
    }
    let mut alike = extra.iter().filter(|other| keys_of(later, kind, other) == was);
    let found = alike.next()?;
    alike.next().is_none().then_some(*found)
}

/// Keys of an entity and their values, in the order of their names.
fn keys_of<'a>(keys: &'a [WrittenKey], kind: &str, name: &str) -> Vec<(&'a str, &'a str)> {
    let own = keys.iter().filter(|key| key.section == kind && key.entity.as_deref() == Some(name));
    let mut own: Vec<_> = own.map(|key| (key.key.as_str(), key.value.as_str())).collect();
    own.sort_unstable();
    own
}
