//! `/administration/keys`, and one's own at `/account/keys`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use regia_access::ApiKeyId;
use regia_account::ACCOUNT;
use regia_console::Page;
use regia_console::export::Format;
use regia_console::listing::{Listing, Matches};
use regia_keys::{EVERYTHING, KEY_WRITE, KeyFilter, KeyState, KeySummary, Keys, Reach};
use regia_store::page::Limit;
use regia_web::{Caller, Problem};
use time::{Duration, OffsetDateTime};

use super::{export, render};
use crate::api::cursor;

/// Keys are counted up to here.
const MOST_COUNTED: i64 = 1_000;

/// Soon enough to do something about it.
const SOON: Duration = Duration::days(14);

/// Which keys a page is about, and where those pages begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) base: &'static str,
    pub(super) reach: Reach,
}

impl Place {
    /// The page below its list, and the list below the account where it is one's own.
    pub(super) fn below(self, page: Page) -> Page {
        let list = page.t(self.title()).to_string();
        self.list(page).below(list, self.base)
    }

    /// Whether whoever looks may make and change keys here; one's own, everybody may.
    pub(super) fn writes(self, page: &Page) -> bool {
        self.reach == Reach::Own || page.may(KEY_WRITE)
    }

    fn list(self, page: Page) -> Page {
        match self.reach {
            Reach::Tenant => page,
            Reach::Own => {
                let account = page.t("account.title").to_string();
                page.below(account, ACCOUNT)
            }
        }
    }

    const fn title(self) -> &'static str {
        match self.reach {
            Reach::Tenant => "administration.keys.title",
            Reach::Own => "administration.keys.own_title",
        }
    }
}

/// A key with what its state looks like.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) key: KeySummary,
    pub(super) tone: &'static str,
    pub(super) state: &'static str,
}

impl Row {
    pub(super) fn of(key: KeySummary, now: OffsetDateTime) -> Self {
        let soon = key.expires_at.is_some_and(|at| at - now < SOON);
        let (tone, state) = match key.state {
            KeyState::Active if soon => ("warn", "administration.keys.state_soon"),
            state => look(state),
        };
        Self { key, tone, state }
    }

    /// It ends within two weeks.
    pub(super) fn ends_soon(&self) -> bool {
        self.state == "administration.keys.state_soon"
    }

    pub(super) fn may_everything(&self) -> bool {
        self.key.permissions.iter().any(|name| name == EVERYTHING)
    }
}

/// Tone and message of a state.
const fn look(state: KeyState) -> (&'static str, &'static str) {
    match state {
        KeyState::Active => ("ok", "administration.keys.state_active"),
        KeyState::Suspended => ("warn", "administration.keys.state_suspended"),
        KeyState::Expired => ("idle", "administration.keys.state_expired"),
        KeyState::Revoked => ("idle", "administration.keys.state_revoked"),
    }
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    total: Matches,
    counted: u64,
    next: Option<String>,
    states: Vec<(&'static str, String)>,
    base: &'static str,
    /// Whether keys of several owners are shown.
    of_all: bool,
    /// Whether whoever looks may make some.
    makes: bool,
}

pub(super) async fn show(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Extension(place): Extension<Place>,
    page: Page,
) -> Result<Response, Problem> {
    let page = place.list(page.headed(place.title()));
    let list = page.listing("").kept_as(&[Format::Csv]);
    let filter = KeyFilter {
        text: list.get("q").map(str::to_owned),
        state: list.get("state").and_then(KeyState::parse),
        owner: None,
    };
    if list.file().is_some() {
        // Whoever may not see keys is refused here, before the download begins.
        keys.count(&principal, (place.reach, &filter), 1).await?;
        return Ok(export::keys(keys, principal, (place.reach, filter)));
    }
    let after: Option<ApiKeyId> = cursor(list.get("after"))?;
    let wanted = (place.reach, &filter);
    let found = keys
        .list(&principal, wanted, after, Limit::default())
        .await?;
    let counted = keys.count(&principal, wanted, MOST_COUNTED + 1).await?;
    let states = KeyState::ALL.map(|one| (one.as_str(), page.t(look(one).1).to_string()));
    let now = page.now();
    render(&KeysPage {
        states: states.to_vec(),
        rows: found
            .items
            .into_iter()
            .map(|key| Row::of(key, now))
            .collect(),
        next: found.next,
        total: Matches::counted(counted, MOST_COUNTED),
        counted: counted.unsigned_abs(),
        base: place.base,
        of_all: place.reach == Reach::Tenant,
        makes: place.writes(&page),
        list,
        page,
    })
}
