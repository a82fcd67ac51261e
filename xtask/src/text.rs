//! Bytes as text that stands in a JavaScript file.

/// Characters there are to write with: those of ASCII from `#` to `~`. No quotation mark, no
/// control character and nothing beyond ASCII is among them, so that no bundler needs to escape
/// any but the backslash, and no server's idea of a character set changes any.
const DIGITS: usize = 92;
/// Codes below this are one character, the others two: of these the first is 0 or 1.
const SHORT: usize = DIGITS - 2;

/// Writes each byte by itself, so that whoever serves the file still finds what repeats in it
/// and compresses it as it would the bytes. (Base64 hides what repeats; and what is deflated
/// before has to be inflated in the page, which takes it longer than all the rest.)
///
/// First which bytes are short, six of the 256 a character: those that are there most. The short
/// ones have the codes from 0 on, the others those from [`SHORT`] on, in order both. What reads
/// it is `pkg/decoder.wat`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let is_short = most_frequent(bytes);
    let digit = |value: usize| char::from(b'#' + value as u8);
    let mut text = String::with_capacity(bytes.len() * 5 / 4);
    for six in is_short.chunks(6) {
        text.push(digit(six.iter().rev().fold(0, |bits, &short| 2 * bits + usize::from(short))));
    }
    for &byte in bytes {
        let byte = usize::from(byte);
        let before = is_short[..byte].iter().filter(|&&short| short).count();
        if is_short[byte] {
            text.push(digit(before + 2));
        } else {
            let long = byte - before;
            text.push(digit(long / DIGITS));
            text.push(digit(long % DIGITS));
        }
    }
    text
}

/// Whether each byte is one of the [`SHORT`] most frequent.
fn most_frequent(bytes: &[u8]) -> [bool; 256] {
    let mut counts = [0; 256];
    bytes.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    let mut by_count: [usize; 256] = std::array::from_fn(|byte| byte);
    by_count.sort_by_key(|&byte| std::cmp::Reverse(counts[byte]));
    let mut most_frequent = [false; 256];
    by_count[..SHORT].iter().for_each(|&byte| most_frequent[byte] = true);
    most_frequent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_text_of_its_own() {
        // The last 90 twice.
        let bytes: Vec<u8> = (0..=255).chain(166..=255).collect();
        let text = encode(&bytes);
        let mut rest = &text.as_bytes()[256_usize.div_ceil(6)..];
        let mut bytes_of = std::collections::HashMap::new();
        for byte in bytes {
            let (code, after) = rest.split_at(if rest[0] < b'#' + 2 { 2 } else { 1 });
            assert_eq!(*bytes_of.entry(code).or_insert(byte), byte);
            assert_eq!(code.len(), if byte < 166 { 2 } else { 1 });
            rest = after;
        }
        assert!(rest.is_empty());
        assert_eq!(bytes_of.len(), 256);
        assert!(text.bytes().all(|c| (b'#'..=b'~').contains(&c)));
    }
}
