//! The Worker without the runtime: what the event glue does, on the host.

use edge_clv::Model;
use edge_clv_worker::{
    Body, Credentials, Endpoint, Head, Media, Models, Options, Problem, Response, Settings, Step,
    Table, Task, TaskKind, answer, customers, open, predict,
};

/// A request, and who sends it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    /// The path and, if there is one, the query.
    pub(crate) path: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) accept: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) model: &'a str,
    pub(crate) key: &'a str,
    pub(crate) body: &'a [u8],
}

pub(crate) const KEY: &str = "dev-key";

/// Keys, an origin and a policy.
pub(crate) fn settings() -> Settings {
    // printf %s dev-key | sha256sum
    let digest = "7e9f8fd111802be56c379d597842e29b2cebd35ff2133d431a49fa556a18704e";
    Settings::read(digest, "https://shop.example", "\"requests\";q=5;w=10")
}

impl Ask<'_> {
    /// Answered by a model that is compiled in.
    pub(crate) fn answered(&self) -> Response {
        self.answered_by(&mut Models::new(Model::baked()), &settings())
    }

    pub(crate) fn answered_by(&self, models: &mut Models, settings: &Settings) -> Response {
        let Ask { method, path, content_type, origin, model, .. } = self;
        let length = self.body.len();
        let url = format!("https://clv.example{path}");
        let text = format!("{method}\n{url}\n{content_type}\n{length}\n{origin}\n{model}");
        let head = Head::read(&text);
        let credentials =
            Credentials { api_key: self.key, accept: self.accept, ..Credentials::default() };
        let (cors, step) = open(&head, || credentials, settings);
        let response = match step {
            Step::Answer(response) | Step::Counted(response) => response,
            Step::Site => Problem::NotFound.response(),
            Step::Do(task) => self
                .done(task, &head, models, settings)
                .unwrap_or_else(|problem| problem.response()),
        };
        response.sealed(&cors)
    }

    fn done(
        &self,
        task: Task<'_>,
        head: &Head<'_>,
        models: &mut Models,
        settings: &Settings,
    ) -> Result<Response, Problem> {
        let Task { endpoint, model, kind } = task;
        let model = match model {
            Some(id) => models.named(id)?,
            None => models.default_model(),
        };
        match kind {
            TaskKind::NoBody => Ok(answer(endpoint, &model, models, settings)),
            TaskKind::Whole { limit, written } => {
                let body = match self.body.len() > limit {
                    true => Body::TooLarge,
                    false => Body::of(self.body),
                };
                match endpoint {
                    Endpoint::Predict => predict(&model, body),
                    _ => customers(&model, endpoint, head.query, body, written),
                }
            }
            TaskKind::Stream { read, written } => {
                let options = Options::of_query(head.query, endpoint, &model)
                    .map_err(Problem::BrokenRules)?;
                let mut table = Table::new(&model, options, read, written);
                let mut body = table.push(self.body)?;
                body.append(&mut table.finish()?);
                let written = if endpoint == Endpoint::Cohorts { Media::Json } else { written };
                let headers = vec![("content-type", written.content_type().into())];
                Ok(Response { status: 200, headers, body })
            }
        }
    }
}

/// The body as text.
pub(crate) fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}
