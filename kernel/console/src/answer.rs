//! Answers of pages: one that is shown, one that is shown once, a form again, and the way on after a POST.

use askama::Template;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::header::CACHE_CONTROL;
use regia_fault::Fault;
use regia_web::Problem;

/// A page.
///
/// # Errors
/// When the template fails.
pub fn render(template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(Fault::internal)?;
    Ok(Html(html).into_response())
}

/// A form that is shown again with what is wrong in it.
///
/// # Errors
/// When the template fails.
pub fn again(template: &impl Template) -> Result<Response, Problem> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(template)?).into_response())
}

/// A page with something that is shown once.
///
/// # Errors
/// When the template fails.
pub fn once(template: &impl Template) -> Result<Response, Problem> {
    Ok(([(CACHE_CONTROL, "no-store")], render(template)?).into_response())
}

/// After a POST the browser goes to a page that can be reloaded.
#[must_use]
pub fn go(to: &str) -> Response {
    Redirect::to(to).into_response()
}
