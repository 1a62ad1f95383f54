//! What the buttons of a user's page post.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use regia_access::UserId;
use regia_account::logins::Ended;
use regia_account::welcome_path;
use regia_console::Page;
use regia_identity::Access;
use regia_users::{Link, Person};
use regia_web::{Caller, Form, Path, Peer, Problem};
use serde::Deserialize;
use time::OffsetDateTime;

use super::refusal::refusal;
use super::user::UserPage;
use super::{USERS, again, go, once};
use crate::Administration;

/// A link on the page that shows it once.
#[derive(Template)]
#[template(path = "link.html")]
pub(super) struct LinkPage<'a> {
    page: Page,
    user: UserId,
    name: &'a str,
    link: String,
    expires_at: OffsetDateTime,
}

impl LinkPage<'_> {
    pub(super) fn answer(
        page: Page,
        (user, name): (UserId, &str),
        link: &Link,
        Base(base): &Base,
    ) -> Result<Response, Problem> {
        let users = page.t("administration.users.title").to_string();
        once(&LinkPage {
            page: page.below(users, USERS),
            user,
            name,
            link: format!("{base}{}", welcome_path(&link.token)),
            expires_at: link.expires_at,
        })
    }
}

/// Where the console is, as the browser of whoever asks sees it.
#[derive(Debug)]
pub(super) struct Base(pub(super) String);

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = Peer::from_request_parts(parts, state).await?;
        let text = |name| {
            let value = parts.headers.get(name);
            value.and_then(|value| value.to_str().ok())
        };
        // Behind a proxy only the browser knows whether the way is sealed.
        if let Some(origin) = text(ORIGIN).filter(|origin| origin.starts_with("http")) {
            return Ok(Self(origin.to_owned()));
        }
        let scheme = if peer.tls { "https" } else { "http" };
        let host = text(HOST).map(|host| format!("{scheme}://{host}"));
        Ok(Self(host.unwrap_or_default()))
    }
}

fn page_of(id: UserId) -> Response {
    go(&format!("{USERS}/{id}"))
}

/// What is known of a user.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Details {
    full_name: String,
    email: String,
}

pub(super) async fn change(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    page: Page,
    Form(Details { full_name, email }): Form<Details>,
) -> Result<Response, Problem> {
    let person = Person { full_name, email };
    let access = &administration.access;
    match access.users().change_user(&principal, id, &person).await {
        Ok(()) => Ok(page_of(id)),
        Err(error) => {
            let shown = UserPage::of(&administration, &principal, page, id).await?;
            let refusal = refusal(shown.page(), error)?;
            again(&shown.refused(refusal))
        }
    }
}

pub(super) async fn invite(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    base: Base,
    page: Page,
) -> Result<Response, Problem> {
    let link = access.users().invite_user(&principal, id).await?;
    let user = access.users().get_user(principal.tenant(), id).await?;
    let title = page.t("administration.invite.done").arg("name", &user.name);
    let title = title.to_string();
    LinkPage::answer(page.titled(title), (id, &user.name), &link, &base)
}

/// What else the link does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reset {
    #[serde(default)]
    remove_second_factor: bool,
}

pub(super) async fn reset(
    State(access): State<Access>,
    Caller(principal): Caller,
    (Path(id), base): (Path<UserId>, Base),
    page: Page,
    Form(form): Form<Reset>,
) -> Result<Response, Problem> {
    let link = access
        .users()
        .reset_user(&principal, id, form.remove_second_factor)
        .await?;
    let user = access.users().get_user(principal.tenant(), id).await?;
    let title = page
        .t("administration.invite.reset_done")
        .arg("name", &user.name)
        .to_string();
    LinkPage::answer(page.titled(title), (id, &user.name), &link, &base)
}

pub(super) async fn suspend(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<Response, Problem> {
    access.users().suspend_user(&principal, id).await?;
    Ok(page_of(id))
}

pub(super) async fn resume(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<Response, Problem> {
    access.users().resume_user(&principal, id).await?;
    Ok(page_of(id))
}

/// The name must be typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    #[serde(default)]
    confirmation: String,
}

pub(super) async fn delete(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Form(form): Form<Typed>,
) -> Result<Response, Problem> {
    if form.confirmation.trim() != access.users().get_user(principal.tenant(), id).await?.name {
        let detail = "The user's name was not typed.";
        return Err(Problem::invalid("access.not_confirmed", detail)
            .field("confirmation", "is not the name"));
    }
    access.users().delete_user(&principal, id).await?;
    Ok(go(USERS))
}

pub(super) async fn remove_second_factor(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<Response, Problem> {
    access.remove_second_factor(&principal, id).await?;
    Ok(page_of(id))
}

pub(super) async fn end_logins(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Form(Ended { login }): Form<Ended>,
) -> Result<Response, Problem> {
    access.users().get_user(principal.tenant(), id).await?;
    match login {
        Some(login) => access.revoke_login(&principal, id, login).await?,
        None => access.revoke_logins(&principal, id).await?,
    }
    Ok(page_of(id))
}
