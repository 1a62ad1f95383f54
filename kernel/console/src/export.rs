//! A list carried out as a file: all its pages, one after the other, and no more than one in memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use regia_store::page::{Cursor, Limit};
use serde::de::DeserializeOwned;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

impl Format {
    /// The format of a name, as addresses have it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Csv, Self::Jsonl]
            .into_iter()
            .find(|format| format.name() == name)
    }

    /// Its name in addresses, which is also the ending of the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// The message that names it in a menu.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "console.list.csv",
            Self::Jsonl => "console.list.jsonl",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl; charset=utf-8",
        }
    }
}

/// As many rows as a page may have.
#[must_use]
pub fn most() -> Limit {
    Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default()
}

/// From which key on there are more rows, as the page before tells. A cursor of our own is always one.
#[must_use]
pub fn key_of<K: DeserializeOwned>(next: Option<&str>) -> Option<K> {
    next.and_then(|next| Cursor::parse(next).ok())
}

/// Where a file stands: before its head, behind a page, or at the end.
enum Place<K> {
    Head(Bytes),
    After(Option<K>),
    End,
}

/// A file to keep, named without its ending. `page` writes the rows after a key, and says from which
/// key on there are more. A failure breaks the download off, so that it is not taken for whole.
pub fn file<K, E, F>(
    (name, format): (&str, Format),
    head: impl Into<Bytes>,
    page: impl Fn(Option<K>) -> F + Send + Sync + 'static,
) -> Response
where
    K: Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<(String, Option<K>), E>> + Send,
{
    let page = Arc::new(page);
    let begin = Place::Head(head.into());
    let rows = stream::try_unfold(begin, move |place| {
        let page = Arc::clone(&page);
        async move {
            let after = match place {
                Place::Head(head) => return Ok::<_, E>(Some((head, Place::After(None)))),
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let (rows, next) = page(after).await?;
            let place = match next {
                Some(next) => Place::After(Some(next)),
                None => Place::End,
            };
            Ok(Some((Bytes::from(rows), place)))
        }
    });
    let kept = format!("attachment; filename=\"{name}.{}\"", format.name());
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, kept),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[derive(Debug, thiserror::Error)]
    #[error("gone")]
    struct Gone;

    /// Three pages, the last of which may fail.
    fn pages(fails: bool) -> Response {
        let page = move |after: Option<u8>| async move {
            match after {
                None => Ok(("a\r\n".to_owned(), Some(1))),
                Some(1) => Ok(("b\r\n".to_owned(), Some(2))),
                Some(_) if fails => Err(Gone),
                Some(_) => Ok(("c\r\n".to_owned(), None)),
            }
        };
        file(("letters", Format::Csv), "letter\r\n", page)
    }

    #[tokio::test]
    async fn a_file_has_its_head_and_every_page() {
        let response = pages(false);
        let kept = &response.headers()[CONTENT_DISPOSITION];
        assert_eq!(kept, "attachment; filename=\"letters.csv\"");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "letter\r\na\r\nb\r\nc\r\n");
    }

    #[tokio::test]
    async fn a_failure_breaks_it_off() {
        assert!(pages(true).into_body().collect().await.is_err());
    }
}
