//! `clv score`: every customer's probabilities and values.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;

use clap::Args;
use edge_clv::Horizons;
use edge_clv_train::{CsvScores, ProfileBatch, ScoreOptions, Scorer, Scores};
use serde::Serialize;

use super::counts::Counts;
use super::input::{InputArguments, Source};
use super::manners::Manners;
use super::model_file::ModelArgument;
use super::table::table;
use crate::failure::Failure;
use crate::files::{self, Form};
use crate::parquet_file::ParquetScores;

/// Score every customer: alive or not, purchases and value to come, segment
///
/// The input is an order log, which is summed up first, or a table of profiles (frequency,
/// recency, T, monetary_value) such as clv summary writes, which streams through.
///
/// A row of the output has the customer, the profile, and then the answer's keys as columns,
/// a horizon of 30 days giving those that end in _30d:
///
///   probability_alive         1 by construction of a customer who has bought once
///   expected_average_profit
///   expected_purchases_30d, probability_of_purchase_30d, customer_lifetime_value_30d
///   ... and so for every horizon
///   residual_lifetime_value   with --residual
///   segment
///
/// The numbers are those of predictBatch in JavaScript, to the bit; with --exact those of
/// predict, which differ in the last digits and take many times as long.
///
/// A repeat customer whose purchases were all free, so that monetary_value is 0, is scored as one
/// whose mean is not given.
///
/// A row of profiles that breaks a rule, such as recency <= T, is a bad row: it is left out of the
/// output, and closing lines count such rows by rule (key read.bad_rows of --json); more than
/// --max-bad of a hundred end the command with exit code 2, as does the first with --strict. So
/// join the output to other tables by customer, not row by row.
///
/// Memory: some 30 MB for profiles, however many; for orders that of clv summary.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArgument,

    /// Where to write the scores: CSV, Parquet if the name ends so, or - for CSV on standard
    /// output [default: - without --top and --json]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Days ahead, such as 30,90,365 [default: the model's horizons]
    #[arg(long, value_name = "DAYS", value_delimiter = ',', allow_negative_numbers = true)]
    horizons: Option<Vec<f64>>,

    /// Also the value without a horizon; costs a quadrature a customer
    #[arg(long)]
    residual: bool,

    /// Every row by itself, to the bits of predict in JavaScript
    #[arg(long)]
    exact: bool,

    /// Print the N customers of the highest value over the longest horizon
    #[arg(long, value_name = "N")]
    top: Option<usize>,

    #[command(flatten)]
    manners: Manners,
}

const EXAMPLE: &str = "\
Examples:
  $ clv score orders.csv -m model.json -o scored.csv
  $ clv score rfm.parquet -m model.json -o scored.parquet --horizons 30,90,365 --residual
  $ clv score orders.csv -m model.json --top 10
  $ gunzip -c rfm.csv.gz | clv score - -m model.json -o scored.parquet --quiet";

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'a> {
    rows: u64,
    customers: u64,
    segments: Vec<Segment<'a>>,
    top: &'a [Best],
    read: &'a Counts,
    model: edge_clv::ModelName<'a>,
}

#[derive(Serialize)]
struct Segment<'a> {
    name: &'a str,
    customers: u64,
}

/// A customer among the best.
#[derive(Clone, Serialize)]
struct Best {
    customer: String,
    frequency: f64,
    recency: f64,
    #[serde(rename = "T")]
    age: f64,
    monetary_value: Option<f64>,
    probability_alive: f64,
    expected_purchases: f64,
    customer_lifetime_value: f64,
    segment: String,
    #[serde(skip)]
    row: u64,
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { input, manners, output, .. } = arguments;
    let output = match output {
        Some(output) => Some(output.as_path()),
        None if arguments.top.is_some() || manners.json() => None,
        None => Some(Path::new("-")),
    };
    if let Some(output) = output {
        files::keep(output, &[(&input.path, "the input"), (arguments.model.path(), "the model")])?;
        let is_answered = arguments.top.is_some() || manners.json();
        files::check_output(output, Form::Table, is_answered.then_some("--top and --json"))?;
    }
    let model = arguments.model.read()?;
    let horizons = match &arguments.horizons {
        Some(days) => Some(Horizons::new(days).map_err(|errors| format!("--horizons: {errors}"))?),
        None => None,
    };
    let options = ScoreOptions { horizons, residual: arguments.residual, exact: arguments.exact };
    let scorer = Scorer::new(&model, options).map_err(|errors| errors.to_string())?;
    let mut work = Work {
        top: Top { most: arguments.top.unwrap_or(0), heap: BinaryHeap::new() },
        segments: vec![0; scorer.bands().len()],
        scorer,
        rows: 0,
        customers: 0,
    };
    let source = match output {
        Some(output) => files::replace_with(output, |file| {
            let mut sink = Sink::Empty(Some(file), files::is_parquet(output));
            let unwritable = |error: Box<dyn Error>| files::unwritable(output, error);
            let source = work.all(input, manners, |profiles, scores, scorer| {
                sink.write(profiles, scores, scorer).map_err(unwritable)
            })?;
            sink.finish().map_err(unwritable)?;
            Ok::<_, Failure>(source)
        })?,
        None => work.all(input, manners, |_, _, _| Ok(()))?,
    };

    let top = work.top.into_sorted();
    let answer = Answer {
        rows: work.rows,
        customers: work.customers,
        segments: work
            .scorer
            .bands()
            .iter()
            .zip(&work.segments)
            .map(|(name, &customers)| Segment { name, customers })
            .collect(),
        top: &top,
        read: &source.counts,
        model: model.name(),
    };
    if manners.json() || arguments.top.is_some() {
        let longest = work.scorer.days().last().copied().unwrap_or(f64::NAN);
        manners.answer(&answer, &shown(&top, longest))?;
    }
    let segments: Vec<String> =
        answer.segments.iter().map(|s| format!("{} {}", s.name, s.customers)).collect();
    input.tell_nameless(&source, manners);
    manners.tell(&format!(
        "rows scored: {}, customers: {}, segments: {}",
        work.rows,
        work.customers,
        segments.join(", "),
    ));
    manners.tell_counts(&source.counts);
    Ok(())
}

/// What goes on with every batch of profiles.
struct Work {
    scorer: Scorer,
    top: Top,
    /// Customers by segment.
    segments: Vec<u64>,
    rows: u64,
    customers: u64,
}

impl Work {
    /// Reads on one thread what is scored and written on another.
    fn all(
        &mut self,
        input: &InputArguments,
        manners: &Manners,
        mut write: impl FnMut(&ProfileBatch, &Scores, &Scorer) -> Result<(), Failure>,
    ) -> Result<Source, Failure> {
        // One batch waits while one is worked on; more would only take memory.
        let (sender, batches) = sync_channel::<ProfileBatch>(1);
        thread::scope(|scope| {
            let reading = scope.spawn(move || {
                let hand_on = |batch| Ok(sender.send(batch)?);
                // Of errors only what they say can go to the other thread.
                input.profiles_in_batches(manners, hand_on).map_err(Failure::from)
            });
            let mut worked = Ok(());
            for profiles in &batches {
                worked = self.batch(&profiles, &mut write);
                if worked.is_err() {
                    break;
                }
            }
            // The reader stops where nobody takes what it reads.
            drop(batches);
            let read = reading.join();
            worked?;
            match read {
                Ok(source) => source,
                Err(_) => Err(Failure::Unforeseen("the reading stopped".into())),
            }
        })
    }

    fn batch(
        &mut self,
        profiles: &ProfileBatch,
        write: &mut impl FnMut(&ProfileBatch, &Scores, &Scorer) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let table = &profiles.table;
        let scores = self.scorer.score(table).map_err(|errors| errors.to_string())?;
        write(profiles, &scores, &self.scorer)?;
        for (&segment, &count) in scores.segment.iter().zip(&table.count) {
            if let Some(customers) = self.segments.get_mut(usize::from(segment)) {
                *customers += count;
            }
        }
        self.top.add(profiles, &scores, &self.scorer, self.rows);
        self.rows += table.len() as u64;
        self.customers += table.count.iter().sum::<u64>();
        Ok(())
    }
}

/// Where scores go.
enum Sink<W: Write + Send> {
    /// The first rows say which columns there are.
    Empty(Option<W>, bool),
    Csv(CsvScores<W>),
    Parquet(ParquetScores<W>),
}

impl<W: Write + Send> Sink<W> {
    fn write(
        &mut self,
        profiles: &ProfileBatch,
        scores: &Scores,
        scorer: &Scorer,
    ) -> Result<(), Box<dyn Error>> {
        if let Sink::Empty(output, is_parquet) = self
            && let Some(output) = output.take()
        {
            let (names, counts) = (profiles.customers.is_some(), profiles.counted);
            *self = if *is_parquet {
                Sink::Parquet(ParquetScores::new(output, names, counts, scorer)?)
            } else {
                Sink::Csv(CsvScores::new(output, names, counts, scorer)?)
            };
        }
        match self {
            // It was left there only if it could not be started.
            Sink::Empty(..) => Ok(()),
            Sink::Csv(sink) => Ok(sink.write(profiles, scores)?),
            Sink::Parquet(sink) => Ok(sink.write(profiles, scores)?),
        }
    }

    fn finish(self) -> Result<(), Box<dyn Error>> {
        match self {
            Sink::Empty(..) => Ok(()),
            Sink::Csv(sink) => Ok(sink.finish()?),
            Sink::Parquet(sink) => Ok(sink.finish()?),
        }
    }
}

/// The customers of the highest value so far.
struct Top {
    most: usize,
    /// The least of them on top.
    heap: BinaryHeap<Worst>,
}

/// The other way round: the greatest is of the least value, and of equal ones the last.
#[derive(Clone)]
struct Worst(Best);

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = |best: &Best| best.customer_lifetime_value;
        by_value(&other.0).total_cmp(&by_value(&self.0)).then(self.0.row.cmp(&other.0.row))
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Worst {}

impl Top {
    /// Adds rows, `before` of which came before them.
    fn add(&mut self, profiles: &ProfileBatch, scores: &Scores, scorer: &Scorer, before: u64) {
        let last = 2 + 3 * (scorer.days().len() - 1);
        let (purchases, values) = (&scores.columns[last], &scores.columns[last + 2]);
        for (row, &value) in values.iter().enumerate() {
            let least = self.heap.peek().map(|worst| worst.0.customer_lifetime_value);
            let room = self.heap.len() < self.most;
            if !(room || least.is_some_and(|least| value > least)) {
                continue;
            }
            let (table, place) = (&profiles.table, before + row as u64);
            let name = profiles.customers.as_ref().map(|names| names.get(row).to_owned());
            let segment = scorer.bands().get(usize::from(scores.segment[row]));
            self.heap.push(Worst(Best {
                customer: name.unwrap_or_else(|| format!("row {}", place + 1)),
                frequency: table.frequency[row],
                recency: table.recency[row],
                age: table.T[row],
                monetary_value: Some(table.monetary_value[row]).filter(|mean| !mean.is_nan()),
                probability_alive: scores.columns[0][row],
                expected_purchases: purchases[row],
                customer_lifetime_value: value,
                segment: segment.cloned().unwrap_or_default(),
                row: place,
            }));
            if self.heap.len() > self.most {
                self.heap.pop();
            }
        }
    }

    /// From the highest value to the least.
    fn into_sorted(self) -> Vec<Best> {
        self.heap.into_sorted_vec().into_iter().map(|worst| worst.0).collect()
    }
}

fn shown(top: &[Best], days: f64) -> String {
    let header = [
        "customer".to_owned(),
        "frequency".to_owned(),
        "recency".to_owned(),
        "T".to_owned(),
        "monetary_value".to_owned(),
        "P(alive)".to_owned(),
        format!("purchases {days}d"),
        format!("value {days}d"),
        "segment".to_owned(),
    ];
    let row = |best: &Best| {
        [
            best.customer.clone(),
            best.frequency.to_string(),
            format!("{:.0}", best.recency),
            format!("{:.0}", best.age),
            best.monetary_value.map_or_else(String::new, |mean| format!("{mean:.2}")),
            format!("{:.3}", best.probability_alive),
            format!("{:.3}", best.expected_purchases),
            format!("{:.2}", best.customer_lifetime_value),
            best.segment.clone(),
        ]
    };
    let rows: Vec<_> = std::iter::once(header).chain(top.iter().map(row)).collect();
    table(&rows)
}
