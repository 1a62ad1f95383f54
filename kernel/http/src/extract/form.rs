//! A form as browsers send it.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::{from_pairs, read_body};
use crate::Problem;

/// The field that carries the token of a form.
pub const CSRF_FIELD: &str = "csrf";

pub(crate) const TYPE: &str = "application/x-www-form-urlencoded";

/// A form. A field that comes several times is a list; the CSRF field is not part of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read_body(request, state, TYPE, |kind| kind == TYPE).await?;
        let mut rest = form_urlencoded::Serializer::new(String::new());
        rest.extend_pairs(form_urlencoded::parse(&bytes).filter(|(name, _)| name != CSRF_FIELD));
        let rest = rest.finish();
        let pairs = form_urlencoded::parse(rest.as_bytes());
        from_pairs(pairs, "web.form_invalid", "The form is not what is needed.").map(Self)
    }
}
