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

#[cfg(test)]
mod tests {
    use super::super::text::short;
    use super::*;

    const AGE: f64 = 272.0;
    const MOST: u32 = 30;

    /// Of CDNOW.
    fn bg_nbd() -> BgNbd {
        let text = include_str!("../../../../model/cdnow.json");
        let file = edge_clv::json::parse_model(text.as_bytes()).unwrap();
        *edge_clv::Model::try_from(file).unwrap().bg_nbd()
    }

    /// A tile's left edge, upper edge, width and height, and what it says.
    type Tile = ([f64; 4], String);

    fn tiles(map: &HeatMap) -> Vec<Tile> {
        let svg = map.body.clone().into_string();
        let tile = |text: &str| {
            let number = |name: &str| -> f64 {
                let (_, rest) = text.split_once(&format!(" {name}=\"")).unwrap();
                rest.split('"').next().unwrap().parse().unwrap()
            };
            let (_, said) = text.split_once("<title>").unwrap();
            let said = said.split_once("</title>").unwrap().0.to_owned();
            (["x", "y", "width", "height"].map(number), said)
        };
        svg.split("<rect").skip(1).map(tile).collect()
    }

    /// The tiles of a row, from the left.
    fn row(tiles: &[Tile], x: u32) -> Vec<&Tile> {
        let word = if x == 1 { "1 repeat purchase," } else { &format!("{x} repeat purchases,") };
        let mut row: Vec<_> = tiles.iter().filter(|(_, said)| said.starts_with(word)).collect();
        row.sort_by(|one, other| one.0[0].total_cmp(&other.0[0]));
        row
    }

    /// A row begins with the value of who came back at once, and ends with that of who was here
    /// just now.
    fn assert_values(map: &HeatMap, say: impl Fn(&Profile) -> String) {
        let tiles = tiles(map);
        for x in [1, 2, 7, MOST] {
            let row = row(&tiles, x);
            let cell = AGE / f64::from(COLUMNS);
            let [first, last] = [0.5 * cell, AGE - 0.5 * cell]
                .map(|recency| say(&Profile::new(f64::from(x), recency, AGE, None).unwrap()));
            let said = &row.first().unwrap().1;
            assert!(said.contains(", the last in weeks 0 to "), "{said}");
            assert!(said.contains(&format!(": {first} to ")), "{said}, not {first}");
            let said = &row.last().unwrap().1;
            assert!(
                said.contains(" to 39: ") && said.ends_with(&format!(" to {last}")),
                "{said}, not {last}"
            );
            // From end to end without a gap.
            for pair in row.windows(2) {
                let ([left, _, width, _], [next, ..]) = (pair[0].0, pair[1].0);
                assert!((left + width - next).abs() < 0.2, "{pair:?}");
            }
        }
        // Who bought more often stands higher.
        let heights: Vec<f64> = (1..=MOST).map(|x| row(&tiles, x)[0].0[1]).collect();
        assert!(heights.is_sorted_by(|lower, higher| lower > higher), "{heights:?}");
    }

    #[test]
    fn the_map_of_who_is_alive() {
        let bg_nbd = bg_nbd();
        let map = alive(&bg_nbd, AGE, MOST);
        assert_values(&map, |profile| {
            format!("{} % alive", whole(100.0 * bg_nbd.probability_alive(profile)))
        });
        assert_eq!(map.shades.len(), 10);
        assert!((map.shades[3] - 0.3).abs() < 1e-12);
    }

    #[test]
    fn the_map_of_purchases_to_come() {
        let bg_nbd = bg_nbd();
        assert_values(&purchases(&bg_nbd, AGE, MOST, 273.0), |profile| {
            format!("{} purchases", short(bg_nbd.expected_purchases(profile, 273.0)))
        });
    }
}
