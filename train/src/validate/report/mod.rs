//! The report of a validation: one page that needs nothing but itself.

mod chart;
mod heat;
mod pictures;
mod text;
mod verdict;

use edge_clv::Model;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{Comparison, Measures, Validation};
use text::{money, or_dash, per_cent, short, signed_per_cent, whole};

pub use verdict::Verdict;

/// The page's colours and layout, light and dark, on screens and paper.
const STYLE: &str = include_str!("style.css");

impl Validation {
    /// The validation as one HTML page with its pictures inside, for people who never heard of
    /// the model. It needs no network and runs no script.
    ///
    /// `model` is the one that was validated.
    pub fn report(&self, model: &Model) -> String {
        let file = model.file();
        let reasons = verdict::reasons(self, &file.currency);
        let title = format!("Validation of model {}", file.id);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { "Can we trust the model " em { (file.id) } "?" }
                        p .lead {
                            "Given all that " (whole(self.customers as f64))
                            " customers had bought before "
                            time datetime=(self.holdout_from) { (self.holdout_from) }
                            ", it was asked what each of them would buy until "
                            time datetime=(self.holdout_until) { (self.holdout_until) }
                            " (" (self.holdout_days) " days). Here is what it said beside "
                            "what they did."
                        }
                    }
                    main {
                        (verdict_box(Verdict::new(self), &reasons))
                        (tiles(self, &file.currency))
                        (pictures::all(self, model))
                        (table(self, &file.currency))
                        (notes(self, model))
                    }
                }
            }
        };
        page.into_string()
    }
}

fn verdict_box(verdict: Verdict, reasons: &[String]) -> Markup {
    let (class, sign) = match verdict {
        Verdict::Good => ("good", "\u{2713}"),
        Verdict::Fair => ("fair", "\u{25d1}"),
        Verdict::Poor => ("poor", "\u{2717}"),
        Verdict::TooFew => ("few", "?"),
    };
    html! {
        section class=(format!("verdict {class}")) aria-labelledby="verdict" {
            h2 id="verdict" { span .sign aria-hidden="true" { (sign) } (verdict.headline()) }
            ul { @for reason in reasons { li { (reason) } } }
        }
    }
}

fn tiles(validation: &Validation, currency: &str) -> Markup {
    let (purchases, value) = (&validation.purchases, &validation.value);
    let tile = |name: &str, figure: String, beside: String| {
        html! {
            div .tile { dt { (name) } dd { strong { (figure) } span { (beside) } } }
        }
    };
    let total = |measures: &Measures, say: &dyn Fn(f64) -> String| {
        format!("{} predicted, {} actual", say(measures.predicted), say(measures.actual))
    };
    let capture = &purchases.model.top_decile_capture;
    html! {
        dl .tiles {
            (tile(
                "Purchases, all customers",
                or_dash(purchases.model.bias, signed_per_cent),
                total(&purchases.model, &whole),
            ))
            (tile(
                "Revenue, all customers",
                or_dash(value.model.bias, signed_per_cent),
                total(&value.model, &|amount| money(amount, currency)),
            ))
            (tile(
                "Purchases by the top tenth",
                or_dash(*capture, per_cent),
                format!("{} at the very best",
                    or_dash(purchases.best_top_decile_capture, per_cent)),
            ))
            (tile(
                "Typical error per customer",
                short(purchases.model.root_mean_squared_error),
                format!("purchases; {} if all went on as before",
                    short(purchases.naive.root_mean_squared_error)),
            ))
        }
    }
}

/// Every measure, of the model and of the naive rule.
fn table(validation: &Validation, currency: &str) -> Markup {
    type Read = fn(&Measures) -> Option<f64>;
    let counted: [(&str, &str, Read); 4] = [
        ("Predicted total", "sum over all customers", |m| Some(m.predicted)),
        ("Actual total", "what the orders say", |m| Some(m.actual)),
        ("Mean absolute error", "per customer, smaller is better", |m| Some(m.mean_absolute_error)),
        ("Root mean squared error", "per customer, large misses count more", |m| {
            Some(m.root_mean_squared_error)
        }),
    ];
    let pure: [(&str, &str, Read); 2] = [
        ("Correlation", "1 is perfect, 0 is none", |m| m.correlation),
        ("Gini", "1 ranks customers perfectly, 0 at random", |m| m.gini),
    ];
    let row = |name: &str, hint: &str, cells: [String; 4]| {
        html! {
            tr {
                th scope="row" { (name) small { (hint) } }
                @for cell in cells { td { (cell) } }
            }
        }
    };
    let of = |read: Read, say: &dyn Fn(Option<f64>, bool) -> String| {
        let Validation { purchases, value, .. } = validation;
        [
            say(read(&purchases.model), false),
            say(read(&purchases.naive), false),
            say(read(&value.model), true),
            say(read(&value.naive), true),
        ]
    };
    html! {
        section aria-labelledby="figures" {
            h2 id="figures" { "All the figures" }
            p {
                "The naive rule expects every customer to go on at the rate of the past: "
                "repeat purchases so far, by the days since the first purchase, times the days "
                "held out; for revenue, times the customer\u{2019}s own mean."
            }
            div .scroll {
                table {
                    thead {
                        tr {
                            td {}
                            th scope="colgroup" colspan="2" { "Purchases" }
                            th scope="colgroup" colspan="2" { "Revenue, " (currency) }
                        }
                        tr {
                            td {}
                            @for _ in 0..2 { th scope="col" { "Model" } th scope="col" { "Naive" } }
                        }
                    }
                    tbody {
                        @for (name, hint, read) in counted {
                            (row(name, hint, of(read, &|value, _| or_dash(value, short))))
                        }
                        (row(
                            "Bias", "predicted over actual; 0 % is right on average",
                            of(|m| m.bias, &|value, _| or_dash(value, signed_per_cent)),
                        ))
                        @for (name, hint, read) in pure {
                            (row(name, hint, of(read, &|value, _| {
                                or_dash(value, |value| format!("{value:.3}"))
                            })))
                        }
                        (row(
                            "Top-decile capture", "share made by the tenth rated highest",
                            of(|m| m.top_decile_capture, &|value, _| or_dash(value, per_cent)),
                        ))
                    }
                }
            }
            p .small { "Best possible top-decile capture: " (best(&validation.purchases))
                " of purchases, " (best(&validation.value)) " of revenue." }
        }
    }
}

fn best(comparison: &Comparison) -> String {
    or_dash(comparison.best_top_decile_capture, per_cent)
}

/// What was left out, what was assumed, which model it was.
fn notes(validation: &Validation, model: &Model) -> Markup {
    let (file, bg_nbd) = (model.file(), &model.file().bg_nbd);
    let spend = &file.gamma_gamma;
    html! {
        section .notes aria-labelledby="notes" {
            h2 id="notes" { "How this was worked out" }
            ul {
                li {
                    "A purchase is a day on which a customer ordered; a customer\u{2019}s first is "
                    "not predicted, only what follows."
                }
                li {
                    (whole(validation.repeat_customers as f64)) " of the "
                    (whole(validation.customers as f64)) " customers had bought again by "
                    (validation.holdout_from) "."
                    @if validation.newcomers > 0 {
                        " " (whole(validation.newcomers as f64)) " who first bought later are "
                        "left out: there was nobody yet to predict."
                    }
                    @if validation.worthless > 0 {
                        " " (whole(validation.worthless as f64)) " had paid nothing for their "
                        "repeat purchases; the mean of all stands in for them."
                    }
                }
                li {
                    "Revenue is what customers paid, not discounted and before any margin; the "
                    "prediction is expected purchases times expected revenue per purchase."
                }
                li {
                    "Customers with equal predictions share evenly in what they did, so no "
                    "figure depends on the order of the file."
                }
                li {
                    "Model " (file.id) ", version " code { (file.version) } ": BG/NBD with r "
                    (parameter(bg_nbd.r)) ", alpha " (parameter(bg_nbd.alpha)) ", a "
                    (parameter(bg_nbd.a)) ", b " (parameter(bg_nbd.b)) "; Gamma-Gamma with p "
                    (parameter(spend.p)) ", q " (parameter(spend.q)) ", v " (parameter(spend.v))
                    "."
                }
            }
        }
    }
}

fn parameter(value: f64) -> String {
    format!("{value:.4}")
}
