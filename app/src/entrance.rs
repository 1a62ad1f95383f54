//! The pages that no module owns: the login in its two steps, and what is shown when something failed.

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{REFERER, RETRY_AFTER};
use http::{HeaderMap, StatusCode, Uri};
use regia_console::answer::render;
use regia_console::{Console, Page, Visitor, choices};
use regia_identity::Access;
use regia_web::login::{CODE_PAGE, CodeForm, HalfLogin, LoginAnswer, LoginForm, Refused};
use regia_web::{ErrorPage, Path, Peer, Problem, language, local_path};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: Page,
    refusal: Option<String>,
    name: &'a str,
    next: &'a str,
}

#[derive(Template)]
#[template(path = "login_code.html")]
struct CodePage<'a> {
    page: Page,
    refusal: Option<String>,
    next: &'a str,
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    page: Page,
    status: u16,
    sentence: &'a str,
    hint: Option<&'a str>,
    /// What the sentence says in English, with its particulars, where the page speaks another language.
    original: Option<&'a str>,
    again: bool,
}

#[derive(Template)]
#[template(path = "fault_part.html")]
struct FaultPart<'a> {
    page: Page,
    sentence: &'a str,
    hint: Option<&'a str>,
}

#[derive(Debug, Clone)]
struct Door {
    access: Access,
    console: Console,
}

/// The pages of the login, open to everybody: the password, and the code where one is needed.
pub(crate) fn router(access: Access, console: Console) -> Router {
    Router::new()
        .route("/login", get(ask).post(let_in))
        .route(CODE_PAGE, get(ask_for_code).post(take_code))
        .route("/language/{tag}", get(speak))
        .with_state(Door { access, console })
}

/// `GET /`, for those who are logged in: the first page that they may see.
pub(crate) fn start() -> Router {
    Router::new().route("/", get(begin))
}

async fn begin(page: Page) -> Result<Response, Problem> {
    if page.has_no_role() {
        return regia_console::no_role(page);
    }
    let sections = page.navigation();
    let mut links = sections.iter().flat_map(|section| &section.items);
    match links.next() {
        Some((first, _)) => Ok(Redirect::to(first.href).into_response()),
        None => regia_console::no_role(page),
    }
}

#[derive(Debug, Deserialize)]
struct Wish {
    #[serde(default)]
    next: String,
}

async fn ask(
    State(door): State<Door>,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
) -> Result<Response, Problem> {
    let page = plain_page(&door.console, &headers, String::new()).headed("console.login.title");
    render(&LoginPage {
        page,
        refusal: None,
        name: "",
        next: local_path(&wish.next),
    })
}

async fn let_in(
    State(door): State<Door>,
    headers: HeaderMap,
    form: LoginForm,
) -> Result<Response, Problem> {
    let refused = match form.log_in(&door.access).await? {
        LoginAnswer::Welcome(response) => return Ok(response),
        LoginAnswer::Refused(refused) => refused,
    };
    let page = plain_page(&door.console, &headers, String::new()).headed("console.login.title");
    let refusal = Some(sentence(&page, &refused, "console.login.wrong"));
    let Refused { name, next, .. } = &refused;
    let shown = render(&LoginPage {
        page,
        refusal,
        name,
        next,
    })?;
    Ok(refuse(&refused, shown))
}

/// Keeps the language that a visitor chose, and goes back to where they were.
async fn speak(
    State(door): State<Door>,
    Path(tag): Path<String>,
    peer: Peer,
    headers: HeaderMap,
) -> Response {
    let mut response = Redirect::to(&where_from(&headers)).into_response();
    if let Some(locale) = door.console.catalog().offered(&tag) {
        language::keep(&mut response, Some(locale.tag()), peer);
    }
    response
}

/// The page of ours that a link was on; the first one where the browser does not say.
fn where_from(headers: &HeaderMap) -> String {
    let from = headers.get(REFERER).and_then(|from| from.to_str().ok());
    let from = from.and_then(|from| from.parse::<Uri>().ok());
    let path = from.as_ref().and_then(Uri::path_and_query);
    let path = path.map_or("/", |path| path.as_str());
    // What browsers would take for another host; the pages of the login are ours too.
    match path.starts_with("//") || path.contains('\\') {
        true => "/".to_owned(),
        false => path.to_owned(),
    }
}

async fn ask_for_code(
    State(door): State<Door>,
    HalfLogin(half): HalfLogin,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
) -> Result<Response, Problem> {
    let waits = match half {
        Some(half) => door.access.awaits_code(&half).await?,
        None => false,
    };
    if !waits {
        return Ok(Redirect::to("/login").into_response());
    }
    let page = plain_page(&door.console, &headers, String::new());
    render(&CodePage {
        page: page.headed("console.login.code_title"),
        refusal: None,
        next: local_path(&wish.next),
    })
}

async fn take_code(
    State(door): State<Door>,
    headers: HeaderMap,
    form: CodeForm,
) -> Result<Response, Problem> {
    let refused = match form.log_in(&door.access).await? {
        LoginAnswer::Welcome(response) => return Ok(response),
        LoginAnswer::Refused(refused) => refused,
    };
    let page = plain_page(&door.console, &headers, String::new());
    let page = page.headed("console.login.code_title");
    let refusal = Some(sentence(&page, &refused, "console.login.code_wrong"));
    let shown = render(&CodePage {
        page,
        refusal,
        next: &refused.next,
    })?;
    Ok(refuse(&refused, shown))
}

fn refuse(refused: &Refused, shown: Response) -> Response {
    let mut response = (refused.status(), shown).into_response();
    if let Some(seconds) = refused.retry_after_seconds {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn sentence(page: &Page, refused: &Refused, wrong: &str) -> String {
    match refused.retry_after_seconds {
        None => page.t(wrong).to_string(),
        Some(seconds) => page
            .t("console.login.limited")
            .arg("time", page.duration(seconds))
            .to_string(),
    }
}

/// Writes the page of a problem, or the part of one that htmx shows.
pub(crate) fn error_page(console: Console) -> ErrorPage {
    ErrorPage::new(move |problem, headers, partial| {
        let trace = problem.trace_id().unwrap_or_default().to_owned();
        let page = plain_page(&console, headers, trace).headed(title(problem.status()));
        let words = page.clone();
        let (sentence, hint, original) = match words.fault(problem.code()) {
            Some((sentence, hint)) => (sentence, hint, Some(problem.detail())),
            None => (problem.detail(), problem.next_step(), None),
        };
        let rendered = match partial {
            true => FaultPart {
                page,
                sentence,
                hint,
            }
            .render(),
            false => {
                let status = problem.status().as_u16();
                let again = status >= 500 || status == 429;
                FaultPage {
                    page,
                    status,
                    sentence,
                    hint,
                    original,
                    again,
                }
                .render()
            }
        };
        // A template that fails leaves the sentence.
        rendered.unwrap_or_else(|_| problem.title().to_owned())
    })
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => "console.error.not_found",
        401 | 403 => "console.error.forbidden",
        429 | 503 | 504 => "console.error.later",
        500.. => "console.error.internal",
        _ => "console.error.invalid",
    }
}

/// A page in the browser's language and colours, for whoever it may be.
fn plain_page(console: &Console, headers: &HeaderMap, trace: String) -> Page {
    let (locale, theme) = choices(console, headers);
    let visitor = Visitor {
        trace,
        ..Visitor::default()
    };
    Page::new(
        console.clone(),
        &Uri::from_static("/"),
        locale,
        theme,
        visitor,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_this_host() {
        for (from, to) in [
            (None, "/"),
            (
                Some("http://regia.test/login?next=%2Facs"),
                "/login?next=%2Facs",
            ),
            (Some("https://evil.example/welcome/x"), "/welcome/x"),
            (Some("https://regia.test//evil.example"), "/"),
            (Some("https://regia.test"), "/"),
            (Some("javascript:alert(1)"), "/"),
            (Some("not an address"), "/"),
        ] {
            let headers: HeaderMap = from
                .map(|from| (REFERER, http::HeaderValue::from_static(from)))
                .into_iter()
                .collect();
            assert_eq!(where_from(&headers), to, "{from:?}");
        }
    }
}
