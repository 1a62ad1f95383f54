//! The description of the API: what every operation has in common is added here, once.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, PathItem, Ref, RefOr,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::{FieldError, Problem};

const BEARER: &str = "bearer";
const COOKIE: &str = "cookie";

/// The problem answers of the API.
const PROBLEMS: [(&str, &str, When); 12] = [
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
/// they may answer. What an operation describes itself stays.
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
        for (writes, operation) in operations(item) {
            add_problems(path, writes, operation);
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
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(Problem::name())))
            .build();
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", content)
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

/// Each operation of a path, and whether it may change something.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    [
        (false, &mut item.get),
        (true, &mut item.put),
        (true, &mut item.post),
        (true, &mut item.delete),
        (true, &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(writes, operation)| Some((writes, operation.as_mut()?)))
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
        if applies {
            let reference = RefOr::Ref(Ref::from_response_name(component(status)));
            operation
                .responses
                .responses
                .entry(status.to_owned())
                .or_insert(reference);
        }
    }
}

fn component(status: &str) -> String {
    format!("Problem{status}")
}
