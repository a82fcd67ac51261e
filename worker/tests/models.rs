//! Which model answers, while the store is asked and fails.

use edge_clv::{Model, json};
use edge_clv_worker::{Fetched, Models, Problem, Refresh};

/// The default model under another id, sealed.
fn file(id: &str) -> String {
    let mut file = Model::baked().file().clone();
    file.id = id.into();
    file.version = json::model_version(&file);
    json::to_string(&file)
}

fn text(text: impl Into<String>) -> Fetched {
    Fetched::Text(text.into())
}

fn id(models: &mut Models) -> String {
    models.default_model().name().id.to_owned()
}

#[test]
fn the_last_good_one_stays_until_there_is_a_better() {
    let mut models = Models::new(Model::baked());
    assert_eq!(id(&mut models), "cdnow");
    models.fetched("default", text("spring\n"), 0.0);
    // Named, but not come yet.
    assert_eq!(id(&mut models), "cdnow");
    models.fetched("spring", text(file("spring")), 0.0);
    assert_eq!(id(&mut models), "spring");
    assert!(models.faults().is_empty());
    for broken in ["", "{}", "null", "x", &file("autumn"), &file("spring").replace("0.1", "0.2")] {
        models.fetched("spring", text(broken), 1.0);
        assert_eq!(id(&mut models), "spring", "{broken}");
        assert_eq!(models.faults().len(), 1, "{broken}");
        assert_eq!(models.faults()[0].key, "spring");
    }
    models.fetched("spring", Fetched::Failed, 2.0);
    models.fetched("default", Fetched::Failed, 2.0);
    assert_eq!(id(&mut models), "spring");
    // A default that is none keeps what there is, and is told.
    models.fetched("default", text("no id"), 3.0);
    models.fetched("spring", text(file("spring")), 3.0);
    assert_eq!(id(&mut models), "spring");
    assert_eq!(models.faults().len(), 1);
    // One that there is none of, too.
    models.fetched("default", text("winter"), 4.0);
    models.fetched("winter", Fetched::Absent, 4.0);
    assert_eq!(id(&mut models), "spring");
    assert_eq!(models.faults()[0].key, "default");
    // Taken out of the store, the one that is compiled in is back.
    models.fetched("default", Fetched::Absent, 5.0);
    assert_eq!(id(&mut models), "cdnow");
    assert!(models.faults().is_empty());
}

#[test]
fn what_is_not_there_is_not_there_and_what_cannot_be_read_is_out_of_reach() {
    let mut models = Models::new(Model::baked());
    assert_eq!(models.named("spring"), Err(Problem::NoSuchModel("spring".into())));
    models.fetched("spring", Fetched::Failed, 0.0);
    assert_eq!(models.named("spring"), Err(Problem::ModelOutOfReach("spring".into())));
    models.fetched("spring", Fetched::Absent, 0.0);
    assert_eq!(models.named("spring"), Err(Problem::NoSuchModel("spring".into())));
    // A file of the store under the id of the one that is compiled in is the newer.
    let mut file = Model::baked().file().clone();
    file.margin = 0.5;
    file.version = json::model_version(&file);
    models.fetched("cdnow", text(json::to_string(&file)), 0.0);
    assert_eq!(models.named("cdnow").unwrap().file().margin, 0.5);
}

#[test]
fn the_store_is_asked_within_half_a_minute_and_waited_for_once() {
    let mut models = Models::new(Model::baked());
    assert_eq!(models.refresh("default", 0.0), Refresh::First);
    models.fetched("default", Fetched::Absent, 0.0);
    assert!(models.is_fresh("default", 14_999.0));
    assert_eq!(models.refresh("default", 14_999.0), Refresh::No);
    assert!(!models.is_fresh("default", 15_000.0));
    assert_eq!(models.refresh("default", 15_000.0), Refresh::Behind);
    // It is on its way.
    assert_eq!(models.refresh("default", 15_001.0), Refresh::No);
    models.fetched("default", Fetched::Absent, 15_002.0);
    // Whoever asks once an hour gets no model of an hour ago.
    assert_eq!(models.refresh("default", 3.6e6), Refresh::First);
    models.fetched("default", Fetched::Failed, 3.6e6);
    assert_eq!(models.refresh("default", 7.2e6), Refresh::Behind);
    // A clock that is set back does not stop time.
    models.fetched("default", Fetched::Absent, 1e9);
    assert_eq!(models.refresh("default", 0.0), Refresh::First);
}

#[test]
fn made_up_ids_do_not_fill_the_memory_nor_push_out_the_default() {
    let mut models = Models::new(Model::baked());
    models.fetched("default", text("spring"), 0.0);
    models.fetched("spring", text(file("spring")), 0.0);
    // Nobody asks for it in all that time.
    models.fetched("autumn", text(file("autumn")), 0.0);
    for i in 0..10_000 {
        let id = format!("made-up-{i}");
        models.refresh(&id, 1.0);
        models.fetched(&id, Fetched::Absent, 1.0);
    }
    assert_eq!(id(&mut models), "spring");
    assert_eq!(models.named("autumn").unwrap().name().id, "autumn");
    assert_eq!(models.refresh("made-up-0", 2.0), Refresh::First, "it is forgotten");
    assert_eq!(models.refresh("made-up-9999", 2.0), Refresh::No);
}

#[test]
fn of_good_models_only_so_many_are_kept() {
    let mut models = Models::new(Model::baked());
    for i in 0..100 {
        let id = format!("good-{i}");
        models.fetched(&id, text(file(&id)), f64::from(i));
    }
    assert!(models.known().len() < 70, "{}", models.known().len());
    assert_eq!(models.refresh("good-99", 100.0), Refresh::No);
}

#[test]
fn what_can_be_an_id() {
    for id in ["a", "my-shop_2.1", &"x".repeat(64)] {
        assert!(Models::is_id(id), "{id}");
    }
    for id in ["", "default", "a b", "a/b", "é", &"x".repeat(65)] {
        assert!(!Models::is_id(id), "{id}");
    }
}
