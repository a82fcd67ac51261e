//! Writes profiles as Parquet.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use edge_clv_train::{Customers, ProfileBatch};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

/// A file of profiles that is being written.
pub(crate) struct ParquetWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    has_names: bool,
    has_counts: bool,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Starts a file with a column of customers or not, and one of counts or not.
    pub(crate) fn new(output: W, has_names: bool, has_counts: bool) -> Result<Self> {
        let schema = format!("message profiles {{ {} }}", columns(has_names, has_counts));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = Arc::new(parse_message_type(&schema)?);
        let writer = SerializedFileWriter::new(output, schema, Arc::new(properties))?;
        Ok(Self { writer, has_names, has_counts })
    }

    /// Adds the rows as a group of their own.
    pub(crate) fn write(&mut self, profiles: &ProfileBatch) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        write_columns(&mut group, profiles, self.has_names, self.has_counts)?;
        group.close()?;
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<()> {
        self.writer.close()?;
        Ok(())
    }
}

/// The columns of profiles in the schema's language.
pub(super) fn columns(has_names: bool, has_counts: bool) -> String {
    let names = if has_names { "required binary customer (UTF8);" } else { "" };
    let counts = if has_counts { "required int64 count;" } else { "" };
    format!(
        "{names} required int64 frequency; required double recency; required double T; \
         optional double monetary_value; {counts}"
    )
}

/// Writes these columns.
pub(super) fn write_columns(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    profiles: &ProfileBatch,
    has_names: bool,
    has_counts: bool,
) -> Result<()> {
    let table = &profiles.table;
    if has_names {
        let names = profiles.customers.as_ref().map(slices).unwrap_or_default();
        column::<ByteArrayType>(group, &names, None)?;
    }
    let frequency: Vec<i64> = table.frequency.iter().map(|&number| number as i64).collect();
    column::<Int64Type>(group, &frequency, None)?;
    column::<DoubleType>(group, &table.recency, None)?;
    column::<DoubleType>(group, &table.T, None)?;
    let given = || table.monetary_value.iter();
    let levels: Vec<i16> = given().map(|value| i16::from(!value.is_nan())).collect();
    let values: Vec<f64> = given().copied().filter(|value| !value.is_nan()).collect();
    column::<DoubleType>(group, &values, Some(&levels))?;
    if has_counts {
        let counts: Vec<i64> = table.count.iter().map(|&count| count as i64).collect();
        column::<Int64Type>(group, &counts, None)?;
    }
    Ok(())
}

/// The names as parts of one text: a text each would take most of the time of writing.
fn slices(names: &Customers) -> Vec<ByteArray> {
    let text = Bytes::copy_from_slice(names.text().as_bytes());
    let mut start = 0;
    let slice = |name: &str| {
        let end = start + name.len();
        let slice = text.slice(start..end);
        start = end;
        ByteArray::from(slice)
    };
    names.iter().map(slice).collect()
}

pub(super) fn column<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, impl Write + Send>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, levels, None)?;
        column.close()?;
    }
    Ok(())
}
