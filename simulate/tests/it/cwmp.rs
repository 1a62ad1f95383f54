//! An ACS for tests: one list of questions for each session, and a record of what the CPE said.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use regia_cwmp::{AcsMessage, CpeMessage, Envelope, Inform, Limits, parse_cpe, write_acs};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::acs::{self, Reply, Seen};

/// A session that is over.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) inform: Inform,
    /// The CPE's own requests.
    pub(crate) requests: Vec<CpeMessage>,
    /// Its answers to the questions.
    pub(crate) answers: Vec<CpeMessage>,
}

impl Session {
    /// Event codes with their command keys.
    pub(crate) fn events(&self) -> Vec<(&str, &str)> {
        let events = self.inform.events.iter();
        events
            .map(|event| (event.code.as_str(), event.command_key.as_str()))
            .collect()
    }

    /// The value of a parameter of the Inform by the end of its path.
    pub(crate) fn parameter(&self, end: &str) -> &str {
        let found = self
            .inform
            .parameters
            .iter()
            .find(|each| each.name.ends_with(end));
        &found
            .unwrap_or_else(|| panic!("no {end} in {:?}", self.inform))
            .value
    }
}

/// What happens before a request comes to the sessions.
pub(crate) type Gate = Box<dyn FnMut(&Seen) -> Option<Reply> + Send>;

/// An ACS and what it records.
pub(crate) struct Acs {
    pub(crate) address: SocketAddr,
    sessions: UnboundedReceiver<Session>,
}

impl Acs {
    /// The questions of the first session, the second, and so on; later sessions have none.
    pub(crate) async fn start(questions: Vec<Vec<AcsMessage>>) -> Self {
        Self::gated(questions, Box::new(|_| None)).await
    }

    /// Some requests get their answer from `gate`.
    pub(crate) async fn gated(questions: Vec<Vec<AcsMessage>>, mut gate: Gate) -> Self {
        let (done, sessions) = unbounded_channel();
        let mut desk = Desk {
            questions: questions.into(),
            sessions: Vec::new(),
            done,
        };
        let address = acs::start(move |seen| gate(seen).unwrap_or_else(|| desk.answer(seen))).await;
        Self { address, sessions }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/cwmp", self.address)
    }

    /// The next session that ends.
    pub(crate) async fn session(&mut self) -> Session {
        let next = tokio::time::timeout(Duration::from_secs(20), self.sessions.recv()).await;
        next.expect("no session within 20 s").unwrap()
    }
}

struct Desk {
    questions: VecDeque<Vec<AcsMessage>>,
    sessions: Vec<Open>,
    done: UnboundedSender<Session>,
}

struct Open {
    session: Session,
    questions: VecDeque<AcsMessage>,
    asked: u32,
}

impl Desk {
    fn answer(&mut self, seen: &Seen) -> Reply {
        assert_eq!(seen.method, "POST");
        let number = seen
            .header("cookie")
            .split("; ")
            .find_map(|pair| pair.strip_prefix("session=")?.parse::<usize>().ok());
        if seen.body.is_empty() {
            assert!(!seen.headers.contains_key("content-type"));
            assert!(!seen.headers.contains_key("soapaction"));
            return self.next(number);
        }
        assert!(seen.headers.contains_key("soapaction"));
        let Ok(envelope) = parse_cpe(seen.body.as_bytes(), &Limits::default()) else {
            return Reply::status(400);
        };
        match envelope.message.clone() {
            CpeMessage::Inform(inform) => self.inform(&envelope, *inform),
            message @ (CpeMessage::TransferComplete(_) | CpeMessage::GetRpcMethods) => {
                let Some(open) = number.and_then(|number| self.sessions.get_mut(number)) else {
                    return Reply::status(403);
                };
                open.session.requests.push(message);
                envelope_of(&envelope.answer(AcsMessage::TransferCompleteResponse))
            }
            message => {
                let Some(open) = number.and_then(|number| self.sessions.get_mut(number)) else {
                    return Reply::status(403);
                };
                assert_eq!(
                    envelope.id,
                    Some(format!("q{}", open.asked)),
                    "the id comes back"
                );
                open.session.answers.push(message);
                self.next(number)
            }
        }
    }

    fn inform(&mut self, envelope: &Envelope<CpeMessage>, inform: Inform) -> Reply {
        let number = self.sessions.len();
        self.sessions.push(Open {
            session: Session {
                inform,
                requests: Vec::new(),
                answers: Vec::new(),
            },
            questions: self.questions.pop_front().unwrap_or_default().into(),
            asked: 0,
        });
        envelope_of(&envelope.answer(AcsMessage::InformResponse { max_envelopes: 1 }))
            .with("set-cookie", format!("session={number}; Path=/; HttpOnly"))
            .with("set-cookie", "other=x")
    }

    fn next(&mut self, number: Option<usize>) -> Reply {
        let Some(open) = number.and_then(|number| self.sessions.get_mut(number)) else {
            return Reply::status(403);
        };
        let Some(question) = open.questions.pop_front() else {
            self.done.send(open.session.clone()).unwrap();
            return Reply::status(204);
        };
        open.asked += 1;
        let id = format!("q{}", open.asked);
        envelope_of(&Envelope::new(id, regia_cwmp::Dialect::cwmp(2), question))
    }
}

fn envelope_of(envelope: &Envelope<AcsMessage>) -> Reply {
    Reply::body(write_acs(envelope)).with("content-type", "text/xml; charset=\"utf-8\"")
}
