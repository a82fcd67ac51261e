//! The pictures of the report, each with a sentence on what to look for.

use edge_clv::Model;
use maud::{Markup, html};

use super::chart::{Plot, legend, paired_bars, picture, short_axis, ticks};
use super::heat::{self, HeatMap, shade_legend};
use super::text::{per_cent, short, whole};
use crate::{Comparison, SpendDistribution, Validation};

/// Every picture, by the question it answers.
pub(crate) fn all(validation: &Validation, model: &Model) -> Markup {
    let currency = &model.file().currency;
    html! {
        section aria-labelledby="time" {
            h2 id="time" { "Is the total right, week after week?" }
            div .figures { (cumulative(validation)) (weekly(validation)) }
        }
        section aria-labelledby="ranking" {
            h2 id="ranking" { "Does it find the customers who matter?" }
            div .figures {
                (gains("gains", "purchases", &validation.purchases))
                (gains("value-gains", "revenue", &validation.value))
            }
        }
        section aria-labelledby="calibration" {
            h2 id="calibration" { "Is it right about each kind of customer?" }
            div .figures {
                (deciles("deciles", "Purchases per customer", &validation.purchases, ""))
                (deciles("value-deciles", "Revenue per customer", &validation.value, currency))
                (by_frequency("by-frequency", "Purchases per customer", &validation.purchases, ""))
                (by_frequency("value-by-frequency", "Revenue per customer", &validation.value,
                    currency))
            }
        }
        section aria-labelledby="past" {
            h2 id="past" { "Does it describe the customers it learned from?" }
            div .figures {
                (counts(validation))
                @if let Some(distribution) = &validation.spend { (spend(distribution, currency)) }
            }
        }
        section aria-labelledby="maps" {
            h2 id="maps" { "What has it learned?" }
            div .figures { (maps(validation, model)) }
        }
    }
}

/// A picture with its heading, its colours explained, and what to look for.
fn figure(
    id: &str,
    title: &str,
    description: &str,
    legend: &Markup,
    look_for: &str,
    body: &Markup,
) -> Markup {
    html! {
        figure {
            h3 { (title) }
            (legend)
            (picture(id, title, description, body))
            figcaption { strong { "Look for: " } (look_for) }
        }
    }
}

/// The days of the track before the holdout.
fn known_days(validation: &Validation) -> u32 {
    validation.holdout_from.days_since(validation.observed_from)
}

const WEEKS: &str = "Weeks since the first order";
const REPEATS: &str = "Repeat purchases";

fn cumulative(validation: &Validation) -> Markup {
    let track = &validation.track;
    let Some(last) = track.last() else { return Markup::default() };
    let known = known_days(validation);
    let made = track.iter().rev().find(|point| point.days <= known);
    // Whatever was made by the last whole week before the holdout; the rest of that week is
    // counted from the day itself.
    let begun = last.actual as f64 - validation.purchases.model.actual;
    let weeks = |days: f64| days / 7.0;
    let from = weeks(f64::from(known));
    let most = (last.actual as f64).max(last.expected);
    let plot = Plot::new(weeks(f64::from(last.days)), most);
    let forecast = std::iter::once((from, begun)).chain(
        validation.forecast.iter().map(|point| (from + weeks(point.days), begun + point.expected)),
    );
    let start = std::iter::once((0.0, 0.0));
    let line = |of: fn(&crate::TrackPoint) -> f64| {
        track.iter().map(move |point| (weeks(f64::from(point.days)), of(point)))
    };
    let body = html! {
        (plot.frame(WEEKS, REPEATS, whole, &ticks(weeks(f64::from(last.days)), 9.0)))
        (plot.marker(from, "predicted from here"))
        (plot.line("curve", start.clone().chain(line(|point| point.expected))))
        (plot.line("forecast", forecast))
        (plot.line("actual", start.chain(line(|point| point.actual as f64))))
    };
    let description = format!(
        "Repeat purchases added up over {} days. Customers made {} in all, {} of them in the \
         holdout; the model's curve for the whole time ends at {}, and its prediction from \
         the customers' histories at {}.{}",
        last.days,
        whole(last.actual as f64),
        whole(validation.purchases.model.actual),
        whole(last.expected),
        whole(begun + validation.purchases.model.predicted),
        made.map_or_else(String::new, |point| format!(
            " After {} days it was {} made, {} by the curve.",
            point.days,
            whole(point.actual as f64),
            whole(point.expected)
        )),
    );
    figure(
        "cumulative",
        "All repeat purchases, added up",
        &description,
        &legend(&[
            ("actual", "made"),
            ("curve", "model, from first purchases alone"),
            ("forecast", "model, from each customer\u{2019}s history"),
        ]),
        "blue lines that stay close to the other one, above all right of the mark, where the \
         model had not seen what came. A gap that keeps growing there means the business \
         changed, or the model misses something.",
        &body,
    )
}

fn weekly(validation: &Validation) -> Markup {
    let whole_weeks: Vec<_> = {
        let starts = std::iter::once((0, 0, 0.0));
        let track = &validation.track;
        let before = starts.chain(track.iter().map(|p| (p.days, p.actual, p.expected)));
        // The last days may be less than a week and are then no bar to compare.
        before
            .zip(track)
            .filter(|(before, point)| point.days - before.0 == 7)
            .map(|(before, point)| {
                let week = f64::from(point.days) / 7.0;
                (week, (point.actual - before.1) as f64, point.expected - before.2)
            })
            .collect()
    };
    let weeks = whole_weeks.last().map_or(1.0, |last| last.0);
    let most = whole_weeks.iter().fold(0.0, |most: f64, week| most.max(week.1).max(week.2));
    let plot = Plot::new(weeks, most);
    let body = html! {
        (plot.frame(WEEKS, "Repeat purchases a week", short_axis, &ticks(weeks, 9.0)))
        (plot.marker(f64::from(known_days(validation)) / 7.0, "predicted from here"))
        @for (week, actual, expected) in &whole_weeks {
            @let said = format!("Week {}: {} made, {} expected", whole(*week), whole(*actual),
                short(*expected));
            (plot.bar("actual soft", week - 0.9, week - 0.1, *actual, &said))
        }
        (plot.line("curve", whole_weeks.iter().map(|&(week, _, expected)| (week - 0.5, expected))))
    };
    let total = |of: fn(&(f64, f64, f64)) -> f64| whole_weeks.iter().map(of).sum::<f64>();
    let description = format!(
        "Repeat purchases of each of {} weeks as bars, the model's expectation as a line: {} \
         made in all, {} expected.",
        whole(weeks),
        whole(total(|week| week.1)),
        whole(total(|week| week.2)),
    );
    figure(
        "weekly",
        "Repeat purchases, week by week",
        &description,
        &legend(&[("actual soft", "made"), ("curve", "model, from first purchases alone")]),
        "a line that runs through the middle of the bars. Bars far above it are seasons or \
         campaigns, which the model does not know about; it knows the slope, not the calendar.",
        &body,
    )
}

fn gains(id: &str, what: &str, comparison: &Comparison) -> Markup {
    let plot = Plot::new(100.0, 100.0);
    let line = |i: usize| {
        let points = (0..).zip(&comparison.gains);
        points.map(move |(percent, captured)| (f64::from(percent), 100.0 * captured[i]))
    };
    let label = |value: f64| format!("{} %", whole(value));
    let labels: Vec<_> = (0..=5).map(|i| (f64::from(20 * i), label(f64::from(20 * i)))).collect();
    let body = html! {
        (plot.frame("Customers, the highest rated first", &format!("Share of {what}"), label,
            &labels))
        (plot.line("diagonal", [(0.0, 0.0), (100.0, 100.0)].into_iter()))
        (plot.line("best", line(2)))
        (plot.line("naive", line(1)))
        (plot.line("forecast", line(0)))
    };
    let [model, naive, best] = comparison.gains.get(10).copied().unwrap_or_default();
    let description = format!(
        "The share of {what} made by the customers rated highest. The top tenth made {} by \
         the model's ranking, {} by past purchases, {} by a perfect one.",
        per_cent(model),
        per_cent(naive),
        per_cent(best),
    );
    figure(
        id,
        &format!("Who makes the {what}"),
        &description,
        &legend(&[
            ("forecast", "ranked by the model"),
            ("naive", "ranked by the past rate"),
            ("best", "ranked with hindsight"),
        ]),
        "a blue line that rises steeply and stays near the upper edge, the ranking nobody can \
         beat. On the straight line it would be guessing. Read off how many customers a \
         campaign needs to reach most of them.",
        &body,
    )
}

const PAIR: [(&str, &str); 2] = [("model", "predicted"), ("actual", "actual")];

fn deciles(id: &str, name: &str, comparison: &Comparison, currency: &str) -> Markup {
    let pairs: Vec<_> = (1..)
        .zip(&comparison.deciles)
        .map(|(i, group)| (format!("{i}"), group.predicted, group.actual))
        .collect();
    let body = paired_bars(
        &pairs,
        "Tenth of the customers, the highest rated first",
        &with(name, currency),
    );
    figure(
        id,
        &format!("{name}, by predicted tenth"),
        &spoken(&pairs),
        &legend(&PAIR),
        "bars of a pair about as high as each other, and pairs that fall from left to right. \
         An actual bar far above its blue one is a group you would undervalue.",
        &body,
    )
}

fn by_frequency(id: &str, name: &str, comparison: &Comparison, currency: &str) -> Markup {
    let groups = comparison.by_frequency.iter().enumerate();
    let pairs: Vec<_> = groups
        .filter_map(|(n, group)| Some((n, group.as_ref()?)))
        .map(|(n, group)| (times(n, &comparison.by_frequency), group.predicted, group.actual))
        .collect();
    let body = paired_bars(&pairs, "Repeat purchases before the holdout", &with(name, currency));
    figure(
        id,
        &format!("{name}, by purchases before"),
        &spoken(&pairs),
        &legend(&PAIR),
        "pairs of equal height again. If the bars at 0 differ, the model misjudges one-time \
         buyers, usually most of your customers; if those on the right do, your regulars.",
        &body,
    )
}

/// A quantity with its currency, if it has one.
fn with(name: &str, currency: &str) -> String {
    if currency.is_empty() { name.to_owned() } else { format!("{name}, {currency}") }
}

/// What to call the n-th of some groups, the last of which is open.
fn times<G>(n: usize, groups: &[G]) -> String {
    if n + 1 == groups.len() { format!("{n}+") } else { n.to_string() }
}

/// Pairs of numbers in words, for those who do not see the bars.
fn spoken(pairs: &[(String, f64, f64)]) -> String {
    let words = |(name, predicted, actual): &(String, f64, f64)| {
        format!("{name}: predicted {}, actual {}", short(*predicted), short(*actual))
    };
    pairs.iter().map(words).collect::<Vec<_>>().join("; ") + "."
}

fn counts(validation: &Validation) -> Markup {
    let bars = validation.counts.iter().enumerate();
    let pairs: Vec<_> = bars
        .map(|(n, bar)| (times(n, &validation.counts), bar.expected, bar.actual as f64))
        .collect();
    let body = paired_bars(&pairs, "Repeat purchases before the holdout", "Customers");
    figure(
        "counts",
        "How many bought again how often",
        &spoken(&pairs),
        &legend(&[("model", "expected by the model"), ("actual", "actual")]),
        "pairs of equal height. These are the days the model learned from, so it should be \
         right here; if it is not, do not expect it to be right later.",
        &body,
    )
}

fn spend(distribution: &SpendDistribution, currency: &str) -> Markup {
    let SpendDistribution { bin, actual, expected, beyond } = distribution;
    let step = bin / SpendDistribution::POINTS_PER_BIN as f64;
    let right = bin * actual.len() as f64;
    let curve: Vec<(f64, f64)> = (0..)
        .zip(expected)
        .map(|(i, &customers)| (step * (f64::from(i) + 0.5), customers))
        .collect();
    let highest = actual.iter().map(|&n| n as f64).chain(expected.iter().copied());
    let plot = Plot::new(right, highest.fold(0.0, f64::max));
    let label = crate::validate::nice_step(right / 8.0);
    let labels: Vec<_> = (0..=(right / label) as u32)
        .map(|i| (f64::from(i) * label, short_axis(f64::from(i) * label)))
        .collect();
    let body = html! {
        (plot.frame(&format!("Mean paid for a repeat purchase, {currency}"), "Customers", short_axis,
            &labels))
        @for (i, customers) in (0..).zip(actual) {
            @let (from, to) = (f64::from(i) * bin, f64::from(i + 1) * bin);
            @let said = format!("{} to {} {currency}: {customers} customers", short_axis(from),
                short_axis(to));
            (plot.bar("actual soft", from + 0.06 * bin, to - 0.06 * bin, *customers as f64, &said))
        }
        (plot.area("shade", &curve))
        (plot.line("forecast", curve.iter().copied()))
    };
    let further = match beyond {
        0 => String::new(),
        _ => format!(" {} customers paid more than is shown.", whole(*beyond as f64)),
    };
    let description = format!(
        "A histogram of what repeat customers paid on average, in steps of {} {currency}, with \
         the model's distribution as a line.{further}",
        short_axis(*bin),
    );
    let look_for = format!(
        "a line that follows the tops of the bars. One hump is what the model can draw; two \
         humps are two kinds of customer, better served by a model each.{further}"
    );
    figure(
        "spend",
        "What a repeat purchase is worth",
        &description,
        &legend(&[("actual soft", "customers"), ("forecast", "model")]),
        &look_for,
        &body,
    )
}

fn maps(validation: &Validation, model: &Model) -> Markup {
    let age = f64::from(known_days(validation)).max(2.0) - 1.0;
    // A purchase a week is the most that a map of the oldest customers needs to show.
    let most = (age / 7.0).clamp(5.0, 30.0) as u32;
    let days = f64::from(validation.holdout_days);
    let bg_nbd = model.bg_nbd();
    let map = |id: &str, title: &str, map: &HeatMap, legend: &Markup, look_for: &str| {
        let description = format!(
            "A map over repeat purchases, 1 to {most} upwards, and the week of the last one, \
             0 to {} to the right, for customers first seen {} weeks ago. {look_for}",
            whole(age / 7.0),
            whole(age / 7.0),
        );
        figure(id, title, &description, legend, look_for, &map.body)
    };
    let alive = heat::alive(bg_nbd, age, most);
    let purchases = heat::purchases(bg_nbd, age, most, days);
    html! {
        (map(
            "alive",
            "Still a customer?",
            &alive,
            &shade_legend(&alive, |least| format!("{}\u{a0}%+", whole(100.0 * least))),
            "the strongest colour at the right: who bought recently is almost surely still there. \
             The more often somebody used to buy, the sooner silence is a bad sign: follow a \
             row to the left and see how fast it fades.",
        ))
        (map(
            "expected",
            &format!("Purchases expected in {} days", whole(days)),
            &purchases,
            &shade_legend(&purchases, |least| format!("{}+", short_axis(least))),
            "the strongest colour at the top right, frequent and recent: your best customers. At the \
             top left are those who were among them and are probably gone.",
        ))
    }
}
