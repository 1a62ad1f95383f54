//! What can happen at the doors.

use std::net::IpAddr;

use regia_ident::TerritoryId;

/// A text longer than this is cut: what somebody sends is not worth more room.
const TEXT_CHARS: usize = 120;

/// How many characters of a name that nobody has are kept: some people type their password there.
const UNKNOWN_NAME_CHARS: usize = 3;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// As it should be.
    Info,
    /// Happens to honest people, too.
    Notice,
    /// Nobody honest does that, or too often.
    Warning,
}

impl Severity {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Somebody logged in.
    Login,
    /// Wrong name or password.
    LoginFailed,
    /// Wrong code of a second factor.
    CodeFailed,
    /// Too many failed logins.
    LoginLimited,
    /// Something that whoever asked may not do.
    Denied,
    /// Too many requests.
    Limited,
    /// A form or request made by another site, or with a wrong token.
    ForgedRequest,
    /// A login cookie that is none of ours, or has ended.
    BadCookie,
    /// An API key that nobody was given, or that was revoked.
    BadKey,
    /// A cursor that no page handed out.
    BadCursor,
    /// A forwarding header from somebody who is no trusted proxy.
    ForgedForwarding,
    /// An address was banned.
    Banned,
    /// A banned address came again.
    Refused,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Login,
        Self::LoginFailed,
        Self::CodeFailed,
        Self::LoginLimited,
        Self::Denied,
        Self::Limited,
        Self::ForgedRequest,
        Self::BadCookie,
        Self::BadKey,
        Self::BadCursor,
        Self::ForgedForwarding,
        Self::Banned,
        Self::Refused,
    ];

    /// Its name in rows and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::CodeFailed => "code_failed",
            Self::LoginLimited => "login_limited",
            Self::Denied => "denied",
            Self::Limited => "limited",
            Self::ForgedRequest => "forged_request",
            Self::BadCookie => "bad_cookie",
            Self::BadKey => "bad_key",
            Self::BadCursor => "bad_cursor",
            Self::ForgedForwarding => "forged_forwarding",
            Self::Banned => "banned",
            Self::Refused => "refused",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Login => Severity::Info,
            Self::LoginFailed
            | Self::CodeFailed
            | Self::Denied
            | Self::BadCookie
            | Self::BadKey
            | Self::Limited => Severity::Notice,
            Self::LoginLimited
            | Self::ForgedRequest
            | Self::BadCursor
            | Self::ForgedForwarding
            | Self::Banned
            | Self::Refused => Severity::Warning,
        }
    }

    /// Whether it counts towards a ban.
    pub(crate) const fn is_violation(self) -> bool {
        matches!(self, Self::Limited | Self::LoginLimited)
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: Kind,
    /// Whose; the first tenant's where it is not known.
    pub tenant: TerritoryId,
    /// From where.
    pub address: Option<IpAddr>,
    /// Who, such as `user admin`; empty where it is not known.
    pub actor: String,
    /// What was asked, as a template of an address.
    pub route: String,
    /// More about it; never anything secret.
    pub detail: String,
    /// Names the request.
    pub trace_id: String,
    /// Whether a valid API key was shown: then it never leads to a ban.
    pub with_key: bool,
}

impl Event {
    /// Something of which nothing more is known.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            tenant: TerritoryId::ROOT,
            address: None,
            actor: String::new(),
            route: String::new(),
            detail: String::new(),
            trace_id: String::new(),
            with_key: false,
        }
    }

    /// With its texts cut to what is stored, and without signs that cannot be seen.
    pub(crate) fn tidied(mut self) -> Self {
        for text in [
            &mut self.actor,
            &mut self.route,
            &mut self.detail,
            &mut self.trace_id,
        ] {
            let tidy = |text: &str| -> String {
                let seen = text.chars().filter(|char| !char.is_control());
                seen.take(TEXT_CHARS).collect()
            };
            if text.len() > TEXT_CHARS || text.chars().any(char::is_control) {
                *text = tidy(text);
            }
        }
        self
    }

    /// The beginning of a login name that may be a password.
    #[must_use]
    pub fn shortened(name: &str) -> String {
        let mut short: String = name.chars().take(UNKNOWN_NAME_CHARS).collect();
        if name.chars().nth(UNKNOWN_NAME_CHARS).is_some() {
            short.push('…');
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names_and_names_are_kinds() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::parse("x"), None);
    }

    #[test]
    fn texts_are_cut_and_names_shortened() {
        let long = Event {
            detail: format!("a\u{7}{}", "b".repeat(500)),
            ..Event::new(Kind::Denied)
        };
        assert_eq!(long.tidied().detail.chars().count(), TEXT_CHARS);
        for (name, short) in [
            ("", ""),
            ("abc", "abc"),
            ("hunter2", "hun…"),
            ("ümläut", "üml…"),
        ] {
            assert_eq!(Event::shortened(name), short);
        }
    }
}
