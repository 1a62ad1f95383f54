//! Problem answers (RFC 9457): what went wrong, for people and for programs.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use regia_access::AccessError;
use regia_fault::Fault;
use regia_keys::KeyError;
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// When to come again, where nothing better is known.
const RETRY: Duration = Duration::from_secs(5);

/// What went wrong. One pointer wide, because it travels in results.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Members>);

/// The members of the answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
struct Members {
    /// Names the kind of problem: `urn:regia:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:regia:problem:acs.session_busy")]
    kind: String,
    /// The kind of failure in a few words.
    #[schema(value_type = String, example = "Conflict")]
    title: &'static str,
    /// The HTTP status.
    #[schema(value_type = u16, example = 409)]
    #[serde(serialize_with = "status_number")]
    status: StatusCode,
    /// One sentence: the thing and the reason.
    #[schema(value_type = String)]
    detail: Cow<'static, str>,
    /// A stable code, `module.reason`.
    #[schema(value_type = String, example = "acs.session_busy")]
    code: &'static str,
    /// The next step, where there is one.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Cow<'static, str>>,
    /// The permission that this takes, where it is missing.
    #[schema(value_type = Option<String>, example = "acs.device.read")]
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'static str>,
    /// Names the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// For the log only.
    #[serde(skip)]
    chain: Option<String>,
    #[serde(skip)]
    headers: HeaderMap,
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its path, such as `filters[0].name`; empty for the whole input.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Problem {
    /// A problem with its public sentence.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Members {
            kind: format!("urn:regia:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Problem"),
            status,
            detail: detail.into(),
            code,
            hint: None,
            permission: None,
            trace_id: None,
            errors: Vec::new(),
            chain: None,
            headers: HeaderMap::new(),
        }))
    }

    /// Input that parses and is wrong: 422.
    pub fn invalid(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.errors.push(FieldError {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Says when to come again, in whole seconds rounded up.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        self.header(RETRY_AFTER, whole_seconds(wait).into())
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The kind of failure in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.0.title
    }

    /// The public sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The next step, where there is one.
    #[must_use]
    pub fn next_step(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The permission that this takes, where it is missing.
    #[must_use]
    pub fn permission(&self) -> Option<&'static str> {
        self.0.permission
    }

    /// Names the request in the server's log.
    #[must_use]
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// Names the request in the answer.
    pub fn set_trace_id(&mut self, trace_id: String) {
        self.0.trace_id = Some(trace_id);
    }

    /// The causes, for the log and nobody else.
    #[must_use]
    pub fn chain(&self) -> Option<&str> {
        self.0.chain.as_deref()
    }

    /// What an answer without words means, such as the router's own.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("web.no_such_address", "There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => (
                "web.method_not_allowed",
                "This address does not take this method.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            status if status.is_server_error() => ("internal", "The server failed to do this."),
            _ => ("web.refused", "The request was refused."),
        };
        Self::new(status, code, detail)
    }

    /// The body of the answer.
    pub fn json(&self) -> Body {
        // A problem holds nothing that JSON cannot.
        Body::from(serde_json::to_vec(self).unwrap_or_default())
    }
}

pub(crate) const fn too_large() -> (&'static str, &'static str) {
    (
        "web.body_too_large",
        "The request body is larger than this server takes.",
    )
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let status = StatusCode::from_u16(fault.category.http_status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let chain = Some(fault.chain());
        let mut problem = Self::new(status, fault.code, fault.message);
        problem.0.hint = fault.hint;
        problem.0.permission = fault.permission;
        problem.0.chain = chain;
        problem
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let field = match &error {
            AccessError::Field(field, reason) => Some((*field, (*reason).to_owned())),
            AccessError::Weak(weak) => Some(("password", weak.to_string())),
            _ => None,
        };
        let wait = match &error {
            AccessError::Limited { retry_after } => Some(*retry_after),
            _ => None,
        };
        let mut problem = Self::from(Fault::from(error));
        if let Some((field, message)) = field {
            problem = problem.field(field, message);
        }
        match wait {
            Some(wait) => problem.retry_after(wait),
            None => problem,
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let field = match &error {
            KeyError::Field(field, reason) => Some((*field, reason.clone())),
            _ => None,
        };
        let problem = Self::from(Fault::from(error));
        match field {
            Some((field, message)) => problem.field(field, message),
            None => problem,
        }
    }
}

/// JSON. Where requests are observed, the answer gains the trace id, and a page instead where a
/// person asked.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.json());
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        *headers = self.0.headers.clone();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if matches!(self.0.status.as_u16(), 429 | 503) {
            headers
                .entry(RETRY_AFTER)
                .or_insert_with(|| whole_seconds(RETRY).into());
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        Members::schema()
    }
}

impl ToSchema for Problem {
    fn name() -> Cow<'static, str> {
        Members::name()
    }
}

/// Rounded up: whoever comes too early waits again.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
fn status_number<S: serde::Serializer>(
    status: &StatusCode,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;
    use regia_access::Denied;
    use regia_fault::Category;

    #[test]
    fn a_fault_becomes_a_problem_and_keeps_its_chain_to_itself() {
        let fault = Fault::new(
            Category::Conflict,
            "acs.session_busy",
            "The device is talking.",
        )
        .hint("Wait for it.")
        .because(std::io::Error::other("row 7"));
        let problem = Problem::from(fault).field("device", "is busy");
        assert_eq!(problem.chain(), Some("The device is talking.: row 7"));
        let json = serde_json::to_value(&problem).unwrap();
        let expected = serde_json::json!({
            "type": "urn:regia:problem:acs.session_busy",
            "title": "Conflict",
            "status": 409,
            "detail": "The device is talking.",
            "code": "acs.session_busy",
            "hint": "Wait for it.",
            "errors": [{ "field": "device", "message": "is busy" }],
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn a_refusal_names_the_permission() {
        let permission = "acs.file.write";
        let problem = Problem::from(Fault::from(Denied { permission }));
        assert_eq!(problem.permission(), Some(permission));
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["permission"], permission);
    }

    #[test]
    fn every_category_has_its_status() {
        for category in Category::ALL {
            let response = Problem::from(Fault::new(category, "x.y", "z")).into_response();
            assert_eq!(response.status().as_u16(), category.http_status());
            assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
            let later = matches!(category, Category::RateLimited | Category::Unavailable);
            assert_eq!(
                response.headers().contains_key(RETRY_AFTER),
                later,
                "{category:?}"
            );
        }
    }
}
