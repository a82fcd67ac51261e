//! Which options help: the library says what is wrong, and knows of none.

use edge_clv_train::{Fault, ReadError};

/// What is wrong with an input, and the option that helps.
pub(super) fn with_options(error: &ReadError) -> String {
    let hint = match error {
        ReadError::Header { .. } => "; or name the columns with --customer, --date and --amount",
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
