//! What some customers come to.

use edge_clv::{BatchAnswer, HorizonColumns, Model, Profile};

use super::{AcquisitionLimit, Cohort, CohortError, CohortOptions};
use crate::sum::ExactSum;
use crate::{History, RfmTable};

/// The horizons of a [`Cohort`], in days.
pub(super) const HORIZONS: [f64; 3] = [30.0, 90.0, 365.0];

/// Sums over some customers, which do not depend on their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    pub(super) customers: u64,
    /// In cents, as the next.
    revenue: ExactSum,
    first_purchases: ExactSum,
    values: [ExactSum; HORIZONS.len()],
    residual: ExactSum,
    /// Lifetime value and payback profit, as of day 0.
    lifetime: ExactSum,
    payback: ExactSum,
}

/// What one customer comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct One {
    /// In cents, whole numbers; so is the next.
    revenue: f64,
    first_purchase: f64,
    values: [f64; HORIZONS.len()],
    residual: f64,
    lifetime: f64,
    payback: f64,
}

impl Sums {
    pub(super) fn add(&mut self, one: &One) {
        self.customers += 1;
        self.revenue.add(one.revenue);
        self.first_purchases.add(one.first_purchase);
        for (sum, value) in self.values.iter_mut().zip(one.values) {
            sum.add(value);
        }
        self.residual.add(one.residual);
        self.lifetime.add(one.lifetime);
        self.payback.add(one.payback);
    }

    pub(super) fn merge(&mut self, other: &Sums) {
        self.customers += other.customers;
        self.revenue.merge(&other.revenue);
        self.first_purchases.merge(&other.first_purchases);
        for (sum, other) in self.values.iter_mut().zip(&other.values) {
            sum.merge(other);
        }
        self.residual.merge(&other.residual);
        self.lifetime.merge(&other.lifetime);
        self.payback.merge(&other.payback);
    }

    /// What first purchases brought on average, in currency.
    pub(super) fn first_purchase(&self) -> f64 {
        self.first_purchases.value() / (100.0 * self.customers as f64)
    }

    pub(super) fn cohort(&self, name: &str, options: &CohortOptions) -> Cohort {
        let customers = self.customers as f64;
        let by_ratio = self.lifetime.value() / customers / options.ratio;
        let by_payback = self.payback.value() / customers;
        let [in_30, in_90, in_365] = self.values.each_ref().map(ExactSum::value);
        Cohort {
            cohort: name.to_owned(),
            customers: self.customers,
            revenue_to_date: self.revenue.value() / 100.0,
            customer_lifetime_value_30d: in_30,
            customer_lifetime_value_90d: in_90,
            customer_lifetime_value_365d: in_365,
            residual_lifetime_value: self.residual.value(),
            highest_acquisition_cost: by_ratio.min(by_payback),
            limited_by: if by_ratio <= by_payback {
                AcquisitionLimit::Ratio
            } else {
                AcquisitionLimit::Payback
            },
        }
    }
}

/// What one customer comes to.
pub(super) fn one(
    history: &History,
    table: &RfmTable,
    row: usize,
    answer: &BatchAnswer,
    model: &Model,
    options: &CohortOptions,
) -> Result<One, CohortError> {
    let (margin, delta) = (model.file().margin, model.daily_rate());
    let age = table.T[row];
    let at = |column: &Option<Vec<f64>>| column.as_ref().map_or(f64::NAN, |column| column[row]);
    let value = |horizon: &HorizonColumns| at(&horizon.customer_lifetime_value);
    let residual = at(&answer.residual_lifetime_value);
    let discount = |day: f64| libm::exp(-delta * day);
    let mut one = One {
        first_purchase: history.purchases[0].amount.cents() as f64,
        values: std::array::from_fn(|i| answer.horizons.get(i).map_or(f64::NAN, value)),
        residual,
        lifetime: discount(age) * residual,
        ..One::default()
    };
    for purchase in history.until(age as u32) {
        let day = f64::from(purchase.day);
        let profit = discount(day) * margin * purchase.amount.mean_over(1);
        one.revenue += purchase.amount.cents() as f64;
        one.lifetime += profit;
        if day <= options.payback {
            one.payback += profit;
        }
    }
    if age < options.payback {
        let known = table.monetary_value[row];
        let profile = Profile::new(
            table.frequency[row],
            table.recency[row],
            age,
            (!known.is_nan()).then_some(known),
        )?;
        let purchases = model.bg_nbd().discounted_purchases(&profile, options.payback - age, delta);
        let profit = margin * model.gamma_gamma().expected_average_profit(&profile);
        one.payback += discount(age) * purchases * profit;
    }
    Ok(one)
}

/// What a customer comes to on the day of the first purchase.
pub(super) fn newcomer(first_purchase: f64, model: &Model, options: &CohortOptions) -> One {
    let (margin, delta) = (model.file().margin, model.daily_rate());
    let profit = margin * model.gamma_gamma().population_mean();
    let within = |days| profit * model.bg_nbd().discounted_purchases(&Profile::NEW, days, delta);
    let residual = within(f64::INFINITY);
    let in_cents = 100.0 * first_purchase;
    One {
        revenue: in_cents,
        first_purchase: in_cents,
        values: HORIZONS.map(within),
        residual,
        lifetime: margin * first_purchase + residual,
        payback: margin * first_purchase + within(options.payback),
    }
}
