//! Parquet files, read and written by columns.

mod column;
mod read;
mod read_orders;
mod read_profiles;
mod write;
mod write_scores;

pub(crate) use read::ParquetFile;
pub(crate) use write::ParquetWriter;
pub(crate) use write_scores::ParquetScores;
