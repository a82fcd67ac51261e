//! Customers in, answers out, as the bytes arrive: nothing is held but a line.

use edge_clv::Model;

use crate::broken::{Broken, FormRule};
use crate::cohorts::Cohorts;
use crate::media::Media;
use crate::options::Options;
use crate::problem::Problem;
use crate::row::{LINE_LIMIT, Row};
use crate::row_csv::CsvRows;
use crate::row_json;
use crate::scores::Scores;

/// A body of NDJSON or CSV on its way through.
///
/// # Example
/// ```
/// use edge_clv_worker::{Endpoint, Media, Options, Table};
///
/// let model = edge_clv::Model::baked();
/// let options = Options::of_query("horizons=30", Endpoint::Batch, &model).unwrap();
/// let mut table = Table::new(&model, options, Media::Csv, Media::Ndjson);
/// let first = table.push(b"id,frequency,recency,T\na,5,200,300\nb,5,2").unwrap();
/// assert!(first.starts_with(br#"{"id":"a","probability_alive":0.55"#));
/// let rest = table.finish().unwrap();
/// assert!(rest.starts_with(br#"{"row":2,"errors":[{"pointer":"","rule":"cells = columns""#));
/// ```
pub struct Table {
    reader: Reader,
    sink: Option<Sink>,
}

enum Reader {
    Lines { cohorts: bool, line: Vec<u8>, too_long: bool, first: bool, begun: bool },
    Csv(Box<CsvRows>),
}

pub(crate) enum Sink {
    Scores(Scores),
    Cohorts(Cohorts),
}

impl Sink {
    pub(crate) fn new(model: &Model, options: Options, media: Media) -> Sink {
        match options.cohorts {
            Some(cohorts) => Sink::Cohorts(Cohorts::new(model.clone(), options.request, cohorts)),
            None => Sink::Scores(Scores::new(model.clone(), options.request, media)),
        }
    }

    pub(crate) fn begin(&self, id: &str, out: &mut Vec<u8>) {
        if let Sink::Scores(scores) = self {
            scores.begin(id, out);
        }
    }

    pub(crate) fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        match self {
            Sink::Scores(scores) => scores.row(row, out),
            Sink::Cohorts(cohorts) => cohorts.row(row),
        }
    }

    fn check(&self) -> Result<(), Problem> {
        match self {
            Sink::Cohorts(cohorts) if cohorts.is_full() => Err(Problem::TooManyToSum),
            _ => Ok(()),
        }
    }

    pub(crate) fn end(self, out: &mut Vec<u8>) {
        match self {
            Sink::Scores(scores) => scores.end(out),
            Sink::Cohorts(cohorts) => cohorts.end(out),
        }
    }
}

impl Table {
    /// For a body of the form `read`, [`Media::Ndjson`] or [`Media::Csv`], answered in the form
    /// `written`.
    pub fn new(model: &Model, options: Options, read: Media, written: Media) -> Table {
        let cohorts = options.cohorts.is_some();
        let reader = match read {
            Media::Csv => Reader::Csv(Box::new(CsvRows::new(cohorts))),
            _ => Reader::Lines {
                cohorts,
                line: Vec::new(),
                too_long: false,
                first: true,
                begun: false,
            },
        };
        Table { reader, sink: Some(Sink::new(model, options, written)) }
    }

    /// Whether nothing can be wrong any more with the body as a whole, so that an answer may
    /// begin.
    pub fn is_ready(&self) -> bool {
        let headed = match &self.reader {
            Reader::Lines { .. } => true,
            Reader::Csv(rows) => rows.has_header(),
        };
        headed && !matches!(self.sink, Some(Sink::Cohorts(_)))
    }

    /// Takes the next bytes; gives the answers to the customers that are complete.
    ///
    /// # Errors
    /// What is wrong with the body as a whole; never once [`is_ready`](Table::is_ready).
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        // No bytes would mean the end.
        if bytes.is_empty() { Ok(Vec::new()) } else { self.take(bytes) }
    }

    /// Takes the end of the body; gives what is left to say, and nothing from then on.
    ///
    /// # Errors
    /// As of [`push`](Table::push).
    pub fn finish(&mut self) -> Result<Vec<u8>, Problem> {
        let mut out = self.take(b"")?;
        if let Some(sink) = self.sink.take() {
            sink.end(&mut out);
        }
        Ok(out)
    }

    /// Takes it that the body broke off, instead of its end: a last row says so, in the place of
    /// whatever was to follow.
    ///
    /// # Errors
    /// As of [`push`](Table::push).
    pub fn break_off(&mut self) -> Result<Vec<u8>, Problem> {
        let mut out = Vec::new();
        if !self.is_ready() {
            return Err(Problem::BodyNotRead);
        }
        self.begin_lines(&mut out);
        if let Some(mut sink) = self.sink.take() {
            sink.row(&refused(FormRule::BodyEnds), &mut out);
            sink.end(&mut out);
        }
        Ok(out)
    }

    /// The beginning of the answer to lines, once: unlike CSV they have no header that it has to
    /// wait for.
    fn begin_lines(&mut self, out: &mut Vec<u8>) {
        if let (Reader::Lines { begun, .. }, Some(sink)) = (&mut self.reader, &self.sink)
            && !std::mem::replace(begun, true)
        {
            sink.begin("id", out);
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        let mut out = Vec::new();
        self.begin_lines(&mut out);
        let Some(sink) = &mut self.sink else { return Ok(out) };
        match &mut self.reader {
            Reader::Lines { cohorts, line, too_long, first, .. } => {
                let mut lines = Lines { cohorts: *cohorts, line, too_long, first };
                lines.take(bytes, &mut |row| sink.row(&row, &mut out));
            }
            Reader::Csv(rows) => {
                let mut head = Vec::new();
                // Two at once cannot borrow it: the header comes before the first row.
                let mut begun = None;
                let mut waiting = Vec::new();
                rows.push(bytes, &mut |id| begun = Some(id.to_owned()), &mut |row| {
                    sink.row(&row, &mut waiting);
                })
                .map_err(Problem::BrokenRules)?;
                if let Some(id) = begun {
                    sink.begin(&id, &mut head);
                }
                out = head;
                out.append(&mut waiting);
            }
        }
        sink.check()?;
        Ok(out)
    }
}

/// Lines on their way through.
struct Lines<'l> {
    cohorts: bool,
    /// The beginning of a line whose end has not come.
    line: &'l mut Vec<u8>,
    too_long: &'l mut bool,
    /// Whether the line is the first, which a byte order mark may begin.
    first: &'l mut bool,
}

impl Lines<'_> {
    /// Takes bytes, none being the end, and hands over each row that is complete.
    fn take(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Row<'_>)) {
        let ending = bytes.is_empty();
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.line.is_empty() && !*self.too_long {
                self.row(line, each);
            } else {
                self.keep(line);
                self.kept(each);
            }
            bytes = rest;
        }
        self.keep(bytes);
        if ending {
            self.kept(each);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.line.len() + bytes.len() > LINE_LIMIT {
            *self.too_long = true;
            self.line.clear();
        }
        if !*self.too_long {
            self.line.extend_from_slice(bytes);
        }
    }

    fn kept(&mut self, each: &mut dyn FnMut(Row<'_>)) {
        let line = std::mem::take(self.line);
        if std::mem::take(self.too_long) {
            *self.first = false;
            each(refused(FormRule::LineLength));
        } else {
            self.row(&line, each);
        }
    }

    fn row(&mut self, line: &[u8], each: &mut dyn FnMut(Row<'_>)) {
        let first = std::mem::take(self.first);
        let line = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| first).unwrap_or(line);
        if line.len() > LINE_LIMIT {
            each(refused(FormRule::LineLength));
        } else if !line.trim_ascii().is_empty() {
            each(row_json::read(line, self.cohorts));
        }
    }
}

fn refused(rule: FormRule) -> Row<'static> {
    let broken: Broken = rule.at("");
    Row::broken(broken)
}
