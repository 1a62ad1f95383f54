//! A page's frame from the request that asks for it.

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use regia_fault::Fault;
use regia_web::{Caller, Csrf, Language, Problem, TraceId, language};

use crate::console::Console;
use crate::locale::Locale;
use crate::page::{Page, Theme, Visitor};

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    /// Behind the guard, with the [`Console`] as an extension of the request.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Some(console) = parts.extensions.get::<Console>().cloned() else {
            return Err(Fault::internal("no console stands before this page").into());
        };
        let Caller(principal) = Caller::from_request_parts(parts, state).await?;
        let Csrf(csrf) = Csrf::from_request_parts(parts, state).await?;
        let visitor = Visitor {
            name: Some(principal.name().to_owned()),
            csrf,
            trace: parts
                .extensions
                .get::<TraceId>()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        let (asked, theme) = choices(&console, &parts.headers);
        let Ok(Language(chosen)) = Language::from_request_parts(parts, state).await;
        let chosen = chosen.and_then(|tag| console.catalog().offered(&tag));
        let locale = chosen.unwrap_or(asked);
        let mut page = Self::new(console, &parts.uri, locale, theme, visitor);
        page.chosen = chosen;
        Ok(page)
    }
}

/// Language and colours that a browser asks for: what was chosen in it, else what it is set to.
#[must_use]
pub fn choices(console: &Console, headers: &HeaderMap) -> (Locale, Theme) {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let theme = text(COOKIE)
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == Theme::COOKIE)
        .map_or(Theme::System, |(_, value)| Theme::parse(value));
    let kept = language::kept(headers).and_then(|tag| console.catalog().offered(&tag));
    let locale = kept.unwrap_or_else(|| console.catalog().negotiate(text(ACCEPT_LANGUAGE)));
    (locale, theme)
}
