//! The captures of a route's pattern.

use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use http::StatusCode;
use http::request::Parts;
use regia_fault::Fault;
use serde::de::DeserializeOwned;

use crate::Problem;

/// Captures of the path.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(captures)) => Ok(Self(captures)),
            Err(rejection) => Err(explain(rejection)),
        }
    }
}

fn explain(rejection: PathRejection) -> Problem {
    let PathRejection::FailedToDeserializePathParams(failed) = rejection else {
        return Fault::internal(rejection.to_string()).into();
    };
    let (field, message) = match failed.into_kind() {
        ErrorKind::ParseErrorAtKey {
            key, expected_type, ..
        } => (key, needs(expected_type)),
        ErrorKind::ParseErrorAtIndex {
            index,
            expected_type,
            ..
        } => (index.to_string(), needs(expected_type)),
        ErrorKind::ParseError { expected_type, .. } => (String::new(), needs(expected_type)),
        ErrorKind::DeserializeError { key, message, .. } => (key, message),
        ErrorKind::Message(message) => (String::new(), message),
        ErrorKind::InvalidUtf8InPathParam { key } => {
            let (code, detail) = ("web.path_malformed", "The address is not UTF-8.");
            return Problem::new(StatusCode::BAD_REQUEST, code, detail).field(key, "is not UTF-8");
        }
        // The handler asks for captures that its route does not have.
        kind => return Fault::internal(kind.to_string()).into(),
    };
    Problem::invalid("web.path_invalid", "The address is not what is needed.").field(field, message)
}

fn needs(expected_type: &str) -> String {
    format!("cannot be read as {expected_type}")
}
