//! `/welcome/{token}`: a person sets their password with a link. Open to everybody.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, Uri};
use regia_access::{AccessError, Origin};
use regia_console::answer::{again, once};
use regia_console::{Console, Page, Refusal, Visitor, choices};
use regia_identity::Access;
use regia_secrets::Secret;
use regia_users::{Invited, LinkToken};
use regia_web::login::refuse_other_sites;
use regia_web::{Form, Path, Peer, Problem, TraceId};
use serde::Deserialize;

use super::refusal;

/// What the page needs.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(super) access: Access,
    pub(super) console: Console,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    page: Page,
    invited: Invited,
    min_chars: usize,
    refusal: Refusal,
}

/// Something else than the form: it is done, or the link opens nothing.
#[derive(Template)]
#[template(path = "welcome_over.html")]
struct OverPage {
    page: Page,
    sentence: String,
    /// Logging in is the next step.
    log_in: bool,
}

impl Door {
    fn page(&self, headers: &HeaderMap) -> Page {
        let (locale, theme) = choices(&self.console, headers);
        let console = self.console.clone();
        Page::new(
            console,
            &Uri::from_static("/"),
            locale,
            theme,
            Visitor::default(),
        )
    }

    fn form(&self, page: Page, invited: Invited, refusal: Refusal) -> WelcomePage {
        let title = match invited.is_new {
            true => "account.welcome.new_title",
            false => "account.welcome.reset_title",
        };
        let name = match invited.full_name.as_str() {
            "" => &invited.name,
            full_name => full_name,
        };
        let title = page.t(title).arg("name", name).to_string();
        WelcomePage {
            page: page.titled(title),
            invited,
            min_chars: self.access.users().password_min_length(),
            refusal,
        }
    }

    async fn look(&self, token: &str) -> Result<(LinkToken, Invited), AccessError> {
        let token = LinkToken::parse(token).ok_or(AccessError::LinkUnknown)?;
        let invited = self.access.users().look_at_link(&token).await?;
        Ok((token, invited))
    }
}

pub(super) async fn show(
    State(door): State<Door>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = door.page(&headers);
    match door.look(&token).await {
        Ok((_, invited)) => once(&door.form(page, invited, Refusal::default())),
        Err(error) => over(page, error),
    }
}

/// The form that sets the password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passwords {
    password: Secret,
    repeat: Secret,
}

pub(super) async fn set_password(
    State(door): State<Door>,
    Path(token): Path<String>,
    peer: Peer,
    trace: TraceId,
    request: Request,
) -> Result<Response, Problem> {
    refuse_other_sites(&request)?;
    let page = door.page(request.headers());
    let Form(form) = read(request).await?;
    let (token, invited) = match door.look(&token).await {
        Ok(found) => found,
        Err(error) => return over(page, error),
    };
    let refused = match set(&door, &token, &form, (peer, &trace)).await {
        Some(Ok(())) => {
            let sentence = page.t("account.welcome.done_text");
            let sentence = sentence.arg("name", &invited.name).to_string();
            return once(&OverPage {
                page: page.headed("account.welcome.done_title"),
                sentence,
                log_in: true,
            });
        }
        Some(Err(error @ AccessError::Weak(_))) => refusal(&page, error)?,
        Some(Err(error)) => return over(page, error),
        None => Refusal::new("repeat", page.t("account.refused.repeat")),
    };
    again(&door.form(page, invited, refused))
}

async fn read(request: Request) -> Result<Form<Passwords>, Problem> {
    use axum::extract::FromRequest as _;
    Form::from_request(request, &()).await
}

/// None when the password was not typed twice.
async fn set(
    door: &Door,
    token: &LinkToken,
    form: &Passwords,
    (peer, trace): (Peer, &TraceId),
) -> Option<Result<(), AccessError>> {
    if form.password.expose() != form.repeat.expose() {
        return None;
    }
    let origin = Origin {
        address: Some(peer.address.ip().to_canonical()),
        trace_id: Some(trace.to_string()),
    };
    Some(
        door.access
            .users()
            .use_link(token, &form.password, origin)
            .await,
    )
}

/// Says in clear words what is the matter with the link.
fn over(page: Page, error: AccessError) -> Result<Response, Problem> {
    let (kind, log_in) = match &error {
        AccessError::LinkUnknown => ("unknown", false),
        AccessError::LinkUsed => ("used", true),
        AccessError::LinkOld => ("old", false),
        _ => return Err(error.into()),
    };
    let sentence = page.t(&format!("account.welcome.{kind}_text")).to_string();
    let shown = once(&OverPage {
        page: page.headed(&format!("account.welcome.{kind}_title")),
        sentence,
        log_in,
    })?;
    Ok((StatusCode::NOT_FOUND, shown).into_response())
}
