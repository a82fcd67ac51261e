//! API keys: known by their SHA-256 alone.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The digest of a key.
type Fingerprint = [u8; 32];

/// The keys that are let in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    known: Vec<Fingerprint>,
    /// Whether a word was no SHA-256.
    misread: bool,
}

impl Keys {
    /// From the SHA-256 of each in hex, between white space or commas. What is no SHA-256 lets
    /// nobody in, and is told by [`misread`](Keys::misread).
    ///
    /// # Example
    /// ```
    /// use edge_clv_worker::Keys;
    ///
    /// // printf %s secret | sha256sum
    /// let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    /// let keys = Keys::read(digest);
    /// assert!(keys.admit("secret").is_some());
    /// assert!(keys.admit(digest).is_none());
    /// ```
    pub fn read(text: &str) -> Keys {
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        let mut keys = Keys::default();
        for word in words.filter(|word| !word.is_empty()) {
            match fingerprint(word) {
                Some(fingerprint) => keys.known.push(fingerprint),
                None => keys.misread = true,
            }
        }
        keys
    }

    /// Whether a word was no SHA-256.
    pub fn misread(&self) -> bool {
        self.misread
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// What to call the holder of the key, if it is one of these: the beginning of its digest.
    /// The time it takes tells nothing of the keys but how many they are.
    pub fn admit(&self, key: &str) -> Option<String> {
        let given: Fingerprint = Sha256::digest(key).into();
        let mut known = Choice::from(0);
        for fingerprint in &self.known {
            known |= fingerprint.ct_eq(&given);
        }
        let known: bool = known.into();
        known.then(|| given.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }
}

fn fingerprint(hex: &str) -> Option<Fingerprint> {
    let digits = hex.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    let digit = |c: u8| char::from(c).to_digit(16);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (16 * digit(pair[0])? + digit(pair[1])?) as u8;
    }
    Some(bytes)
}
