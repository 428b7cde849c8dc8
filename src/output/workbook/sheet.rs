//! One table as one sheet: frozen header, filter, widths, and as many digits as mean something.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::output::csv::{Cell, Table};

/// Rows of a sheet below its header; what does not fit stands in the CSV only.
pub(super) const MAX_ROWS: usize = 1_048_575;
/// Columns of a sheet.
const MAX_COLUMNS: usize = 16_384;
/// Units of UTF-16 that a cell holds.
const MAX_TEXT: usize = 32_767;
/// Digits shown of a number; the cell holds all of it.
const SHOWN_DIGITS: i32 = 4;
/// Narrowest and widest column, in characters.
const WIDTHS: (usize, usize) = (9, 48);
/// No number shows wider than this.
const NUMBER_WIDTH: usize = 16;
/// Lines over which a header is spread.
const HEADER_LINES: usize = 3;
/// Height of a line in points.
pub(super) const LINE: f64 = 15.0;
/// Columns that together are no wider than this are printed on one page.
const PAGE_WIDTH: usize = 150;
/// Whole numbers that name something: no thousands apart.
const NAMES: [&str; 6] = ["trial", "seed", "quarter", "number", "round", "main_round"];

/// Ground of headers.
pub(super) const HEADER_GROUND: Color = Color::RGB(0x00DD_E8F0);

/// The sheet of a table, under its name.
pub(super) fn sheet(table: &Table) -> Result<Worksheet, XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(table.name)?;
    let (mut lines, mut width) = (0, 0);
    for column in 0..table.headers.len().min(MAX_COLUMNS) {
        let size = write_column(&mut sheet, table, column)?;
        (lines, width) = (lines.max(size.0), width + size.1);
    }
    // The buttons of the filter have a line of their own below the words.
    sheet.set_row_height(0, LINE * (lines + 1) as f64)?;
    let (last_row, last_column) = (table.rows.len().min(MAX_ROWS), table.headers.len().clamp(1, MAX_COLUMNS) - 1);
    if last_row > 0 {
        sheet.autofilter(0, 0, last_row as u32, last_column as u16)?;
    }
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_landscape().set_repeat_rows(0, 0)?.set_repeat_columns(0, 0)?;
    if width <= PAGE_WIDTH {
        sheet.set_print_fit_to_pages(1, 0);
    }
    Ok(sheet)
}

/// Writes a column; returns the lines of its header and its width.
fn write_column(sheet: &mut Worksheet, table: &Table, column: usize) -> Result<(usize, usize), XlsxError> {
    let header = &table.headers[column];
    let cells = || table.rows.iter().take(MAX_ROWS).filter_map(move |row| row.get(column));
    let of_text = cells().any(|cell| matches!(cell, Cell::Text(_)));
    let at = column as u16;
    let words = words(header);
    sheet.write_with_format(0, at, &words, &header_format(of_text, at))?;
    let mut width = WIDTHS.0.max(header_width(&words));
    for (row, cell) in cells().enumerate() {
        width = width.max(write_cell(sheet, (row as u32 + 1, at), cell, header)?);
    }
    let width = width.min(WIDTHS.1);
    sheet.set_column_width(at, width as f64)?;
    Ok((lines(&words, width - 1), width))
}

/// A header as a spreadsheet can break it into lines: with blanks for underscores.
fn words(header: &str) -> String {
    header.replace('_', " ")
}

/// Characters that spread a header over few lines without breaking a word, and one of air.
fn header_width(words: &str) -> usize {
    let longest = words.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
    (longest..).find(|width| lines(words, *width) <= HEADER_LINES).unwrap_or(longest) + 2
}

/// Lines that a text takes, broken at blanks.
pub(super) fn lines(text: &str, width: usize) -> usize {
    let (mut lines, mut used) = (1, 0);
    for word in text.split(' ').map(|word| word.chars().count()) {
        if used > 0 && used + 1 + word > width {
            (lines, used) = (lines + 1, word);
        } else {
            used += word + usize::from(used > 0);
        }
        // A word longer than a line goes on below.
        lines += used.saturating_sub(1) / width.max(1);
        used = if used > width { (used - 1) % width.max(1) + 1 } else { used };
    }
    lines
}

/// Writes a cell; returns how many characters wide it shows.
fn write_cell(sheet: &mut Worksheet, at: (u32, u16), cell: &Cell, header: &str) -> Result<usize, XlsxError> {
    let (row, column) = at;
    match cell {
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, fitting(text), &Format::new().set_indent(indent(column)))?;
            Ok(text.chars().count() + 2)
        }
        Cell::Count(count) => {
            let pattern = if NAMES.contains(&header) { "0" } else { "#,##0" };
            sheet.write_number_with_format(row, column, *count as f64, &Format::new().set_num_format(pattern))?;
            Ok(count.to_string().len() * 4 / 3 + 1)
        }
        Cell::Number(number) => {
            let pattern = pattern(*number);
            let whole = format!("{number:.0}").len();
            let width = (whole * 4 / 3 + pattern.len()).min(NUMBER_WIDTH);
            // The sign of zero carries nothing.
            sheet.write_number_with_format(row, column, number + 0.0, &Format::new().set_num_format(pattern))?;
            Ok(width)
        }
        Cell::Empty => Ok(0),
    }
}

/// Air between a text and the numbers to its left.
fn indent(column: u16) -> u8 {
    u8::from(column > 0)
}

fn header_format(of_text: bool, column: u16) -> Format {
    let (align, indent) = if of_text { (FormatAlign::Left, indent(column)) } else { (FormatAlign::Right, 0) };
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(align)
        .set_indent(indent)
        .set_align(FormatAlign::Top)
        .set_background_color(HEADER_GROUND)
        .set_border_bottom(FormatBorder::Thin)
}

/// The format that shows four digits of a number, fewer where it has fewer, and thousands apart.
fn pattern(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 {
        return "0".to_owned();
    }
    if !(1e-5..1e15).contains(&magnitude) {
        return "0.000E+00".to_owned();
    }
    let scientific = format!("{magnitude:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = digits.bytes().filter(u8::is_ascii_digit).count() as i32;
    let decimals = (digits.min(SHOWN_DIGITS) - 1 - exponent).max(0) as usize;
    let whole = if exponent >= 3 { "#,##0" } else { "0" };
    if decimals == 0 { whole.to_owned() } else { format!("{whole}.{}", "0".repeat(decimals)) }
}

/// A text cut to what a cell holds.
pub(super) fn fitting(text: &str) -> String {
    if text.encode_utf16().count() <= MAX_TEXT {
        return text.to_owned();
    }
    let mut left = MAX_TEXT - 1;
    let kept = text.chars().take_while(|letter| {
        let fits = letter.len_utf16() <= left;
        left = left.saturating_sub(letter.len_utf16());
        fits
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_the_digits_that_they_have_and_at_most_four() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (8.0, "0"),
            (0.95, "0.00"),
            (0.001, "0.000"),
            (8.003_24, "0.000"),
            (-46.123, "0.00"),
            (0.000_5, "0.0000"),
            (0.012_345_6, "0.00000"),
            (12_345.678, "#,##0"),
            (1_234.5, "#,##0"),
            (5.5e-6, "0.000E+00"),
            (1e300, "0.000E+00"),
        ] {
            assert_eq!(pattern(number), expected, "{number}");
        }
    }

    #[test]
    fn headers_are_spread_over_lines_at_their_words() {
        let header = words("fundamental_failure_probability_std_error");
        assert_eq!(header, "fundamental failure probability std error");
        assert_eq!([41, 40, 31, 19, 11].map(|width| lines(&header, width)), [1, 2, 2, 3, 4]);
        assert_eq!(header_width(&header), 21);
        assert_eq!(header_width("trials"), 8);
        assert_eq!(lines("abcdefghij k", 4), 3);
    }

    #[test]
    fn a_text_is_cut_to_what_a_cell_holds() {
        assert_eq!(fitting("société"), "société");
        let whole = "é".repeat(MAX_TEXT);
        assert_eq!(fitting(&whole), whole);
        // A letter outside the basic plane takes two units.
        let cut = fitting(&"𝄞".repeat(MAX_TEXT));
        assert!(cut.ends_with("𝄞…"));
        assert_eq!(cut.encode_utf16().count(), MAX_TEXT);
    }

    #[test]
    fn what_is_too_long_for_a_sheet_is_cut_and_not_refused() {
        let table = Table { name: "long", headers: vec!["n".into()], rows: vec![vec![Cell::Empty]; MAX_ROWS + 9] };
        assert!(sheet(&table).is_ok());
    }
}
