//! The page that shows the text of a key, once.

use askama::Template;
use axum::response::Response;
use regia_console::Page;
use regia_keys::KeySummary;
use regia_secrets::Secret;
use regia_web::Problem;

use super::keys::Place;
use super::once;
use super::verbs::Base;

#[derive(Template)]
#[template(path = "key_made.html")]
struct MadePage<'a> {
    page: Page,
    key: &'a KeySummary,
    text: &'a str,
    /// How to try it.
    example: String,
    back: String,
}

/// Shows what nothing will show again.
pub(super) fn answer(
    page: Page,
    place: Place,
    (key, text): (&KeySummary, &Secret),
    Base(base): &Base,
) -> Result<Response, Problem> {
    let replaced = key.rotated_at.is_some();
    let title = match replaced {
        true => page.t("administration.keys.replaced_title"),
        false => page.t("administration.keys.made_title"),
    };
    let title = title.arg("name", &key.name).to_string();
    once(&MadePage {
        page: place.below(page.titled(title)),
        text: text.expose(),
        example: format!("curl -H \"Authorization: Bearer $REGIA_API_KEY\" {base}/api/v1/…"),
        back: format!("{}/{}", place.base, key.id),
        key,
    })
}
