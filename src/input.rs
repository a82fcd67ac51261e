//! A value as a host hands it over.

use alloc::vec::Vec;

/// A value as it arrived, before any rule was checked.
///
/// What the host cannot tell from "not given" (JavaScript's `undefined`) is not an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A number, finite or not.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A list.
    List(Vec<Input>),
    /// Anything else: text, null, an object, a function.
    Other,
}
