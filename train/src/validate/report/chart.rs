//! The parts that pictures are made of: axes, lines, bars.
//!
//! Every colour is a class of the page's style sheet, so that a picture follows the page
//! from light to dark and onto paper.

use maud::{Markup, html};

use super::text::{short, whole};
use crate::validate::nice_step;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;

/// A picture with a title and a description for those who do not see it.
pub(crate) fn picture(id: &str, title: &str, description: &str, body: &Markup) -> Markup {
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
            aria-labelledby=(format!("{id}-title {id}-desc")) {
            title id=(format!("{id}-title")) { (title) }
            desc id=(format!("{id}-desc")) { (description) }
            (body)
        }
    }
}

/// A pair of axes, both from 0 up.
pub(crate) struct Plot {
    x_most: f64,
    y_most: f64,
    y_step: f64,
}

impl Plot {
    /// Room for x from 0 to `x_most` and y from 0 to a round number above `y_most`.
    pub(crate) fn new(x_most: f64, y_most: f64) -> Plot {
        // Of nothing at all there is still a picture.
        let y_most = if y_most > 0.0 && y_most.is_finite() { y_most } else { 1.0 };
        let y_step = nice_step(y_most / 5.0);
        Plot { x_most, y_most: (y_most / y_step).ceil() * y_step, y_step }
    }

    /// Room for x from 0 to `x_most` and y from 0 to `y_most`, both > 0, and no more.
    pub(crate) fn exactly(x_most: f64, y_most: f64) -> Plot {
        Plot { x_most, y_most, y_step: nice_step(y_most / 6.0) }
    }

    fn x(&self, x: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (x / self.x_most)
    }

    fn y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (y / self.y_most)
    }

    /// Lines across, their numbers, and what the axes are.
    pub(crate) fn frame(
        &self,
        x_name: &str,
        y_name: &str,
        y_label: impl Fn(f64) -> String,
        x_labels: &[(f64, String)],
    ) -> Markup {
        // A step that rounding put just beyond the end is still one.
        let steps = (self.y_most / self.y_step + 1e-9) as u32;
        html! {
            @for i in 0..=steps {
                @let value = f64::from(i) * self.y_step;
                line .grid x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(self.y(value)))
                    y2=(px(self.y(value))) {}
                text .tick x=(px(LEFT - 7.0)) y=(px(self.y(value) + 4.0)) text-anchor="end" {
                    (y_label(value))
                }
            }
            @for (x, label) in x_labels {
                text .tick x=(px(self.x(*x))) y=(px(HEIGHT - BOTTOM + 17.0))
                    text-anchor="middle" { (label) }
            }
            text .axis x=(px((LEFT + WIDTH - RIGHT) / 2.0)) y=(px(HEIGHT - 8.0))
                text-anchor="middle" { (x_name) }
            text .axis text-anchor="middle"
                transform=(format!("translate(12 {}) rotate(-90)", px((TOP + HEIGHT - BOTTOM) / 2.0)))
                { (y_name) }
        }
    }

    /// A line through points.
    pub(crate) fn line(&self, class: &str, points: impl Iterator<Item = (f64, f64)>) -> Markup {
        html! { polyline class=(format!("line {class}")) points=(self.points(points)) {} }
    }

    /// The area between points and the x axis.
    pub(crate) fn area(&self, class: &str, points: &[(f64, f64)]) -> Markup {
        let ends = (points.first(), points.last());
        let (Some(&(first, _)), Some(&(last, _))) = ends else { return Markup::default() };
        let closed = points.iter().copied().chain([(last, 0.0), (first, 0.0)]);
        html! { polygon class=(class) points=(self.points(closed)) {} }
    }

    fn points(&self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let point = |(x, y)| format!("{},{}", px(self.x(x)), px(self.y(y)));
        points.map(point).collect::<Vec<_>>().join(" ")
    }

    /// A bar from x = `from` to `to`, with what it says when pointed at.
    pub(crate) fn bar(&self, class: &str, from: f64, to: f64, height: f64, said: &str) -> Markup {
        self.tile(class, (from, to), (0.0, height), said)
    }

    /// A rectangle.
    pub(crate) fn tile(
        &self,
        class: &str,
        (left, right): (f64, f64),
        (low, high): (f64, f64),
        said: &str,
    ) -> Markup {
        html! {
            rect class=(class) x=(px(self.x(left))) y=(px(self.y(high)))
                width=(px(self.x(right) - self.x(left)))
                height=(px((self.y(low) - self.y(high)).max(0.0))) { title { (said) } }
        }
    }

    /// A line upwards at x, with a word beside it.
    pub(crate) fn marker(&self, x: f64, word: &str) -> Markup {
        // On the side where there is more room.
        let (anchor, aside) = if x < 0.5 * self.x_most { ("start", 6.0) } else { ("end", -6.0) };
        html! {
            line .marker x1=(px(self.x(x))) x2=(px(self.x(x))) y1=(px(TOP))
                y2=(px(HEIGHT - BOTTOM)) {}
            text .note x=(px(self.x(x) + aside)) y=(px(TOP + 12.0)) text-anchor=(anchor) { (word) }
        }
    }
}

/// Round numbers from 0 to `most` for an axis of about `count` labels.
pub(crate) fn ticks(most: f64, count: f64) -> Vec<(f64, String)> {
    // Axes across count things: weeks, customers. There is no half of one.
    let step = nice_step(most / count).max(1.0).ceil();
    (0..=(most / step) as u32).map(|i| (f64::from(i) * step, whole(f64::from(i) * step))).collect()
}

/// What the colours stand for, as pairs of a class and words.
pub(crate) fn legend(entries: &[(&str, &str)]) -> Markup {
    html! {
        p .legend aria-hidden="true" {
            @for (class, words) in entries {
                span { i class=(format!("swatch {class}")) {} (words) }
            }
        }
    }
}

/// Pairs of bars: what was predicted beside what happened.
pub(crate) fn paired_bars(pairs: &[(String, f64, f64)], x_name: &str, y_name: &str) -> Markup {
    let most = pairs.iter().fold(0.0, |most: f64, (_, one, other)| most.max(*one).max(*other));
    let plot = Plot::new(pairs.len() as f64, most);
    let labels: Vec<(f64, String)> =
        (0..).zip(pairs).map(|(i, pair)| (f64::from(i) + 0.5, pair.0.clone())).collect();
    html! {
        (plot.frame(x_name, y_name, short_axis, &labels))
        @for (i, (name, predicted, actual)) in (0..).zip(pairs) {
            @let left = f64::from(i);
            @let said = format!("{name}: predicted {}, actual {}", short(*predicted), short(*actual));
            (plot.bar("model", left + 0.14, left + 0.49, *predicted, &said))
            (plot.bar("actual", left + 0.51, left + 0.86, *actual, &said))
        }
    }
}

/// A number beside an axis: as many decimals as round steps have.
pub(crate) fn short_axis(value: f64) -> String {
    if value == value.round() {
        return whole(value);
    }
    let text = format!("{value:.3}");
    text.trim_end_matches('0').to_owned()
}

/// A length in a picture, to a tenth of its unit.
pub(crate) fn px(length: f64) -> String {
    let length = if length.is_finite() { length } else { 0.0 };
    let text = format!("{length:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
