//! A device of few words: it posts what a test tells it and reads what comes back.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, SET_COOKIE, VIA};
use axum::http::{HeaderMap, Request};
use base64::Engine as _;
use regia_cwmp::{
    AcsMessage, CpeMessage, DeviceId, Dialect, Envelope, Event, Inform, Limits, ParameterValue,
    ValueKind, parse_acs, write_cpe,
};
use regia_listener::{ConnectionMemory, Peer};
use tower::ServiceExt as _;

use crate::world::FLEET_PASSWORD;

/// See the module sentence.
pub struct Cpe {
    router: Router,
    /// `Authorization` of its requests.
    pub authorization: Option<String>,
    /// `Cookie` of its requests.
    pub cookie: Option<String>,
    /// The connection that its requests go over; without one, each goes over another.
    pub connection: Option<ConnectionMemory>,
    /// Whether a proxy marks its requests.
    pub forwarded: bool,
    /// Who it says it is.
    pub id: DeviceId,
    /// What its informs carry.
    pub parameters: Vec<ParameterValue>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The message in the body.
    pub fn message(&self) -> Envelope<AcsMessage> {
        parse_acs(self.text.as_bytes(), &Limits::default())
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }
}

/// Basic credentials as a header value.
pub fn basic(username: &str, password: &str) -> String {
    let pair = format!("{username}:{password}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}

/// A parameter of type string.
pub fn parameter(name: &str, value: &str) -> ParameterValue {
    ParameterValue {
        name: name.to_owned(),
        value: value.to_owned(),
        kind: ValueKind::String,
    }
}

impl Cpe {
    /// A device with the fleet credential.
    pub fn new(router: Router, serial: &str) -> Self {
        Self {
            router,
            authorization: Some(basic("fleet", FLEET_PASSWORD)),
            cookie: None,
            connection: None,
            forwarded: false,
            id: DeviceId {
                manufacturer: "Acme".to_owned(),
                oui: "00D09E".to_owned(),
                product_class: "HG1".to_owned(),
                serial_number: serial.to_owned(),
            },
            parameters: vec![
                parameter("Device.DeviceInfo.SoftwareVersion", "1.0"),
                parameter("Device.DeviceInfo.HardwareVersion", "A"),
            ],
        }
    }

    /// Goes to another node from now on.
    pub fn move_to(&mut self, router: Router) {
        self.router = router;
    }

    /// Posts bytes.
    pub async fn post(&mut self, body: impl Into<Vec<u8>>) -> Answer {
        let mut request = Request::post("/").body(Body::from(body.into())).unwrap();
        if let Some(value) = &self.authorization {
            request
                .headers_mut()
                .insert(AUTHORIZATION, value.parse().unwrap());
        }
        if let Some(value) = &self.cookie {
            request.headers_mut().insert(COOKIE, value.parse().unwrap());
        }
        self.send(request).await
    }

    /// Sends a request as it is.
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let (parts, body) = self.open(request).await.into_parts();
        if let Some(cookie) = parts.headers.get(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(pair.to_owned());
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// Sends a request and leaves the body of the answer where it is.
    pub async fn open(&self, mut request: Request<Body>) -> axum::response::Response {
        let host = axum::http::HeaderValue::from_static("acs.test:7547");
        request.headers_mut().entry(HOST).or_insert(host);
        let address = ([192, 0, 2, 7], 40_000).into();
        request.extensions_mut().insert(Peer {
            address,
            tls: false,
        });
        if let Some(memory) = &self.connection {
            request.extensions_mut().insert(memory.clone());
        }
        if self.forwarded {
            let via = axum::http::HeaderValue::from_static("1.1 proxy");
            request.headers_mut().insert(VIA, via);
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Posts a message with an id.
    pub async fn say(&mut self, id: Option<&str>, message: CpeMessage) -> Answer {
        let envelope = Envelope::new(id.map(str::to_owned), Dialect::cwmp(2), message);
        self.post(write_cpe(&envelope)).await
    }

    /// Requests a file by its whole address.
    pub async fn file(&mut self, method: &str, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.file_with(method, url, headers, Body::empty()).await
    }

    /// Requests a file, with a body.
    pub async fn file_with(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Answer {
        let path = url.strip_prefix("http://acs.test:7547").unwrap_or(url);
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body).unwrap()).await
    }

    /// Posts nothing.
    pub async fn nothing(&mut self) -> Answer {
        self.post(Vec::new()).await
    }

    /// Posts an Inform with these events, each with a command key or none.
    pub async fn inform(&mut self, events: &[(&str, &str)]) -> Answer {
        let events = events
            .iter()
            .map(|(code, key)| Event {
                code: (*code).to_owned(),
                command_key: (*key).to_owned(),
            })
            .collect();
        let inform = Inform {
            device_id: self.id.clone(),
            events,
            max_envelopes: 1,
            parameters: self.parameters.clone(),
            ..Inform::default()
        };
        self.say(Some("1"), CpeMessage::Inform(Box::new(inform)))
            .await
    }

    /// Opens a session and posts nothing: the first question, or none.
    pub async fn call(&mut self, events: &[(&str, &str)]) -> Option<Envelope<AcsMessage>> {
        let answer = self.inform(events).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = self.nothing().await;
        (answer.status == 200).then(|| answer.message())
    }

    /// Answers a question: the next question, or none.
    pub async fn answer(
        &mut self,
        question: &Envelope<AcsMessage>,
        message: CpeMessage,
    ) -> Option<Envelope<AcsMessage>> {
        let answer = self.say(question.id.as_deref(), message).await;
        match answer.status {
            200 => Some(answer.message()),
            204 => None,
            _ => panic!("{answer:?}"),
        }
    }
}
