//! Extractors that answer problems: unknown fields, wrong types, wrong content, too much of it.
//!
//! Unknown fields are refused where the type says `#[serde(deny_unknown_fields)]`, as every input
//! type does.

mod body;
mod form;
mod json;
mod path;
mod query;

use body::read as read_body;
pub use body::whole as whole_body;
pub use form::{CSRF_FIELD, Form};
pub use json::Json;
pub use path::Path;
pub use query::Query;

use serde::de::DeserializeOwned;

use crate::Problem;

/// Reads `a=1&b=2` into a type.
fn from_pairs<T: DeserializeOwned>(
    pairs: url::form_urlencoded::Parse<'_>,
    code: &'static str,
    detail: &'static str,
) -> Result<T, Problem> {
    let deserializer = serde_html_form::Deserializer::new(pairs);
    serde_path_to_error::deserialize(deserializer)
        .map_err(|error| Problem::invalid(code, detail).field(field_of(&error), reason_of(&error)))
}

/// The path of the field; empty for the whole input.
fn field_of<E>(error: &serde_path_to_error::Error<E>) -> String {
    match error.path().to_string().as_str() {
        "." => String::new(),
        path => path.to_owned(),
    }
}

fn reason_of<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> String {
    error.inner().to_string()
}
