//! Other people's text in our messages.

const SHOWN_CHARACTERS: usize = 40;

/// A cell in quotes, cut short, and without anything that would upset a terminal.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}
