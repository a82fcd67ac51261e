//! Maps of what the model says over frequency and recency.

use edge_clv::{BgNbd, Profile};
use maud::{Markup, html};

use super::chart::{Plot, ticks};
use super::text::whole;
use crate::validate::nice_step;

/// How many columns a map has.
const COLUMNS: u32 = 60;
/// How many shades.
const SHADES: f64 = 10.0;

/// A map and the values its shades stand for.
pub(crate) struct HeatMap {
    pub(crate) body: Markup,
    /// The least value of each shade.
    pub(crate) shades: Vec<f64>,
}

impl HeatMap {
    /// A map of `value` for customers first seen `age` days ago, with 1 to `most` repeat
    /// purchases. `top` is the greatest value there is to tell apart, if that is known.
    pub(crate) fn new(
        age: f64,
        most: u32,
        top: Option<f64>,
        say: impl Fn(f64) -> String,
        value: impl Fn(&Profile) -> f64,
    ) -> HeatMap {
        let column = age / f64::from(COLUMNS);
        // The middle of a cell stands for it.
        let recency = |i: u32| column * (f64::from(i) + 0.5);
        let rows: Vec<Vec<f64>> = (1..=most)
            .map(|x| {
                let profile = |i| Profile::new(f64::from(x), recency(i), age, None);
                (0..COLUMNS).map(|i| profile(i).map_or(0.0, |profile| value(&profile))).collect()
            })
            .collect();
        let greatest = rows.iter().flatten().copied().fold(0.0, f64::max);
        let step = match top {
            Some(top) => top / SHADES,
            None => nice_step((greatest / SHADES).max(f64::MIN_POSITIVE)),
        };
        let shade = |value: f64| (value / step).clamp(0.0, SHADES - 1.0) as u32;

        let weeks = age / 7.0;
        let plot = Plot::exactly(weeks, f64::from(most) + 0.5);
        let tile = |x: f64, row: &[f64], from: usize, to: usize| {
            let edge = |i: usize| weeks * i as f64 / f64::from(COLUMNS);
            let (first, last) = (say(row[from]), say(row[to - 1]));
            let said = format!(
                "{} repeat {}, the last in weeks {} to {}: {first} to {last}",
                whole(x),
                if x == 1.0 { "purchase" } else { "purchases" },
                whole(edge(from)),
                whole(edge(to)),
            );
            let class = format!("heat h{}", shade(row[from]));
            plot.tile(&class, (edge(from), edge(to)), (x - 0.5, x + 0.5), &said)
        };
        let body = html! {
            @for (x, row) in (1..).zip(&rows) {
                @for (from, to) in runs(row, shade) { (tile(f64::from(x), row, from, to)) }
            }
            (plot.frame(
                "Week of the last purchase, counted from the first",
                "Repeat purchases",
                whole,
                &ticks(weeks, 8.0),
            ))
        };
        let used = 1 + shade(greatest);
        HeatMap { body, shades: (0..used).map(|i| f64::from(i) * step).collect() }
    }
}

/// The ranges of neighbours of one shade, which are one tile.
fn runs(row: &[f64], shade: impl Fn(f64) -> u32) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut from = 0;
    for alike in row.chunk_by(|one, next| shade(*one) == shade(*next)) {
        runs.push((from, from + alike.len()));
        from += alike.len();
    }
    runs
}

/// P(alive).
pub(crate) fn alive(bg_nbd: &BgNbd, age: f64, most: u32) -> HeatMap {
    let say = |value| format!("{} % alive", whole(100.0 * value));
    HeatMap::new(age, most, Some(1.0), say, |profile| bg_nbd.probability_alive(profile))
}

/// E\[Y(days)\].
pub(crate) fn purchases(bg_nbd: &BgNbd, age: f64, most: u32, days: f64) -> HeatMap {
    let say = |value| format!("{} purchases", super::text::short(value));
    HeatMap::new(age, most, None, say, |profile| bg_nbd.expected_purchases(profile, days))
}

/// What the shades of a map stand for.
pub(crate) fn shade_legend(map: &HeatMap, say: impl Fn(f64) -> String) -> Markup {
    html! {
        p .legend.shades aria-hidden="true" {
            @for (i, least) in map.shades.iter().enumerate() {
                span { i class=(format!("swatch heat h{i}")) {} (say(*least)) }
            }
        }
    }
}
