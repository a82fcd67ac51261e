//! What is set where the Worker is deployed, in wrangler.toml and its secrets.

use crate::keys::Keys;
use crate::models::Fault;
use crate::origins::Origins;

/// The settings, read once per instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `API_KEYS`.
    pub keys: Keys,
    /// `ALLOWED_ORIGINS`.
    pub origins: Origins,
    /// `RATE_LIMIT_POLICY`: what the rate-limiting binding was told, as the header
    /// `RateLimit-Policy` says it, such as `"requests";q=600;w=60`.
    pub policy: String,
}

impl Settings {
    /// From the variables of these names, empty where they are not set.
    pub fn read(api_keys: &str, allowed_origins: &str, policy: &str) -> Settings {
        Settings {
            keys: Keys::read(api_keys),
            origins: Origins::read(allowed_origins),
            policy: policy.to_owned(),
        }
    }

    /// What is wrong with them.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let detail = "a word of it is no SHA-256 in hex, 64 digits, and lets nobody in";
        self.keys.misread().then(|| Fault {
            key: "API_KEYS".into(),
            detail: detail.into(),
            errors: vec![],
        })
    }

    /// The seconds of the policy's window, after which a new one has begun; a minute if it
    /// does not say.
    pub fn window(&self) -> u32 {
        let window = self.policy.split(';').find_map(|part| part.trim().strip_prefix("w="));
        window.and_then(|seconds| seconds.parse().ok()).unwrap_or(60)
    }
}
