//! A Parquet file that is read.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use edge_clv_train::{CellFault, Fault, ReadError};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::column::Column;
use crate::commands::Progress;

/// So many rows of the columns are decoded at a time.
pub(super) const ROWS: usize = 1 << 13;

/// A Parquet file whose footer has been read.
pub(crate) struct ParquetFile {
    pub(super) path: PathBuf,
    pub(super) reader: SerializedFileReader<File>,
    pub(super) names: Vec<String>,
    /// What shows how far the reading is.
    progress: Arc<Progress>,
}

impl ParquetFile {
    /// Reads the footer.
    pub(crate) fn open(path: &Path, progress: Arc<Progress>) -> Result<Self, ReadError> {
        let reader = reader(path)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let names = schema.columns().iter().map(|column| column.path().string()).collect();
        Ok(Self { path: path.to_owned(), reader, names, progress })
    }

    /// The columns' names, those within others with theirs before.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Tells that a group was read.
    pub(super) fn watch(&self, group: usize) {
        let size = self.reader.metadata().row_group(group).compressed_size();
        self.progress.add(size.try_into().unwrap_or(0));
    }

    pub(super) fn row_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    pub(super) fn column(
        &self,
        file: &SerializedFileReader<File>,
        group: usize,
        column: usize,
    ) -> Result<Column, ReadError> {
        let schema = file.metadata().file_metadata().schema_descr();
        let description = schema.column(column);
        if description.max_rep_level() > 0 {
            let name = &self.names[column];
            return Err(ReadError::Other(format!("the column {name} holds lists, not values")));
        }
        let reader = file.get_row_group(group).and_then(|group| group.get_column_reader(column));
        Ok(Column::new(reader.map_err(unreadable)?, &description))
    }
}

pub(super) fn cell_fault(name: &str, column: &Column, row: usize, reason: CellFault) -> Fault {
    Fault::Cell { column: name.to_owned(), text: column.told(row), reason }
}

/// Reads the next rows of every column; returns how many there were.
pub(super) fn read_all<'a>(
    columns: impl IntoIterator<Item = &'a mut Column>,
) -> Result<usize, ReadError> {
    let mut rows = None;
    for column in columns {
        let read = column.read(ROWS).map_err(unreadable)?;
        if *rows.get_or_insert(read) != read {
            return Err(damaged());
        }
    }
    Ok(rows.unwrap_or(0))
}

pub(super) fn reader(path: &Path) -> Result<SerializedFileReader<File>, ReadError> {
    // Each thread has a file of its own: copies of one share their place in it.
    let file = File::open(path).map_err(ReadError::Io)?;
    SerializedFileReader::new(file).map_err(unreadable)
}

pub(super) fn unreadable(error: ParquetError) -> ReadError {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => ReadError::Io(*error),
            Err(error) => ReadError::Other(format!("cannot be read as Parquet: {error}")),
        },
        error => ReadError::Other(format!(
            "cannot be read as Parquet: it is damaged, or was cut off ({error}); fetch it again"
        )),
    }
}

pub(super) fn damaged() -> ReadError {
    ReadError::Other("cannot be read as Parquet: it is damaged; fetch it again".to_owned())
}
