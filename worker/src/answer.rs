//! What is answered without a body: the model, the models, the health.

use edge_clv::{Model, ModelName};
use serde::Serialize;

use crate::models::{Fault, Models};
use crate::response::Response;
use crate::route::Endpoint;
use crate::settings::Settings;

/// What `GET /healthz` answers.
#[derive(Serialize)]
struct Health<'m> {
    status: &'static str,
    model: ModelName<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
}

/// What `GET /models` answers.
#[derive(Serialize)]
struct Known<'m> {
    default: ModelName<'m>,
    models: Vec<ModelName<'m>>,
}

/// The answer of an endpoint that takes no body; `model` is the one that was asked for.
pub fn answer(endpoint: Endpoint, model: &Model, models: &Models, settings: &Settings) -> Response {
    let response = match endpoint {
        Endpoint::Models => {
            Response::json(&Known { default: model.name(), models: models.known() })
        }
        Endpoint::Health => {
            let mut faults = models.faults();
            faults.extend(settings.faults());
            let status = if faults.is_empty() { "ok" } else { "degraded" };
            Response::json(&Health { status, model: model.name(), faults })
        }
        _ => Response::json(model),
    };
    response.by_model(model)
}
