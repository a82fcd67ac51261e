//! Why a command stopped, and the exit code that says so to a script.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use edge_clv_train::{FitError, Refusal, SummaryError};

/// What the help of `clv` says of exit codes.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  something unforeseen: a full disk, an output that cannot be written
  2  wrong usage or bad input
  3  the data do not support a model
130  interrupted; a file that was to be replaced is as it was

Each command has examples: clv COMMAND --help";

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing is wrong with what was asked, but it could not be done.
    Unforeseen(String),
    /// What was asked, or what was read, breaks a rule.
    Input(String),
    /// The data do not support a model.
    NoModel(String),
}

impl Failure {
    pub(crate) fn message(&self) -> &str {
        let (Self::Unforeseen(message) | Self::Input(message) | Self::NoModel(message)) = self;
        message
    }

    /// The same, told of this input.
    pub(crate) fn of(mut self, name: &str) -> Self {
        let (Self::Unforeseen(message) | Self::Input(message) | Self::NoModel(message)) = &mut self;
        message.insert_str(0, &format!("{name}: "));
        self
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Unforeseen(_) => 1,
            Self::Input(_) => 2,
            Self::NoModel(_) => 3,
        })
    }
}

impl From<FitError> for Failure {
    fn from(error: FitError) -> Self {
        let FitError::Refused(refusal) = error else { return Failure::Input(error.to_string()) };
        let hint = match refusal {
            Refusal::OnBound { .. }
            | Refusal::NotConverged { .. }
            | Refusal::NoMeanSpend { .. } => "; --penalty auto chooses one",
            Refusal::TooFewRepeatBuyers { .. } | Refusal::NoPenalty { .. } => "",
        };
        Failure::NoModel(format!("{refusal}{hint}"))
    }
}

impl From<SummaryError> for Failure {
    fn from(error: SummaryError) -> Self {
        if let SummaryError::Io(_) = error {
            return Failure::Unforeseen(error.to_string());
        }
        let hint = match error {
            SummaryError::NotByDay => "; leave out --collapse none",
            SummaryError::Equal { .. } => {
                ", or choose with --duplicates what becomes of equal orders"
            }
            _ => "",
        };
        Failure::Input(format!("{error}{hint}"))
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Failure::Input(message)
    }
}

impl From<Box<dyn Error>> for Failure {
    fn from(error: Box<dyn Error>) -> Self {
        match error.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(error) => Failure::Input(error.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for Failure {}
