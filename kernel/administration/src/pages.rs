//! The console's screens of users, roles, territories and API keys.

mod export;
mod key;
mod key_made;
mod key_new;
mod keys;
mod mandates;
mod permissions;
mod refusal;
mod roles;
mod territories;
mod user;
mod users;
mod verbs;
#[cfg(test)]
mod words;

use axum::middleware::from_fn;
use axum::routing::{get, post};
use axum::{Extension, Router};
use regia_console::answer::{again, go, once, render};
use regia_console::locale::Locale;
use regia_console::messages::MessageFile;
use regia_console::navigation::NavItem;
use regia_keys::Reach;
use regia_web::limit;

use crate::Administration;
use crate::gate::administrators;

const USERS: &str = "/administration/users";
const ROLES: &str = "/administration/roles";
const TERRITORIES: &str = "/administration/territories";
const KEYS: &str = "/administration/keys";
const OWN_KEYS: &str = "/account/keys";

/// The words.
pub const MESSAGES: [MessageFile; 3] = [
    (Locale::En, include_str!("../messages/en.toml")),
    (Locale::It, include_str!("../messages/it.toml")),
    (Locale::It, include_str!("../messages/faults.it.toml")),
];

/// The part of the rail.
pub const NAVIGATION: [NavItem; 4] = [
    NavItem {
        section: "administration.section",
        label: "administration.users.title",
        href: USERS,
        icon: "user",
        permission: Some(crate::USER_READ),
    },
    NavItem {
        section: "administration.section",
        label: "administration.roles.title",
        href: ROLES,
        icon: "tag",
        permission: Some(regia_roles::READ),
    },
    NavItem {
        section: "administration.section",
        label: "administration.territories.title",
        href: TERRITORIES,
        icon: "branch",
        permission: Some(regia_territories::READ),
    },
    NavItem {
        section: "administration.section",
        label: "administration.keys.title",
        href: KEYS,
        icon: "key",
        permission: Some(regia_keys::KEY_READ),
    },
];

/// The pages behind the guard.
pub(crate) fn router(administration: Administration) -> Router {
    let users = Router::new()
        .route(
            "/administration/users",
            get(users::show).post(users::invite),
        )
        .route("/administration/users/new", get(users::new))
        .route("/administration/users/{id}", get(user::show))
        .route("/administration/users/{id}/change", post(verbs::change))
        .route("/administration/users/{id}/invite", post(verbs::invite))
        .route("/administration/users/{id}/reset", post(verbs::reset))
        .route("/administration/users/{id}/suspend", post(verbs::suspend))
        .route("/administration/users/{id}/resume", post(verbs::resume))
        .route("/administration/users/{id}/delete", post(verbs::delete))
        .route("/administration/users/{id}/mandates", post(mandates::give))
        .route(
            "/administration/users/{id}/mandates/end",
            post(mandates::end),
        )
        .route(
            "/administration/users/{id}/second-factor/remove",
            post(verbs::remove_second_factor),
        )
        .route(
            "/administration/users/{id}/logins/end",
            post(verbs::end_logins),
        )
        .route_layer(from_fn(administrators));
    Router::new()
        .merge(users)
        .route(
            "/administration/roles",
            get(roles::show).post(roles::create),
        )
        .route("/administration/roles/new", get(roles::new))
        .route("/administration/roles/{role}", get(roles::one))
        .route("/administration/roles/{role}/change", post(roles::change))
        .route("/administration/roles/{role}/delete", post(roles::delete))
        .route(
            "/administration/roles/{role}/second-factor",
            post(roles::require),
        )
        .merge(of_territories())
        .merge(of_keys())
        .with_state(administration)
}

/// API keys: those of the tenant, and one's own. Who may is decided where the keys are.
fn of_keys() -> Router<Administration> {
    let below = |base: &'static str, reach: Reach| {
        Router::new()
            .route(base, get(keys::show).post(key_new::make))
            .route(&format!("{base}/new"), get(key_new::show))
            .route(&format!("{base}/{{id}}"), get(key::show))
            .route(&format!("{base}/{{id}}/change"), post(key::change))
            .route(&format!("{base}/{{id}}/rotate"), post(key::rotate))
            .route(&format!("{base}/{{id}}/revoke"), post(key::revoke))
            .layer(Extension(keys::Place { base, reach }))
    };
    below(KEYS, Reach::Tenant)
        .merge(below(OWN_KEYS, Reach::Own))
        .layer(from_fn(limit::export))
}

/// The tree; who reaches what, the database knows.
fn of_territories() -> Router<Administration> {
    Router::new()
        .route("/administration/territories", get(territories::tops))
        .route(
            "/administration/territories/options",
            get(territories::options),
        )
        .route("/administration/territories/{id}", get(territories::one))
        .route(
            "/administration/territories/{id}/below",
            get(territories::below),
        )
        .route(
            "/administration/territories/{id}/create",
            post(territories::create),
        )
        .route(
            "/administration/territories/{id}/rename",
            post(territories::rename),
        )
        .route(
            "/administration/territories/{id}/move",
            post(territories::place),
        )
        .route(
            "/administration/territories/{id}/delete",
            post(territories::delete),
        )
}
