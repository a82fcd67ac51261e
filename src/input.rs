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
    pub fn number(&self) -> Option<f64> {
        match self {
            Input::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// The values of an object's known keys, each at its place among `keys`, and how to say
/// what is wrong with them.
///
/// What is not generic here is never inlined: it is called from dozens of places, and none of
/// them is in a hurry.
pub struct Fields<'v> {
    pointer: &'v str,
    keys: &'v [&'v str],
    values: Vec<Option<&'v Input>>,
    /// Sorted.
    unknown: Vec<String>,
}

impl<'v> Fields<'v> {
    /// The entries of the object at `pointer`; a key that stands twice is an error.
    #[inline(never)]
    pub fn new(
        entries: &'v [(String, Input)],
        pointer: &'v str,
        keys: &'v [&'v str],
        errors: &mut Violations,
    ) -> Self {
        let mut fields = Fields { pointer, keys, values: Vec::new(), unknown: Vec::new() };
        for key in keys {
            let mut found = entries.iter().rev().filter(|(given, _)| given == key);
            fields.values.push(found.next().map(|(_, value)| value));
            if found.next().is_some() {
                errors.add([pointer, "/", key].concat(), Rule::Once);
            }
        }
        for (key, _) in entries {
            if !keys.contains(&key.as_str()) {
                let pointer = Violation::at_key(key, Rule::Known).pointer;
                if let Err(place) = fields.unknown.binary_search(&pointer) {
                    fields.unknown.insert(place, pointer);
                }
            }
        }
        fields
    }

    /// The same of a value that should be an object.
    #[inline(never)]
    pub fn of(
        value: Option<&'v Input>,
        pointer: &'v str,
        keys: &'v [&'v str],
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
    pub fn value(&self, i: usize) -> Option<&'v Input> {
        self.values.get(i).copied().flatten()
    }

    /// The value of the i-th key, which is needed.
    pub fn needed(&self, i: usize, errors: &mut Violations) -> Option<&'v Input> {
        let value = self.value(i);
        if value.is_none() {
            self.refuse(i, Rule::Given, errors);
        }
        value
    }

    /// What `read` makes of the value of the i-th key, `rule` being broken where it makes
    /// nothing of it.
    pub fn read<T>(
        &self,
        i: usize,
        rule: Rule,
        read: impl FnOnce(&'v Input) -> Option<T>,
        errors: &mut Violations,
    ) -> Option<T> {
        let value = self.value(i)?;
        let read = read(value);
        if read.is_none() {
            self.refuse(i, rule, errors);
        }
        read
    }

    /// The number at the i-th key.
    #[inline(never)]
    pub fn number(&self, i: usize, errors: &mut Violations) -> Option<f64> {
        self.read(i, Rule::IsNumber, Input::number, errors)
    }

    /// The number at the i-th key, which is needed; 0 stands in for it.
    #[inline(never)]
    pub fn needed_number(&self, i: usize, errors: &mut Violations) -> f64 {
        self.needed(i, errors);
        self.number(i, errors).unwrap_or_default()
    }

    /// The text at the i-th key; empty if there is none.
    #[inline(never)]
    pub fn text(&self, i: usize, errors: &mut Violations) -> String {
        let read = |value: &Input| match value {
            Input::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.read(i, Rule::IsText, read, errors).unwrap_or_default()
    }

    /// The text at the i-th key, which is needed.
    pub fn needed_text(&self, i: usize, errors: &mut Violations) -> String {
        self.needed(i, errors);
        self.text(i, errors)
    }

    /// The truth at the i-th key; false if it is not given.
    #[inline(never)]
    pub fn boolean(&self, i: usize, errors: &mut Violations) -> bool {
        let read = |value: &Input| match value {
            Input::Boolean(wanted) => Some(*wanted),
            _ => None,
        };
        self.read(i, Rule::IsBoolean, read, errors).unwrap_or_default()
    }

    #[inline(never)]
    fn refuse(&self, i: usize, rule: Rule, errors: &mut Violations) {
        let key = self.keys.get(i).copied().unwrap_or_default();
        errors.add([self.pointer, "/", key].concat(), rule);
    }

    /// Adds the unknown keys, sorted, so that hosts that order keys differently report
    /// alike.
    #[inline(never)]
    pub fn refuse_unknown(&self, errors: &mut Violations) {
        for pointer in &self.unknown {
            errors.add([self.pointer, pointer].concat(), Rule::Known);
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
