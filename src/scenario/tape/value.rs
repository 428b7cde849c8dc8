//! One cell as the value that TOML would give.

use toml::de::DeValue;

use crate::scenario::error::{Code, Report};
use crate::scenario::file::reader::Content;
use crate::scenario::sheet::{Cell, Decimals};
use crate::scenario::tree::{Node, Value};

/// How spreadsheets of some countries write true and false.
const TRUTHS: [[&str; 2]; 5] =
    [["true", "false"], ["wahr", "falsch"], ["vrai", "faux"], ["verdadero", "falso"], ["vero", "falso"]];

/// Errors of formulas that end in neither `!` nor `?`, by country.
const ERRORS: [&str; 4] = ["#N/A", "#NV", "#N/D", "#N/V"];

/// What people write for nothing.
const NOTHING: [&str; 9] = ["-", "–", "—", ".", "na", "n/a", "nan", "null", "none"];

/// What is wrong with a cell, and the remedy.
type Wrong = (Code, String, Option<String>);

/// The value of a cell with something in it; [`Value::Broken`] after telling why there is none.
pub(super) fn read_value(cell: &Cell<'_>, content: Content, decimals: Decimals, report: &mut Report) -> Value {
    let value = match spreadsheet_error(&cell.text) {
        Some(wrong) => Err(wrong),
        None => value(cell, content, decimals),
    };
    value.unwrap_or_else(|(code, message, hint)| {
        report.push(cell.span.clone(), code, message, hint);
        Value::Broken
    })
}

fn value(cell: &Cell<'_>, content: Content, decimals: Decimals) -> Result<Value, Wrong> {
    let text = cell.text.as_ref();
    let structured = text.starts_with(['{', '[']);
    match content {
        Content::Text => Ok(Value::Text(text.to_owned())),
        Content::Truth => truth(text),
        Content::Number => number(text, decimals),
        Content::Parameter if !structured => number(text, decimals),
        Content::Form if !structured => Ok(Value::Text(text.to_owned())),
        Content::ByName | Content::Keys(_) if !structured => {
            let hint = "give each name a column of its own: head it with the key, a point and the name".to_owned();
            Err((Code::WrongType, format!("expected a table in braces, found `{text}`"), Some(hint)))
        }
        Content::List if !structured => {
            let hint = "write it as in a scenario file, such as `[\"a\", \"b\"]`".to_owned();
            Err((Code::WrongType, format!("expected a list in square brackets, found `{text}`"), Some(hint)))
        }
        _ => as_toml(cell),
    }
}

/// A table or list as a scenario file writes it, all of it at the place of its cell.
fn as_toml(cell: &Cell<'_>) -> Result<Value, Wrong> {
    let parsed = DeValue::parse(&cell.text).map_err(|error| {
        let hint = "a cell that opens with a brace or bracket is read as in a scenario file".to_owned();
        (Code::Syntax, error.message().to_owned(), Some(hint))
    })?;
    Ok(Node::from(&parsed).placed(&cell.span).value)
}

fn truth(text: &str) -> Result<Value, Wrong> {
    let lower = text.to_lowercase();
    let found = TRUTHS.iter().find_map(|words| words.iter().position(|word| *word == lower));
    match found {
        Some(at) => Ok(Value::Boolean(at == 0)),
        None => Err((Code::WrongType, format!("expected TRUE or FALSE, found `{text}`"), None)),
    }
}

/// A number; percents become fractions digit by digit, so that 5.1 % is 0.051 to the last bit.
fn number(text: &str, decimals: Decimals) -> Result<Value, Wrong> {
    let percent = text.strip_suffix('%').map(|digits| format!("{}e-2", digits.trim_end()));
    let parsed = match NOTHING.contains(&text.to_lowercase().as_str()) {
        true => None,
        false => decimals.parse(percent.as_deref().unwrap_or(text)),
    };
    match parsed {
        Some(number) if number.is_finite() => Ok(Value::Number(written(number), Some(number))),
        Some(_) => Err((Code::NotFinite, format!("`{text}` is not a finite number"), None)),
        None => Err((Code::WrongType, format!("`{text}` is not a number"), Some(remedy(text, decimals)))),
    }
}

fn remedy(text: &str, decimals: Decimals) -> String {
    let remedy = if NOTHING.contains(&text.to_lowercase().as_str()) {
        "leave the cell empty for the preset"
    } else if is_date(text) {
        "write the number of a quarter, not a date: quarter 1 is the first simulated one"
    } else {
        decimals.remedy(text)
    };
    remedy.to_owned()
}

/// A number as TOML: digits if it is whole, else the shortest decimal that is it.
fn written(number: f64) -> String {
    const WHOLE: f64 = 1e15;
    match number.trunc() == number && number.abs() < WHOLE {
        true => format!("{number:.0}"),
        false => format!("{number:?}"),
    }
}

/// Three groups of digits between points, strokes or hyphens.
fn is_date(text: &str) -> bool {
    let digits = |group: &str| (1..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit());
    ['.', '/', '-'].into_iter().any(|mark| text.split(mark).count() == 3 && text.split(mark).all(digits))
}

/// The error of a formula that a spreadsheet shows in place of a value, or of a column too narrow to show it.
fn spreadsheet_error(text: &str) -> Option<Wrong> {
    let rest = text.strip_prefix('#');
    if rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte == b'#')) {
        let hint = Some("widen the column before saving: spreadsheets save what they show".to_owned());
        return Some((Code::WrongType, "the column was too narrow for this cell".to_owned(), hint));
    }
    let shouted = |rest: &str| rest.ends_with(['!', '?']) && rest.to_uppercase() == rest;
    let office = text.strip_prefix("Err:").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    (ERRORS.contains(&text) || rest.is_some_and(shouted) || office).then(|| {
        let hint = "mend its formula, or leave the cell empty for the preset".to_owned();
        (Code::WrongType, format!("`{text}` is an error of the spreadsheet"), Some(hint))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, content: Content, comma: bool) -> Result<Value, Code> {
        let cell = Cell { text: text.into(), span: 3..4 };
        let mut report = Report::default();
        let value = read_value(&cell, content, Decimals { comma }, &mut report);
        let code = report.problems().first().map(|problem| problem.code);
        code.map_or(Ok(value), Err)
    }

    #[test]
    fn numbers_are_written_as_toml_that_is_the_same_number() {
        for (text, comma, toml) in [
            ("12", false, "12"),
            ("-12.0", false, "-12"),
            ("0,035", true, "0.035"),
            (".5", false, "0.5"),
            ("007", false, "7"),
            ("1e3", false, "1000"),
            ("1E+300", false, "1e300"),
            ("5.1%", false, "0.051"),
            ("5,25 %", true, "0.0525"),
            ("0", false, "0"),
        ] {
            let number = toml.parse::<f64>().unwrap();
            assert_eq!(
                read(text, Content::Parameter, comma),
                Ok(Value::Number(toml.to_owned(), Some(number))),
                "{text}"
            );
            assert!(DeValue::parse(toml).is_ok());
        }
        for text in ["1,5", "$5", "5 bn", "(5)", "-", "NaN", "31.12.2027", "1 000", "1e2%"] {
            assert_eq!(read(text, Content::Number, false), Err(Code::WrongType), "{text}");
        }
        assert_eq!(read("1e999", Content::Number, false), Err(Code::NotFinite));
    }

    #[test]
    fn the_key_decides_what_a_cell_is() {
        assert_eq!(read("4711", Content::Text, false), Ok(Value::Text("4711".to_owned())));
        assert_eq!(read("bullet", Content::Form, false), Ok(Value::Text("bullet".to_owned())));
        for (text, truth) in [("TRUE", true), ("False", false), ("FALSCH", false), ("Vrai", true)] {
            assert_eq!(read(text, Content::Truth, false), Ok(Value::Boolean(truth)));
        }
        let list = read("[\"a\"]", Content::List, false).unwrap();
        assert_eq!(list, Value::List(vec![Node { value: Value::Text("a".to_owned()), span: 3..4 }]));
        assert!(matches!(read("{ uniform = [1, 2] }", Content::Parameter, true), Ok(Value::Table(_))));
        let cases = [("1", Content::Truth), ("a", Content::List), ("0.5", Content::ByName)];
        assert!(cases.into_iter().all(|(text, content)| read(text, content, false) == Err(Code::WrongType)));
        assert_eq!(read("{ uniform = [1, 2 }", Content::Parameter, false), Err(Code::Syntax));
    }

    #[test]
    fn errors_of_formulas_are_no_values_even_where_a_text_may_stand() {
        for text in ["#N/A", "#DIV/0!", "#NAME?", "#WERT!", "#NV", "Err:502", "####"] {
            assert_eq!(read(text, Content::Text, false), Err(Code::WrongType), "{text}");
        }
        for text in ["#", "#1", "#one!", "C#"] {
            assert!(read(text, Content::Text, false).is_ok(), "{text}");
        }
    }
}
