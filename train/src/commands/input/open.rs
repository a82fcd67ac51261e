//! Opens a file and looks what it holds.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use edge_clv_train::{CsvFile, Format, OrderColumns, ProfileColumns, status_column};
use flate2::bufread::MultiGzDecoder;

use super::arguments::{FormatName, InputArguments};
use crate::commands::manners::{Manners, Progress, Watched};
use crate::files;
use crate::parquet_file::ParquetFile;

/// A file that has been looked into.
pub(super) enum Opened {
    Orders(OrderFile),
    Profiles(ProfileFile),
}

/// A file of orders.
pub(super) enum OrderFile {
    Cdnow(Box<dyn Read>),
    Csv(Box<CsvFile<Box<dyn Read>>>),
    Parquet(ParquetFile),
}

/// A file of profiles.
pub(super) enum ProfileFile {
    Csv(Box<CsvFile<Box<dyn Read>>>, ProfileColumns),
    Parquet(ParquetFile, ProfileColumns),
}

impl InputArguments {
    /// Opens the file; how far its reading is shows the bar that comes with it.
    pub(super) fn open(
        &self,
        manners: &Manners,
    ) -> Result<(Opened, Arc<Progress>), Box<dyn Error>> {
        let size = fs::metadata(&self.path).ok().filter(|found| found.is_file());
        let progress = Arc::new(manners.reading(size.map(|found| found.len())));
        let opened = match open_file(&self.path, &progress)? {
            Content::Parquet => {
                let file = ParquetFile::open(&self.path, progress.clone())
                    .map_err(|error| self.told(error))?;
                match ProfileColumns::find(file.names()) {
                    Some(columns) => Opened::Profiles(ProfileFile::Parquet(file, columns)),
                    None => {
                        self.tell_status(file.names(), manners);
                        Opened::Orders(OrderFile::Parquet(file))
                    }
                }
            }
            Content::Text(input) if self.format == Some(FormatName::Cdnow) => {
                Opened::Orders(OrderFile::Cdnow(input))
            }
            Content::Text(input) => {
                let file = Box::new(CsvFile::open(input).map_err(|error| self.told(error))?);
                match ProfileColumns::find(file.header()) {
                    Some(columns) => Opened::Profiles(ProfileFile::Csv(file, columns)),
                    None => {
                        self.tell_status(file.header(), manners);
                        Opened::Orders(OrderFile::Csv(file))
                    }
                }
            }
        };
        Ok((opened, progress))
    }

    /// What an order's status is nobody reads without a format, or where no column says it; which
    /// somebody may expect.
    fn tell_status(&self, header: &[String], manners: &Manners) {
        let Some(format) = self.format.map(Format::from) else {
            if let Some(column) = status_column(header) {
                manners.tell(&self.told(format!(
                    "the column {column:?} is not read, so that an order counts even if it was \
                     cancelled or never paid; leave such rows out, or name the layout with --format"
                )));
            }
            return;
        };
        // What else there is to say of the columns says whoever reads by them.
        let Ok(columns) = OrderColumns::find(header, Some(format), &self.columns(None)) else {
            return;
        };
        if columns.status.is_none() {
            manners.tell(&self.told(
                "no column says what became of an order, so that it counts even if it was \
                 cancelled or never paid; leave such rows out, or export their status too",
            ));
        }
    }
}

/// What a file holds, by its first bytes.
enum Content {
    Text(Box<dyn Read>),
    Parquet,
}

/// Opens a file's text, unpacked if it is gzip.
fn open_file(path: &Path, progress: &Arc<Progress>) -> Result<Content, String> {
    let name = files::input_name(path);
    let file = files::open(path)?;
    let file = Watched { file, progress: progress.clone() };
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut start = Vec::new();
    let started = file.by_ref().take(4).read_to_end(&mut start);
    started.map_err(|error| format!("cannot read {name}: {error}"))?;
    if start == b"PAR1" {
        if !files::can_be_read_again(path) {
            return Err(format!(
                "{name} is Parquet, which is read from its end; write it to a file and name that"
            ));
        }
        return Ok(Content::Parquet);
    }
    let is_gzip = start.starts_with(&[0x1f, 0x8b]);
    let whole = Cursor::new(start).chain(file);
    Ok(Content::Text(if is_gzip {
        Box::new(Unpacked(MultiGzDecoder::new(whole)))
    } else {
        Box::new(whole)
    }))
}

/// The content of gzip, whose errors say what to do.
struct Unpacked<R>(MultiGzDecoder<R>);

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput => io::Error::other(format!(
                "its gzip data is damaged, or was cut off ({error}); fetch it again"
            )),
            _ => error,
        })
    }
}
