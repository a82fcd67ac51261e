-- Orders to the folded RFM summary, with the rules of `clv summary`, for DuckDB, Spark and
-- whatever else has window functions. It reads
--
--   orders(customer, order_date, cents)
--   observation(observed_to)
--
-- The first has a row an order: a text or a number, a date, and whole cents, below zero for a
-- refund. Orders of nobody, whose customer is NULL or an empty text, are left out, as they are
-- bad rows to `clv`; count them with
--
--   SELECT COUNT(*) FROM orders WHERE customer IS NULL OR CONCAT(customer, '') = ''
--
-- and give guests an id of their own to count them in. The second has one row, the last day of
-- the observation; later orders are left out. What comes out is dates and cents, exact
-- everywhere, of which `clv` makes days and means:
--
--   first_date, last_date   of the purchases
--   observed_to             the last day of the observation
--   frequency               purchase days minus one
--   repeat_cents            what was paid after the first purchase day
--   count                   how many customers have all of that in common
--
-- A refund is taken off what its customer bought that day, and the rest of it off the
-- purchases before, the latest first. So of a day remains what lies between the running
-- balance before it and the least that the balance falls to from then on.
WITH days AS (
  SELECT
    customer,
    order_date,
    SUM(cents) AS cents,
    SUM(CASE WHEN cents < 0 THEN 1 ELSE 0 END) AS refunds
  FROM orders
  -- CONCAT makes a text of a number, and NULL or nothing of NULL.
  WHERE CONCAT(customer, '') <> '' AND order_date <= (SELECT observed_to FROM observation)
  GROUP BY customer, order_date
),

totals AS (
  SELECT
    customer,
    order_date,
    cents,
    refunds,
    SUM(cents) OVER (
      PARTITION BY customer ORDER BY order_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS total
  FROM days
),

-- What is refunded beyond all purchases is lost: a balance does not fall below zero.
balances AS (
  SELECT
    customer,
    order_date,
    cents,
    refunds,
    total - LEAST(0, MIN(total) OVER (
      PARTITION BY customer ORDER BY order_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )) AS balance
  FROM totals
),

remains AS (
  SELECT
    customer,
    order_date,
    cents,
    refunds,
    MIN(balance) OVER (
      PARTITION BY customer ORDER BY order_date
      ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) - COALESCE(LAG(balance) OVER (PARTITION BY customer ORDER BY order_date), 0) AS remaining
  FROM balances
),

-- An order of zero is one given away, and a purchase; a day refunded to zero is none.
purchases AS (
  SELECT
    customer,
    order_date,
    GREATEST(remaining, 0) AS cents,
    ROW_NUMBER() OVER (PARTITION BY customer ORDER BY order_date) AS place
  FROM remains
  WHERE remaining > 0 OR (cents = 0 AND refunds = 0)
),

customers AS (
  SELECT
    customer,
    MIN(order_date) AS first_date,
    MAX(order_date) AS last_date,
    COUNT(*) - 1 AS frequency,
    SUM(CASE WHEN place > 1 THEN cents ELSE 0 END) AS repeat_cents
  FROM purchases
  GROUP BY customer
)

SELECT
  first_date,
  last_date,
  (SELECT observed_to FROM observation) AS observed_to,
  CAST(frequency AS BIGINT) AS frequency,
  CAST(repeat_cents AS BIGINT) AS repeat_cents,
  CAST(COUNT(*) AS BIGINT) AS count
FROM customers
GROUP BY first_date, last_date, frequency, repeat_cents
ORDER BY frequency, first_date, last_date, repeat_cents
