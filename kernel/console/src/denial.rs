//! What somebody sees who may not: the page that names the permission, and the one for who holds no
//! role at all.

use std::sync::Arc;

use askama::Template;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use regia_fault::Fault;
use regia_web::{Problem, ProblemPage};

use crate::page::Page;

#[derive(Template)]
#[template(path = "no_permission.html")]
struct DeniedPage {
    page: Page,
    sentence: String,
}

#[derive(Template)]
#[template(path = "no_role.html")]
struct NoRolePage {
    page: Page,
}

/// A layer around pages: who is refused for want of a permission stays in the console, and is told
/// which one it takes.
pub async fn explain_denials(page: Page, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let problem = response.extensions().get::<Arc<Problem>>();
    if let Some(permission) = problem.and_then(|problem| problem.permission()) {
        let sentence = page.t("console.denied.sentence");
        let shown = DeniedPage {
            sentence: sentence.arg("permission", permission).to_string(),
            page: page.headed("console.denied.title"),
        };
        // A template that fails leaves the error page.
        if let Ok(html) = shown.render() {
            response.extensions_mut().insert(ProblemPage(html));
        }
    }
    response
}

/// The start page of somebody who holds no role: what that means, and the next step.
///
/// # Errors
/// When the page cannot be written.
pub fn no_role(page: Page) -> Result<Response, Problem> {
    let shown = NoRolePage {
        page: page.headed("console.no_role.title"),
    };
    Ok(Html(shown.render().map_err(Fault::internal)?).into_response())
}
