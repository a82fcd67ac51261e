//! The model that is compiled in is the one the build was told of.

mod tables;

use edge_clv::{Model, json};

#[test]
fn the_baked_model_is_the_file_that_was_named() {
    let named = option_env!("EDGE_CLV_MODEL").filter(|named| !named.is_empty());
    let named = named.unwrap_or("model/cdnow.json");
    let file = json::parse_model(tables::text(named).as_bytes()).unwrap();
    assert_eq!(Model::baked(), Model::try_from(file).unwrap());
}
