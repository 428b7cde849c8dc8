//! Problems of scenarios: what is wrong, where, what was expected, and what may have been meant.

use std::fmt;
use std::ops::Range as Span;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::scenario::sheet::Places;
use crate::scenario::source::OVERRIDE;

/// What kind of problem; the code is stable over versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Code {
    /// A file cannot be read.
    #[error("unreadable-file")]
    UnreadableFile,
    /// A file is larger than a scenario can be.
    #[error("file-too-large")]
    FileTooLarge,
    /// A file is not UTF-8.
    #[error("not-utf-8")]
    NotUtf8,
    /// A chain of `extends` comes back to itself.
    #[error("extends-cycle")]
    ExtendsCycle,
    /// A `--set` is not `PATH=VALUE`.
    #[error("bad-override")]
    BadOverride,
    /// The text is not TOML.
    #[error("syntax")]
    Syntax,
    /// A key that the grammar does not have.
    #[error("unknown-key")]
    UnknownKey,
    /// A key that must be there is not.
    #[error("missing-key")]
    MissingKey,
    /// A value of the wrong type.
    #[error("wrong-type")]
    WrongType,
    /// NaN or infinity.
    #[error("not-finite")]
    NotFinite,
    /// A number, or a law, outside the range of its key.
    #[error("out-of-range")]
    OutOfRange,
    /// A word that the key does not know.
    #[error("unknown-word")]
    UnknownWord,
    /// A parameter's table without a law.
    #[error("no-law")]
    NoLaw,
    /// A parameter's table with more than one law.
    #[error("two-laws")]
    TwoLaws,
    /// A source that is in neither register.
    #[error("unknown-source")]
    UnknownSource,
    /// A name that no entity has.
    #[error("unknown-name")]
    UnknownName,
    /// Keys that contradict each other.
    #[error("inconsistent")]
    Inconsistent,
    /// Something the grammar has and the model does not simulate yet.
    #[error("not-simulated")]
    NotSimulated,
    /// A table without a header, or without rows where it needs some.
    #[error("empty-table")]
    EmptyTable,
    /// A column that a table does not have.
    #[error("unknown-column")]
    UnknownColumn,
    /// A column that must be there is not.
    #[error("missing-column")]
    MissingColumn,
    /// A column that is there twice.
    #[error("duplicate-column")]
    DuplicateColumn,
    /// A row with more or fewer cells than the header.
    #[error("ragged-row")]
    RaggedRow,
    /// A name that an earlier row has.
    #[error("duplicate-name")]
    DuplicateName,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 24] = [
        Code::UnreadableFile,
        Code::FileTooLarge,
        Code::NotUtf8,
        Code::ExtendsCycle,
        Code::BadOverride,
        Code::Syntax,
        Code::UnknownKey,
        Code::MissingKey,
        Code::WrongType,
        Code::NotFinite,
        Code::OutOfRange,
        Code::UnknownWord,
        Code::NoLaw,
        Code::TwoLaws,
        Code::UnknownSource,
        Code::UnknownName,
        Code::Inconsistent,
        Code::NotSimulated,
        Code::EmptyTable,
        Code::UnknownColumn,
        Code::MissingColumn,
        Code::DuplicateColumn,
        Code::RaggedRow,
        Code::DuplicateName,
    ];
}

/// Most problems that are shown; more are counted.
pub(crate) const SHOWN: usize = 200;

/// One problem and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes it concerns, counted over all sources.
    pub span: Span<usize>,
    /// Its kind.
    pub code: Code,
    /// What is wrong and what was expected.
    pub message: String,
    /// What may have been meant.
    pub hint: Option<String>,
}

/// The text of one source and where it begins in the count over all sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// File as the user named it, or `--set`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Byte at which it begins.
    pub offset: usize,
}

impl SourceText {
    /// One past its last place: an error at the end of the text still belongs to it.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.text.len() + 1
    }

    /// A span within this text, counted over all sources.
    #[must_use]
    pub fn span(&self, local: &Span<usize>) -> Span<usize> {
        self.offset + local.start..self.offset + local.end
    }

    /// Line and column, both from 1, of a byte counted over all sources; columns count characters.
    #[must_use]
    pub fn line_column(&self, place: usize) -> (usize, usize) {
        let local = self.local(place);
        let start = self.line_start(local);
        (self.text[..start].matches('\n').count() + 1, self.text[start..local].chars().count() + 1)
    }

    /// The number of the first line of a span, its lines, and the span within them.
    fn excerpt(&self, span: &Span<usize>) -> (usize, &str, Span<usize>) {
        let (from, to) = (self.local(span.start), self.local(span.end));
        let start = self.line_start(from);
        let end = self.text[to..].find('\n').map_or(self.text.len(), |newline| to + newline);
        let (line, _) = self.line_column(span.start);
        let lines = &self.text[start..end];
        // A carriage return belongs to the end of the line, unless the span says otherwise.
        let lines = lines.strip_suffix('\r').filter(|shorter| to.max(from) - start <= shorter.len()).unwrap_or(lines);
        (line, lines, from - start..to.max(from) - start)
    }

    /// A place counted within this text, on the boundary of a character.
    fn local(&self, place: usize) -> usize {
        let mut local = place.saturating_sub(self.offset).min(self.text.len());
        while !self.text.is_char_boundary(local) {
            local -= 1;
        }
        local
    }

    fn line_start(&self, local: usize) -> usize {
        self.text[..local].rfind('\n').map_or(0, |newline| newline + 1)
    }
}

/// Every problem of a scenario.
#[derive(Debug, Clone, Default, thiserror::Error)]
pub struct Report {
    sources: Arc<Vec<SourceText>>,
    problems: Vec<Problem>,
    /// Cells of the sources that are tables of a spreadsheet.
    cells: Vec<Arc<Places>>,
}

impl Report {
    /// A report without problems on those sources.
    #[must_use]
    pub fn new(sources: Arc<Vec<SourceText>>) -> Self {
        Report { sources, ..Report::default() }
    }

    /// Adds a problem at a place.
    pub fn push(&mut self, span: Span<usize>, code: Code, message: impl Into<String>, hint: Option<String>) {
        self.problems.push(Problem { span, code, message: message.into(), hint });
    }

    /// Learns where the cells of a table are, so that problems in it are told by row and column too.
    pub(crate) fn know_cells(&mut self, places: Places) {
        self.cells.push(Arc::new(places));
    }

    /// "row 3, column `amount`", as a spreadsheet counts, for a place in a table.
    #[must_use]
    pub fn cell(&self, span: &Span<usize>) -> Option<String> {
        self.cells.iter().find_map(|places| places.label(span))
    }

    /// Takes the problems of another report on the same sources.
    pub fn append(&mut self, other: Report) {
        self.problems.extend(other.problems);
    }

    /// Whether there is no problem.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Every problem, by place; one that many rows of a table have with its header is told once.
    #[must_use]
    pub fn problems(&self) -> Vec<&Problem> {
        let mut sorted: Vec<_> = self.problems.iter().collect();
        sorted.sort_by_key(|problem| (problem.span.start, problem.span.end, problem.code));
        sorted.dedup();
        sorted
    }

    /// `Ok` where there is no problem.
    ///
    /// # Errors
    /// The report itself.
    pub fn into_result(self) -> Result<(), Report> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(self),
        }
    }

    /// File, line and column of a place.
    #[must_use]
    pub fn place(&self, span: &Span<usize>) -> Option<(&str, usize, usize)> {
        let source = self.source(span)?;
        let (line, column) = source.line_column(span.start);
        Some((&source.name, line, column))
    }

    /// Whether a place is in an override of the command line.
    #[must_use]
    pub fn is_overridden(&self, span: &Span<usize>) -> bool {
        self.source(span).is_some_and(|source| source.name == OVERRIDE)
    }

    fn source(&self, span: &Span<usize>) -> Option<&SourceText> {
        self.sources.iter().find(|source| (source.offset..source.end()).contains(&span.start))
    }

    /// Every problem with its place under a caret, for a terminal with or without colour.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = match color {
            true => Renderer::styled(),
            false => Renderer::plain(),
        }
        .decor_style(DecorStyle::Ascii);
        let problems = self.problems();
        let mut rendered: Vec<_> =
            problems.iter().take(SHOWN).map(|problem| self.render_one(problem, &renderer)).collect();
        if problems.len() > SHOWN {
            rendered.push(format!("and {} more problems", problems.len() - SHOWN));
        }
        rendered.join("\n\n")
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let code = problem.code.to_string();
        let title = Level::ERROR.primary_title(&problem.message).id(&code);
        let mut group = match self.source(&problem.span) {
            None => annotate_snippets::Group::with_title(title),
            Some(source) if source.text.is_empty() => title.element(annotate_snippets::Origin::path(&source.name)),
            Some(source) => {
                let (first_line, lines, span) = source.excerpt(&problem.span);
                title.element(
                    Snippet::source(lines)
                        .line_start(first_line)
                        .path(&source.name)
                        .annotation(AnnotationKind::Primary.span(span).label(self.cell(&problem.span))),
                )
            }
        };
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(hint));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// "did you mean `x`?" for the known name nearest to `written`, if any is near.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const NEAR: f64 = 0.75;
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(written, name), name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_complete() {
        let mut names: Vec<_> = Code::ALL.iter().map(Code::to_string).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert_eq!(Code::ALL.len(), Code::DuplicateName as usize + 1);
    }

    #[test]
    fn places_count_characters_and_survive_the_end_of_the_text() {
        let source = SourceText { name: "a".to_owned(), text: "äö = 1\nü = 2".to_owned(), offset: 100 };
        assert_eq!(source.line_column(100 + 5), (1, 4));
        assert_eq!(source.line_column(100 + 9), (2, 1));
        assert_eq!(source.line_column(9_999), (2, 6));
        assert_eq!(source.excerpt(&(114..115)), (2, "ü = 2", 5..6));
        let source = SourceText { name: "a".to_owned(), text: "a = 1\r\nb = 2\r\n".to_owned(), offset: 0 };
        assert_eq!(source.excerpt(&(4..5)), (1, "a = 1", 4..5));
        assert_eq!(source.excerpt(&(5..6)), (1, "a = 1\r", 5..6));
    }

    #[test]
    fn only_near_names_are_hinted() {
        let known = ["spread_pa", "maturity_q", "cash"];
        assert_eq!(nearest("spred_pa", known).unwrap(), "did you mean `spread_pa`?");
        assert_eq!(nearest("zzz", known), None);
    }
}
