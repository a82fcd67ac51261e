//! Takes in histories one by one, and sums up by cohort.

use std::collections::BTreeMap;

use edge_clv::{Batch, BatchOptions, Columns, Horizons, Model, Profiles};

use super::sums::{HORIZONS, Sums, newcomer, one};
use super::{CohortError, CohortOptions, Cohorts};
use crate::{Date, History, RfmTable, SummaryError};

/// As many as fit a cache are worked out together.
const ROWS: usize = 16_384;

/// Takes in histories that end with one day.
pub(super) struct Gatherer<'m> {
    until: Date,
    model: &'m Model,
    options: &'m CohortOptions,
    batch: Batch,
    waiting: Vec<(String, History)>,
    sums: BTreeMap<String, Sums>,
}

impl<'m> Gatherer<'m> {
    pub(super) fn new(
        until: Date,
        model: &'m Model,
        options: &'m CohortOptions,
    ) -> Result<Self, CohortError> {
        options.check()?;
        let columns = Columns::named(&["customer_lifetime_value", "residual_lifetime_value"])?;
        let horizons = Some(Horizons::new(&HORIZONS)?);
        let batch = Batch::new(model, BatchOptions { horizons, columns, exact: false })?;
        let (waiting, sums) = (Vec::with_capacity(ROWS), BTreeMap::new());
        Ok(Self { until, model, options, batch, waiting, sums })
    }

    /// Adds a customer to a cohort. Who first bought after the last day is left out.
    pub(super) fn add(
        &mut self,
        cohort: String,
        history: History,
        watch: &dyn Fn(u64),
    ) -> Result<(), CohortError> {
        if history.first <= self.until {
            self.waiting.push((cohort, history));
        }
        if self.waiting.len() == ROWS { self.work(watch) } else { Ok(()) }
    }

    fn work(&mut self, watch: &dyn Fn(u64)) -> Result<(), CohortError> {
        let mut table = RfmTable::default();
        for (_, history) in &self.waiting {
            let age = self.until.days_since(history.first);
            table.push_history(history.until(age), age);
        }
        let answer = self.batch.predict(&Profiles {
            frequency: &table.frequency,
            recency: &table.recency,
            T: &table.T,
            monetary_value: Some(&table.monetary_value),
        })?;
        for (row, (cohort, history)) in self.waiting.drain(..).enumerate() {
            let one = one(&history, &table, row, &answer, self.model, self.options)?;
            self.sums.entry(cohort).or_default().add(&one);
        }
        watch(table.len() as u64);
        Ok(())
    }

    /// The cohorts of all that were added.
    pub(super) fn finish(mut self, watch: &dyn Fn(u64)) -> Result<Cohorts, CohortError> {
        self.work(watch)?;
        let Self { until, model, options, sums, .. } = self;
        let mut all = Sums::default();
        sums.values().for_each(|sums| all.merge(sums));
        if all.customers == 0 {
            return Err(SummaryError::NoPurchases.into());
        }
        let mut new_customer = Sums::default();
        new_customer.add(&newcomer(all.first_purchase(), model, options));
        Ok(Cohorts {
            observed_to: until,
            cohorts: sums.iter().map(|(name, sums)| sums.cohort(name, options)).collect(),
            all: all.cohort("all", options),
            new_customer: new_customer.cohort("new customer", options),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohorts::AcquisitionLimit;
    use crate::{Cents, PurchaseDay};
    use edge_clv::Profile;

    const OPTIONS: CohortOptions = CohortOptions { ratio: 3.0, payback: 60.0 };

    fn model(edit: impl Fn(&str) -> String) -> Model {
        let text = edit(include_str!("../../../model/cdnow.json"));
        Model::try_from(edge_clv::json::parse_model(text.as_bytes()).unwrap()).unwrap()
    }

    fn histories() -> Vec<History> {
        let history = |first: &str, purchases: &[(u32, i64)]| History {
            first: first.parse().unwrap(),
            purchases: purchases
                .iter()
                .map(|&(day, cents)| PurchaseDay { day, amount: Cents::new(cents).unwrap() })
                .collect(),
        };
        vec![
            history("2025-01-01", &[(0, 1000), (30, 2000), (80, 4000), (120, 50_000)]),
            history("2025-03-02", &[(0, 3000)]),
            history("2025-04-11", &[(0, 3000)]),
        ]
    }

    fn cohorts(
        until: &str,
        model: &Model,
        options: &CohortOptions,
    ) -> Result<Cohorts, CohortError> {
        let mut gatherer = Gatherer::new(until.parse().unwrap(), model, options)?;
        for history in histories() {
            gatherer.add(history.first.to_string()[..7].to_owned(), history, &|_| {})?;
        }
        gatherer.finish(&|_| {})
    }

    fn close(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn sums_worked_by_hand() {
        let model = model(|text| text.replace("\"margin\": 1", "\"margin\": 0.5"));
        // 99 days after ann's first purchase and 39 after bob's.
        let cohorts = cohorts("2025-04-10", &model, &OPTIONS).unwrap();
        let [january, march] = &cohorts.cohorts[..] else { panic!("{cohorts:?}") };
        assert_eq!((january.cohort.as_str(), march.cohort.as_str()), ("2025-01", "2025-03"));

        let delta = 1.1f64.ln() / 365.0;
        let ann = Profile::new(2.0, 80.0, 99.0, Some(30.0)).unwrap();
        let profit = 0.5 * model.gamma_gamma().expected_average_profit(&ann);
        let within = |days| profit * model.bg_nbd().discounted_purchases(&ann, days, delta);
        assert_eq!(january.revenue_to_date, 70.0);
        close(january.customer_lifetime_value_30d, within(30.0));
        close(january.customer_lifetime_value_365d, within(365.0));
        close(january.residual_lifetime_value, within(f64::INFINITY));
        let past = |days: &[(f64, f64)]| -> f64 {
            days.iter().map(|(day, paid)| 0.5 * paid * (-delta * day).exp()).sum()
        };
        let lifetime = past(&[(0.0, 10.0), (30.0, 20.0), (80.0, 40.0)])
            + (-delta * 99.0).exp() * within(f64::INFINITY);
        // The payback time of 60 days is over for ann: only what she paid in it counts.
        let payback = past(&[(0.0, 10.0), (30.0, 20.0)]);
        close(january.highest_acquisition_cost, (lifetime / 3.0).min(payback));

        let bob = Profile::new(0.0, 0.0, 39.0, None).unwrap();
        let profit = 0.5 * model.gamma_gamma().population_mean();
        let within = |days| profit * model.bg_nbd().discounted_purchases(&bob, days, delta);
        let later = (-delta * 39.0f64).exp();
        let lifetime = 15.0 + later * within(f64::INFINITY);
        let payback = 15.0 + later * within(21.0);
        close(march.highest_acquisition_cost, (lifetime / 3.0).min(payback));
        assert_eq!(march.limited_by, AcquisitionLimit::Payback);

        assert_eq!(cohorts.all.customers, 2);
        assert_eq!(cohorts.all.revenue_to_date, 100.0);
        close(
            cohorts.all.residual_lifetime_value,
            january.residual_lifetime_value + march.residual_lifetime_value,
        );

        let within =
            |days| profit * model.bg_nbd().discounted_purchases(&Profile::NEW, days, delta);
        let newcomer = &cohorts.new_customer;
        assert_eq!(newcomer.revenue_to_date, 20.0);
        close(newcomer.customer_lifetime_value_90d, within(90.0));
        let lifetime = 10.0 + within(f64::INFINITY);
        close(newcomer.highest_acquisition_cost, (lifetime / 3.0).min(10.0 + within(60.0)));
    }

    #[test]
    fn a_short_payback_limits_the_cost() {
        let options = CohortOptions { ratio: 0.5, payback: 1.0 };
        let cohorts = cohorts("2025-04-10", &model(str::to_owned), &options).unwrap();
        let january = &cohorts.cohorts[0];
        assert_eq!(january.limited_by, AcquisitionLimit::Payback);
        assert_eq!(january.highest_acquisition_cost, 10.0);
    }

    #[test]
    fn what_has_no_cohorts() {
        let model = model(str::to_owned);
        let nobody = cohorts("2024-12-31", &model, &OPTIONS);
        assert!(matches!(nobody, Err(CohortError::Orders(SummaryError::NoPurchases))));
        for (ratio, payback) in [(0.0, 1.0), (f64::NAN, 1.0), (3.0, f64::INFINITY)] {
            let options = CohortOptions { ratio, payback };
            let refused = cohorts("2025-04-10", &model, &options);
            assert!(matches!(refused, Err(CohortError::Option { .. })));
        }
        let endless = self::model(|text| {
            text.replace("\"annual_discount_rate\": 0.1", "\"annual_discount_rate\": 0")
        });
        let refused = cohorts("2025-04-10", &endless, &OPTIONS);
        assert!(matches!(refused, Err(CohortError::Rules(_))));
    }
}
