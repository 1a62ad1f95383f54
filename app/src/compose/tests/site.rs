//! The whole server in this process, on a database of its own, with people of every role.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, Response};
use regia_clock::{Chance, Clock};
use regia_credentials::OneTimeKey;
use regia_identity::Access;
use regia_lifecycle::Lifecycle;
use regia_limits::LimitsSettings;
use regia_secrets::{KeyRing, Secret};
use regia_telemetry::metrics::PrometheusHandle;
use regia_testkit::{Owner, TestDb};
use regia_users::Seed;
use regia_web::{CSRF_HEADER, Peer};
use serde_json::Value;
use tower::ServiceExt as _;

use super::routes::{ROLES, Row};
use super::things::Things;
use crate::compose::{Composed, Parts, compose};
use crate::settings::Settings;

pub(super) const PASSWORD: &str = "correct horse battery";
const FLEET_PASSWORD: &str = "fleet-password";

pub(super) struct Site {
    _db: TestDb,
    pub owner: Owner,
    pub router: Router,
    access: Access,
    clock: Clock,
    /// The statement that tells the rows of the first tenant apart from what they were.
    state: String,
    /// Names what is made next.
    count: u64,
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub name: String,
    pub user: String,
    /// Where in [`ROLES`]; none: no role at all.
    pub role: Option<usize>,
    /// Whether single devices were handed to them, all of which were taken back.
    pub was_handed: bool,
    cookie: String,
    csrf: String,
}

/// What came back.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.body.split("<main").last().unwrap_or_default();
        let text: String = text.chars().take(300).collect();
        write!(f, "{} {} {text}", self.status, self.location())
    }
}

impl Answer {
    async fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let is_stream = parts
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == "text/event-stream");
        let body = if is_stream { Body::empty() } else { body };
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(super) fn location(&self) -> &str {
        let location = self.headers.get(LOCATION);
        location.map_or("", |location| location.to_str().unwrap())
    }

    /// Whether it says that a permission is missing.
    pub(super) fn denies(&self) -> bool {
        self.status == 403 && self.body.contains("This takes the permission ")
    }

    fn cookie(&self) -> String {
        let cookie = self.headers[SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

/// One recorder a process.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| regia_telemetry::metrics::install().unwrap())
        .clone()
}

/// Every table with rows of tenants, but for what a request leaves that was refused: files and imports
/// that have begun to come in, and when a login was last used.
const TABLES: &str = "
    select string_agg(format(
        '(select coalesce(md5(string_agg((to_jsonb(t) - ''last_used_at'' - ''last_used_from'')::text, ''|''
            order by to_jsonb(t)::text)), '''') from %I.%I t where %I = 1 %s)',
        n.nspname, c.relname, a.attname,
        case c.relname when 'file' then 'and state = ''ready''' when 'import' then 'and state <> ''reading''' end),
        ' || ' order by c.oid::int)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname in ('territory_id', 'tenant_id')
    where n.nspname in ('kernel', 'access', 'acs') and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname not in ('security_event', 'file_chunk', 'import_row')
      and (a.attname = 'tenant_id' or not exists (select from pg_attribute
           where attrelid = c.oid and attname = 'tenant_id'))";

impl Site {
    pub(super) async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::by_hand(Clock::system().now());
        let lifecycle = Lifecycle::new();
        let parts = Parts {
            store: db.store(),
            clock: clock.clone(),
            chance: Chance::from_system(),
            keys: KeyRing::from_hex(&Secret::from("5a".repeat(32)), &[]).unwrap(),
            lifecycle: lifecycle.clone(),
            metrics: recorder(),
        };
        let settings = Settings {
            limits: LimitsSettings {
                api_per_minute: 0,
                bulk_per_minute: 0,
                export_per_minute: 0,
                anonymous_per_minute: 0,
                ..LimitsSettings::default()
            },
            ..Settings::default()
        };
        let Composed {
            access, acs, web, ..
        } = compose(&parts, settings).await.unwrap();
        let admin_password = Some(PASSWORD.into());
        access.users().seed(Seed { admin_password }).await.unwrap();
        let fleet = Some(Secret::from(FLEET_PASSWORD.to_owned()));
        acs.seed_fleet_credential(fleet).await.unwrap();
        call(acs.cwmp()).await;
        // What runs beside the requests would change rows as well.
        lifecycle.stop(Duration::from_secs(30)).await;
        let mut owner = db.owner().await;
        owner
            .run(
                "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                     (2, 2, null, 'other'), (11, 1, 1, 'north');
                 alter sequence kernel.territory_territory_id_seq restart with 100;
                 update acs.device set discovery = 'done', onboarding = 'done';
                 delete from acs.task",
            )
            .await;
        let state = format!("select {}", owner.texts(TABLES).await.remove(0));
        Self {
            _db: db,
            owner,
            router: web,
            access,
            clock,
            state,
            count: 0,
        }
    }

    /// Writes what the security log has heard, and tells how many denials somebody had.
    pub(super) async fn denials(&mut self, asker: &Asker) -> u64 {
        self.access.security().write().await;
        let counted = format!(
            "select coalesce(sum(count), 0)::text from access.security_event
             where kind = 'denied' and actor = 'user {}'",
            asker.name
        );
        self.owner.texts(&counted).await[0].parse().unwrap()
    }

    /// What the first tenant has, as one text that differs when a row does.
    pub(super) async fn state(&mut self) -> String {
        self.owner.texts(&self.state).await.remove(0)
    }

    /// Lines of the audit trail, the newest of which is told apart by its number.
    pub(super) async fn lines_after(&mut self, last: i64) -> Vec<Value> {
        let lines = format!(
            "select to_jsonb(t)::text from access.audit t
             where territory_id = 1 and entry_id > {last} order by entry_id"
        );
        let lines = self.owner.texts(&lines).await;
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(super) async fn last_line(&mut self) -> i64 {
        let last = "select coalesce(max(entry_id), 0)::text from access.audit";
        self.owner.texts(last).await[0].parse().unwrap()
    }

    /// A new person with this role of [`ROLES`], logged in.
    pub(super) async fn person(
        &mut self,
        role: Option<usize>,
        (tenant, area): (i64, i64),
    ) -> Asker {
        self.count += 1;
        let name = format!("person-{}", self.count);
        let made = format!(
            "insert into access.user_account (territory_id, name, password_hash)
             select {tenant}, '{name}', password_hash from access.user_account where name = 'admin'
             returning user_id::text"
        );
        let user = self.owner.texts(&made).await.remove(0);
        if let Some(role) = role {
            let role = ROLES[role];
            let given = format!(
                "insert into access.mandate (territory_id, user_id, system_role, area_id)
                 values ({tenant}, {user}, '{role}', {area})"
            );
            self.owner.run(&given).await;
        }
        let form = format!("name={name}&password={PASSWORD}");
        let request = Request::post("/login")
            .header(HOST, "regia.test")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = self.send(request.body(Body::from(form)).unwrap()).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let mut asker = Asker {
            name,
            user,
            role,
            was_handed: false,
            cookie: answer.cookie(),
            csrf: String::new(),
        };
        self.learn_token(&mut asker).await;
        asker
    }

    async fn learn_token(&self, asker: &mut Asker) {
        let request = Request::get("/account").header(COOKIE, &asker.cookie);
        let page = self.send(request.body(Body::empty()).unwrap()).await;
        let token = page.body.split_once("name=\"csrf-token\" content=\"");
        let (_, token) = token.unwrap_or_else(|| panic!("{page:?}"));
        token.split('"').next().unwrap().clone_into(&mut asker.csrf);
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Makes what a line of the list names, for somebody.
    pub(super) async fn request(&mut self, asker: &mut Asker, row: &Row) -> Request<Body> {
        self.count += 1;
        let n = self.count.to_string();
        let new = format!("new-{n}.bin");
        let user = asker.user.clone();
        let mut words = vec![("n", n.as_str()), ("new", &new), ("asker", &user)];
        words.extend([("password", PASSWORD), ("enrolled", PASSWORD)]);
        let code = match row.body {
            body if body.contains("{code}") => self.begin_second_factor(asker).await,
            body if body.contains("{enrolled}") => {
                let code = self.begin_second_factor(asker).await;
                let confirm = Row {
                    method: "POST",
                    path: "/api/v1/access/account/second-factor/confirm",
                    body: "{",
                    ..*row
                };
                let body = format!("{{\"code\":\"{code}\"}}");
                let answer = self
                    .send(asking(Some(&*asker), &confirm, confirm.path, body))
                    .await;
                asker.cookie = answer.cookie();
                self.learn_token(asker).await;
                code
            }
            _ => String::new(),
        };
        words.push(("code", &code));
        let mut things = Things::new(&words);
        let path = things.fill(&mut self.owner, row.path).await;
        let body = things.fill(&mut self.owner, row.body).await;
        asking(Some(&*asker), row, &path, body)
    }

    async fn begin_second_factor(&self, asker: &Asker) -> String {
        let begin = Request::post("/api/v1/access/account/second-factor");
        let begin = begin
            .header(COOKIE, &asker.cookie)
            .header(CSRF_HEADER, &asker.csrf);
        let begun = self.send(begin.body(Body::empty()).unwrap()).await;
        let begun: Value = serde_json::from_str(&begun.body).unwrap();
        let key = OneTimeKey::from_text(begun["key"].as_str().unwrap()).unwrap();
        key.code_at(self.clock.now()).unwrap()
    }

    /// A page as somebody sees it.
    pub(super) async fn page(&self, asker: &Asker, path: &str) -> Answer {
        let request = Request::get(path).header(COOKIE, &asker.cookie);
        let request = request
            .header(HOST, "regia.test")
            .header(ACCEPT, "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(super) async fn answer(&self, request: Request<Body>) -> Answer {
        self.send(request).await
    }
}

/// A request of a browser.
pub(super) fn asking(asker: Option<&Asker>, row: &Row, path: &str, body: String) -> Request<Body> {
    let mut request = Request::builder()
        .method(row.method)
        .uri(path)
        .header(HOST, "regia.test");
    if let Some(asker) = asker {
        request = request
            .header(COOKIE, &asker.cookie)
            .header(CSRF_HEADER, &asker.csrf);
    }
    if !row.is_api() {
        request = request.header(ACCEPT, "text/html");
    }
    let raw = body
        .strip_prefix("raw ")
        .map(|raw| raw.replace("\\n", "\n"));
    let kind = match (&raw, body.starts_with('{')) {
        (Some(_), _) if path.contains("import") => "text/csv",
        (Some(_), _) => "application/octet-stream",
        (None, true) => "application/json",
        (None, false) => "application/x-www-form-urlencoded",
    };
    if row.writes() && (!body.is_empty() || !row.is_api()) {
        request = request.header(CONTENT_TYPE, kind);
    }
    request.body(Body::from(raw.unwrap_or(body))).unwrap()
}

/// A device registers, tells a secret, and has no more to say.
async fn call(cwmp: Router) {
    // `fleet:fleet-password`
    const CREDENTIALS: &str = "Basic ZmxlZXQ6ZmxlZXQtcGFzc3dvcmQ=";
    let address = ([192, 0, 2, 7], 40_000).into();
    let mut cookie = String::new();
    for (body, status) in [(include_str!("inform.xml"), 200), ("", 204)] {
        let mut request = Request::post("/")
            .header(HOST, "acs.test:7547")
            .header(AUTHORIZATION, CREDENTIALS)
            .header(COOKIE, &cookie)
            .header(CONTENT_TYPE, "text/xml")
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(Peer {
            address,
            tls: false,
        });
        let answer = Answer::of(cwmp.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if cookie.is_empty() {
            cookie = answer.cookie();
        }
    }
}
