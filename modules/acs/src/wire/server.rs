//! The CWMP listener: one POST in, one answer out.
//!
//! What few requests need is boxed where it is called: the future of every request has room for all it
//! may do, and is moved several times before it first runs.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ALLOW, AUTHORIZATION, CONNECTION, CONTENT_TYPE, COOKIE, HOST, RETRY_AFTER, SET_COOKIE,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request::Parts};
use regia_cwmp::{AcsFault, AcsMessage, CpeMessage, Dialect, Envelope, ParseError, write_acs};
use regia_fault::Fault;
use regia_listener::Peer;

use super::batch::{Batches, Turned};
use super::bind;
use super::cookie::{self, Ticket};
use super::files;
use super::gate::retry_after;
use super::incoming::{incoming, rpc_of};
use super::inform::{Entrance, enter};
use super::machine::{Phase, Verdict, judge};
use super::receive::{self, Refused};
use super::session::{Background, Found, Session};
use super::tap::Post;
use crate::context::Context;
use crate::flows::converse::{self, Reply};
use crate::flows::mode;
use crate::model::device::Standing;
use crate::model::trace::Remark;
use crate::settings::OnboardingMode;
use crate::signals;

/// What a request is answered with.
pub type Answer = Response<Body>;

/// The listener's state.
#[derive(Debug, Clone)]
pub struct Server {
    /// The module.
    pub context: Arc<Context>,
    /// Where Informs wait for the database.
    pub batches: Arc<Batches>,
}

/// The routes of the CWMP listener: every path that is no file is CWMP.
pub fn router(server: Server) -> Router {
    Router::new().fallback(handle).with_state(server)
}

async fn handle(State(server): State<Server>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    if let Some(token) = files::token(parts.uri.path()) {
        return Box::pin(files::answer(&server.context, token, &parts, body)).await;
    }
    if parts.method != Method::POST {
        return empty(
            StatusCode::METHOD_NOT_ALLOWED,
            &[(ALLOW, HeaderValue::from_static("POST"))],
        );
    }
    let Some(peer) = parts.extensions.get::<Peer>().copied() else {
        return empty(StatusCode::INTERNAL_SERVER_ERROR, &[]);
    };
    let limits = &server.context.settings.session;
    let arrival = Duration::from_secs(limits.body_seconds.into());
    let came_at = server.context.clock.now();
    let body = receive::body(&parts.headers, body, limits.max_body_bytes, arrival).await;
    let raw = body.as_ref().ok().cloned().flatten();
    let message = match body {
        Ok(Some(body)) => receive::message(&parts.headers, &body).map(Some),
        Ok(None) => Ok(None),
        Err(refused) => Err(refused),
    };
    let remark = match (&message, &raw) {
        (Ok(_), _) => Remark::None,
        (Err(_), Some(_)) => Remark::Unreadable,
        (Err(_), None) => Remark::Refused,
    };
    let mut post = Post {
        came_at,
        body: raw,
        remark,
        tap: None,
    };
    let answer = match message {
        Ok(Some(Envelope {
            message: CpeMessage::Inform(inform),
            id,
            dialect,
            ..
        })) => {
            let envelope = Envelope::new(id, dialect, inform);
            server.begin(&parts, peer, envelope, &mut post).await
        }
        Ok(envelope) => server.go_on(&parts, peer, envelope, &mut post).await,
        Err(refused) => server.refuse(&parts, peer, &refused, &mut post),
    };
    post.answered(&server.context, &parts.headers, answer).await
}

impl Server {
    /// Answers an Inform.
    async fn begin(
        &self,
        parts: &Parts,
        peer: Peer,
        envelope: Envelope<Box<regia_cwmp::Inform>>,
        post: &mut Post,
    ) -> Answer {
        let Envelope {
            id,
            dialect,
            message: inform,
            ..
        } = envelope;
        let authorization = parts.headers.get(AUTHORIZATION);
        match enter(self, authorization, peer, *inform, dialect.clone()).await {
            Entrance::Open(session) => {
                post.tap.clone_from(&session.tap);
                let cookie = self.set_cookie(&session);
                let context = &self.context;
                bind::bind(context, parts, &session.claim);
                context.sessions.insert(session, context.clock.instant());
                let answer = AcsMessage::InformResponse { max_envelopes: 1 };
                let mut answer = xml(StatusCode::OK, &Envelope::new(id, dialect, answer));
                if let Some(cookie) = cookie {
                    answer.headers_mut().insert(SET_COOKIE, cookie);
                }
                answer
            }
            Entrance::Challenge { stale } => self.challenge(peer.tls, stale),
            Entrance::Later => self.come_back_later(),
            Entrance::Refused(text) => {
                let fault = AcsFault {
                    code: INVALID_ARGUMENTS,
                    text,
                };
                xml(
                    StatusCode::OK,
                    &Envelope::new(id, dialect, AcsMessage::Fault(fault)),
                )
            }
        }
    }

    fn challenge(&self, tls: bool, stale: bool) -> Answer {
        let mut answer = empty(StatusCode::UNAUTHORIZED, &[]);
        for challenge in super::login::challenges(&self.context, tls, stale) {
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                answer.headers_mut().append(WWW_AUTHENTICATE, challenge);
            }
        }
        answer
    }

    fn set_cookie(&self, session: &Session) -> Option<HeaderValue> {
        let value = cookie::write(&self.context.cookie_key, &session.claim);
        let path = &self.context.settings.session.cookie_path;
        HeaderValue::from_str(&format!("{}={value}; Path={path}", cookie::NAME)).ok()
    }

    /// Overload and database failures, at an Inform only.
    fn come_back_later(&self) -> Answer {
        let around = self.context.settings.session.retry_after_seconds;
        let seconds = HeaderValue::from(retry_after(around, &self.context.chance));
        empty(StatusCode::SERVICE_UNAVAILABLE, &[(RETRY_AFTER, seconds)])
    }

    /// Answers everything after the Inform.
    async fn go_on(
        &self,
        parts: &Parts,
        peer: Peer,
        envelope: Option<Envelope<CpeMessage>>,
        post: &mut Post,
    ) -> Answer {
        let headers = &parts.headers;
        let key = &self.context.cookie_key;
        let mut cookies = parts
            .headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let cookie = cookies.find_map(|header| cookie::read(key, header));
        let Some(ticket) = cookie.or_else(|| bind::ticket(parts)) else {
            // Clients that only speak Digest ask for the challenge with an empty POST.
            if envelope.is_none()
                && !headers.contains_key(COOKIE)
                && !headers.contains_key(AUTHORIZATION)
            {
                return self.challenge(peer.tls, false);
            }
            return out_of_order("no_session", peer);
        };
        let mut session = match self.find(&ticket, peer).await {
            Ok(Some(session)) => session,
            // It was known by its connection, and is over: this is the first request of another one.
            Ok(None) if cookie.is_none() && envelope.is_none() => {
                return self.challenge(peer.tls, false);
            }
            Ok(None) => return out_of_order("session_over", peer),
            Err(answer) => return *answer,
        };
        let message = incoming(&session, envelope.as_ref());
        if matches!(judge(session.phase, message), Verdict::End(_)) {
            session = Box::pin(self.renew(session, &ticket, peer)).await;
        }
        let (claim, device) = (session.claim, session.claim.device);
        post.tap.clone_from(&session.tap);
        if let (Some(_), Some(body)) = (rpc_of(&session), &post.body) {
            session.heard = receive::text(headers, body);
        }
        if session.base.is_none() {
            session.base = base(&parts.headers, peer);
        }
        match self.talk(session, envelope).await {
            Ok(answer) => answer,
            Err(fault) => {
                // The transaction is undone. The device ends the session on this answer, keeps
                // its events, and comes back; what was asked is settled then.
                tracing::error!(acs.device = %device, error = fault.chain(), "a session step failed");
                self.context.sessions.remove(&claim);
                signals::session_ended("failed");
                empty(StatusCode::INTERNAL_SERVER_ERROR, &[close()])
            }
        }
    }

    /// The session of a genuine cookie: this node's, or taken over from another.
    async fn find(&self, ticket: &Ticket, peer: Peer) -> Result<Option<Box<Session>>, Box<Answer>> {
        match self.context.sessions.take(&ticket.session) {
            Found::Session(session) => Ok(Some(session)),
            Found::Busy => Err(Box::new(out_of_order("busy", peer))),
            Found::Unknown => match Box::pin(converse::take_over(&self.context, ticket)).await {
                Ok(Some(session)) => {
                    let now = self.context.clock.instant();
                    self.context.sessions.insert(session, now);
                    match self.context.sessions.take(&ticket.session) {
                        Found::Session(session) => Ok(Some(session)),
                        _ => Ok(None),
                    }
                }
                Ok(None) => Ok(None),
                Err(error) => {
                    let fault = Fault::from(error);
                    tracing::error!(error = fault.chain(), "a session cannot be taken over");
                    Err(Box::new(empty(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        &[close()],
                    )))
                }
            },
        }
    }

    /// A message that does not fit may fit what another node has done in this session meanwhile:
    /// then what is kept here is too old, and the session is taken back.
    async fn renew(&self, session: Box<Session>, ticket: &Ticket, peer: Peer) -> Box<Session> {
        if !matches!(
            converse::is_held(&self.context, &session.claim).await,
            Ok(false)
        ) {
            return session;
        }
        self.context.sessions.remove(&session.claim);
        match self.find(ticket, peer).await {
            Ok(Some(newer)) => newer,
            _ => session,
        }
    }

    async fn talk(
        &self,
        mut session: Box<Session>,
        envelope: Option<Envelope<CpeMessage>>,
    ) -> Result<Answer, Fault> {
        let verdict = judge(session.phase, incoming(&session, envelope.as_ref()));
        let reply = match (verdict, &envelope) {
            (Verdict::Serve, Some(envelope)) => {
                Box::pin(converse::serve(&self.context, &session, &envelope.message)).await?
            }
            (Verdict::Absorb, Some(envelope)) => {
                Box::pin(converse::advance(
                    &self.context,
                    &mut session,
                    Some(&envelope.message),
                ))
                .await?
            }
            (Verdict::End(reason), _) => return Ok(self.end_badly(&session, reason)),
            _ => {
                self.plan_background(&mut session);
                if session.has_work && session.standing == Standing::Active {
                    Box::pin(converse::advance(&self.context, &mut session, None)).await?
                } else {
                    Reply::Nothing
                }
            }
        };
        Ok(self.send(session, envelope, reply))
    }

    fn send(
        &self,
        mut session: Box<Session>,
        envelope: Option<Envelope<CpeMessage>>,
        reply: Reply,
    ) -> Answer {
        let now = self.context.clock.instant();
        match reply {
            Reply::Answer(message) => {
                let dialect = session.dialect.clone();
                self.context.sessions.put_back(session, now);
                let id = envelope.and_then(|envelope| envelope.id);
                xml(StatusCode::OK, &Envelope::new(id, dialect, message))
            }
            Reply::Question(message, id) => {
                session.phase = Phase::Asked;
                signals::rpc(method(&message));
                let dialect = session.dialect.clone();
                self.context.sessions.put_back(session, now);
                xml(StatusCode::OK, &Envelope::new(id, dialect, message))
            }
            Reply::Nothing => {
                self.context.sessions.remove(&session.claim);
                signals::session_ended("done");
                empty(StatusCode::NO_CONTENT, &[])
            }
            Reply::Superseded => self.end_badly(&session, "superseded"),
        }
    }

    /// What the server itself wants of a device, if there is a place free. The session in which a
    /// device registers is left as short as can be.
    fn plan_background(&self, session: &mut Session) {
        let Some(wishes) = session.wishes.take() else {
            return;
        };
        let manage = mode::in_force(&self.context).mode == OnboardingMode::Manage;
        let onboarding = manage && wishes.onboarding;
        if session.standing != Standing::Active || !(onboarding || wishes.discovery) {
            return;
        }
        if let Ok(place) = Arc::clone(&self.context.background).try_acquire_owned() {
            session.has_work = true;
            session.background = Some(Background {
                onboarding,
                discovery: wishes.discovery,
                _place: place,
            });
        }
    }

    fn end_badly(&self, session: &Session, reason: &'static str) -> Answer {
        self.context.sessions.remove(&session.claim);
        signals::session_ended(reason);
        tracing::warn!(
            acs.device = %session.claim.device,
            reason,
            "a session ended: the device's message was out of order"
        );
        empty(StatusCode::BAD_REQUEST, &[close()])
    }

    fn refuse(&self, parts: &Parts, peer: Peer, refused: &Refused, post: &mut Post) -> Answer {
        let ticket = parts
            .headers
            .get(COOKIE)
            .and_then(|value| value.to_str().ok())
            .and_then(|header| cookie::read(&self.context.cookie_key, header))
            .or_else(|| bind::ticket(parts));
        let mut known = None;
        if let Some(ticket) = ticket
            && let Found::Session(session) = self.context.sessions.take(&ticket.session)
        {
            post.tap.clone_from(&session.tap);
            self.context.sessions.remove(&session.claim);
            signals::session_ended("malformed");
            known = Some(session.dialect);
        }
        match refused {
            Refused::Status(status, reason) => {
                signals::refused(reason);
                tracing::warn!(peer = %peer.address, reason, "a request was refused");
                empty(*status, &[close()])
            }
            Refused::Parse(error, dialect) => {
                signals::refused("malformed");
                tracing::warn!(peer = %peer.address, error = %error, "a body is not CWMP");
                malformed(
                    error,
                    dialect.as_deref().cloned().or(known).unwrap_or_default(),
                )
            }
        }
    }
}

/// The address under which the device reaches this server, as it says itself.
fn base(headers: &HeaderMap, peer: Peer) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let scheme = if peer.tls { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

/// TR-069 A.5.2.
const INVALID_ARGUMENTS: u32 = 8003;

/// The method of a question, for the metric.
const fn method(message: &AcsMessage) -> &'static str {
    match message {
        AcsMessage::GetParameterNames { .. } => "GetParameterNames",
        AcsMessage::GetParameterValues(_) => "GetParameterValues",
        AcsMessage::SetParameterValues { .. } => "SetParameterValues",
        AcsMessage::GetParameterAttributes(_) => "GetParameterAttributes",
        AcsMessage::SetParameterAttributes(_) => "SetParameterAttributes",
        AcsMessage::AddObject { .. } => "AddObject",
        AcsMessage::DeleteObject { .. } => "DeleteObject",
        AcsMessage::Reboot { .. } => "Reboot",
        AcsMessage::FactoryReset => "FactoryReset",
        AcsMessage::ScheduleInform { .. } => "ScheduleInform",
        AcsMessage::Download(_) => "Download",
        AcsMessage::Upload(_) => "Upload",
        _ => "other",
    }
}

fn xml(status: StatusCode, envelope: &Envelope<AcsMessage>) -> Answer {
    let mut answer = Response::new(Body::from(write_acs(envelope)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/xml; charset=utf-8"),
    );
    answer
}

fn malformed(error: &ParseError, dialect: Dialect) -> Answer {
    let fault = AcsFault {
        code: error.fault_code(),
        text: error.to_string(),
    };
    let envelope = Envelope::new(None, dialect, AcsMessage::Fault(fault));
    let mut answer = xml(StatusCode::BAD_REQUEST, &envelope);
    let (name, value) = close();
    answer.headers_mut().insert(name, value);
    answer
}

fn out_of_order(reason: &'static str, peer: Peer) -> Answer {
    signals::refused(reason);
    tracing::info!(peer = %peer.address, reason, "a message belongs to no session");
    empty(StatusCode::BAD_REQUEST, &[close()])
}

pub(super) const fn close() -> (axum::http::HeaderName, HeaderValue) {
    (CONNECTION, HeaderValue::from_static("close"))
}

pub(super) fn empty(
    status: StatusCode,
    headers: &[(axum::http::HeaderName, HeaderValue)],
) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    for (name, value) in headers {
        answer.headers_mut().insert(name, value.clone());
    }
    answer
}

impl From<Turned> for Entrance {
    fn from(turned: Turned) -> Self {
        signals::inform(match turned {
            Turned::Full => "turned_away",
            Turned::Failed => "failed",
        });
        Self::Later
    }
}
