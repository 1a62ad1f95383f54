//! REST under `/api/v1/access`.

pub(crate) mod account;
pub(crate) mod keys;
pub(crate) mod territories;
mod users;

use axum::middleware::from_fn;
use regia_store::page::Cursor;
use regia_web::Problem;
use serde::de::DeserializeOwned;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Administration;
use crate::gate::administrators;

/// The operations.
pub(crate) fn router(administration: Administration) -> OpenApiRouter {
    let users = OpenApiRouter::new()
        .routes(routes!(users::list::list, users::create::create))
        .routes(routes!(
            users::get::get,
            users::change::change,
            users::delete::delete
        ))
        .routes(routes!(users::invite::invite))
        .routes(routes!(users::reset::reset))
        .routes(routes!(users::suspend::suspend))
        .routes(routes!(users::resume::resume))
        .routes(routes!(users::remove_second_factor::remove_second_factor))
        .routes(routes!(
            users::logins::logins,
            users::end_logins::end_logins
        ))
        .routes(routes!(users::end_login::end_login))
        .routes(routes!(
            users::mandates::mandates,
            users::give_mandate::give_mandate
        ))
        .routes(routes!(users::end_mandate::end_mandate))
        .route_layer(from_fn(administrators));
    OpenApiRouter::new()
        .merge(users)
        .merge(keys::router())
        .routes(routes!(account::get::get))
        .routes(routes!(account::change_password::change_password))
        .routes(routes!(account::choose_language::choose_language))
        .routes(routes!(
            account::logins::logins,
            account::end_logins::end_logins
        ))
        .routes(routes!(account::end_login::end_login))
        .routes(routes!(account::begin_second_factor::begin_second_factor))
        .routes(routes!(
            account::confirm_second_factor::confirm_second_factor
        ))
        .routes(routes!(account::renew_recovery_codes::renew_recovery_codes))
        .routes(routes!(account::remove_second_factor::remove_second_factor))
        .routes(routes!(
            territories::list::list,
            territories::create::create
        ))
        .routes(routes!(
            territories::get::get,
            territories::rename::rename,
            territories::delete::delete
        ))
        .routes(routes!(territories::place::place))
        .with_state(administration)
}

/// Where a list goes on: `next` of the page before, as its reader gives it back.
///
/// # Errors
/// When no page handed it out.
pub(crate) fn cursor<K: DeserializeOwned>(text: Option<&str>) -> Result<Option<K>, Problem> {
    text.map(Cursor::parse).transpose().map_err(|bad| {
        Problem::invalid("access.cursor_invalid", "The cursor is not valid.")
            .field("cursor", bad.to_string())
    })
}
