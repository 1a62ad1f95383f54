//! `/account`: one's own password, second factor and logins

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_console::answer::{again, go, render};
use regia_console::locale::Locale;
use regia_console::{Page, Refusal};
use regia_identity::{Access, SecondFactor};
use regia_secrets::Secret;
use regia_web::{Caller, Form, Peer, Problem, language, login};
use serde::Deserialize;

use super::logins::{self, Ended, Row};
use super::{ACCOUNT, refusal};
use crate::api::person;

#[derive(Template)]
#[template(path = "account.html")]
pub(super) struct AccountPage {
    page: Page,
    min_chars: usize,
    factor: Option<SecondFactor>,
    rows: Vec<Row>,
    end_action: &'static str,
    refusal: Refusal,
    changed: bool,
    /// The language that was chosen; empty: as the browser asks.
    language: &'static str,
    languages: Vec<(&'static str, String)>,
}

impl AccountPage {
    pub(super) async fn of(
        access: &Access,
        principal: &Principal,
        page: Page,
    ) -> Result<Self, Problem> {
        let (user, own) = person(principal)?;
        let page = page.headed("account.title");
        let as_asked = page.t("account.language_asked").to_string();
        let named = |one: Locale| (one.tag(), one.name().to_owned());
        let languages =
            std::iter::once(("", as_asked)).chain(page.languages().into_iter().map(named));
        let changed = page.listing("").is("changed", "password");
        Ok(Self {
            language: page.chosen.map(Locale::tag).unwrap_or_default(),
            languages: languages.collect(),
            page,
            min_chars: access.users().password_min_length(),
            factor: access.find_second_factor(principal.tenant(), user).await?,
            rows: logins::rows(access, (principal.tenant(), user), Some(own)).await?,
            end_action: "/account/logins/end",
            refusal: Refusal::default(),
            changed,
        })
    }

    pub(super) fn refused(mut self, refusal: Refusal) -> Self {
        self.refusal = refusal;
        self
    }

    pub(super) const fn page(&self) -> &Page {
        &self.page
    }

    /// What is wrong with one of these fields.
    fn wrong(&self, fields: &[&str]) -> &str {
        let mut said = fields.iter().map(|field| self.refusal.of(field));
        said.find(|words| !words.is_empty()).unwrap_or_default()
    }
}

pub(super) async fn show(
    State(access): State<Access>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    render(&AccountPage::of(&access, &principal, page).await?)
}

/// The form that chooses the language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chosen {
    language: String,
}

pub(super) async fn choose_language(
    State(access): State<Access>,
    Caller(principal): Caller,
    peer: Peer,
    page: Page,
    Form(form): Form<Chosen>,
) -> Result<Response, Problem> {
    let offered = page.languages().into_iter().map(Locale::tag);
    let chosen = offered.into_iter().find(|tag| *tag == form.language);
    access.choose_language(&principal, chosen).await?;
    let mut response = go(ACCOUNT);
    language::keep(&mut response, chosen, peer);
    Ok(response)
}

/// The form that changes the password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passwords {
    current: Secret,
    password: Secret,
    repeat: Secret,
}

pub(super) async fn change_password(
    State(access): State<Access>,
    Caller(principal): Caller,
    peer: Peer,
    page: Page,
    Form(form): Form<Passwords>,
) -> Result<Response, Problem> {
    let Passwords {
        current,
        password,
        repeat,
    } = form;
    let refused = if password.expose() == repeat.expose() {
        match access
            .change_password(&principal, &current, &password)
            .await
        {
            Ok(token) => {
                let mut response = go("/account?changed=password");
                login::renew(&mut response, &token, peer);
                return Ok(response);
            }
            Err(error) => refusal(&page, error)?,
        }
    } else {
        Refusal::new("repeat", page.t("account.refused.repeat"))
    };
    again(
        &AccountPage::of(&access, &principal, page)
            .await?
            .refused(refused),
    )
}

pub(super) async fn end_logins(
    State(access): State<Access>,
    Caller(principal): Caller,
    Form(Ended { login }): Form<Ended>,
) -> Result<Response, Problem> {
    let (user, _) = person(&principal)?;
    match login {
        Some(login) => access.revoke_login(&principal, user, login).await?,
        None => access.revoke_logins(&principal, user).await?,
    }
    Ok(go(ACCOUNT))
}
