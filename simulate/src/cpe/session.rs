//! One CWMP session: Inform, the CPE's own requests, the ACS's, the end (TR-069 3.7).

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{HeaderMap, Method};
use regia_cwmp::{
    AcsMessage, CpeMessage, Dialect, Envelope, Inform, Limits, ParseError, parse_acs, write_cpe,
};

use super::Cpe;
use crate::faults::Mischief;
use crate::http::{Answer, Client, Content, Credentials, HttpError};
use crate::journal::{Happened, received};
use crate::statistics::Statistics;
use crate::url::BadUrl;

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");
/// Fault 8005 asks for the same request again (TR-069 3.7.1.6).
const RETRY_REQUEST: u32 = 8005;
const MAX_REPEATS: u32 = 3;

/// Why a session did not end as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("the address of the ACS cannot be used")]
    Address(#[source] BadUrl),
    #[error("the ACS did not answer")]
    Http(#[source] HttpError),
    #[error("the ACS answered with HTTP status {status}")]
    Status {
        status: u16,
        /// When it says so, how long to stay away.
        retry_after: Option<Duration>,
    },
    #[error("the ACS sent no CWMP envelope")]
    Parse(#[source] ParseError),
    #[error("the ACS answered with fault {0}")]
    Fault(u32),
    #[error("the ACS sent something else than {0}")]
    Unexpected(&'static str),
    #[error("misbehaved on request")]
    Misbehaved,
}

impl Cpe {
    /// Runs one session. What the ACS asked to happen after it stands in `self.restart`.
    pub(super) async fn session(&mut self, statistics: &Statistics) -> Result<(), SessionError> {
        let mut line = self.dial()?;
        let inform = self.inform();
        let hold = line.inform(&inform).await?;
        self.acknowledge(&inform);
        if line.mischief.lost_cookie {
            line.client.lose_cookies();
        }
        if line.mischief.duplicate {
            let mut second = self.dial()?;
            second.inform(&inform).await?;
        }
        if !hold {
            self.tell_completions(&mut line).await?;
        }
        let mut question = line.post(None).await?;
        while let Some(envelope) = question {
            let id = envelope.id.clone();
            self.note(|| received(id.as_deref(), &envelope.message));
            let answer = self.answer(envelope.message);
            statistics.rpcs.add();
            if matches!(answer, CpeMessage::Fault(_)) {
                statistics.faults.add();
            }
            question = line.answer(id, answer).await?;
        }
        Ok(())
    }

    fn dial(&self) -> Result<Line, SessionError> {
        let url = self.setting("URL").parse().map_err(SessionError::Address)?;
        let credentials = Credentials {
            username: self.setting("Username"),
            password: self.setting("Password"),
            preemptive: self.parts.preemptive_basic,
        };
        let faults = self.parts.faults;
        Ok(Line {
            client: Client::new(url, credentials, self.chance.clone()),
            dialect: faults.dialect(self.parts.identity.seed, self.tree.standard()),
            mischief: faults.draw(&self.chance),
            silence: self.parts.silence,
            requests: 0,
            answers: 0,
        })
    }

    /// Tells the ends of transfers; what the ACS does not take over is told again next time.
    async fn tell_completions(&mut self, line: &mut Line) -> Result<(), SessionError> {
        for complete in std::mem::take(&mut self.completions) {
            let request = CpeMessage::TransferComplete(complete.clone());
            match line.request(&request).await {
                Ok(AcsMessage::TransferCompleteResponse) => {
                    self.note(|| Happened::Reported(complete.command_key));
                }
                Ok(_) => {
                    self.completions.push(complete);
                    return Err(SessionError::Unexpected("TransferCompleteResponse"));
                }
                Err(SessionError::Fault(_)) => self.completions.push(complete),
                Err(error) => {
                    self.completions.push(complete);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// The conversation with the ACS.
struct Line {
    client: Client,
    dialect: Dialect,
    mischief: Mischief,
    silence: Duration,
    requests: u64,
    answers: u64,
}

impl Line {
    /// Informs; true when the ACS holds the CPE's requests back.
    async fn inform(&mut self, inform: &Inform) -> Result<bool, SessionError> {
        let request = CpeMessage::Inform(Box::new(inform.clone()));
        let envelope = self.ask(&request).await?;
        match envelope.message {
            AcsMessage::InformResponse { .. } => Ok(envelope.header.hold_requests),
            _ => Err(SessionError::Unexpected("InformResponse")),
        }
    }

    async fn request(&mut self, request: &CpeMessage) -> Result<AcsMessage, SessionError> {
        Ok(self.ask(request).await?.message)
    }

    /// A request of the CPE and its answer; repeated as long as the ACS asks for it.
    async fn ask(&mut self, request: &CpeMessage) -> Result<Envelope<AcsMessage>, SessionError> {
        self.requests += 1;
        let id = self.requests.to_string();
        let envelope = Envelope::new(id.clone(), self.dialect.clone(), request.clone());
        let body = Bytes::from(write_cpe(&envelope));
        for _ in 0..MAX_REPEATS {
            let answer = self.post(Some(body.clone())).await?;
            let answer = answer.ok_or(SessionError::Unexpected("an answer"))?;
            match answer.message {
                AcsMessage::Fault(fault) if fault.code == RETRY_REQUEST => {}
                AcsMessage::Fault(fault) => return Err(SessionError::Fault(fault.code)),
                _ if answer.id.as_ref().is_some_and(|answered| *answered != id) => {
                    return Err(SessionError::Unexpected("the id of the request"));
                }
                _ => return Ok(answer),
            }
        }
        Err(SessionError::Fault(RETRY_REQUEST))
    }

    /// An answer of the CPE, and the ACS's next question.
    async fn answer(
        &mut self,
        id: Option<String>,
        answer: CpeMessage,
    ) -> Result<Option<Envelope<AcsMessage>>, SessionError> {
        self.answers += 1;
        if let Some(pause) = self.mischief.slow {
            tokio::time::sleep(pause).await;
        }
        if self.mischief.silent_at == Some(self.answers) {
            tokio::time::sleep(self.silence).await;
            return Err(SessionError::Misbehaved);
        }
        if self.mischief.drop_at == Some(self.answers) {
            return Err(SessionError::Misbehaved);
        }
        let mut body = write_cpe(&Envelope::new(id, self.dialect.clone(), answer));
        if self.mischief.cut_at == Some(self.answers) {
            body.truncate(body.len() / 2);
        }
        self.post(Some(body.into())).await
    }

    /// What of a body goes out.
    fn finish(&self, body: Bytes) -> Bytes {
        let closing = body.windows(2).rposition(|tag| tag == b"</");
        match closing.filter(|_| self.mischief.no_end) {
            Some(end) => body.slice(..end),
            None => body,
        }
    }

    /// Posts an envelope or nothing; `None` is the end of the session.
    async fn post(
        &mut self,
        body: Option<Bytes>,
    ) -> Result<Option<Envelope<AcsMessage>>, SessionError> {
        if self.mischief.no_cookie {
            self.client.lose_cookies();
        }
        let content = match body.map(|body| self.finish(body)) {
            Some(body) => Content {
                headers: vec![
                    (
                        CONTENT_TYPE,
                        HeaderValue::from_static("text/xml; charset=\"utf-8\""),
                    ),
                    (SOAP_ACTION, HeaderValue::from_static("")),
                ],
                body,
            },
            // Neither Content-Type nor SOAPAction (TR-069 3.4.1).
            None => Content::default(),
        };
        let answer = self
            .client
            .send(&Method::POST, &content)
            .await
            .map_err(SessionError::Http)?;
        read(&answer)
    }
}

fn read(answer: &Answer) -> Result<Option<Envelope<AcsMessage>>, SessionError> {
    match answer.status {
        204 => Ok(None),
        200 if answer.body.is_empty() => Ok(None),
        200 => parse_acs(&answer.body, &Limits::default())
            .map(Some)
            .map_err(SessionError::Parse),
        status => Err(SessionError::Status {
            status,
            retry_after: retry_after(&answer.headers),
        }),
    }
}

/// Seconds; a date there is not understood.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
