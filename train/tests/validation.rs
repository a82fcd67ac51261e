//! The model of CDNOW held against the orders that came after those it was fitted to.

mod tables;

use edge_clv::{Model, Profile, json};
use edge_clv_train::{Holdout, OrderLog, Validation, Verdict};

use tables::cdnow_orders;

fn model() -> Model {
    let text = include_str!("../../model/cdnow.json");
    Model::try_from(json::parse_model(text.as_bytes()).unwrap()).unwrap()
}

/// Weeks 40 to 78.
fn holdout() -> Holdout {
    cdnow_orders().holdout("1997-10-01".parse().unwrap(), None, &|_| {}).unwrap().0
}

#[test]
fn the_known_part_is_the_committed_summary() {
    let holdout = holdout();
    assert_eq!(holdout.days(), 39 * 7);
    // The same customers, and the same bits.
    let (known, committed) = (holdout.table().fold(), tables::cdnow().fold());
    let bits = |column: &[f64]| column.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(known.count, committed.count);
    assert_eq!(known.frequency, committed.frequency);
    assert_eq!(known.recency, committed.recency);
    assert_eq!(known.T, committed.T);
    assert_eq!(bits(&known.monetary_value), bits(&committed.monetary_value));
}

/// The published models of these data predict about 12 % too few; so does ours.
#[test]
fn purchases_of_weeks_40_to_78() {
    let validation = Validation::new(&holdout(), &model(), &|_| {}).unwrap();
    let measures = &validation.purchases.model;
    assert_eq!(measures.actual, 1882.0);
    assert!((measures.predicted - 1653.41).abs() < 0.01, "{}", measures.predicted);
    assert!((measures.bias.unwrap() + 0.1215).abs() < 0.0001);
    let naive = &validation.purchases.naive;
    assert!(measures.root_mean_squared_error < naive.root_mean_squared_error);
    assert!(measures.mean_absolute_error < naive.mean_absolute_error);
    assert_eq!(Verdict::new(&validation), Verdict::Fair);
}

/// The parts of a validation tell of the same customers.
#[test]
fn sums_agree() {
    let holdout = holdout();
    let validation = Validation::new(&holdout, &model(), &|_| {}).unwrap();
    for comparison in [&validation.purchases, &validation.value] {
        let measures = &comparison.model;
        let groups: [Vec<_>; 2] = [
            comparison.deciles.clone(),
            comparison.by_frequency.iter().copied().flatten().collect(),
        ];
        // Those who had not come back, of whom there are most.
        let [Some(once), Some(twice), ..] = comparison.by_frequency[..] else { panic!() };
        assert_eq!((once.customers, twice.customers), (1411, 439));
        for groups in groups {
            let customers: usize = groups.iter().map(|group| group.customers).sum();
            assert_eq!(customers, 2357);
            let sum = |of: fn(&edge_clv_train::Group) -> f64| -> f64 {
                groups.iter().map(|group| group.customers as f64 * of(group)).sum()
            };
            assert!((sum(|group| group.predicted) / measures.predicted - 1.0).abs() < 1e-12);
            assert!((sum(|group| group.actual) / measures.actual - 1.0).abs() < 1e-12);
        }
        assert_eq!(comparison.gains[0], [0.0; 3]);
        assert!(comparison.gains[100].iter().all(|share| (share - 1.0).abs() < 1e-12));
        let captured = comparison.gains[10].map(Some);
        assert_eq!(captured[0], comparison.model.top_decile_capture);
        assert_eq!(captured[1], comparison.naive.top_decile_capture);
        assert_eq!(captured[2], comparison.best_top_decile_capture);
        assert_eq!(comparison.model.actual, comparison.naive.actual);
    }
    let repeats: f64 = holdout.table().frequency.iter().sum();
    let track = |days: u32| validation.track.iter().find(|point| point.days == days).unwrap();
    assert_eq!(track(39 * 7).actual as f64, repeats);
    assert_eq!(track(78 * 7).actual as f64, repeats + 1882.0);
    let forecast = validation.forecast.last().unwrap();
    assert_eq!(forecast.days, 273.0);
    assert!((forecast.expected / validation.purchases.model.predicted - 1.0).abs() < 1e-12);
    let counted = |of: fn(&edge_clv_train::CountBar) -> f64| -> f64 {
        validation.counts.iter().map(of).sum()
    };
    assert_eq!(counted(|bar| bar.actual as f64), 2357.0);
    assert!((counted(|bar| bar.expected) - 2357.0).abs() < 1e-9);
}

/// From first purchases alone the model is 4 % low at the end of 78 weeks.
#[test]
fn the_track_of_the_whole_cohort() {
    let validation = Validation::new(&holdout(), &model(), &|_| {}).unwrap();
    let last = validation.track.last().unwrap();
    assert_eq!((last.days, last.actual), (546, 4339));
    assert!((last.expected - 4160.6).abs() < 0.1, "{}", last.expected);
    // At the end of the first week each is as old as the days since the own start.
    let (holdout, model) = (holdout(), model());
    let on_day_7: f64 = (0..7)
        .map(|start| {
            let age = 6.0 - start as f64;
            let each = model.bg_nbd().expected_purchases(&Profile::NEW, age);
            holdout.starts()[start] as f64 * each
        })
        .sum();
    assert!((validation.track[0].expected / on_day_7 - 1.0).abs() < 1e-14);
}

/// The model's density of mean spend: all but the few beyond the last bin are in it.
#[test]
fn the_spend_distribution_adds_up() {
    let validation = Validation::new(&holdout(), &model(), &|_| {}).unwrap();
    let spend = validation.spend.unwrap();
    let shown: u64 = spend.actual.iter().sum();
    assert_eq!(shown + spend.beyond, 946);
    let points = edge_clv_train::SpendDistribution::POINTS_PER_BIN as f64;
    let expected: f64 = spend.expected.iter().sum::<f64>() / points;
    assert!((expected / shown as f64 - 1.0).abs() < 0.02, "{expected}, not {shown}");
}

#[test]
fn the_report_stands_alone() {
    let validation = Validation::new(&holdout(), &model(), &|_| {}).unwrap();
    let page = validation.report(&model());
    for foreign in ["<script", "<img", "<link", "src=", "href=", "url(", "@import", "http"] {
        assert!(!page.contains(foreign), "the page has {foreign}");
    }
    // Every picture can be told as well as seen.
    let pictures = page.matches("<svg").count();
    assert_eq!(pictures, 12);
    assert_eq!(page.matches("<desc id=").count(), pictures);
    assert_eq!(page.matches("<title id=").count(), pictures);
    assert_eq!(page.matches("Look for: ").count(), pictures);
    for id in
        ["cumulative", "weekly", "gains", "deciles", "by-frequency", "alive", "expected", "spend"]
    {
        assert!(page.contains(&format!("<title id=\"{id}-title\">")), "there is no picture {id}");
    }
    for said in ["1\u{202f}653", "1\u{202f}882", "12\u{a0}% too few", Verdict::Fair.headline()] {
        assert!(page.contains(said), "{said} is not told");
    }
    assert!(!page.contains("NaN") && !page.contains("inf "), "a number is not finite");
    assert!(page.len() < 300_000, "{} bytes", page.len());
}

#[test]
fn the_report_of_next_to_nothing() {
    let few = "customer,date,amount\nann,1997-01-01,5\nbob,1997-01-01,7\ncat,1997-01-01,9\n";
    let mut few = OrderLog::read_csv(few.as_bytes()).unwrap();
    let day = |text: &str| text.parse().unwrap();
    let holdout = few.holdout(day("1997-01-02"), Some(day("1997-01-02")), &|_| {}).unwrap().0;
    let validation = Validation::new(&holdout, &model(), &|_| {}).unwrap();
    assert_eq!(Verdict::new(&validation), Verdict::TooFew);
    let page = validation.report(&model());
    assert!(page.contains(Verdict::TooFew.headline()));
    assert!(!page.contains("NaN"));
}
