//! Parquet files, read and written by columns.

mod column;
mod read;
mod write;

pub(crate) use read::ParquetFile;
pub(crate) use write::ParquetWriter;
