//! Writes scores as Parquet.

use std::io::Write;
use std::sync::Arc;

use edge_clv_train::{ProfileBatch, Scorer, Scores};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Kind};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, Type};

use super::write::{column, columns, write_columns};

/// A file of scores that is being written: whose they are, the history, the scores.
pub(crate) struct ParquetScores<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    has_names: bool,
    has_counts: bool,
    bands: Vec<ByteArray>,
}

impl<W: Write + Send> ParquetScores<W> {
    /// Starts a file with a column of customers or not, and one of counts or not.
    pub(crate) fn new(
        output: W,
        has_names: bool,
        has_counts: bool,
        scorer: &Scorer,
    ) -> Result<Self> {
        let history = format!("message history {{ {} }}", columns(has_names, has_counts));
        let mut fields = parse_message_type(&history)?.get_fields().to_vec();
        // Built by hand, for the name of a horizon may have a point in it.
        let field = |name: &str, kind, of| {
            let field = Type::primitive_type_builder(name, kind);
            let field = field.with_repetition(Repetition::REQUIRED).with_logical_type(of);
            field.build().map(Arc::new)
        };
        for name in scorer.names() {
            fields.push(field(name, Kind::DOUBLE, None)?);
        }
        fields.push(field("segment", Kind::BYTE_ARRAY, Some(LogicalType::String))?);
        let schema = Type::group_type_builder("scores").with_fields(fields).build()?;
        // No two scores are alike and their bits are noise: a dictionary would be filled in
        // vain, and a compressor finds nothing.
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::PLAIN)
            .set_column_dictionary_enabled(ColumnPath::from("segment"), true)
            .set_statistics_enabled(EnabledStatistics::None)
            .build();
        let writer = SerializedFileWriter::new(output, Arc::new(schema), Arc::new(properties))?;
        let bands = scorer.bands().iter().map(|band| ByteArray::from(band.as_str())).collect();
        Ok(Self { writer, has_names, has_counts, bands })
    }

    /// Adds the rows as a group of their own.
    pub(crate) fn write(&mut self, profiles: &ProfileBatch, scores: &Scores) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        write_columns(&mut group, profiles, self.has_names, self.has_counts)?;
        for scores in &scores.columns {
            column::<DoubleType>(&mut group, scores, None)?;
        }
        let band = |&segment: &u8| self.bands[usize::from(segment)].clone();
        let segments: Vec<ByteArray> = scores.segment.iter().map(band).collect();
        column::<ByteArrayType>(&mut group, &segments, None)?;
        group.close()?;
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<()> {
        self.writer.close()?;
        Ok(())
    }
}
