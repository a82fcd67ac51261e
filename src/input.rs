//! A value as a host hands it over, and taking an object apart.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Rule, Violation, Violations};

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
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Input::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// The values of an object's known keys, each at its place among `keys`, and how to say
/// what is wrong with them.
pub(crate) struct Fields<'k> {
    pointer: &'k str,
    keys: &'k [&'k str],
    values: Vec<Option<Input>>,
    /// Sorted.
    unknown: Vec<String>,
}

impl<'k> Fields<'k> {
    /// Takes the entries of the object at `pointer`; a key that stands twice is an error.
    pub(crate) fn new(
        entries: Vec<(String, Input)>,
        pointer: &'k str,
        keys: &'k [&'k str],
        errors: &mut Violations,
    ) -> Self {
        let mut values: Vec<Option<Input>> = keys.iter().map(|_| None).collect();
        let mut unknown = Vec::new();
        let mut repeated: Vec<bool> = keys.iter().map(|_| false).collect();
        for (key, value) in entries {
            match keys.iter().position(|known| *known == key) {
                Some(i) => repeated[i] |= values[i].replace(value).is_some(),
                None => {
                    let pointer = Violation::at_key(&key, Rule::Known).pointer;
                    if let Err(place) = unknown.binary_search(&pointer) {
                        unknown.insert(place, pointer);
                    }
                }
            }
        }
        for (key, _) in keys.iter().zip(repeated).filter(|(_, repeated)| *repeated) {
            errors.add([pointer, "/", key].concat(), Rule::Once);
        }
        Fields { pointer, keys, values, unknown }
    }

    /// The same of a value that should be an object.
    pub(crate) fn of(
        value: Option<Input>,
        pointer: &'k str,
        keys: &'k [&'k str],
        errors: &mut Violations,
    ) -> Option<Self> {
        let rule = match value {
            Some(Input::Object(entries)) => {
                return Some(Fields::new(entries, pointer, keys, errors));
            }
            Some(_) => Rule::IsObject,
            None => Rule::Given,
        };
        errors.add(pointer, rule);
        None
    }

    /// The value of the i-th key.
    pub(crate) fn take(&mut self, i: usize) -> Option<Input> {
        self.values[i].take()
    }

    /// The value of the i-th key as `read` takes it, `rule` being broken where it does not;
    /// a value that is not given is an error if it is needed.
    pub(crate) fn read<T>(
        &mut self,
        i: usize,
        needed: bool,
        rule: Rule,
        read: impl FnOnce(Input) -> Option<T>,
        errors: &mut Violations,
    ) -> Option<T> {
        let broken = match self.take(i) {
            None if needed => Rule::Given,
            None => return None,
            Some(value) => match read(value) {
                Some(value) => return Some(value),
                None => rule,
            },
        };
        errors.add([self.pointer, "/", self.keys[i]].concat(), broken);
        None
    }

    /// The number at the i-th key.
    pub(crate) fn number(
        &mut self,
        i: usize,
        needed: bool,
        errors: &mut Violations,
    ) -> Option<f64> {
        self.read(i, needed, Rule::IsNumber, |value| value.number(), errors)
    }

    /// The text at the i-th key; empty if there is none.
    pub(crate) fn text(&mut self, i: usize, needed: bool, errors: &mut Violations) -> String {
        let read = |value| match value {
            Input::Text(text) => Some(text),
            _ => None,
        };
        self.read(i, needed, Rule::IsText, read, errors).unwrap_or_default()
    }

    /// The truth at the i-th key; false if it is not given.
    pub(crate) fn boolean(&mut self, i: usize, errors: &mut Violations) -> bool {
        let read = |value| match value {
            Input::Boolean(wanted) => Some(wanted),
            _ => None,
        };
        self.read(i, false, Rule::IsBoolean, read, errors).unwrap_or_default()
    }

    /// Adds the unknown keys, sorted, so that hosts that order keys differently report
    /// alike.
    pub(crate) fn refuse_unknown(self, errors: &mut Violations) {
        for pointer in self.unknown {
            errors.add([self.pointer, &pointer].concat(), Rule::Known);
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
