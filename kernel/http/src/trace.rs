//! The name of one request, in its answer and in every log line about it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use regia_clock::Chance;

/// 32 hexadecimal digits (the size of a W3C trace id). Always ours: a name that comes with a
/// request could be chosen to confuse a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceId(Arc<str>);

impl TraceId {
    /// A new one.
    #[must_use]
    pub fn draw(chance: &Chance) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(chance.bytes())).into())
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Zeros where nothing observes the request.
impl<S: Sync> FromRequestParts<S> for TraceId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let named = parts.extensions.get::<Self>().cloned();
        Ok(named.unwrap_or_else(|| Self("0".repeat(32).into())))
    }
}
