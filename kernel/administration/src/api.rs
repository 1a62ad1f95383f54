//! REST under `/api/v1/access`.

pub(crate) mod keys;
pub(crate) mod roles;
pub(crate) mod territories;
mod users;

use axum::middleware::from_fn;
pub(crate) use regia_web::cursor;
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
        .routes(routes!(roles::list::list, roles::create::create))
        .routes(routes!(
            roles::get::get,
            roles::change::change,
            roles::delete::delete
        ))
        .routes(routes!(roles::require::require))
        .routes(routes!(roles::permissions::permissions))
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
