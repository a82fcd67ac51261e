//! Rows that cannot be used: what is wrong with each, how many, and where the first are.

use std::fmt;

use crate::shown::shown;
use crate::{Cents, MomentError, MoneyError};

/// So many places are told of each reason.
const TOLD: usize = 5;

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It has more or fewer cells than the header.
    Cells {
        /// The cells it has.
        cells: usize,
        /// The cells the header has.
        expected: usize,
        /// The lines it goes over.
        lines: u64,
    },
    /// It goes over several lines by a cell in quotes, and text follows the quote that closes
    /// that: most likely the quote was left open, and this is another cell's.
    Quote {
        /// The lines it goes over.
        lines: u64,
    },
    /// A cell is not what its column holds.
    Cell {
        /// The column's name.
        column: String,
        /// The cell.
        text: String,
        /// What is wrong with it.
        reason: CellFault,
    },
    /// A cell is not UTF-8 text.
    Encoding,
    /// Its amount, or what its refund leaves in the books, is zero or less, and that was to
    /// be an error.
    NotPositive {
        /// The amount.
        amount: Cents,
    },
}

/// Why a cell is not what its column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellFault {
    /// It names no customer.
    NoCustomer,
    /// It is not a date.
    Date(MomentError),
    /// It is not an amount of money.
    Amount(MoneyError),
    /// It breaks this rule of a profile.
    Rule(&'static str),
}

impl Fault {
    /// What rows with the same fault are counted under.
    fn kind(&self) -> &'static str {
        match self {
            Self::Cells { .. } => "number of cells",
            Self::Quote { .. } => "open quote",
            Self::Encoding => "not UTF-8",
            Self::NotPositive { .. } => "zero or less",
            Self::Cell { reason, .. } => match reason {
                CellFault::NoCustomer => "no customer",
                CellFault::Date(MomentError::Format) => "not a date",
                CellFault::Date(MomentError::NoSuchDay) => "no such day",
                CellFault::Date(MomentError::Mixed { .. }) => "mixed date formats",
                CellFault::Date(MomentError::Future { .. }) => "in the future",
                CellFault::Amount(MoneyError::Format) => "not an amount",
                CellFault::Amount(MoneyError::TooManyDecimals) => "fractions of a cent",
                CellFault::Amount(MoneyError::NotCents) => "not whole cents",
                CellFault::Amount(MoneyError::TooLarge) => "amount too large",
                CellFault::Rule(rule) => rule,
            },
        }
    }

    /// How many rows it may have cost: where a quote was left open, every line of what it made
    /// one row.
    pub(crate) fn rows(&self) -> u64 {
        match self {
            Self::Cells { lines, .. } | Self::Quote { lines } => *lines,
            Self::Cell { .. } | Self::Encoding | Self::NotPositive { .. } => 1,
        }
    }

    pub(crate) fn told(&self, unit: &str, place: u64) -> String {
        match self {
            Self::Quote { lines } => format!(
                "{unit}s {place} to {} are one row, by a double quote that opens a cell; text \
                 follows the quote that closes it, which seems to be another cell's; close the \
                 cell, or double a quote that is part of the text",
                place + lines - 1
            ),
            Self::Cells { cells, expected, lines: 2.. } => format!(
                "{unit}s {place} to {}: the header has {expected} columns and this row {cells}; it \
                 goes over so many lines by a double quote that opens a cell; close the cell, or \
                 double a quote that is part of the text",
                place + self.rows() - 1
            ),
            Self::Cells { cells, expected, .. } => format!(
                "{unit} {place}: the header has {expected} columns and this row {cells}; put a \
                 cell that holds commas in double quotes"
            ),
            Self::Encoding => {
                format!("{unit} {place} is not UTF-8 text; export or save the file as CSV in UTF-8")
            }
            Self::NotPositive { amount } => format!("{unit} {place}: {amount} is zero or negative"),
            Self::Cell { column, text, reason } => {
                format!("{unit} {place}, column {column}: {} {reason}", shown(text))
            }
        }
    }
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCustomer => f.write_str(
                "names no customer; give every guest an id of its own or leave the row out",
            ),
            Self::Date(error) => error.fmt(f),
            Self::Amount(error) => error.fmt(f),
            Self::Rule(rule) => write!(f, "breaks the rule {rule}"),
        }
    }
}

/// The bad rows of a file, by reason.
#[derive(Clone, Debug, Default)]
pub struct BadRows {
    reasons: Vec<Reason>,
}

#[derive(Clone, Debug)]
struct Reason {
    kind: &'static str,
    count: u64,
    /// Where the first of them are.
    places: Vec<u64>,
    /// The first of them in full.
    first: String,
}

impl BadRows {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.reasons.iter().map(|reason| reason.count).sum()
    }

    /// Counts one; `unit` is what places are counted in.
    pub(crate) fn add(&mut self, unit: &str, place: u64, fault: &Fault) {
        let kind = fault.kind();
        match self.reasons.iter_mut().find(|reason| reason.kind == kind) {
            Some(reason) => {
                reason.count += fault.rows();
                if reason.places.len() < TOLD {
                    reason.places.push(place);
                }
            }
            None => self.reasons.push(Reason {
                kind,
                count: fault.rows(),
                places: vec![place],
                first: fault.told(unit, place),
            }),
        }
    }

    /// Adds those of another stretch of the same file.
    pub fn merge(&mut self, other: Self) {
        for theirs in other.reasons {
            match self.reasons.iter_mut().find(|reason| reason.kind == theirs.kind) {
                Some(ours) => {
                    ours.count += theirs.count;
                    if theirs.places[0] < ours.places[0] {
                        ours.first = theirs.first;
                    }
                    ours.places.extend(theirs.places);
                    ours.places.sort_unstable();
                    ours.places.truncate(TOLD);
                }
                None => self.reasons.push(theirs),
            }
        }
        self.reasons.sort_by_key(|reason| reason.places[0]);
    }
}

/// A line for each reason: how many, the first of them in full, and where more are.
impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reason) in self.reasons.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "  {} x {}: {}", reason.count, reason.kind, reason.first)?;
            if let [_, more @ ..] = &reason.places[..]
                && !more.is_empty()
            {
                let more: Vec<String> = more.iter().map(u64::to_string).collect();
                write!(f, " (also {}", more.join(", "))?;
                let untold = reason.count - reason.places.len() as u64;
                f.write_str(if untold > 0 { ", ...)" } else { ")" })?;
            }
        }
        Ok(())
    }
}
