//! The first sheet: what this is, what it says, how sure that is, and how to make it again.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatUnderline, Url, Worksheet, XlsxError};

use crate::output::Run;
use crate::output::csv::{Cell, Table};
use crate::output::manifest::{FILE as MANIFEST, LIMITS};
use crate::output::workbook::chart;
use crate::output::workbook::sheet::{LINE, MAX_ROWS, fitting, lines};

/// Name of the sheet.
const NAME: &str = "about";
/// Widths of the two columns, in characters.
const WIDTHS: [f64; 2] = [17.0, 110.0];
/// Characters on a line of the second column, whatever the font.
const LINE_WIDTH: usize = 98;
/// Rows with a warning that are named, for each table and warning.
const NAMED: usize = 6;

const SAMPLING: &str = "Every estimate has three columns beside it: its standard error (_std_error) and the ends of its 95 % interval (_ci_low, \
    _ci_high), normal for means, Wilson's for probabilities (3/n for an event never seen), binomial order statistics for quantiles. That is \
    sampling error: what another seed would change. It is not the error of the model.";
const UNITS: &str = "Money is USD bn, probabilities and ratios are fractions, quarters count from 1. Four digits are shown, the cells hold all \
    of them; an empty cell is undefined, not 0. The columns are explained in docs/output.md of knockon; the CSV files beside this one hold \
    the same numbers.";

/// What the first sheet says beside the numbers of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// Question of the scenario; may be empty.
    pub question: String,
    /// Story of the scenario; may be empty.
    pub story: String,
    /// The answer in one sentence.
    pub answer: String,
    /// The command line that makes the run again.
    pub command: String,
}

/// What became of the charts.
pub(super) struct Charts<'a> {
    /// There is a sheet of them.
    pub(super) drawn: bool,
    /// Tables without rows for their chart.
    pub(super) missing: &'a [&'static str],
}

/// The first sheet.
pub(super) fn sheet(cover: &Cover, run: &Run, tables: &[Table], charts: Charts) -> Result<Worksheet, XlsxError> {
    let mut page = Page { sheet: Worksheet::new(), row: 0 };
    page.sheet.set_name(NAME)?.set_screen_gridlines(false);
    page.sheet.set_landscape().set_print_fit_to_pages(1, 0);
    for (column, width) in WIDTHS.into_iter().enumerate() {
        page.sheet.set_column_width(column as u16, width)?;
    }
    page.title(&run.scenario.title)?;
    for (label, text) in [("Question", &cover.question), ("Story", &cover.story), ("Answer", &cover.answer)] {
        page.paragraph(label, text)?;
    }
    certainty(&mut page, run, tables)?;
    page.paragraph("Reading it", UNITS)?;
    page.list("Made again by", &again(cover, run))?;
    contents(&mut page, tables, &charts)?;
    Ok(page.sheet)
}

fn certainty(page: &mut Page, run: &Run, tables: &[Table]) -> Result<(), XlsxError> {
    let (done, asked) = (run.trials.trials_done, run.trials.trials_asked);
    if run.trials.partial {
        page.paragraph("INTERRUPTED", &format!("Partial results of {done} of {asked} trials."))?;
    }
    page.paragraph("Trials", &format!("{done}, seed {}", run.trials.seed))?;
    page.paragraph("How sure", SAMPLING)?;
    page.list("Warnings", &warnings(tables))?;
    page.list("Limits", &LIMITS.map(str::to_owned))
}

/// One line a table and warning, with the rows that carry it.
fn warnings(tables: &[Table]) -> Vec<String> {
    let mut lines = Vec::new();
    for table in tables {
        let Some(at) = table.headers.iter().position(|header| header == "warning") else { continue };
        let mut rows: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in &table.rows {
            if let (Some(Cell::Text(warning)), Some(first)) = (row.get(at), row.first()) {
                rows.entry(warning).or_default().push(if let Cell::Text(name) = first { name } else { "" });
            }
        }
        lines.extend(rows.iter().map(|(warning, rows)| format!("{}: {warning}: {}", table.name, some(rows))));
    }
    if lines.is_empty() { vec!["none".to_owned()] } else { lines }
}

/// How many rows, and what the first of them are called.
fn some(rows: &[&str]) -> String {
    let mut names: Vec<&str> = rows.iter().copied().filter(|name| !name.is_empty()).collect();
    names.dedup();
    let more = if names.len() > NAMED { ", ..." } else { "" };
    let rows = if rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", rows.len()) };
    names.truncate(NAMED);
    if names.is_empty() { rows } else { format!("{rows} ({}{more})", names.join(", ")) }
}

fn again(cover: &Cover, run: &Run) -> Vec<String> {
    vec![
        format!("{} (where the scenario stands)", cover.command),
        format!(
            "with knockon {} (generator {}), on any machine and any number of threads",
            env!("CARGO_PKG_VERSION"),
            run.trials.generator
        ),
        format!("from the resolved scenario with SHA-256 {}, which {MANIFEST} holds", run.scenario.resolved_sha256),
    ]
}

fn contents(page: &mut Page, tables: &[Table], charts: &Charts) -> Result<(), XlsxError> {
    page.label("Sheets")?;
    if charts.drawn {
        page.link(chart::NAME, "pictures of what the tables say")?;
    }
    for missing in charts.missing {
        page.line(&format!("no chart of {missing}: there is nothing to draw"))?;
    }
    for table in tables {
        let rows = table.rows.len();
        let cut = if rows > MAX_ROWS {
            format!(", of which {MAX_ROWS} fit here; {}.csv has all", table.name)
        } else {
            String::new()
        };
        page.link(table.name, &format!("{rows} rows, {} columns{cut}", table.headers.len()))?;
    }
    Ok(())
}

/// A sheet that is written line by line.
struct Page {
    sheet: Worksheet,
    row: u32,
}

impl Page {
    fn title(&mut self, title: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_bold().set_font_size(16);
        self.sheet.write_string_with_format(self.row, 0, fitting(title), &format)?;
        self.row += 1;
        Ok(())
    }

    /// A label and its text, with a line of air above; nothing where the text is empty.
    fn paragraph(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        if text.is_empty() { Ok(()) } else { self.list(label, &[text.to_owned()]) }
    }

    fn list(&mut self, label: &str, lines: &[String]) -> Result<(), XlsxError> {
        self.label(label)?;
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// A label beside the line that comes next.
    fn label(&mut self, label: &str) -> Result<(), XlsxError> {
        self.row += 1;
        let format = Format::new().set_bold().set_align(FormatAlign::Top);
        self.sheet.write_string_with_format(self.row, 0, label, &format)?;
        Ok(())
    }

    fn line(&mut self, text: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        self.sheet.write_string_with_format(self.row, 1, fitting(text), &format)?;
        self.sheet.set_row_height(self.row, LINE * lines(text, LINE_WIDTH) as f64)?;
        self.row += 1;
        Ok(())
    }

    /// The name of a sheet to click on, and what there is to say of it.
    fn link(&mut self, sheet: &str, text: &str) -> Result<(), XlsxError> {
        let url = Url::new(format!("internal:'{sheet}'!A1")).set_text(format!("{sheet}: {text}"));
        let format = Format::new().set_font_color(Color::Blue).set_underline(FormatUnderline::Single);
        self.sheet.write_url_with_format(self.row, 1, url, &format)?;
        self.row += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_told_by_table_with_the_rows_that_carry_them() {
        let row = |name: &str, warning: Cell| vec![name.into(), warning];
        let table = |name, rows| Table { name, headers: vec!["metric".into(), "warning".into()], rows };
        let rows = vec![row("a", "few".into()), row("b", Cell::Empty), row("c", "few".into())];
        let many = (0..9).map(|number| row(&number.to_string(), "few".into())).collect();
        assert_eq!(
            warnings(&[table("x", rows), table("y", many), table("z", vec![row("a", Cell::Empty)])]),
            ["x: few: 2 rows (a, c)", "y: few: 9 rows (0, 1, 2, 3, 4, 5, ...)"]
        );
        assert_eq!(warnings(&[]), ["none"]);
    }
}
