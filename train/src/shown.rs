//! Other people's text in our messages.

const SHOWN_CHARACTERS: usize = 40;

/// A cell in quotes, cut short, and without anything that would upset a terminal.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// A name in a table: as it is if it is short and upsets no terminal, otherwise in quotes, cut short
/// and with escapes.
pub fn plain(text: &str) -> String {
    let shown = shown(text);
    match shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(unchanged) if unchanged == text => text.to_owned(),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_upset_a_terminal_is_escaped() {
        for text in ["", "ann", "O'Brien", "Zoë, 東京", "new customer"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("a\u{1b}[2Jb\nc"), r#""a\u{1b}[2Jb\nc""#);
        assert_eq!(plain("a\u{202e}b"), r#""a\u{202e}b""#);
        assert_eq!(plain(&"x".repeat(41)), format!("\"{}\"...", "x".repeat(40)));
    }
}
