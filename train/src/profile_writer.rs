//! Writes profiles as CSV or Parquet, batch by batch.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use edge_clv_train::{CsvProfiles, ProfileBatch};

use crate::files;
use crate::parquet_file::ParquetWriter;

/// A file of profiles that is being written.
pub(crate) enum ProfileWriter<W: Write + Send> {
    /// The first rows say which columns there are.
    Empty(Option<W>, bool),
    Csv(CsvProfiles<W>),
    Parquet(ParquetWriter<W>),
}

impl<W: Write + Send> ProfileWriter<W> {
    /// A file of the kind its name ends with.
    pub(crate) fn new(path: &Path, output: W) -> Self {
        let is_parquet = files::is_parquet(path);
        Self::Empty(Some(output), is_parquet)
    }

    /// Adds rows, with customers and with counts if the first ones had them.
    pub(crate) fn write(&mut self, profiles: &ProfileBatch) -> Result<(), Error> {
        if let Self::Empty(output, is_parquet) = self
            && let Some(output) = output.take()
        {
            let (has_names, has_counts) = (profiles.customers.is_some(), profiles.counted);
            *self = if *is_parquet {
                Self::Parquet(ParquetWriter::new(output, has_names, has_counts)?)
            } else {
                Self::Csv(CsvProfiles::new(output, has_names, has_counts)?)
            };
        }
        match self {
            // It was left there only if it could not be started.
            Self::Empty(..) => Ok(()),
            Self::Csv(writer) => Ok(writer.write(profiles)?),
            Self::Parquet(writer) => Ok(writer.write(profiles)?),
        }
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<(), Error> {
        match self {
            Self::Empty(..) => Ok(()),
            Self::Csv(writer) => Ok(writer.finish()?),
            Self::Parquet(writer) => Ok(writer.finish()?),
        }
    }
}

/// Why profiles cannot be written.
pub(crate) struct Error(String);

impl Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Self(error.to_string())
    }
}
