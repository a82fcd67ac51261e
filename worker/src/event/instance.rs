//! What is the same for every request of an instance.

use std::cell::OnceCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use super::glue;
use crate::problem::Problem;
use crate::settings::Settings;

/// The settings and the bindings.
pub(super) struct Instance {
    pub(super) settings: Settings,
    /// The binding `RATE_LIMIT`, if there is one.
    pub(super) limiter: Option<JsValue>,
    /// The binding `MODELS`, if there is one.
    pub(super) store: Option<JsValue>,
}

thread_local! {
    static INSTANCE: OnceCell<Rc<Instance>> = const { OnceCell::new() };
}

impl Instance {
    /// That of this instance, which has one environment as long as it lives.
    pub(super) fn of(env: &JsValue) -> Rc<Instance> {
        INSTANCE.with(|instance| instance.get_or_init(|| Instance::new(env).into()).clone())
    }

    fn new(env: &JsValue) -> Instance {
        let variable = |name| glue::variable(env, name);
        let binding = |name: &str| {
            let value = Reflect::get(env, &name.into()).ok()?;
            (value.is_object() || value.is_function()).then_some(value)
        };
        let settings = Settings::read(
            &variable("API_KEYS"),
            &variable("ALLOWED_ORIGINS"),
            &variable("RATE_LIMIT_POLICY"),
        );
        Instance { settings, limiter: binding("RATE_LIMIT"), store: binding("MODELS") }
    }
}

/// That a client asked too often.
pub(super) fn too_many() -> Problem {
    INSTANCE.with(|instance| {
        let settings = instance.get().map(|instance| instance.settings.clone());
        let settings = settings.unwrap_or_default();
        Problem::TooManyRequests { window: settings.window(), policy: settings.policy }
    })
}
