//! The server's API, as far as a proof needs it.

use bytes::Bytes;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use regia_clock::Chance;
use serde_json::Value as Json;

use super::ProofError;
use crate::http::{Client, Content, Credentials, close};

/// Rows on one page of a list.
const PAGE: usize = 200;

/// Where the API is and who asks.
#[derive(Debug, Clone)]
pub(super) struct Api {
    pub(super) port: u16,
    pub(super) key: String,
    pub(super) chance: Chance,
}

/// Status and body; the body is null when it is no JSON.
pub(super) type Said = (u16, Json);

impl Api {
    pub(super) async fn get(&self, path: &str) -> Result<Said, ProofError> {
        self.ask(&Method::GET, path, None).await
    }

    pub(super) async fn send(
        &self,
        method: &Method,
        path: &str,
        body: &Json,
    ) -> Result<Said, ProofError> {
        let json = HeaderValue::from_static("application/json");
        self.ask(method, path, Some((json, body.to_string().into())))
            .await
    }

    pub(super) async fn put(&self, path: &str, body: Vec<u8>) -> Result<Said, ProofError> {
        let bytes = HeaderValue::from_static("application/octet-stream");
        self.ask(&Method::PUT, path, Some((bytes, body.into())))
            .await
    }

    /// Every row of a list.
    pub(super) async fn list(&self, path: &str) -> Result<Vec<Json>, ProofError> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(&format!("{path}{mark}limit={PAGE}{cursor}"))
                .await?;
            let (200, mut page) = page else {
                return Err(ProofError::Answer(path.to_owned(), page.0));
            };
            if let Some(Json::Array(items)) = page.get_mut("items").map(Json::take) {
                rows.extend(items);
            }
            match page.get("next").and_then(Json::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(rows),
            }
        }
    }

    async fn ask(
        &self,
        method: &Method,
        path: &str,
        body: Option<(HeaderValue, Bytes)>,
    ) -> Result<Said, ProofError> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let url = url.parse().map_err(|_| ProofError::Address(url))?;
        let mut content = Content::default();
        let key = HeaderValue::from_str(&format!("Bearer {}", self.key));
        content
            .headers
            .extend(key.ok().map(|key| (AUTHORIZATION, key)));
        content.headers.push(close());
        if let Some((kind, bytes)) = body {
            content.headers.push((CONTENT_TYPE, kind));
            content.body = bytes;
        }
        let mut client = Client::new(url, Credentials::default(), self.chance.clone());
        let answer = client
            .send(method, &content)
            .await
            .map_err(|error| ProofError::Silent(error.to_string()))?;
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok((answer.status, body))
    }
}

/// A text of a row, empty when it is absent.
pub(super) fn text<'a>(row: &'a Json, name: &str) -> &'a str {
    row.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// A number of a row, 0 when it is absent.
pub(super) fn number(row: &Json, name: &str) -> i64 {
    row.get(name).and_then(Json::as_i64).unwrap_or_default()
}
