//! Numbers as people read them: few digits, and never more certain than they are.

use crate::statistics::Estimate;

/// A number with so many significant digits, without an exponent.
pub(crate) fn significant(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits.saturating_sub(1));
    let exponent: i32 = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let decimals = (digits as i32 - 1 - exponent).clamp(0, 12) as usize;
    let rounded = format!("{number:.decimals$}");
    if rounded.trim_start_matches('-').chars().all(|digit| digit == '0' || digit == '.') {
        "0".to_owned()
    } else {
        rounded
    }
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    let digits = if share >= 0.1 { 3 } else { 2 };
    format!("{} %", significant(100.0 * share, digits))
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 lender`, `2,000 claims`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// `3.1 % [2.9, 3.4]`; an event that was never seen is `0 % [0, 0.015]`.
pub(crate) fn probability(estimate: Estimate) -> String {
    let end = |end: f64| significant(100.0 * end, 2);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => {
            format!("{} [{}, {}]", percent(estimate.point), end(low), end(high))
        }
        _ => percent(estimate.point),
    }
}

/// `12.3 (± 0.21)`, half of the 95 % interval in brackets.
pub(crate) fn amount(estimate: Estimate) -> String {
    match estimate.half_width() {
        _ if estimate.point == 0.0 => "0".to_owned(),
        Some(half) => format!("{} (± {})", significant(estimate.point, 3), significant(half, 2)),
        None => significant(estimate.point, 3),
    }
}

/// A level in percent, with all its digits.
pub(crate) fn level(level: f64) -> String {
    let digits = format!("{:.6}", 100.0 * level);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// Lines of at most `width` characters, broken at blanks but never before a percent sign.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let text = text.replace(" %", "\u{a0}%");
    let mut wrapped = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let word_length = word.chars().count();
        if length > 0 && length + 1 + word_length > width {
            wrapped.push('\n');
            length = 0;
        } else if length > 0 {
            wrapped.push(' ');
            length += 1;
        }
        wrapped.push_str(word);
        length += word_length;
    }
    wrapped.replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_from_the_first_that_counts() {
        for (number, text) in [
            (12.345, "12.3"),
            (0.012_345, "0.0123"),
            (1234.5, "1234"),
            (9.996, "10.0"),
            (-0.5, "-0.500"),
            (0.0, "0"),
            (1e-15, "0"),
        ] {
            assert_eq!(significant(number, 3), text);
        }
    }

    #[test]
    fn percents_and_thousands() {
        assert_eq!(percent(0.031_42), "3.1 %");
        assert_eq!(percent(0.314_2), "31.4 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!([0.95, 0.99, 0.999, 0.5].map(level), ["95 %", "99 %", "99.9 %", "50 %"]);
        assert_eq!(
            [0, 1, 2_000].map(|count| counted(count, "trial", "trials")),
            ["0 trials", "1 trial", "2,000 trials"]
        );
        assert_eq!(percent(0.000_05), "0.0050 %");
        assert_eq!([0, 999, 1_000, 20_000, 1_234_567].map(grouped), ["0", "999", "1,000", "20,000", "1,234,567"]);
    }

    #[test]
    fn lines_break_at_blanks_only() {
        assert_eq!(wrap("aa bb cc dddddd e", 5), "aa bb\ncc\ndddddd\ne");
        assert_eq!(wrap("in 3.1 % of", 7), "in\n3.1 %\nof");
    }
}
