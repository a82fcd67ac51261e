//! Numbers as people read them.

/// A whole number with thin spaces between thousands, such as 1 882.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    // A number so small that no digit is left has no sign either.
    if number < 0.0 && digits != "0" {
        text.push('\u{2212}');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.is_ascii() {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number to three digits or so.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 99.95 => whole(number),
        size if size >= 9.995 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// An amount of money.
pub(crate) fn money(amount: f64, currency: &str) -> String {
    format!("{}\u{a0}{currency}", short(amount))
}

/// A share in per cent, without decimals.
pub(crate) fn per_cent(share: f64) -> String {
    format!("{}\u{a0}%", whole(100.0 * share))
}

/// A share in per cent with its sign.
pub(crate) fn signed_per_cent(share: f64) -> String {
    let text = format!("{}\u{a0}%", whole(100.0 * share));
    if share > 0.0 { format!("+{text}") } else { text }
}

/// What [`Option`] holds, or a dash.
pub(crate) fn or_dash(number: Option<f64>, print: impl Fn(f64) -> String) -> String {
    number.map_or_else(|| "\u{2013}".to_owned(), print)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(whole(1881.6), "1\u{202f}882");
        assert_eq!(whole(-1234567.0), "\u{2212}1\u{202f}234\u{202f}567");
        assert_eq!(whole(-0.3), "0");
        assert_eq!(whole(f64::INFINITY), "inf");
        assert_eq!(short(9.994), "9.99");
        assert_eq!(short(99.94), "99.9");
        assert_eq!(short(99.96), "100");
        assert_eq!(signed_per_cent(0.12), "+12\u{a0}%");
        assert_eq!(or_dash(None, whole), "\u{2013}");
    }
}
