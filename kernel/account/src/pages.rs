//! The console's screens of one's own account.

pub mod logins;

mod account;
mod refusal;
mod second_factor;
mod welcome;
#[cfg(test)]
mod words;

use axum::Router;
use axum::routing::{get, post};
use regia_console::Console;
use regia_console::locale::Locale;
use regia_console::messages::MessageFile;
use regia_identity::Access;
use regia_users::LinkToken;

use refusal::refusal;

/// One's own account.
pub const ACCOUNT: &str = "/account";

/// Where a second factor is set up.
pub const ENROLMENT: &str = "/account/second-factor";

/// The words.
pub const MESSAGES: [MessageFile; 2] = [
    (Locale::En, include_str!("../messages/en.toml")),
    (Locale::It, include_str!("../messages/it.toml")),
];

/// The pages behind the guard.
pub(crate) fn router(access: Access) -> Router {
    Router::new()
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/logins/end", post(account::end_logins))
        .route("/account/language", post(account::choose_language))
        .route(
            "/account/second-factor",
            get(second_factor::show).post(second_factor::begin),
        )
        .route(
            "/account/second-factor/confirm",
            post(second_factor::confirm),
        )
        .route(
            "/account/second-factor/codes",
            post(second_factor::renew_codes),
        )
        .route("/account/second-factor/remove", post(second_factor::remove))
        .with_state(access)
}

/// What is open to everybody.
pub(crate) fn open(access: Access, console: Console) -> Router {
    Router::new()
        .route(
            "/welcome/{token}",
            get(welcome::show).post(welcome::set_password),
        )
        .with_state(welcome::Door { access, console })
}

/// Where the person of a link sets their password.
#[must_use]
pub fn welcome_path(token: &LinkToken) -> String {
    format!("/welcome/{}", token.to_text().expose())
}
