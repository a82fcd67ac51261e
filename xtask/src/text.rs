//! Bytes as text that stands in a JavaScript file.

/// Characters there are to write with: those of ASCII from `#` to `~`. No quotation mark, no
/// control character and nothing beyond ASCII is among them, so that no bundler needs to escape
/// any but the backslash, and no server's idea of a character set changes any.
const DIGITS: u8 = 92;
/// Bytes below this are one character, the others two: of these the first is 0 or 1.
const SHORT: u8 = DIGITS - 2;

/// Writes each byte by itself, so that whoever serves the file still finds what repeats in it
/// and compresses it as it would the bytes. (Base64 hides what repeats; and what is deflated
/// before has to be inflated in the page, which takes it longer than all the rest.)
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 5 / 4);
    for &byte in bytes {
        if byte < SHORT {
            text.push(digit(byte + 2));
        } else {
            let long = byte - SHORT;
            text.push(digit(long / DIGITS));
            text.push(digit(long % DIGITS));
        }
    }
    text
}

fn digit(value: u8) -> char {
    char::from(b'#' + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_text_of_its_own() {
        let texts: std::collections::HashSet<_> = (0..=255).map(|byte| encode(&[byte])).collect();
        assert_eq!(texts.len(), 256);
        let all: String = texts.into_iter().collect();
        assert!(all.bytes().all(|c| (b'#'..=b'~').contains(&c)));
    }
}
