//! The model that is compiled in is the one the build was told of.

mod tables;

use edge_clv::{Model, ModelFile};

#[test]
fn the_baked_model_is_the_file_that_was_named() {
    let named = option_env!("EDGE_CLV_MODEL").unwrap_or("model/cdnow.json");
    let file: ModelFile = serde_json::from_str(&tables::text(named)).unwrap();
    assert_eq!(Model::baked(), Model::try_from(file).unwrap());
}
