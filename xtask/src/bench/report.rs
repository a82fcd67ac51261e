//! The figures of a run, and the bars they are held against.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{CHROMIUM, CONTESTANTS, COPY, LIFETIMES, NATIVE, NODE, PLAIN};

/// Who measured what.
type Measure = (&'static str, &'static str);

/// The nanoseconds of every run, by measure and round.
#[derive(Default)]
pub(crate) struct Figures(BTreeMap<Measure, Vec<Vec<f64>>>);

/// What a ratio has to be, and what it had better be.
enum Bar {
    AtLeast(f64, Option<f64>),
    AtMost(f64, Option<f64>),
    /// Told for comparison.
    None,
}
use Bar::{AtLeast, AtMost};

/// How many times the second measure the first takes.
const RATIOS: [(&str, Measure, Measure, Bar); 14] = [
    (
        "tables in Node, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (NODE, "cdnow"),
        AtLeast(20.0, Some(40.0)),
    ),
    (
        "every default column in Node, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (NODE, "cdnow, every column"),
        AtLeast(12.0, Some(25.0)),
    ),
    (
        "exact path in Node, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (NODE, "cdnow, exact"),
        AtLeast(1.5, Some(2.2)),
    ),
    (
        "exact path natively, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (NATIVE, "cdnow, exact"),
        AtLeast(2.0, None),
    ),
    (
        "tables in Node, times the cost of copying",
        (NODE, "cdnow"),
        (COPY, "cdnow, copy"),
        AtMost(12.0, Some(6.0)),
    ),
    (
        "repeat-heavy in Node, times the cost of the exact path",
        (NODE, "repeat-heavy"),
        (NODE, "repeat-heavy, exact"),
        AtMost(2.0, None),
    ),
    (
        "old in Node, times the cost of the exact path",
        (NODE, "old"),
        (NODE, "old, exact"),
        AtMost(2.0, None),
    ),
    (
        "predict in Node, times as fast as lifetimes' scalar calls",
        (LIFETIMES, "one customer"),
        (NODE, "one customer"),
        Bar::None,
    ),
    (
        "tables natively, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (NATIVE, "cdnow"),
        Bar::None,
    ),
    (
        "tables natively, times the cost of copying",
        (NATIVE, "cdnow"),
        (NATIVE, "cdnow, copy"),
        Bar::None,
    ),
    (
        "tables in Chromium, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (CHROMIUM, "cdnow"),
        Bar::None,
    ),
    (
        "exact path in Chromium, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (CHROMIUM, "cdnow, exact"),
        Bar::None,
    ),
    (
        "plain JavaScript in Node, times as fast as lifetimes",
        (LIFETIMES, "cdnow"),
        (PLAIN, "cdnow"),
        Bar::None,
    ),
    (
        "tables in Node, times as fast as plain JavaScript",
        (PLAIN, "cdnow"),
        (NODE, "cdnow"),
        Bar::None,
    ),
];

/// One of the figures of a measure.
type Statistic = fn(&Figures, Measure) -> f64;

/// What may take so many microseconds. The first score happens once in a page: of it the least
/// counts, since what else the machine does only ever makes it longer.
const TIMES: [(&str, Measure, Statistic, Bar); 2] = [
    ("predict in Node, microseconds", (NODE, "one customer"), Figures::median, AtMost(3.0, None)),
    (
        "least first score in Chromium, microseconds",
        (CHROMIUM, "first score"),
        Figures::least,
        AtMost(10_000.0, None),
    ),
];

impl Figures {
    /// Takes what a contestant measured in a round.
    pub(crate) fn add(
        &mut self,
        contestant: &'static str,
        measures: &'static [&'static str],
        times: &Value,
    ) -> Result<()> {
        for measure in measures {
            let runs = times[measure].as_array().with_context(|| format!("no {measure}"))?;
            let runs: Vec<f64> = runs.iter().filter_map(Value::as_f64).collect();
            ensure!(!runs.is_empty(), "{measure} was not measured");
            self.0.entry((contestant, measure)).or_default().push(runs);
        }
        Ok(())
    }

    /// Of the rounds, each of which counts with its median.
    fn median(&self, measure: Measure) -> f64 {
        median(self.0[&measure].iter().map(|runs| median(runs.iter().copied())))
    }

    fn least(&self, measure: Measure) -> f64 {
        self.0[&measure].iter().flatten().copied().fold(f64::INFINITY, f64::min)
    }

    fn most(&self, measure: Measure) -> f64 {
        self.0[&measure].iter().flatten().copied().fold(0.0, f64::max)
    }

    /// Prints the figures and what they come to, in the order of the tables above.
    pub(crate) fn print(&self) {
        println!("{:26}{:24}{:>12}{:>12}{:>12}", "", "", "median", "least", "most");
        for contestant in &CONTESTANTS {
            for measure in contestant.measures {
                let of = (contestant.name, *measure);
                let [median, least, most] =
                    [self.median(of), self.least(of), self.most(of)].map(readable);
                println!("{:26}{measure:24}{median:>12}{least:>12}{most:>12}", contestant.name);
            }
        }
        println!();
        for (what, value, bar) in self.verdicts() {
            println!("{what:60}{value:>9.2}  {}", bar.told(value));
        }
    }

    /// The figures by contestant and measure.
    pub(crate) fn nanoseconds(&self) -> Value {
        let mut figures = json!({});
        for &of in self.0.keys() {
            let (contestant, measure) = of;
            figures[contestant][measure] = json!({
                "median": self.median(of), "least": self.least(of), "most": self.most(of)
            });
        }
        figures
    }

    /// What they come to, with the bars.
    pub(crate) fn ratios(&self) -> Value {
        let ratio = |(what, value, bar): (&str, f64, &Bar)| json!({"what": what, "value": value, "bar": bar.told(value)});
        self.verdicts().map(ratio).collect()
    }

    fn verdicts(&self) -> impl Iterator<Item = (&'static str, f64, &'static Bar)> {
        let ratios = RATIOS
            .iter()
            .map(|(what, of, per, bar)| (*what, self.median(*of) / self.median(*per), bar));
        let times =
            TIMES.iter().map(|(what, of, statistic, bar)| (*what, statistic(self, *of) / 1e3, bar));
        ratios.chain(times)
    }

    /// What misses its bar.
    pub(crate) fn missed(&self) -> Vec<&'static str> {
        let missed = self.verdicts().filter(|(_, value, bar)| bar.is_missed(*value));
        missed.map(|(what, ..)| what).collect()
    }
}

impl Bar {
    fn is_missed(&self, value: f64) -> bool {
        match self {
            AtLeast(bar, _) => value < *bar,
            AtMost(bar, _) => value > *bar,
            Bar::None => false,
        }
    }

    /// Whether a value meets it, in words.
    fn told(&self, value: f64) -> String {
        let (meets, word, bar, stretch): (fn(f64, f64) -> bool, _, _, _) = match self {
            AtLeast(bar, stretch) => (|value, bar| value >= bar, "at least", bar, stretch),
            AtMost(bar, stretch) => (|value, bar| value <= bar, "at most", bar, stretch),
            Bar::None => return String::new(),
        };
        let mark = if self.is_missed(value) {
            "FAIL"
        } else if stretch.is_some_and(|stretch| meets(value, stretch)) {
            "pass, and the stretch"
        } else {
            "pass"
        };
        let stretch = stretch.map_or(String::new(), |stretch| format!(" (stretch {stretch})"));
        format!("{word} {bar}{stretch}: {mark}")
    }
}

pub(super) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        (numbers[middle - 1] + numbers[middle]) / 2.0
    }
}

fn readable(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 100.0 => format!("{n:.1} ns"),
        n if n < 1e4 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.1} µs", n / 1e3),
        n => format!("{:.1} ms", n / 1e6),
    }
}
