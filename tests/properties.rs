//! What holds of every model and customer, tried over grids of both.

mod tolerance;

use edge_clv::{
    BatchAnswer, BatchOptions, BgNbdParameters, Columns, Model, Profile, Profiles, Request, json,
};

/// Plausible models, and those where a formula changes its form: a = 1, a + b = 1, and each
/// parameter small and large. Their rates are 10 % a year.
fn grid() -> Vec<Model> {
    let cdnow = Model::baked().file().bg_nbd.clone();
    let BgNbdParameters { r, alpha, a, b } = cdnow;
    [
        (r, alpha, a, b),
        (r, alpha, 1.0, b),
        (r, alpha, 1.0 + 1e-9, b),
        (r, alpha, 0.4, 0.6),
        (1.0, alpha, 1.0, 1.0),
        (0.01, alpha, a, b),
        (20.0, alpha, a, b),
        (r, 0.1, a, b),
        (r, 1e4, a, b),
        (r, alpha, 0.01, b),
        (r, alpha, 20.0, b),
        (r, alpha, a, 0.01),
        (r, alpha, a, 100.0),
    ]
    .map(|(r, alpha, a, b)| {
        let mut file = Model::baked().file().clone();
        file.bg_nbd = BgNbdParameters { r, alpha, a, b };
        Model::try_from(file).unwrap()
    })
    .into()
}

/// New, silent since, regular, busy: what a shop has.
fn shoppers() -> Vec<Profile> {
    [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 300.0),
        (1.0, 5.0, 300.0),
        (4.0, 250.0, 300.0),
        (90.0, 299.0, 300.0),
    ]
    .map(|(x, t_x, age)| Profile::new(x, t_x, age, None).unwrap())
    .into()
}

/// Every model of the grid with every shopper.
fn each_on_the_grid(mut check: impl FnMut(&Model, &Profile)) {
    for model in grid() {
        for shopper in shoppers() {
            check(&model, &shopper);
        }
    }
}

/// Models from the plausible to the limits of what a model file may hold.
fn models() -> Vec<Model> {
    let mut models = vec![Model::baked()];
    let extremes = [1e-12, 1.0, 1e12];
    for r in extremes {
        for alpha in extremes {
            for a in [1e-12, 0.5, 1.0 - 1e-9, 1.0, 1e12] {
                for b in [1e-12, 0.5, 1e12] {
                    let mut file = Model::baked().file().clone();
                    file.bg_nbd = BgNbdParameters { r, alpha, a, b };
                    file.annual_discount_rate = [1e-6, 0.1, 100.0][models.len() % 3];
                    models.push(Model::try_from(file).unwrap());
                }
            }
        }
    }
    models
}

fn customers() -> Vec<Profile> {
    let mut customers = vec![];
    for (x, t_x, age) in [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, f64::MIN_POSITIVE),
        (0.0, 0.0, 300.0),
        (0.0, 0.0, f64::MAX),
        (1.0, 5e-324, 5e-324),
        (1.0, 1.0, 400.0),
        (5.0, 200.0, 300.0),
        (5000.0, 10.0, 3000.0),
        (9_007_199_254_740_991.0, 1.0, 1.0),
        (f64::MAX, 1e-300, f64::MAX),
        (f64::MAX, f64::MAX, f64::MAX),
    ] {
        // Each amount with some of the histories is enough: the two meet in one product.
        let amounts = [None, Some(5e-324), Some(45.5), Some(f64::MAX)];
        let amount = amounts[customers.len() % amounts.len()];
        customers.push(Profile::new(x, t_x, age, amount).unwrap());
    }
    customers
}

#[test]
fn every_answer_is_finite_and_in_range() {
    for model in models() {
        for customer in customers() {
            let mut request = Request::from(customer);
            request.horizons = Some(edge_clv::Horizons::new(&[1e-300, 30.0, 3650.0]).unwrap());
            request.residual = true;
            let answer = model.predict(&request).unwrap();
            let text = || format!("{} {customer:?} {:?}", json::to_string(&answer), model.bg_nbd());
            let probability = |p: f64| assert!((0.0..=1.0).contains(&p), "{}", text());
            let amount = |v: f64| assert!((0.0..=f64::MAX).contains(&v), "{}", text());
            probability(answer.probability_alive);
            amount(answer.expected_average_profit);
            amount(answer.residual_lifetime_value.unwrap());
            for horizon in &answer.horizons {
                probability(horizon.probability_of_purchase);
                amount(horizon.expected_purchases);
                amount(horizon.customer_lifetime_value);
            }
        }
    }
}

/// However absurd the customer, the horizon and the rate, the work has an end.
#[test]
fn every_expectation_ends() {
    let frequencies = [0.0, 1.0, 1e15, 1e290, 1e308, f64::MAX];
    let ages = [0.0, 5e-324, 1.0, 1e10, 1e300, f64::MAX];
    let days = [0.0, 5e-324, 1e-300, 1.0, 1e12, 1e300, f64::MAX, f64::INFINITY];
    let rates = [0.0, 5e-324, 3e-299, 1e-12, 0.1, 1.0, 1e300, f64::MAX];
    // The stiffest of posteriors, a = 1e12 beside b = 1e-12, is among these.
    for model in models().iter().skip(12).step_by(31) {
        let bg_nbd = model.bg_nbd();
        for (x, age) in frequencies.iter().flat_map(|&x| ages.map(|age| (x, age))) {
            let t_x = if x > 0.0 { age } else { 0.0 };
            let Ok(customer) = Profile::new(x, t_x, age, None) else { continue };
            for t in days {
                let text = || format!("{bg_nbd:?} {customer:?} {t:e}");
                let purchases = bg_nbd.expected_purchases(&customer, t);
                let right = if t < f64::INFINITY {
                    (0.0..=f64::MAX).contains(&purchases)
                } else {
                    purchases.is_nan()
                };
                assert!(right, "{purchases}: {}", text());
                for delta in rates {
                    let value = bg_nbd.discounted_purchases(&customer, t, delta);
                    let right = if t < f64::INFINITY || delta > 0.0 {
                        (0.0..=f64::MAX).contains(&value)
                    } else {
                        value.is_nan()
                    };
                    assert!(right, "{value} {delta:e}: {}", text());
                }
            }
        }
    }
}

/// Next to each other, on both sides of where one way of computing gives way to another: the
/// ends of spans, of discounting, of a rule's use, and of the numbers themselves.
#[test]
fn nothing_jumps() {
    let near = |got: f64, other: f64, tolerance: f64, text: &dyn Fn() -> String| {
        assert!(tolerance::error(got, other) <= tolerance, "{got:e} {other:e}: {}", text());
    };
    each_on_the_grid(|model, shopper| {
        let bg_nbd = model.bg_nbd();
        let delta = model.daily_rate();
        let beta = model.file().bg_nbd.alpha + shopper.T();
        let spans = (-60..60).map(|i| beta * 2.0_f64.powf(f64::from(i) / 8.0));
        let ends = spans.clone().map(|t| t - beta).filter(|t| *t > 0.0);
        let thresholds = [4.0, 40.0, 45.0, 708.0].map(|y| y / delta);
        for t in spans.chain(ends).chain(thresholds) {
            let text = || format!("{bg_nbd:?} {shopper:?} {t:e}");
            let (before, after) = (t * (1.0 - 1e-15), t * (1.0 + 1e-15));
            let purchases = |t| bg_nbd.expected_purchases(shopper, t);
            near(purchases(before), purchases(after), tolerance::EXPECTED_PURCHASES, &text);
            let value = |t| bg_nbd.discounted_purchases(shopper, t, delta);
            near(value(before), value(after), tolerance::DISCOUNTED_PURCHASES, &text);
            let any = |t| bg_nbd.probability_of_purchase(shopper, t);
            near(any(before), any(after), tolerance::PROBABILITY_OF_PURCHASE, &text);
            for n in [0, 1, 7, 300] {
                let count = |t| bg_nbd.probability_of_count(shopper, n, t);
                near(count(before), count(after), tolerance::PROBABILITY_OF_COUNT, &text);
            }
        }
    });
}

/// P(alive) where its power is taken to underflow, at 1e-290, and of the power's root only the
/// product remains.
#[test]
fn a_small_chance_to_be_alive_does_not_jump() {
    let model = Model::baked();
    let BgNbdParameters { r, alpha, .. } = model.file().bg_nbd;
    let silence = 290.0 * std::f64::consts::LN_10;
    for x in [1.0, 7.0, 100.0, 5000.0] {
        let (s, t_x) = (r + x, 1.0);
        let age = (alpha + t_x) * f64::exp_m1(silence / s) + t_x;
        // Many roundings of T, and a small part of the power.
        let step = age * (1e-10 / s);
        let (before, after) = (age - step, age + step);
        let power = |age: f64| s * f64::ln((alpha + age) / (alpha + t_x)) / silence;
        assert!(power(before) < 1.0 && power(after) > 1.0, "{x} {before} {after}");
        let alive =
            |age| model.bg_nbd().probability_alive(&Profile::new(x, t_x, age, None).unwrap());
        let expected = f64::exp(-s * f64::ln_1p((after - before) / (alpha + before)));
        let got = alive(after) / alive(before);
        let close = tolerance::error(got, expected) <= tolerance::PROBABILITY_ALIVE;
        assert!(close, "{x} {age}: {got} {expected}");
    }
}

/// The later the larger the probability, on both sides of 1/2, from where on it is worked out
/// with 1 - P(alive); and as far as there are days to count.
#[test]
fn waiting_longer_never_makes_a_purchase_less_likely() {
    each_on_the_grid(|model, shopper| {
        let bg_nbd = model.bg_nbd();
        let alive = bg_nbd.probability_alive(shopper);
        let time = |u: f64| bg_nbd.time_to_next_purchase(shopper, u);
        let text = |u: f64| format!("{shopper:?} {bg_nbd:?} {u:e}");
        let mut before = Some(0.0);
        for i in 0..=400 {
            let u = alive * (f64::from(i) / 400.0);
            let now = time(u);
            // None is longer than any.
            let later = now.is_none() || now.zip(before).is_some_and(|(now, before)| now >= before);
            assert!(later, "{now:?} after {before:?}: {}", text(u));
            before = now;
        }
        assert_eq!(before, None);

        if alive > 0.5 {
            let [one, other] = [0.5_f64.next_down(), 0.5].map(|u| time(u).unwrap());
            let close = tolerance::error(other, one) <= tolerance::TIME_TO_NEXT_PURCHASE;
            assert!(close, "{other} after {one}: {}", text(0.5));
        }
        // However small the chance, half of it is there to be met: t = beta (2^(1/s) - 1).
        let s = shopper.frequency() + model.file().bg_nbd.r;
        let beta = model.file().bg_nbd.alpha + shopper.T();
        if alive > f64::MIN_POSITIVE {
            let expected = beta * f64::exp_m1(std::f64::consts::LN_2 / s);
            let median = time(0.5 * alive).unwrap();
            let close = tolerance::error(median, expected) <= tolerance::TIME_TO_NEXT_PURCHASE;
            assert!(close, "{median} for {expected}: {}", text(0.5 * alive));
        }

        // The last that is told is near the longest that its documentation names.
        let told = |power: f64| time(-alive * f64::exp_m1(-power * s));
        if s < 0.02 {
            let longest = told(689.99).unwrap();
            assert!((longest / beta).ln() > 689.9, "{longest}");
            assert_eq!(told(690.01), None);
        }
    });
}

#[test]
fn counts_are_a_distribution() {
    each_on_the_grid(|model, shopper| {
        let bg_nbd = model.bg_nbd();
        let BgNbdParameters { r, alpha, .. } = model.file().bg_nbd;
        for tau in [1e-6, 0.3, 20.0] {
            let t = tau * (alpha + shopper.T());
            // Past this many the chance of more is nothing: 40 standard deviations, or 60
            // times the scale of a geometric tail.
            let mean = (r + shopper.frequency()) * tau;
            let most = mean + 40.0 * (mean * (1.0 + tau)).sqrt() + 60.0 * (1.0 + tau);
            let counts = bg_nbd.probabilities_of_counts(shopper, most as u32, t).unwrap();
            let text = || format!("{shopper:?} {bg_nbd:?} {t}");
            assert!(counts.iter().all(|p| (0.0..=1.0).contains(p)), "{}", text());
            assert!(counts.last().unwrap() * most * most < 1e-16, "{}", text());
            let sum: f64 = counts.iter().rev().sum();
            assert!((sum - 1.0).abs() < tolerance::COUNTS_TOGETHER, "{sum}: {}", text());
            let mean: f64 = (0..).zip(&counts).map(|(n, p)| f64::from(n) * p).sum();
            let expected = bg_nbd.expected_purchases(shopper, t);
            let close = tolerance::error(mean, expected) < tolerance::COUNTS_TOGETHER;
            assert!(close, "{mean} {expected}: {}", text());
            let any = bg_nbd.probability_of_purchase(shopper, t);
            assert!((counts[0] + any - 1.0).abs() < tolerance::COMPLEMENT, "{any}: {}", text());
            let none = bg_nbd.probability_of_count(shopper, 0, t);
            let close = tolerance::error(counts[0], none) < tolerance::PROBABILITY_OF_COUNT;
            assert!(close, "{none}: {}", text());
        }
    });
}

#[test]
fn horizons_add_up() {
    each_on_the_grid(|model, shopper| {
        let bg_nbd = model.bg_nbd();
        let (near, far) = (30.0, 90.0);
        for delta in [model.daily_rate(), 0.01] {
            // What is bought in each of so many spans, discounted from its middle.
            let sum = |spans: u32| -> f64 {
                let day = |i: f64| near + (far - near) * i / f64::from(spans);
                let until = |i| bg_nbd.expected_purchases(shopper, day(f64::from(i)));
                let span = |i| (until(i + 1) - until(i)) * (-delta * day(f64::from(i) + 0.5)).exp();
                (0..spans).map(span).sum()
            };
            // Twice the spans make a quarter of the error, of which there is no more then.
            let spans = 500;
            let between = (4.0 * sum(2 * spans) - sum(spans)) / 3.0;
            let value = |t| bg_nbd.discounted_purchases(shopper, t, delta);
            let (whole, parts) = (value(far), value(near) + between);
            let close = tolerance::error(whole, parts) < tolerance::HORIZONS_TOGETHER;
            assert!(close, "{whole} {parts}: {shopper:?} {bg_nbd:?}");
        }
        let undiscounted = bg_nbd.discounted_purchases(shopper, far, 0.0);
        assert_eq!(undiscounted, bg_nbd.expected_purchases(shopper, far));
    });
}

#[test]
fn more_time_is_never_worth_less() {
    each_on_the_grid(|model, shopper| {
        let bg_nbd = model.bg_nbd();
        // Under the default model no sum stands still.
        let slack = if *model == Model::baked() { 0.0 } else { tolerance::STANDING_STILL };
        let assert_order = |less: f64, more: f64, t: f64| {
            assert!(more >= less * (1.0 - slack), "{shopper:?} {bg_nbd:?} {t}: {more} < {less}");
        };
        let (mut purchases, mut purchase, mut value) = (0.0, 0.0, 0.0);
        for i in 1..400 {
            let t = 0.01 * 1.035_f64.powi(i);
            let more = bg_nbd.expected_purchases(shopper, t);
            assert_order(purchases, more, t);
            purchases = more;
            let more = bg_nbd.probability_of_purchase(shopper, t);
            assert!(more >= purchase, "{shopper:?} {bg_nbd:?} {t}: {more} < {purchase}");
            purchase = more;
            let more = bg_nbd.discounted_purchases(shopper, t, model.daily_rate());
            assert_order(value, more, t);
            assert_order(more, purchases, t);
            value = more;
        }
        let residual = bg_nbd.discounted_purchases(shopper, f64::INFINITY, model.daily_rate());
        assert_order(value, residual, f64::INFINITY);
        assert!(slack > 0.0 || residual > value, "{shopper:?}: {residual} <= {value}");
    });
}

/// In one answer not by a rounding: neither of neighbouring days, nor where nothing is added any
/// more, nor where one way of computing gives way to another.
#[test]
fn of_horizons_asked_together_no_longer_one_is_worth_less() {
    each_on_the_grid(|model, shopper| {
        for far in [1.0, 30.0, 400.0, 3649.0] {
            let after = |day: f64| [day, day.next_up(), day * (1.0 + 1e-15), day * 1.0001];
            let mut days = [after(far / 400.0), after(far / 20.0), after(far)].concat();
            days.dedup();
            let horizons = Some(edge_clv::Horizons::new(&days).unwrap());
            let request = Request { profile: *shopper, horizons, residual: true };
            let answer = model.predict(&request).unwrap();
            for pair in answer.horizons.windows(2) {
                let text = || format!("{shopper:?} {:?} {pair:?}", model.bg_nbd());
                assert!(pair[0].expected_purchases <= pair[1].expected_purchases, "{}", text());
                let [one, other] = [0, 1].map(|i| pair[i].probability_of_purchase);
                assert!(one <= other, "{}", text());
                let [one, other] = [0, 1].map(|i| pair[i].customer_lifetime_value);
                assert!(one <= other, "{}", text());
            }
        }
    });
}

#[test]
fn a_fresher_customer_is_more_likely_alive() {
    for model in grid() {
        for x in [1.0, 2.0, 10.0, 100.0] {
            let mut before = 0.0;
            for t_x in 1..=300 {
                let customer = Profile::new(x, f64::from(t_x), 300.0, None).unwrap();
                let alive = model.bg_nbd().probability_alive(&customer);
                assert!(alive > before, "{:?} x {x} t_x {t_x}", model.bg_nbd());
                before = alive;
            }
        }
    }
}

#[test]
fn residual_is_the_limit_of_long_horizons() {
    each_on_the_grid(|model, shopper| {
        let value = |t| model.bg_nbd().discounted_purchases(shopper, t, model.daily_rate());
        let (residual, long) = (value(f64::INFINITY), value(200.0 * 365.0));
        // A customer buys ever less, and what comes after 200 years at 10 % a year is worth
        // 1.1^-200 = 5.3e-9 of its face.
        let text = format!("{shopper:?} {:?}: {residual} {long}", model.bg_nbd());
        assert!(residual >= long && residual - long < 5.3e-9 * residual, "{text}");
        // Of those who have soon left, what comes after is less than a rounding.
        assert!(residual > long || *model != Model::baked(), "{text}");
    });
}

#[test]
fn a_path_is_the_history_as_it_was() {
    let purchases = [20.0, 21.0, 80.5, 200.0];
    let later = [200.0, 230.0, 300.0, 5000.0];
    for model in grid() {
        let bg_nbd = model.bg_nbd();
        let path = bg_nbd.probability_alive_path(&purchases, &[0.0, 19.9, 100.0]).unwrap();
        let then = Profile::new(3.0, 80.5, 100.0, None).unwrap();
        assert_eq!(path, [1.0, 1.0, bg_nbd.probability_alive(&then)]);

        let now = Profile::new(4.0, 200.0, 210.0, None).unwrap();
        let mut before = 1.0;
        for (date, alive) in
            later.iter().zip(bg_nbd.probability_alive_path(&purchases, &later).unwrap())
        {
            assert_eq!(alive, bg_nbd.probability_alive(&now.observed_until(*date).unwrap()));
            assert!(alive < before, "{bg_nbd:?} {date}");
            before = alive;
        }
    }
}

/// Whichever columns are asked for, each is what it is among all of them.
#[test]
fn every_choice_of_columns_is_a_part_of_all() {
    // Whole blocks and a part of one, and a row by itself.
    for rows in [1, 300] {
        let ages: Vec<f64> = (0..rows).map(|row| f64::from(row) + 10.0).collect();
        let recencies: Vec<f64> = ages.iter().map(|age| age / 2.0).collect();
        let profiles = Profiles {
            frequency: &vec![5.0; ages.len()],
            recency: &recencies,
            T: &ages,
            monetary_value: Some(&vec![45.5; ages.len()]),
        };
        let score = |choice: u8, exact| {
            let [alive, profit, purchases, purchase, value, residual, segment] =
                core::array::from_fn(|column| choice >> column & 1 == 1);
            let columns = Columns {
                probability_alive: alive,
                expected_average_profit: profit,
                expected_purchases: purchases,
                probability_of_purchase: purchase,
                customer_lifetime_value: value,
                residual_lifetime_value: residual,
                segment,
            };
            let options = BatchOptions { columns, exact, ..BatchOptions::default() };
            Model::baked().predict_batch(&profiles, options).unwrap()
        };
        for exact in [false, true] {
            let all = score(0x7f, exact);
            for choice in 0..0x7f {
                let some = score(choice, exact);
                for ((column, got), (_, expected)) in
                    columns_of(&some).into_iter().zip(columns_of(&all))
                {
                    let Some(got) = got else {
                        assert_eq!(choice >> column & 1, 0, "{choice:#b}: {column}");
                        continue;
                    };
                    for (&got, &expected) in got.iter().zip(expected.unwrap()) {
                        let most = if exact { 0.0 } else { tolerance::TABLES };
                        assert!(tolerance::error(got, expected) <= most, "{choice:#b}: {column}");
                    }
                }
                if let Some(segment) = &some.segment {
                    assert_eq!(Some(segment), all.segment.as_ref(), "{choice:#b}");
                }
            }
        }
    }
}

/// The columns of numbers of an answer, with their places among the choices.
fn columns_of(answer: &BatchAnswer) -> Vec<(usize, Option<&Vec<f64>>)> {
    let mut columns = vec![
        (0, answer.probability_alive.as_ref()),
        (1, answer.expected_average_profit.as_ref()),
        (5, answer.residual_lifetime_value.as_ref()),
    ];
    for horizon in &answer.horizons {
        columns.push((2, horizon.expected_purchases.as_ref()));
        columns.push((3, horizon.probability_of_purchase.as_ref()));
        columns.push((4, horizon.customer_lifetime_value.as_ref()));
    }
    columns
}
