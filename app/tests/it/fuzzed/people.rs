//! People of the fuzzed server: invited, logged in, some with a second factor.

use std::time::Duration;

use regia_clock::Clock;
use regia_credentials::OneTimeKey;
use serde_json::{Value as Json, json};

use super::site::{API, Site};
use crate::visit::PASSWORD;

const FORM: &str = "application/x-www-form-urlencoded";

/// Somebody who may log in.
pub(super) struct Somebody {
    pub(super) id: i64,
    name: String,
}

impl Somebody {
    /// Invited, and come.
    pub(super) fn new(site: &Site<'_>, name: &str) -> Self {
        let id = site.make(
            "/access/users",
            &json!({ "name": name, "mandates": [{ "role": "viewer" }] }),
        );
        let link = site.ask(
            "POST",
            &format!("{API}/access/users/{id}/invite"),
            &Json::Null,
        );
        let chosen = format!("password={PASSWORD}&repeat={PASSWORD}").replace(' ', "+");
        stranger(site).send("POST", link["path"].as_str().unwrap(), FORM, &chosen);
        let name = name.to_owned();
        Self { id, name }
    }

    /// One more login of theirs.
    pub(super) fn logs_in<'a>(&self, site: &Site<'a>) -> Site<'a> {
        let fields = format!("name={}&password={}", self.name, PASSWORD.replace(' ', "+"));
        let answer = stranger(site).send("POST", "/login", FORM, &fields);
        logged_in(site, &answer)
    }
}

/// Begins to set up a second factor; a code that is good for a minute from now on.
pub(super) fn begins_second_factor(login: &Site<'_>) -> String {
    let path = format!("{API}/access/account/second-factor");
    let enrolment = login.ask("POST", &path, &Json::Null);
    let key = OneTimeKey::from_text(enrolment["key"].as_str().unwrap()).unwrap();
    let at = Clock::system().now() + Duration::from_secs(30);
    key.code_at(at).unwrap()
}

/// Sets up a second factor, which begins the login anew.
pub(super) fn has_second_factor<'a>(login: &Site<'a>) -> Site<'a> {
    let code = begins_second_factor(login);
    let path = format!("{API}/access/account/second-factor/confirm");
    let body = json!({ "code": code }).to_string();
    let answer = login.send("POST", &path, "application/json", &body);
    logged_in(login, &answer)
}

fn stranger<'a>(site: &Site<'a>) -> Site<'a> {
    Site {
        server: site.server,
        headers: Vec::new(),
    }
}

/// Whoever holds the cookie of this answer, with the token that pages of theirs carry.
fn logged_in<'a>(site: &Site<'a>, answer: &str) -> Site<'a> {
    let mut cookies = answer.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_cookie = name.eq_ignore_ascii_case("set-cookie") && value.starts_with("regia=");
        is_cookie.then(|| value.split(';').next().unwrap_or_default().to_owned())
    });
    let mut login = stranger(site);
    login.headers = vec![("Cookie".to_owned(), cookies.next_back().unwrap())];
    let page = login.send("GET", "/account", FORM, "");
    let (_, rest) = page.split_once("name=\"csrf-token\" content=\"").unwrap();
    let token = rest.split('"').next().unwrap().to_owned();
    login.headers.push(("X-CSRF-Token".to_owned(), token));
    login
}
