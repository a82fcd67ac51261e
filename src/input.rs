//! A value as a host hands it over, and taking an object apart.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Rule, Violation, Violations};

/// How many unknown keys are named.
const MOST_UNKNOWN: usize = 20;

/// A value as it arrived, before any rule was checked.
///
/// What the host cannot tell from "not given" (JavaScript's `undefined`) is no entry of an
/// object.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A number, finite or not.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Input>),
    /// An object, in the order of its keys; a key may stand twice.
    Object(Vec<(String, Input)>),
    /// Anything else: null, a function, what is nested deeper than any rule looks.
    Other,
}

impl Input {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Input::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// An object whose keys are known, and how to say what is wrong with it.
///
/// What is not generic here is never inlined: it is called from dozens of places, and none of
/// them is in a hurry.
pub struct Fields<'v, 'e> {
    /// None where there is no object; nothing is said of its values then.
    entries: Option<&'v [(String, Input)]>,
    pointer: &'v str,
    keys: &'v [&'v str],
    /// The rules found broken so far.
    pub errors: &'e mut Violations,
}

impl<'v, 'e> Fields<'v, 'e> {
    /// The entries of the object at `pointer`; a key that stands twice is an error.
    #[inline(never)]
    pub fn new(
        entries: &'v [(String, Input)],
        pointer: &'v str,
        keys: &'v [&'v str],
        errors: &'e mut Violations,
    ) -> Self {
        for key in keys {
            if entries.iter().filter(|(given, _)| given == key).count() > 1 {
                errors.add([pointer, "/", key].concat(), Rule::Once);
            }
        }
        Fields { entries: Some(entries), pointer, keys, errors }
    }

    /// The same of a value that should be an object; of one that is not there nothing is said.
    #[inline(never)]
    pub fn of(
        value: Option<&'v Input>,
        pointer: &'v str,
        keys: &'v [&'v str],
        errors: &'e mut Violations,
    ) -> Self {
        match value {
            Some(Input::Object(entries)) => return Fields::new(entries, pointer, keys, errors),
            Some(_) => errors.add(pointer, Rule::IsObject),
            None => {}
        }
        Fields { entries: None, pointer, keys, errors }
    }

    /// The value of the i-th key.
    #[inline(never)]
    pub fn value(&self, i: usize) -> Option<&'v Input> {
        let key = self.keys.get(i)?;
        let (_, value) = self.entries?.iter().rev().find(|(given, _)| given == key)?;
        Some(value)
    }

    /// The value of the i-th key, which is needed.
    #[inline(never)]
    pub fn needed(&mut self, i: usize) -> Option<&'v Input> {
        let value = self.value(i);
        if value.is_none() && self.entries.is_some() {
            self.refuse(i, Rule::Given);
        }
        value
    }

    /// What `read` makes of the value of the i-th key, `rule` being broken where it makes
    /// nothing of it.
    pub fn read<T>(
        &mut self,
        i: usize,
        rule: Rule,
        read: impl FnOnce(&'v Input) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(i)?;
        let read = read(value);
        if read.is_none() {
            self.refuse(i, rule);
        }
        read
    }

    /// The number at the i-th key.
    #[inline(never)]
    pub fn number(&mut self, i: usize) -> Option<f64> {
        self.read(i, Rule::IsNumber, Input::number)
    }

    /// The number at the i-th key, which is needed; 0 stands in for it.
    #[inline(never)]
    pub fn needed_number(&mut self, i: usize) -> f64 {
        self.needed(i);
        self.number(i).unwrap_or_default()
    }

    /// The text at the i-th key; empty if there is none.
    #[inline(never)]
    pub fn text(&mut self, i: usize) -> String {
        let read = |value: &Input| match value {
            Input::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.read(i, Rule::IsText, read).unwrap_or_default()
    }

    /// The text at the i-th key, which is needed.
    #[inline(never)]
    pub fn needed_text(&mut self, i: usize) -> String {
        self.needed(i);
        self.text(i)
    }

    /// The truth at the i-th key; false if it is not given.
    #[inline(never)]
    pub fn boolean(&mut self, i: usize) -> bool {
        let read = |value: &Input| match value {
            Input::Boolean(wanted) => Some(*wanted),
            _ => None,
        };
        self.read(i, Rule::IsBoolean, read).unwrap_or_default()
    }

    /// Adds a rule that is broken at the i-th key.
    #[inline(never)]
    pub fn refuse(&mut self, i: usize, rule: Rule) {
        let key = self.keys.get(i).copied().unwrap_or_default();
        self.errors.add([self.pointer, "/", key].concat(), rule);
    }

    /// Adds the unknown keys, sorted, so that hosts that order keys differently report
    /// alike; of many only the first 20, since an error may well be many times as
    /// long as its key.
    #[inline(never)]
    pub fn refuse_unknown(self) {
        let mut unknown = Vec::new();
        for (key, _) in self.entries.unwrap_or_default() {
            let key = key.as_str();
            if !self.keys.contains(&key)
                && let Err(place) = unknown.binary_search(&key)
            {
                unknown.insert(place, key);
                unknown.truncate(MOST_UNKNOWN);
            }
        }
        for key in unknown {
            let Violation { pointer, .. } = Violation::at_key(key, Rule::Known);
            self.errors.add([self.pointer, &pointer].concat(), Rule::Known);
        }
    }
}

/// The pointer to the i-th entry of the list at `list`, and on to what is at `rest` in it.
///
/// The machinery of `format!` for this one number would be a twentieth of what a page
/// downloads.
pub(crate) fn pointer(list: &str, i: usize, rest: &str) -> String {
    let mut pointer = String::from(list);
    pointer.push('/');
    push_decimal(&mut pointer, i);
    pointer.push_str(rest);
    pointer
}

fn push_decimal(to: &mut String, number: usize) {
    if number >= 10 {
        push_decimal(to, number / 10);
    }
    to.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_to_entries() {
        assert_eq!(pointer("/horizons", 0, ""), "/horizons/0");
        assert_eq!(pointer("/bands", 1024, "/name"), "/bands/1024/name");
    }
}
