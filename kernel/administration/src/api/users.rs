//! Users, as administrators call for them.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod end_login;
pub(super) mod end_logins;
pub(super) mod end_mandate;
pub(super) mod get;
pub(super) mod give_mandate;
pub(super) mod invite;
pub(super) mod list;
pub(super) mod logins;
pub(super) mod mandates;
pub(super) mod remove_second_factor;
pub(super) mod reset;
pub(super) mod resume;
pub(super) mod suspend;

use regia_account::welcome_path;
use regia_users::Link;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A link, shown once: pass it on to the person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkOut {
    /// Its path on this server.
    #[schema(example = "/welcome/NDQ…")]
    path: String,
    /// Until when it is good.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

impl From<Link> for LinkOut {
    fn from(link: Link) -> Self {
        Self {
            path: welcome_path(&link.token),
            expires_at: link.expires_at,
        }
    }
}
