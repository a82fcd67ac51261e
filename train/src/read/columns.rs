//! Which column of a file is which.

use crate::ReadError;

/// An export whose layout is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Shopify's `orders_export.csv`: a row a line item, the order's data on its first.
    Shopify,
    /// The order exports of WooCommerce and its usual plugins.
    Woocommerce,
    /// `CDNOW_sample.txt` and `CDNOW_master.txt`: numbers between spaces, no header.
    Cdnow,
}

/// Columns named by hand, as the header writes them.
#[derive(Clone, Debug, Default)]
pub struct NamedColumns {
    /// Who ordered.
    pub customer: Option<String>,
    /// When.
    pub date: Option<String>,
    /// For how much.
    pub amount: Option<String>,
    /// What the customers are labelled with, see [`OrderIntake::gather`](crate::OrderIntake::gather).
    pub label: Option<String>,
}

/// Where an order's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderColumns {
    /// The layout they were found by.
    pub format: Option<Format>,
    /// Who ordered.
    pub customer: usize,
    /// When.
    pub date: usize,
    /// For how much.
    pub amount: usize,
    /// The amount is in cents.
    pub in_cents: bool,
    /// What was given back of it; always above zero.
    pub refund: Option<usize>,
    /// Nothing says what was given back, neither a column nor rows of their own, so that an order
    /// whose status is `refunded` counts as not paid.
    pub skips_refunded: bool,
    /// Whether it was paid.
    pub status: Option<usize>,
    /// The order's number, which its further lines repeat.
    pub number: Option<usize>,
    /// What the customers are labelled with.
    pub label: Option<usize>,
}

/// The usual spellings, the surest first, in small letters and digits alone.
struct Spellings {
    customer: &'static [&'static str],
    date: &'static [&'static str],
    amount: &'static [&'static str],
    refund: &'static [&'static str],
    number: &'static [&'static str],
}

/// How a customer's column is usually called.
pub(crate) const CUSTOMER_SPELLINGS: &[&str] = &[
    "customer",
    "customerid",
    "customerkey",
    "customernumber",
    "customerno",
    "userid",
    "user",
    "clientid",
    "client",
    "buyerid",
    "buyer",
    "memberid",
    "accountid",
    "email",
    "customeremail",
    "emailaddress",
    "useremail",
    "billingemail",
];

/// How a column that says whether an order was paid is usually called.
const STATUS_SPELLINGS: &[&str] = &["financialstatus", "orderstatus", "status", "paymentstatus"];

/// The price of one, if there is a column of [`QUANTITIES`] too.
const UNIT_PRICE: &str = "price";

const QUANTITIES: &[&str] = &["quantity", "qty"];

/// In WooCommerce's own reports, where every refund is a row of its own.
const NET_REVENUES: [&str; 2] = ["netrevenue", "nrevenue"];

const USUAL: Spellings = Spellings {
    customer: CUSTOMER_SPELLINGS,
    date: &[
        "date",
        "orderdate",
        "orderedat",
        "createdat",
        "orderdatetime",
        "datetime",
        "timestamp",
        "ordertimestamp",
        "orderpurchasetimestamp",
        "ordertime",
        "purchasedate",
        "purchasedat",
        "transactiondate",
        "transactiontime",
        "invoicedate",
        "paidat",
        "processedat",
        "completedat",
    ],
    amount: &[
        "amount",
        "amountcents",
        "total",
        "totalcents",
        "ordertotal",
        "totalprice",
        "totalamount",
        "orderamount",
        "ordervalue",
        "grandtotal",
        "revenue",
        "netrevenue",
        "sales",
        "netsales",
        "paymentvalue",
        "monetaryvalue",
        "cents",
        UNIT_PRICE,
        "value",
    ],
    refund: &[],
    number: &[],
};

const SHOPIFY: Spellings = Spellings {
    customer: &["email"],
    date: &["createdat"],
    amount: &["total"],
    refund: &["refundedamount"],
    number: &["name"],
};

const WOOCOMMERCE: Spellings = Spellings {
    // Guests share the number 0, so an address goes first.
    customer: &[
        "customeremail",
        "billingemail",
        "emailbilling",
        "email",
        "customerid",
        "customeruser",
        "customer",
    ],
    date: &["orderdate", "datecreated", "createdat", "date"],
    amount: &["ordertotal", "ordertotalamount", "total", NET_REVENUES[0], NET_REVENUES[1]],
    refund: &["orderrefundamount", "refundedtotal", "totalrefunded", "refundamount"],
    number: &["orderid", "ordernumber", "order"],
};

/// In letters alone, what says that an order was not paid.
const UNPAID: [&str; 14] = [
    "pending",
    "pendingpayment",
    "authorized",
    "unpaid",
    "voided",
    "expired",
    "cancelled",
    "canceled",
    "failed",
    "onhold",
    "draft",
    "checkoutdraft",
    "autodraft",
    "trash",
];

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A further line of the order above.
    Further,
    /// An order that was not paid.
    Unpaid,
    /// An order.
    Order,
}

/// The order above a row, which may be the row's own.
pub struct OrderAbove<'c> {
    columns: &'c OrderColumns,
    number: Vec<u8>,
    amount: Vec<u8>,
}

impl<'c> OrderAbove<'c> {
    /// Nothing is above the first row of a file with these columns.
    pub fn none(columns: &'c OrderColumns) -> Self {
        Self { columns, number: Vec::new(), amount: Vec::new() }
    }

    /// What the next row is, by its order's number and status where there are such columns, and
    /// by its amount.
    pub fn next(&mut self, number: Option<&[u8]>, amount: &[u8], status: Option<&str>) -> LineKind {
        if let Some(number) = number {
            let is_same = !number.is_empty() && number == &self.number[..];
            // Shopify leaves the total out of further lines, others may repeat it. Another amount
            // is no line of that order: a refund goes under the number of what it takes back.
            let repeats = self.columns.format != Some(Format::Shopify) && amount == self.amount;
            if is_same && (amount.is_empty() || repeats) {
                return LineKind::Further;
            }
            self.number.clear();
            self.number.extend_from_slice(number);
            self.amount.clear();
            self.amount.extend_from_slice(amount);
        }
        let is_unpaid = |status| is_unpaid(status, self.columns.skips_refunded);
        if status.is_some_and(is_unpaid) { LineKind::Unpaid } else { LineKind::Order }
    }
}

/// An order with this status was never paid, or what was paid is to be taken for given back.
fn is_unpaid(status: &str, skips_refunded: bool) -> bool {
    let status = bare(status);
    let status = status.strip_prefix("wc").unwrap_or(&status);
    UNPAID.contains(&status) || skips_refunded && status == "refunded"
}

impl OrderColumns {
    /// Finds the columns of a file by their names.
    pub fn find(
        header: &[String],
        format: Option<Format>,
        named: &NamedColumns,
    ) -> Result<Self, ReadError> {
        let spellings = match format {
            Some(Format::Shopify) => SHOPIFY,
            Some(Format::Woocommerce) => WOOCOMMERCE,
            Some(Format::Cdnow) | None => USUAL,
        };
        let needed = |column, named: &Option<String>, spellings| {
            let place = match named {
                Some(name) => only(header, |cell| cell == name),
                None => first(header, spellings),
            };
            place.ok_or_else(|| ReadError::Header {
                found: header.to_vec(),
                column: named.clone().unwrap_or_else(|| String::from(column)),
            })
        };
        let label = named.label.as_ref().map(|name| {
            let place = only(header, |cell| cell == name);
            place.ok_or_else(|| ReadError::NoSuchColumn {
                found: header.to_vec(),
                column: name.clone(),
            })
        });
        let amount = needed("amount", &named.amount, spellings.amount);
        if let (Ok(at), None, None) = (&amount, format, &named.amount)
            && bare(&header[*at]) == UNIT_PRICE
            && let Some(quantity) = header.iter().find(|cell| QUANTITIES.contains(&&*bare(cell)))
        {
            let (price, quantity) = (header[*at].clone(), quantity.clone());
            return Err(ReadError::UnitPrice { price, quantity });
        }
        let refund = first(header, spellings.refund);
        let is_net = |&at: &usize| NET_REVENUES.contains(&&*bare(&header[at]));
        Ok(Self {
            format,
            customer: needed("customer", &named.customer, spellings.customer)?,
            date: needed("date", &named.date, spellings.date)?,
            in_cents: amount.as_ref().is_ok_and(|&at| bare(&header[at]).ends_with("cents")),
            skips_refunded: refund.is_none() && !amount.as_ref().is_ok_and(is_net),
            amount: amount?,
            refund,
            status: format.and_then(|_| first(header, STATUS_SPELLINGS)),
            number: first(header, spellings.number),
            label: label.transpose()?,
        })
    }

    /// Whether a customer's cell says that nobody is known: it is empty, or in WooCommerce the
    /// number that all guests share.
    pub fn is_nobody(&self, customer: &str) -> bool {
        let is_guest = || self.format == Some(Format::Woocommerce) && customer.parse() == Ok(0.0);
        customer.is_empty() || is_guest()
    }
}

/// The column that seems to say whether an order was paid, for which [`OrderColumns::find`] looks
/// in exports of known layout alone.
pub fn status_column(header: &[String]) -> Option<&str> {
    first(header, STATUS_SPELLINGS).map(|at| header[at].as_str())
}

/// The column with the surest spelling, if it is the only one so spelt.
pub(crate) fn first(header: &[String], spellings: &[&str]) -> Option<usize> {
    spellings
        .iter()
        .find(|&spelling| header.iter().any(|cell| bare(cell) == **spelling))
        .and_then(|spelling| only(header, |cell| bare(cell) == **spelling))
}

pub(crate) fn only(header: &[String], is: impl Fn(&str) -> bool) -> Option<usize> {
    let mut found = (0..header.len()).filter(|&at| is(&header[at]));
    match (found.next(), found.next()) {
        (only, None) => only,
        _ => None,
    }
}

/// A name's letters and digits, in small.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_surest_spelling_wins() {
        for (names, expected) in [
            (&["Customer ID", "Order Date", "Total"][..], (0, 1, 2)),
            (&["email", "customer_id", "created_at", "price", "total_price"], (1, 2, 4)),
            (&["revenue", "DATE", "E-Mail"], (2, 1, 0)),
        ] {
            let found = OrderColumns::find(&header(names), None, &NamedColumns::default());
            let found = found.expect("there are all three");
            assert_eq!((found.customer, found.date, found.amount), expected, "{names:?}");
            assert!(!found.in_cents);
        }
        let cents = header(&["customer", "date", "amount_cents"]);
        assert!(OrderColumns::find(&cents, None, &NamedColumns::default()).unwrap().in_cents);
    }

    #[test]
    fn a_name_given_by_hand_is_taken_as_it_is() {
        let names = header(&["who", "Who", "when", "sum"]);
        let named = NamedColumns {
            customer: Some("Who".to_owned()),
            date: Some("when".to_owned()),
            amount: Some("sum".to_owned()),
            label: Some("Who".to_owned()),
        };
        let found = OrderColumns::find(&names, None, &named).unwrap();
        assert_eq!((found.customer, found.date, found.amount), (1, 2, 3));
        assert_eq!(found.label, Some(1));
        let missing = NamedColumns { customer: Some("WHO".to_owned()), ..named };
        assert!(OrderColumns::find(&names, None, &missing).is_err());
    }

    #[test]
    fn statuses() {
        for status in ["voided", "wc-cancelled", "wc-failed", "Pending payment", "On hold"] {
            assert!(is_unpaid(status, false), "{status}");
        }
        for status in ["paid", "partially_refunded", "wc-completed", "processing", ""] {
            assert!(!is_unpaid(status, true), "{status}");
        }
        for status in ["refunded", "wc-refunded"] {
            assert!(is_unpaid(status, true) && !is_unpaid(status, false), "{status}");
        }
    }
}
