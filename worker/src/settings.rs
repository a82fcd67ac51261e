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

    /// What is wrong with them. A word is not told: anybody may ask, and it may be a key.
    pub(crate) fn faults(&self) -> impl Iterator<Item = Fault> {
        let keys = "a word of it is no SHA-256 in hex, 64 digits, and lets nobody in";
        let origins = "a word of it is neither * nor an origin as browsers send it, and lets no \
             page in: https://shop.example, in lower case, without a slash at the end, and \
             without the port that the scheme has anyway";
        let settings = [
            ("API_KEYS", keys, self.keys.misread()),
            ("ALLOWED_ORIGINS", origins, self.origins.misread()),
        ];
        settings.into_iter().filter(|(_, _, misread)| *misread).map(|(key, detail, _)| Fault {
            key: key.into(),
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
