//! `/account/second-factor`: the way to an authenticator app, and the recovery codes

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::{AccessError, Principal};
use regia_console::answer::{again, go, once};
use regia_console::{Page, Refusal};
use regia_credentials::{QrPath, qr_path};
use regia_identity::{Access, Enrolment};
use regia_secrets::Secret;
use regia_web::{Caller, Form, Peer, Problem, login};
use serde::Deserialize;

use super::account::AccountPage;
use super::{ACCOUNT, ENROLMENT, refusal};
use crate::api::person;

#[derive(Template)]
#[template(path = "second_factor.html")]
struct EnrolPage {
    page: Page,
    /// Why nothing else works before: a message.
    required: Option<&'static str>,
    pending: Option<Pending>,
    wrong: String,
}

struct Pending {
    enrolment: Enrolment,
    qr: Option<QrPath>,
}

impl EnrolPage {
    async fn of(access: &Access, principal: &Principal, page: Page) -> Result<Self, Problem> {
        let pending = access.pending_second_factor(principal).await?;
        let required = if access.requires_second_factor() {
            Some("account.enrol.required")
        } else if access.role_requires_second_factor(principal).await? {
            Some("account.enrol.required_role")
        } else {
            None
        };
        Ok(Self {
            page: page.headed("account.enrol.title"),
            required,
            pending: pending.map(|enrolment| Pending {
                qr: qr_path(enrolment.address.expose()),
                enrolment,
            }),
            wrong: String::new(),
        })
    }
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct CodesPage {
    page: Page,
    codes: Vec<Secret>,
}

impl CodesPage {
    fn answer(page: Page, codes: Vec<Secret>) -> Result<Response, Problem> {
        once(&Self {
            page: page.headed("account.codes.title"),
            codes,
        })
    }

    /// All of them, for the clipboard.
    fn text(&self) -> String {
        let codes: Vec<&str> = self.codes.iter().map(Secret::expose).collect();
        codes.join("\n")
    }
}

pub(super) async fn show(
    State(access): State<Access>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let (user, _) = person(&principal)?;
    if access
        .find_second_factor(principal.tenant(), user)
        .await?
        .is_some()
    {
        return Ok(go(ACCOUNT));
    }
    once(&EnrolPage::of(&access, &principal, page).await?)
}

pub(super) async fn begin(
    State(access): State<Access>,
    Caller(principal): Caller,
) -> Result<Response, Problem> {
    access.begin_second_factor(&principal).await?;
    Ok(go(ENROLMENT))
}

/// The first code of the app.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    code: Secret,
}

pub(super) async fn confirm(
    State(access): State<Access>,
    Caller(principal): Caller,
    peer: Peer,
    page: Page,
    Form(Confirmation { code }): Form<Confirmation>,
) -> Result<Response, Problem> {
    match access.confirm_second_factor(&principal, &code).await {
        Ok((token, codes)) => {
            let mut response = CodesPage::answer(page, codes)?;
            login::renew(&mut response, &token, peer);
            Ok(response)
        }
        // The key was drawn anew or removed in another window.
        Err(AccessError::NoSecondFactor) => Ok(go(ENROLMENT)),
        Err(AccessError::HasSecondFactor) => Ok(go(ACCOUNT)),
        Err(error) => {
            let refused = refusal(&page, error)?;
            let mut shown = EnrolPage::of(&access, &principal, page).await?;
            let said = [refused.of("code"), refused.of("limited")];
            shown.wrong = said.concat();
            again(&shown)
        }
    }
}

/// The password, asked for once more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renewal {
    renew_password: Secret,
}

pub(super) async fn renew_codes(
    State(access): State<Access>,
    Caller(principal): Caller,
    page: Page,
    Form(Renewal { renew_password }): Form<Renewal>,
) -> Result<Response, Problem> {
    match access
        .renew_recovery_codes(&principal, &renew_password)
        .await
    {
        Ok(codes) => CodesPage::answer(page, codes),
        Err(error) => {
            let shown = AccountPage::of(&access, &principal, page).await?;
            let refused = of_factor(&shown, error)?;
            again(&shown.refused(refused))
        }
    }
}

/// The same before the second factor goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    remove_password: Secret,
}

pub(super) async fn remove(
    State(access): State<Access>,
    Caller(principal): Caller,
    page: Page,
    Form(Removal { remove_password }): Form<Removal>,
) -> Result<Response, Problem> {
    let removed = access
        .remove_own_second_factor(&principal, &remove_password)
        .await;
    match removed {
        Ok(()) => Ok(go(ACCOUNT)),
        Err(error) => {
            let shown = AccountPage::of(&access, &principal, page).await?;
            let refused = of_factor(&shown, error)?;
            again(&shown.refused(refused))
        }
    }
}

/// What is wrong, said where the second factor stands.
fn of_factor(shown: &AccountPage, error: AccessError) -> Result<Refusal, Problem> {
    let refused = refusal(shown.page(), error)?;
    let said = [refused.of("current"), refused.of("limited")];
    Ok(Refusal::new("factor", said.concat()))
}
