//! How much a caller may ask: what is counted for whom, and how they are told.
//!
//! Every guarded request counts for its key or user. A route that costs more counts in a class of its
//! own as well, which it says where it is declared: `.layer(from_fn(limit::bulk))`. What nobody proved
//! to have sent counts for its address. The headers are those of draft-ietf-httpapi-ratelimit-headers-10.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use regia_access::Principal;
use regia_http::{Problem, whole_seconds};
use regia_limits::{Bucket, Class, Limits, LimitsSettings, Rate, Standing, Verdict};
use regia_listener::Peer;

use crate::Caller;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// The buckets, and the classes of console and API.
#[derive(Debug, Clone)]
pub struct Limiter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: Limits,
    api: Class,
    bulk: Class,
    export: Class,
    anonymous: Class,
}

impl Limiter {
    /// Counts in `limits` by the section `limits`.
    #[must_use]
    pub fn new(limits: Limits, settings: &LimitsSettings) -> Self {
        Self(Arc::new(Inner {
            limits,
            api: settings.api(),
            bulk: settings.bulk(),
            export: settings.export(),
            anonymous: settings.anonymous(),
        }))
    }

    /// Lets a caller's request through to `next`, or refuses it.
    pub(crate) async fn admit(
        &self,
        principal: &Principal,
        mut request: Request,
        next: Next,
    ) -> Response {
        request.extensions_mut().insert(self.clone());
        let verdict = self.of_principal(self.0.api, principal).await;
        answer(verdict, async || next.run(request).await).await
    }

    /// Counts a request that somebody unknown made, which is answered with `refusal` anyway.
    pub(crate) async fn admit_stranger(&self, peer: Peer, refusal: Response) -> Response {
        answer(self.of_stranger(peer).await, async || refusal).await
    }

    /// A key has buckets of its own and takes from its owner's too: nobody gets more by making keys.
    async fn of_principal(&self, class: Class, principal: &Principal) -> Verdict {
        let (own, owner) = match principal {
            Principal::User { user_id, .. } => (format!("user:{user_id}"), None),
            Principal::ApiKey { id, owner, .. } => (
                format!("key:{id}"),
                owner.map(|user| format!("user:{user}")),
            ),
            Principal::System(part) => (format!("system:{part}"), None),
        };
        let bucket = Bucket {
            class: self.of_key(class, principal),
            of: &own,
        };
        let Some(owner) = owner else {
            return self.0.limits.ask(&own, &[bucket]).await;
        };
        let shared = Bucket { class, of: &owner };
        let mut verdict = self.0.limits.ask(&owner, &[bucket, shared]).await;
        verdict.standings = tighter(&verdict.standings);
        verdict
    }

    /// The class as it is for a key with its own limit, which is one of all its requests. What may
    /// come at once is what may come in a minute, as everywhere.
    fn of_key(&self, class: Class, principal: &Principal) -> Class {
        match principal {
            Principal::ApiKey {
                requests_per_minute: Some(limit),
                ..
            } if class.name == self.0.api.name => {
                Class::new(class.name, Rate::per_minute(*limit, *limit))
            }
            _ => class,
        }
    }

    async fn of_stranger(&self, peer: Peer) -> Verdict {
        let of = network(peer.address.ip()).to_string();
        let class = self.0.anonymous;
        self.0.limits.ask(&of, &[Bucket { class, of: &of }]).await
    }
}

/// For routes that anybody may ask: counts for the address.
pub async fn strangers(
    State(limiter): State<Limiter>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let verdict = limiter.of_stranger(peer).await;
    answer(verdict, async || next.run(request).await).await
}

/// For routes whose unsafe methods start much work, such as a command for many devices: counts those
/// as `bulk` too.
pub async fn bulk(request: Request, next: Next) -> Response {
    match request.method().is_safe() {
        true => next.run(request).await,
        false => in_class(|limiter| limiter.0.bulk, request, next).await,
    }
}

/// For routes that carry out everything when a `format` is asked for in their query: counts that as
/// `export` too.
pub async fn export(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let named =
        |(name, value): (_, std::borrow::Cow<'_, str>)| name == "format" && !value.is_empty();
    match url::form_urlencoded::parse(query.as_bytes()).any(named) {
        true => in_class(|limiter| limiter.0.export, request, next).await,
        false => next.run(request).await,
    }
}

async fn in_class(class: impl Fn(&Limiter) -> Class, request: Request, next: Next) -> Response {
    let parts = request.extensions();
    // Without a guard before it the route has nobody to count for.
    let (Some(limiter), Some(Caller(principal))) = (parts.get::<Limiter>(), parts.get()) else {
        return next.run(request).await;
    };
    let verdict = limiter.of_principal(class(limiter), principal).await;
    answer(verdict, async || next.run(request).await).await
}

async fn answer(verdict: Verdict, go_on: impl AsyncFnOnce() -> Response) -> Response {
    let mut response = match verdict.allowed {
        true => go_on().await,
        false => refusal(&verdict).into_response(),
    };
    tell(response.headers_mut(), &verdict.standings);
    response
}

fn refusal(verdict: &Verdict) -> Problem {
    let seconds = whole_seconds(verdict.retry_after);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "web.rate_limited",
        "There were too many requests in a short time.",
    )
    .hint(format!("Wait {seconds} seconds, then try again."))
    .retry_after(verdict.retry_after)
}

/// `"api";q=600;w=60` and `"api";r=599;t=1`, a line for each bucket.
fn tell(headers: &mut HeaderMap, standings: &[Standing]) {
    for standing in standings {
        let Standing {
            class,
            quota,
            window,
            remaining,
            more_after,
        } = standing;
        let window = whole_seconds(*window);
        let policy = format!("\"{class}\";q={quota};w={window}");
        let more = match more_after.is_zero() {
            true => String::new(),
            false => format!(";t={}", whole_seconds(*more_after)),
        };
        let state = format!("\"{class}\";r={remaining}{more}");
        for (name, text) in [(POLICY, policy), (STATE, state)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(name, value);
            }
        }
    }
}

/// Of the buckets of a class the one that is used up first: what a caller has to go by.
fn tighter(standings: &[Standing]) -> Vec<Standing> {
    let mut kept: Vec<Standing> = Vec::with_capacity(1);
    for standing in standings {
        match kept.iter_mut().find(|known| known.class == standing.class) {
            Some(known) => {
                // Of two that are empty the one that takes longer.
                let tight = |one: &Standing| (one.remaining, Reverse(one.more_after));
                if tight(standing) < tight(known) {
                    *known = *standing;
                }
            }
            None => kept.push(*standing),
        }
    }
    kept
}

/// What counts as one stranger: an IPv6 customer has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn buckets_are_told_as_structured_fields() {
        let standing = Standing {
            class: "api",
            quota: 600,
            window: Duration::from_secs(60),
            remaining: 599,
            more_after: Duration::from_millis(100),
        };
        let full = Standing {
            class: "bulk",
            quota: 10,
            remaining: 10,
            more_after: Duration::ZERO,
            ..standing
        };
        let mut headers = HeaderMap::new();
        tell(&mut headers, &[standing, full]);
        let lines = |name: HeaderName| -> Vec<HeaderValue> {
            headers.get_all(name).iter().cloned().collect()
        };
        assert_eq!(lines(POLICY), ["\"api\";q=600;w=60", "\"bulk\";q=10;w=60"]);
        assert_eq!(lines(STATE), ["\"api\";r=599;t=1", "\"bulk\";r=10"]);
    }

    #[test]
    fn the_tighter_bucket_of_a_class_is_told() {
        let standing = |class, remaining, seconds| Standing {
            class,
            quota: 10,
            window: Duration::from_secs(60),
            remaining,
            more_after: Duration::from_secs(seconds),
        };
        for (key, owner, told) in [
            ((5, 1), (7, 1), (5, 1)),
            ((7, 1), (5, 1), (5, 1)),
            ((0, 3), (0, 9), (0, 9)),
            ((0, 9), (4, 12), (0, 9)),
        ] {
            let of = |(remaining, seconds)| standing("api", remaining, seconds);
            assert_eq!(tighter(&[of(key), of(owner)]), [of(told)]);
        }
        let two = [standing("api", 1, 1), standing("bulk", 0, 1)];
        assert_eq!(tighter(&two), two);
    }

    #[test]
    fn a_stranger_is_an_address_or_a_network_of_ipv6() {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            let found = network(address.parse().unwrap());
            assert_eq!(found.to_string(), counted);
        }
    }
}
