//! CSV text as cells with their places: a caret can stand under what is wrong.

use std::borrow::Cow;
use std::ops::Range as Span;

use crate::scenario::error::{Code, Report, SourceText};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell<'a> {
    /// Without quotes and outer blanks.
    pub(crate) text: Cow<'a, str>,
    /// Bytes it fills, counted over all sources.
    pub(crate) span: Span<usize>,
}

/// The rows of a text, one after the other; rows of nothing but blanks are left out.
pub(crate) struct Rows<'a> {
    text: &'a str,
    offset: usize,
    at: usize,
    /// What stands between cells.
    pub(crate) separator: u8,
    /// Number of the row read last, from 1 and with those left out, as a spreadsheet counts.
    pub(crate) number: usize,
    /// Whether a quote never closes, so that what follows is lost.
    pub(crate) unclosed: bool,
}

impl<'a> Rows<'a> {
    /// The rows of a text, from its first line on or from behind a line `sep=;` that names the separator for Excel.
    pub(crate) fn of(source: &'a SourceText) -> Self {
        let text = source.text.as_str();
        let (at, number, separator) = match declared(text) {
            Some((length, separator)) => (length, 1, separator),
            None => (0, 0, separator(text)),
        };
        Rows { text, offset: source.offset, at, separator, number, unclosed: false }
    }

    /// The next row with anything in it.
    pub(crate) fn next(&mut self, report: &mut Report) -> Option<Vec<Cell<'a>>> {
        while self.at < self.text.len() {
            let row = self.row(report);
            if row.iter().any(|cell| !cell.text.is_empty()) {
                return Some(row);
            }
        }
        None
    }

    fn row(&mut self, report: &mut Report) -> Vec<Cell<'a>> {
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell(report));
            match self.byte() {
                Some(byte) if byte == self.separator => self.at += 1,
                _ => break,
            }
        }
        self.at = (self.at + 1).min(self.text.len());
        self.number += 1;
        cells
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// One cell; ends before a separator, a line feed or the end.
    fn cell(&mut self, report: &mut Report) -> Cell<'a> {
        while self.byte().is_some_and(|byte| byte != self.separator && (byte == b' ' || byte == b'\t')) {
            self.at += 1;
        }
        if self.byte() == Some(b'"') { self.quoted(report) } else { self.bare() }
    }

    fn bare(&mut self) -> Cell<'a> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let ends = |byte: &u8| *byte == self.separator || *byte == b'\n';
        self.at = rest.iter().position(ends).map_or(self.text.len(), |length| start + length);
        let written = &self.text[start..self.at];
        let text = written.trim();
        let start = start + written.len() - written.trim_start().len();
        Cell { text: Cow::Borrowed(text), span: self.offset + start..self.offset + start + text.len() }
    }

    fn quoted(&mut self, report: &mut Report) -> Cell<'a> {
        let start = self.at;
        let Some(end) = self.closing_quote() else {
            let hint = Some("a quote inside a quoted cell is written twice".to_owned());
            report.push(self.offset + start..self.offset + start + 1, Code::Syntax, "this quote never closes", hint);
            self.at = self.text.len();
            self.unclosed = true;
            return Cell { text: Cow::Borrowed(""), span: self.offset + start..self.offset + start + 1 };
        };
        self.at = end + 1;
        let text = self.text[start + 1..end].trim();
        let text = if text.contains('"') { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) };
        let tail = self.bare();
        if !tail.text.is_empty() {
            let message = format!("`{}` stands between a closing quote and the end of its cell", tail.text);
            let hint = Some("a quote inside a quoted cell is written twice".to_owned());
            report.push(tail.span, Code::Syntax, message, hint);
        }
        Cell { text, span: self.offset + start..self.offset + end + 1 }
    }

    fn closing_quote(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while at < bytes.len() {
            match (bytes[at], bytes.get(at + 1)) {
                (b'"', Some(b'"')) => at += 2,
                (b'"', _) => return Some(at),
                _ => at += 1,
            }
        }
        None
    }
}

/// The separator that a first line `sep=;` names, and the length of that line.
fn declared(text: &str) -> Option<(usize, u8)> {
    let line = text.split_inclusive('\n').next()?;
    match line.trim_end_matches(['\r', '\n']).strip_prefix("sep=")?.as_bytes() {
        [separator @ (b',' | b';' | b'\t')] => Some((line.len(), *separator)),
        _ => None,
    }
}

/// What separates the cells of the first row: `;` where it has one outside quotes, else `,`, else a tab.
fn separator(text: &str) -> u8 {
    let mut quoted = false;
    let bare = text.trim_start().bytes().filter(|byte| {
        quoted ^= *byte == b'"';
        !quoted
    });
    let first: Vec<u8> = bare.take_while(|byte| *byte != b'\n').collect();
    let among = [b';', b',', b'\t'].into_iter().find(|separator| first.contains(separator));
    among.unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Rows as text, and problems as `line:column message`.
    fn rows(text: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let source = SourceText { name: "t".to_owned(), text: text.to_owned(), offset: 100 };
        let mut report = Report::new(Arc::new(vec![source.clone()]));
        let mut rows = Rows::of(&source);
        let mut found = Vec::new();
        while let Some(row) = rows.next(&mut report) {
            for cell in &row {
                let written = &text[cell.span.start - 100..cell.span.end - 100];
                let inner = |text: &str| text.trim_matches('"').trim().replace("\"\"", "\"");
                assert_eq!(inner(written), inner(&cell.text));
            }
            found.push(row.iter().map(|cell| cell.text.to_string()).collect());
        }
        let told = |problem: &&crate::scenario::error::Problem| {
            let (_, line, column) = report.place(&problem.span).unwrap();
            format!("{line}:{column} {}", problem.message)
        };
        (found, report.problems().iter().map(told).collect())
    }

    #[test]
    fn what_spreadsheets_save_is_split_into_cells() {
        for text in [
            "a,b\n1,\"x, \"\"y\"\"\"\n",
            "a,b\r\n1,\"x, \"\"y\"\"\"\r\n\r\n,\r\n",
            "\n a , b\n1 ,  \"x, \"\"y\"\"\"  ",
            "a;b\n1;\"x, \"\"y\"\"\"",
            "a;b\n1;x, \"y\"",
            "a\tb\n1\tx, \"y\"",
            "sep=;\r\na;b\r\n1;x, \"y\"",
            "sep=\t\na\tb\n1\tx, \"y\"\n",
            "\"a\";b\n1;x, \"y\"",
        ] {
            let (found, problems) = rows(text);
            assert_eq!(found, [["a", "b"], ["1", "x, \"y\""]], "{text:?}");
            assert!(problems.is_empty(), "{problems:?}");
        }
        assert_eq!(rows("a,b,\n,,ä\n").0, [["a", "b", ""], ["", "", "ä"]]);
        assert_eq!(rows("\"a;b\",c\n").0, [["a;b", "c"]]);
        assert_eq!(rows("a\tb\tc\n\t\t1\n").0[1], ["", "", "1"]);
        assert!(rows("").0.is_empty() && rows(" \n,,\n").0.is_empty());
    }

    #[test]
    fn quotes_out_of_place_are_told_where_they_are() {
        let (found, problems) = rows("a,b\n\"ä\" x,2\n3,\"4\n5,6\n");
        assert_eq!(found[1], ["ä", "2"]);
        assert_eq!(
            problems,
            ["2:5 `x` stands between a closing quote and the end of its cell", "3:3 this quote never closes"]
        );
    }
}
