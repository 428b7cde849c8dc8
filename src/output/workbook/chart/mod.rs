//! The sheet of charts: native ones, which read the cells of the other sheets.

mod cascades;
mod exceedance;
mod fan;

use std::ops::Range;

use rust_xlsxwriter::{
    Chart, ChartAxis, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartRange, Color,
    Format, Worksheet, XlsxError,
};

use crate::output::csv::{Cell, Table};

/// Name of the sheet.
pub(super) const NAME: &str = "charts";
/// Size of a chart in pixels.
const SIZE: (u32, u32) = (960, 460);
/// Columns of the sheet that a chart covers.
const PRINTED_COLUMNS: u16 = 15;
/// Rows of the sheet from one chart to the next.
const STEP: u32 = 25;

/// Okabe and Ito's colours, which people who confuse red and green tell apart.
const BLUE: Color = Color::RGB(0x0000_72B2);
const ORANGE: Color = Color::RGB(0x00D5_5E00);
const GREEN: Color = Color::RGB(0x0000_9E73);
const GRID: Color = Color::RGB(0x00D9_D9D9);

/// Draws a chart onto the page; false if its table has nothing for it.
type Draw = fn(&[Table], &mut Page) -> Result<bool, XlsxError>;

/// The sheet of charts, none if there is nothing to draw; and the charts left out, by their tables.
pub(super) fn sheet(tables: &[Table]) -> Result<(Option<Worksheet>, Vec<&'static str>), XlsxError> {
    let mut page = Page { sheet: Worksheet::new(), row: 0, last: 0 };
    page.sheet.set_name(NAME)?.set_screen_gridlines(false).set_print_fit_to_pages(1, 0);
    let mut missing = Vec::new();
    let charts: [(&str, Draw); 3] =
        [(exceedance::TABLE, exceedance::draw), (fan::TABLE, fan::draw), (cascades::TABLE, cascades::draw)];
    for (table, draw) in charts {
        if !draw(tables, &mut page)? {
            missing.push(table);
        }
    }
    if page.row == 0 {
        return Ok((None, missing));
    }
    page.sheet.set_print_area(0, 0, page.row - 1, PRINTED_COLUMNS - 1)?;
    Ok((Some(page.sheet), missing))
}

/// The sheet, the row where the next chart goes, and the last row that is taken.
struct Page {
    sheet: Worksheet,
    row: u32,
    last: u32,
}

impl Page {
    /// Writes numbers to the right of the next chart, where it may read them.
    fn behind(&mut self, at: u16, heading: &str, numbers: Vec<Option<f64>>) -> Result<ChartRange, XlsxError> {
        let column = PRINTED_COLUMNS + 1 + at;
        let format = Format::new().set_bold().set_text_wrap();
        self.sheet.set_column_width(column, 14)?.write_string_with_format(self.row, column, heading, &format)?;
        for (row, number) in (self.row + 1..).zip(&numbers) {
            if let Some(number) = number {
                self.sheet.write_number(row, column, *number)?;
            }
        }
        self.last = self.last.max(self.row + numbers.len() as u32);
        Ok(ChartRange::new_from_range(NAME, self.row + 1, column, self.row + numbers.len() as u32, column))
    }

    /// Puts a chart below the last one, with a text for those who cannot see it.
    fn place(&mut self, chart: &mut Chart, meaning: &str) -> Result<(), XlsxError> {
        chart.set_width(SIZE.0).set_height(SIZE.1).set_alt_text(meaning);
        chart.title().set_font(ChartFont::new().set_size(13));
        chart.legend().set_position(ChartLegendPosition::Bottom);
        style(chart.x_axis());
        style(chart.y_axis());
        self.sheet.insert_chart(self.row, 0, chart)?;
        self.last = self.last.max(self.row + STEP);
        self.row = self.last + 1;
        Ok(())
    }
}

fn style(axis: &mut ChartAxis) {
    axis.set_name_font(ChartFont::new().set_size(10).unset_bold());
    axis.set_major_gridlines(true).set_major_gridlines_line(ChartLine::new().set_color(GRID).set_width(0.5));
}

fn line(color: Color, width: f64) -> ChartFormat {
    ChartFormat::new().set_line(ChartLine::new().set_color(color).set_width(width)).clone()
}

fn dashed(color: Color, width: f64) -> ChartFormat {
    let line = ChartLine::new().set_color(color).set_width(width).set_dash_type(ChartLineDashType::Dash).clone();
    ChartFormat::new().set_line(&line).clone()
}

/// Consecutive rows of a table.
struct Rows<'a> {
    table: &'a Table,
    rows: Range<usize>,
}

impl<'a> Rows<'a> {
    /// All rows of the table of that name.
    fn of(tables: &'a [Table], name: &str) -> Option<Self> {
        let table = tables.iter().find(|table| table.name == name)?;
        Some(Rows { table, rows: 0..table.rows.len() })
    }

    fn column(&self, header: &str) -> Option<usize> {
        self.table.headers.iter().position(|known| known == header)
    }

    /// The first stretch of rows whose cells satisfy `wanted`; none if no row does.
    fn stretch(&self, wanted: impl Fn(&[Cell]) -> bool) -> Option<Self> {
        let holds = |row: &usize| wanted(&self.table.rows[*row]);
        let start = self.rows.clone().find(holds)?;
        let end = (start..self.rows.end).find(|row| !holds(row)).unwrap_or(self.rows.end);
        Some(Rows { table: self.table, rows: start..end })
    }

    /// The first stretch where a column says `text`.
    fn saying(&self, header: &str, text: &str) -> Option<Self> {
        let column = self.column(header)?;
        self.stretch(|row| matches!(&row[column], Cell::Text(cell) if cell == text))
    }

    /// The first stretch of numbers in a column.
    fn numbers(&self, header: &str) -> Option<Self> {
        let column = self.column(header)?;
        self.stretch(|row| matches!(row[column], Cell::Number(_) | Cell::Count(_)))
    }

    /// Where a column of these rows stands in the workbook.
    fn range(&self, header: &str) -> Option<ChartRange> {
        let column = self.column(header)? as u16;
        let (first, last) = (self.rows.start as u32 + 1, self.rows.end as u32);
        Some(ChartRange::new_from_range(self.table.name, first, column, last, column))
    }

    /// The cells of a column.
    fn cells(&self, header: &str) -> Option<impl Iterator<Item = &'a Cell>> {
        let column = self.column(header)?;
        Some(self.table.rows[self.rows.clone()].iter().map(move |row| &row[column]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |series: &str, number: Cell| vec![series.into(), number];
        let rows = vec![
            row("a", Cell::Empty),
            row("b", Cell::Empty),
            row("b", 1.0.into()),
            row("b", 2.0.into()),
            row("b", Cell::Empty),
            row("a", 5.0.into()),
        ];
        Table { name: "quarters", headers: vec!["series".into(), "p05".into()], rows }
    }

    #[test]
    fn rows_are_found_by_what_their_cells_say() {
        let tables = [table()];
        let all = Rows::of(&tables, "quarters").unwrap();
        let b = all.saying("series", "b").unwrap();
        assert_eq!(b.rows, 1..5);
        assert_eq!(b.numbers("p05").unwrap().rows, 2..4);
        assert!(all.saying("series", "c").is_none() && all.saying("entity", "b").is_none());
        assert!(Rows::of(&tables, "exceedance").is_none());
    }

    /// The three tables with the columns that the charts read.
    fn drawable() -> [Table; 3] {
        let table = |name, headers: &[&str], row: &[Cell]| Table {
            name,
            headers: headers.iter().map(|header| (*header).to_owned()).collect(),
            rows: vec![row.to_vec(); 2],
        };
        let quantiles = ["quantile_0.05", "quantile_0.25", "quantile_0.5", "quantile_0.75", "quantile_0.95"];
        let headers = [["series", "quarter", "mean"].as_slice(), &quantiles].concat();
        let cells = [vec!["system_loss".into(), 1_u64.into()], vec![1.0.into(); 6]].concat();
        [
            table(
                "exceedance",
                &["loss_of", "exceedance_probability", "loss_usd_bn"],
                &["system".into(), 0.1.into(), 3.0.into()],
            ),
            table("quarters", &headers, &cells),
            table("cascades", &["count_of", "probability"], &["failures".into(), 0.5.into()]),
        ]
    }

    #[test]
    fn every_chart_is_drawn_from_its_table() {
        let (page, missing) = sheet(&drawable()).unwrap();
        assert!(page.is_some());
        assert_eq!(missing, [""; 0]);
        let [exceedance, quarters, _] = drawable();
        let empty = Table { rows: vec![], ..exceedance };
        assert_eq!(sheet(&[empty, quarters]).unwrap().1, ["exceedance", "cascades"]);
    }

    #[test]
    fn without_tables_there_is_no_sheet_and_every_chart_is_missed() {
        let (sheet, missing) = sheet(&[table()]).unwrap();
        assert!(sheet.is_none());
        assert_eq!(missing, ["exceedance", "quarters", "cascades"]);
    }
}
