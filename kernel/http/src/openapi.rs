//! The description of the API: what every operation has in common is added here, once.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, Content, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, PathItem, Ref,
    RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::{FieldError, Problem};

/// Below this address stand the operations of all modules.
pub const API: &str = "/api/v1";

const BEARER: &str = "bearer";
const COOKIE: &str = "cookie";
const MEDIA_TYPE: &str = "application/problem+json";

/// The problem answers of the API.
const PROBLEMS: [(&str, &str, When); 13] = [
    ("400", "The request is malformed.", When::HasInput),
    ("401", "Nobody proved who they are.", When::Always),
    ("403", "The caller may not do this.", When::Always),
    ("404", "The thing does not exist.", When::HasPathParameter),
    (
        "408",
        "The request body did not arrive in time.",
        When::HasBody,
    ),
    (
        "409",
        "The thing is in a state that does not allow this.",
        When::Writes,
    ),
    ("413", "The request body is too large.", When::HasBody),
    ("415", "The request body is of another type.", When::HasBody),
    ("422", "The input is wrong.", When::HasInput),
    (
        "429",
        "There were too many requests in a short time; Retry-After says when to come again.",
        When::Always,
    ),
    ("500", "The server failed.", When::Always),
    (
        "503",
        "A part that is needed is away; later is fine.",
        When::Always,
    ),
    (
        "504",
        "A part that is needed did not answer in time.",
        When::Always,
    ),
];

#[derive(Clone, Copy)]
enum When {
    Always,
    Writes,
    HasInput,
    HasBody,
    HasPathParameter,
}

/// Adds to a composed description what all operations share: who may call them, and the problems
/// they may answer. What an operation says of a problem itself stays, and gains what it holds.
#[must_use]
pub fn describe(mut api: OpenApi) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("Regia")
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
            add_problems(path, method != "get", operation);
        }
    }
    let components = api.components.get_or_insert_with(Components::new);
    components
        .schemas
        .insert(Problem::name().into(), Problem::schema());
    components
        .schemas
        .insert(FieldError::name().into(), FieldError::schema());
    for (status, description, _) in PROBLEMS {
        let response = ResponseBuilder::new()
            .description(description)
            .content(MEDIA_TYPE, problem())
            .build();
        components
            .responses
            .insert(component(status), response.into());
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description(
        "regia",
        "A login in the console (`__Host-regia` over TLS); unsafe methods need X-CSRF-Token too.",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let nothing: [&str; 0] = [];
    api.security = Some(vec![
        SecurityRequirement::new(BEARER, nothing),
        SecurityRequirement::new(COOKIE, nothing),
    ]);
    api
}

/// Each operation of a path with its method.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Unique as the standard asks, which the names of handlers are not: `get_acs_devices_id`.
fn name(method: &str, path: &str) -> String {
    let path = path.strip_prefix(API).unwrap_or(path);
    path.split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .fold(method.to_owned(), |name, word| format!("{name}_{word}"))
}

fn add_problems(path: &str, writes: bool, operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let has_path_parameter = path.contains('{');
    let has_parameters = operation
        .parameters
        .as_ref()
        .is_some_and(|all| !all.is_empty());
    for (status, _, when) in PROBLEMS {
        let applies = match when {
            When::Always => true,
            When::Writes => writes,
            When::HasBody => has_body,
            When::HasPathParameter => has_path_parameter,
            When::HasInput => has_body || has_path_parameter || has_parameters,
        };
        let described = &mut operation.responses.responses;
        match described.get_mut(status) {
            Some(RefOr::T(response)) if response.content.is_empty() => {
                let content = RefOr::T(problem());
                response.content.insert(MEDIA_TYPE.to_owned(), content);
            }
            None if applies => {
                let reference = RefOr::Ref(Ref::from_response_name(component(status)));
                described.insert(status.to_owned(), reference);
            }
            _ => {}
        }
    }
}

/// What a problem answer holds.
fn problem() -> Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Problem::name())))
        .build()
}

fn component(status: &str) -> String {
    format!("Problem{status}")
}
