//! Which path leads where.

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// One profile.
    Predict,
    /// Many.
    Batch,
    /// Many, summed up.
    Cohorts,
    /// The model file.
    Model,
    /// Which models there are.
    Models,
    /// How the Worker is.
    Health,
}

impl Endpoint {
    /// The header `Allow`.
    pub const fn methods(self) -> &'static str {
        if self.takes_body() { "POST, OPTIONS" } else { "GET, HEAD, OPTIONS" }
    }

    /// Whether it answers to `POST`, and to nothing else.
    pub const fn takes_body(self) -> bool {
        matches!(self, Endpoint::Predict | Endpoint::Batch | Endpoint::Cohorts)
    }

    /// Whether an API key is needed.
    pub const fn is_guarded(self) -> bool {
        matches!(self, Endpoint::Batch | Endpoint::Cohorts)
    }
}

/// A path, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'r> {
    /// What it stands for.
    pub endpoint: Endpoint,
    /// The model it names.
    pub model: Option<&'r str>,
}

impl<'r> Route<'r> {
    /// `None` where the path may be the site's.
    ///
    /// # Example
    /// ```
    /// use edge_clv_worker::{Endpoint, Route};
    ///
    /// let route = Route::of("/models/spring/predict").unwrap();
    /// assert_eq!((route.endpoint, route.model), (Endpoint::Predict, Some("spring")));
    /// assert_eq!(Route::of("/predict/"), None);
    /// ```
    pub fn of(path: &'r str) -> Option<Route<'r>> {
        let endpoint = match path {
            "/predict" => Endpoint::Predict,
            "/predict/batch" => Endpoint::Batch,
            "/cohorts" => Endpoint::Cohorts,
            "/model" => Endpoint::Model,
            "/models" => Endpoint::Models,
            "/healthz" => Endpoint::Health,
            _ => return Route::of_model(path),
        };
        Some(Route { endpoint, model: None })
    }

    fn of_model(path: &'r str) -> Option<Route<'r>> {
        let rest = path.strip_prefix("/models/")?;
        let (model, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let endpoint = match rest {
            "" if !path.ends_with('/') => Endpoint::Model,
            "predict" => Endpoint::Predict,
            "predict/batch" => Endpoint::Batch,
            "cohorts" => Endpoint::Cohorts,
            _ => return None,
        };
        Some(Route { endpoint, model: Some(model) })
    }
}
