//! Which options help: the library says what is wrong, and knows of none.

use edge_clv_train::{Fault, ReadError};

use super::arguments::InputArguments;
use crate::failure::Failure;

impl InputArguments {
    /// Why the input cannot be used: it breaks a rule, or what cannot wait in memory has no room
    /// elsewhere.
    pub(super) fn refused(&self, error: &ReadError) -> Failure {
        let told = self.told(with_options(error));
        match error {
            ReadError::Overflow(_) => Failure::Unforeseen(told),
            _ => Failure::Input(told),
        }
    }
}

/// What is wrong with an input, and the option that helps.
fn with_options(error: &ReadError) -> String {
    let hint = match error {
        ReadError::Header { .. } => "; or name the columns with --customer, --date and --amount",
        ReadError::UnitPrice { .. } => ", or name the column that says what was paid with --amount",
        ReadError::TooManyBad { .. } => {
            "\nor say with --max-bad how many of a hundred may be left out"
        }
        ReadError::Bad { fault: Fault::NotPositive { .. }, .. } => {
            "; with --refunds net it is taken off what was bought before, with --refunds drop it \
             is left out"
        }
        ReadError::Overflow(_) => "; or allow more memory with --memory",
        _ => "",
    };
    format!("{error}{hint}")
}
