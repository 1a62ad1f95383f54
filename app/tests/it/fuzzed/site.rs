//! Requests that are right, and their answers as JSON.

use serde_json::Value as Json;

use crate::server::{Server, request, status};

/// Below it are all operations.
pub(super) const API: &str = "/api/v1";

/// A server as one asker meets it.
pub(super) struct Site<'a> {
    pub(super) server: &'a Server,
    /// The headers that say who asks.
    pub(super) headers: Vec<(String, String)>,
}

impl<'a> Site<'a> {
    /// With an API key.
    pub(super) fn new(server: &'a Server, key: &str) -> Self {
        let header = ("Authorization".to_owned(), format!("Bearer {key}"));
        Self {
            server,
            headers: vec![header],
        }
    }

    /// The body of an answer that says yes.
    pub(super) fn ask(&self, method: &str, path: &str, body: &Json) -> Json {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.send(method, path, "application/json", &body);
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_default()
    }

    /// An answer that says yes, as it came.
    pub(super) fn send(&self, method: &str, path: &str, kind: &str, body: &str) -> String {
        let line = format!("{method} {path}");
        let mut headers = vec![format!("Content-Type: {kind}")];
        headers.extend(
            self.headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let answer = request(&self.server.console, &line, &headers, body);
        assert!(
            (200..400).contains(&status(&answer)),
            "{line} {body}: {answer}"
        );
        answer
    }

    /// The number of what a POST made.
    pub(super) fn make(&self, path: &str, body: &Json) -> i64 {
        let made = self.ask("POST", &format!("{API}{path}"), body);
        let id = made["id"].as_i64().or(made["key"]["id"].as_i64());
        id.unwrap_or_else(|| panic!("{path}: {made}"))
    }

    /// The numbers of everything on the first page of a list.
    pub(super) fn ids(&self, path: &str) -> Vec<i64> {
        let page = self.ask("GET", &format!("{API}{path}"), &Json::Null);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_i64().unwrap()).collect()
    }
}
