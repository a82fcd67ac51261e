//! JavaScript values as the core's input: `model.js` writes them as numbers, this reads them.
//!
//! One array of numbers crosses over, instead of a call out for every property and its kind.

use std::slice::Iter;

use edge_clv::{Input, Rule, Violation, Violations};

/// What follows each kind, as `model.js` writes it: a number; 0 or 1; a text; how many
/// values and they; how many entries, and each a text and a value; nothing.
const NUMBER: u32 = 0;
const BOOLEAN: u32 = 1;
const TEXT: u32 = 2;
const LIST: u32 = 3;
const OBJECT: u32 = 4;

/// The next value. Where the numbers end too soon the rest is nothing.
pub(crate) fn value(numbers: &mut Iter<'_, f64>) -> Input {
    match next(numbers) as u32 {
        NUMBER => Input::Number(next(numbers)),
        BOOLEAN => Input::Boolean(next(numbers) != 0.0),
        TEXT => Input::Text(text(numbers)),
        LIST => {
            let mut values = Vec::new();
            for _ in 0..next(numbers) as u32 {
                values.push(value(numbers));
            }
            Input::List(values)
        }
        OBJECT => {
            let mut entries = Vec::new();
            for _ in 0..next(numbers) as u32 {
                entries.push((text(numbers), value(numbers)));
            }
            Input::Object(entries)
        }
        _ => Input::Other,
    }
}

/// The entries of all the objects that are left.
///
/// # Errors
/// That something else is among them.
pub(crate) fn entries(numbers: &mut Iter<'_, f64>) -> Result<Vec<(String, Input)>, Violations> {
    let mut all = Vec::new();
    while !numbers.as_slice().is_empty() {
        let Input::Object(mut entries) = value(numbers) else {
            return Err(Violation { pointer: String::new(), rule: Rule::IsObject }.into());
        };
        all.append(&mut entries);
    }
    Ok(all)
}

/// How many characters, and they by their numbers; half of a pair becomes a sign that says so.
fn text(numbers: &mut Iter<'_, f64>) -> String {
    let mut text = String::new();
    for _ in 0..next(numbers) as u32 {
        let character = char::from_u32(next(numbers) as u32);
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    text
}

fn next(numbers: &mut Iter<'_, f64>) -> f64 {
    numbers.next().copied().unwrap_or(f64::NAN)
}
