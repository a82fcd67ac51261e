//! The models of this instance, kept up to date from the binding `MODELS`.

use std::cell::RefCell;
use std::rc::Rc;

use edge_clv::Model;
use js_sys::Date;
use js_sys::futures::future_to_promise;
use wasm_bindgen::JsValue;

use super::instance::Instance;
use super::{glue, settled};
use crate::models::{Fetched, Models, Refresh};
use crate::problem::Problem;

/// How many milliseconds an answer of the store is waited for.
const PATIENCE: u32 = 2000;

thread_local! {
    static MODELS: RefCell<Option<Models>> = const { RefCell::new(None) };
}

/// Calls with the models that are known.
pub(super) fn with<T>(call: impl FnOnce(&mut Models) -> T) -> T {
    MODELS.with_borrow_mut(|models| call(models.get_or_insert_with(|| Models::new(Model::baked()))))
}

/// The model of an id, or the default model.
pub(super) async fn model(
    instance: &Instance,
    id: Option<&str>,
    context: &JsValue,
) -> Result<Rc<Model>, Problem> {
    if let Some(store) = &instance.store {
        let id = match id {
            Some(id) => id.to_owned(),
            None => {
                let key = with(|models| models.default_key());
                refreshed(store, key, context).await;
                with(|models| models.default_id().to_owned())
            }
        };
        refreshed(store, &id, context).await;
    }
    with(|models| match id {
        Some(id) => models.named(id),
        None => Ok(models.default_model()),
    })
}

/// Whether it is known, and nothing has to be asked for first.
pub(super) fn is_at_hand(instance: &Instance, id: Option<&str>) -> bool {
    with(|models| {
        if instance.store.is_some() {
            let now = Date::now();
            let key = models.default_key();
            if id.is_none() && !models.is_fresh(key, now) {
                return false;
            }
            if !models.is_fresh(id.unwrap_or(models.default_id()), now) {
                return false;
            }
        }
        id.is_none_or(|id| models.named(id).is_ok())
    })
}

/// Brings a key up to date, or sees to it that it soon is.
async fn refreshed(store: &JsValue, key: &str, context: &JsValue) {
    match with(|models| models.refresh(key, Date::now())) {
        Refresh::No => {}
        Refresh::First => fetch(store.clone(), key.to_owned()).await,
        Refresh::Behind => {
            let fetching = fetch(store.clone(), key.to_owned());
            glue::wait_until(
                context,
                &future_to_promise(async {
                    fetching.await;
                    Ok(JsValue::UNDEFINED)
                }),
            );
        }
    }
}

async fn fetch(store: JsValue, key: String) {
    let fetched = match settled(glue::stored(&store, &key, PATIENCE)).await {
        Ok(value) if value.is_null() => Fetched::Absent,
        Ok(value) => value.as_string().map_or(Fetched::Failed, Fetched::Text),
        Err(_) => Fetched::Failed,
    };
    with(|models| models.fetched(&key, fetched, Date::now()));
}
