//! The model of CDNOW held against the orders that came after those it was fitted to.

use std::fs::File;
use std::path::Path;

use edge_clv::{Model, json};
use edge_clv_train::{Holdout, OrderLog, Validation};

fn cdnow() -> Validation {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let orders = File::open(root.join("data/cdnow-orders.csv")).unwrap();
    let histories = OrderLog::read_csv(orders).unwrap().histories().unwrap();
    let text = std::fs::read(root.join("model/cdnow.json")).unwrap();
    let model = Model::try_from(json::parse_model(&text).unwrap()).unwrap();
    let day = |text: &str| text.parse().unwrap();
    let holdout = Holdout::new(&histories, day("1997-10-01"), day("1998-06-30")).unwrap();
    Validation::new(&holdout, &model).unwrap()
}

#[test]
fn show() {
    println!("{}", serde_json::to_string_pretty(&cdnow()).unwrap());
}
#[test]
fn report() {
    let text =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../model/cdnow.json")).unwrap();
    let model = Model::try_from(json::parse_model(&text).unwrap()).unwrap();
    std::fs::write("/tmp/vreport.html", cdnow().report(&model)).unwrap();
}
