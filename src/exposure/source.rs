//! Files of tables with their places, and why one is no table.

use std::path::Path;

use crate::scenario::error::{Problem, SourceText};
use crate::scenario::sheet::{Fault, decode, open};

/// The text of a file, and the problem that keeps it from being read as a table.
pub(super) struct Source {
    pub(super) text: SourceText,
    pub(super) fault: Option<Problem>,
}

impl Source {
    /// Reads a file whose first byte counts as `offset`.
    pub(super) fn open(path: &Path, offset: usize) -> Source {
        let name = path.display().to_string();
        let (text, fault) = match open(path) {
            Ok(bytes) => decode(bytes, &name),
            Err(fault) => (String::new(), Some(fault)),
        };
        let problem = |fault: Fault| {
            let start = offset + fault.at.unwrap_or_default();
            let hint = fault.hint.map(str::to_owned);
            Problem { span: start..start + 1, code: fault.code, message: fault.message, hint }
        };
        Source { text: SourceText { name, text, offset }, fault: fault.map(problem) }
    }
}
