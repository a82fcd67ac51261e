//! Watches the quotes of comma-separated text go by.

use std::collections::VecDeque;
use std::io::{self, Read};

use memchr::memchr;

/// Text whose quotes are watched. A quote that is left open is closed by the next one, though
/// that was to open another cell; what gives it away is that text follows it.
pub(super) struct Quotes<R> {
    input: R,
    at: At,
    /// The byte read last.
    before: u8,
    /// Bytes read.
    read: u64,
    /// Where text follows a quote that closes a cell.
    followed: VecDeque<u64>,
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    /// Not within quotes.
    Outside,
    Inside,
    /// After a quote that closes the cell, unless another one follows.
    Quote,
    /// After spaces behind that quote.
    Spaces,
}

impl<R> Quotes<R> {
    pub(super) fn new(input: R) -> Self {
        let (before, read, followed) = (b'\n', 0, VecDeque::new());
        Self { input, at: At::Outside, before, read, followed }
    }

    /// Whether text followed a closing quote before this byte, and after the one asked for last.
    pub(super) fn followed_before(&mut self, byte: u64) -> bool {
        let mut found = false;
        while self.followed.front().is_some_and(|&place| place < byte) {
            self.followed.pop_front();
            found = true;
        }
        found
    }

    fn watch(&mut self, bytes: &[u8]) {
        let mut place = 0;
        while let Some(rest) = bytes.get(place..).filter(|rest| !rest.is_empty()) {
            match self.at {
                At::Outside => {
                    let Some(quote) = memchr(b'"', rest) else { break };
                    let before =
                        if place + quote == 0 { self.before } else { bytes[place + quote - 1] };
                    // Anywhere else than at a cell's start it is a character like others.
                    if matches!(before, b',' | b'\n') {
                        self.at = At::Inside;
                    }
                    place += quote + 1;
                }
                At::Inside => {
                    let Some(quote) = memchr(b'"', rest) else { break };
                    self.at = At::Quote;
                    place += quote + 1;
                }
                At::Quote | At::Spaces => {
                    self.at = match rest[0] {
                        b'"' if self.at == At::Quote => At::Inside,
                        b',' | b'\n' => At::Outside,
                        b' ' | b'\t' | b'\r' => At::Spaces,
                        _ => {
                            self.followed.push_back(self.read + place as u64);
                            At::Outside
                        }
                    };
                    place += 1;
                }
            }
        }
        if let Some(&last) = bytes.last() {
            self.before = last;
        }
        self.read += bytes.len() as u64;
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(room)?;
        self.watch(&room[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(text: &str, at_a_time: usize) -> Vec<u64> {
        let mut quotes = Quotes::new(text.as_bytes());
        let mut room = vec![0; at_a_time];
        while quotes.read(&mut room).unwrap() > 0 {}
        quotes.followed.into()
    }

    #[test]
    fn text_after_a_closing_quote() {
        for (text, places) in [
            ("a,\"b\",\"c\"\n\"d\"\r\n\"\",\"e\" ,\n", &[][..]),
            ("a \"b\" c,\"d \"\"e\"\" f\"\n", &[]),
            ("\"a,1\nb,2\n\"c\",3\n", &[10]),
            ("\"5\" inch,\"6\"\"\"x\n\"7\" \"\n", &[4, 14, 20]),
        ] {
            for at_a_time in [1, 2, 3, 100] {
                assert_eq!(followed(text, at_a_time), places, "{text:?} by {at_a_time}");
            }
        }
    }
}
