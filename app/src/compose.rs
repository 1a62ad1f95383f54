//! The only place that names all modules: it hands each what it needs and wires them together.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::middleware::from_fn;
use axum::{Extension, Router};
use regia_access::Permission;
use regia_account::Account;
use regia_acs::{Acs, AcsSettings};
use regia_administration::Administration;
use regia_audit::Trail;
use regia_clock::{Chance, Clock};
use regia_console::live::{self, Live};
use regia_console::messages::MessageFile;
use regia_console::{Console, assets, explain_denials};
use regia_identity::Access;
use regia_keys::Keys;
use regia_lifecycle::Lifecycle;
use regia_limits::Limits;
use regia_listener::{ListenError, ListenOptions, Listener, TlsOptions};
use regia_oversight::{ObjectLink, ObjectPage, Oversight};
use regia_roles::Roles;
use regia_secrets::KeyRing;
use regia_security::{Bans, SecurityLog};
use regia_settings::Environment;
use regia_store::Store;
use regia_telemetry::metrics::{PrometheusHandle, UPKEEP_SECONDS};
use regia_territories::Territories;
use regia_web::{Limiter, WebApp, WebSettings};

use crate::settings::Settings;
use crate::{entrance, first_start, search};

/// Where a line of the audit trail leads.
const OBJECTS: [ObjectLink; 15] = [
    ("api_key", ObjectPage::Own("/administration/keys/")),
    ("ban", ObjectPage::Shared("/administration/security")),
    ("bulk", ObjectPage::Own("/acs/tasks/bulks/")),
    ("device", ObjectPage::Own("/acs/devices/")),
    ("file", ObjectPage::Own("/acs/files/")),
    ("import", ObjectPage::Own("/acs/devices/imports/")),
    ("login", ObjectPage::Of("user", "/administration/users/")),
    ("mandate", ObjectPage::Of("user", "/administration/users/")),
    ("onboarding", ObjectPage::Shared("/acs/onboarding")),
    ("parameter", ObjectPage::Shared("/acs/searches/indexed")),
    ("role", ObjectPage::Own("/administration/roles/")),
    ("search", ObjectPage::Own("/acs/searches/")),
    ("task", ObjectPage::Of("device", "/acs/devices/")),
    ("territory", ObjectPage::Own("/administration/territories/")),
    ("user", ObjectPage::Own("/administration/users/")),
];

/// What every module may ask for.
#[derive(Debug)]
pub(crate) struct Parts {
    pub store: Store,
    pub clock: Clock,
    pub chance: Chance,
    pub keys: KeyRing,
    pub lifecycle: Lifecycle,
    pub metrics: PrometheusHandle,
}

/// Starts the modules and the listeners; the lines are for whoever started the server.
pub(crate) async fn run(
    parts: Parts,
    settings: Settings,
    environment: &Environment,
) -> anyhow::Result<Vec<String>> {
    describe_metrics();
    let lifecycle = &parts.lifecycle;
    let web_listener = Listener::bind(&settings.web.listen_options()?)?;
    let cwmp_listener = Listener::bind(&cwmp_options(&settings.acs)?)?;
    lifecycle.spawn("metrics upkeep", keep_up(parts.metrics.clone(), lifecycle));
    let Composed {
        access,
        keys,
        acs,
        web,
    } = compose(&parts, settings).await?;
    // Last of all that can fail: what it draws is shown once.
    let mut lines = first_start::seed((&access, &keys), &acs, environment).await?;
    let console = addresses("console", &web_listener);
    lines.extend(question(&acs, &console));
    lines.extend(console);
    lines.extend(addresses("cwmp", &cwmp_listener));
    web_listener.serve("web", web, lifecycle, &lifecycle.stopping());
    cwmp_listener.serve("cwmp", acs.cwmp(), lifecycle, &acs.drained());
    Ok(lines)
}

/// Everything that answers, before anything is listened on.
struct Composed {
    access: Access,
    keys: Keys,
    acs: Acs,
    web: Router,
}

async fn compose(parts: &Parts, settings: Settings) -> anyhow::Result<Composed> {
    let Parts {
        store,
        clock,
        chance,
        keys,
        lifecycle,
        ..
    } = parts;
    let limits = Limits::start(&settings.limits, &settings.redis, clock.clone(), lifecycle)?;
    let limiter = Limiter::new(limits.clone(), &settings.limits);
    let trail = Trail::new(store.clone(), clock.clone(), settings.access.audit_days);
    trail.run(lifecycle);
    let (log, bans) = security(parts, &settings);
    let api_keys = Keys::new(regia_keys::Parts {
        store: store.clone(),
        keys,
        settings: settings.access.api_keys.clone(),
        chance: chance.clone(),
        permissions: permissions(),
    });
    api_keys.run_upkeep(lifecycle);
    let access = Access::new(
        store.clone(),
        keys,
        settings.access,
        clock.clone(),
        chance.clone(),
    )?
    .knowing(permissions().into_iter().collect());
    access.run_upkeep(lifecycle);
    access.watch(log);
    let live = Live::new(chance.clone());
    live.start(lifecycle, Some(store.clone()));
    let acs = Acs::start(regia_acs::Parts {
        store: store.clone(),
        clock: clock.clone(),
        chance: chance.clone(),
        keys,
        lifecycle: lifecycle.clone(),
        settings: settings.acs,
        live: live.clone(),
        limits,
    })
    .await?;
    let oversight = Oversight::new(trail, bans, store.clone(), &OBJECTS);
    let doors = Doors {
        access: access.clone(),
        keys: api_keys.clone(),
        limiter,
    };
    let web = web(parts, doors, (&acs, &oversight), live, settings.web)?;
    Ok(Composed {
        access,
        keys: api_keys,
        acs,
        web,
    })
}

/// What decides who may ask, and how often.
struct Doors {
    access: Access,
    keys: Keys,
    limiter: Limiter,
}

/// The security log, and who is kept out: never a proxy of ours.
fn security(parts: &Parts, settings: &Settings) -> (SecurityLog, Bans) {
    let Parts {
        store,
        clock,
        lifecycle,
        ..
    } = parts;
    let trusted = settings.web.trusted_proxies.clone();
    let is_proxy = move |address| trusted.iter().any(|network| network.contains(address));
    let rules = settings.access.bans.clone();
    let bans = Bans::new(store.clone(), clock.clone(), rules, is_proxy);
    bans.run(lifecycle);
    let kept_days = settings.access.security_days;
    let log = SecurityLog::new(store.clone(), clock.clone(), kept_days, bans.clone());
    log.run(lifecycle);
    (log, bans)
}

fn web(
    parts: &Parts,
    Doors {
        access,
        keys,
        limiter,
    }: Doors,
    (acs, oversight): (&Acs, &Oversight),
    live: Live,
    settings: WebSettings,
) -> anyhow::Result<Router> {
    let Parts {
        store,
        clock,
        chance,
        lifecycle,
        metrics,
        ..
    } = parts;
    let account = Account::new(access.clone());
    let administration = Administration::new(
        access.clone(),
        Territories::new(store.clone(), access.users().clone()),
        Roles::new(store.clone(), access.mandates().clone()),
        keys.clone(),
    );
    let navigation = regia_acs::NAVIGATION
        .into_iter()
        .chain(regia_administration::NAVIGATION)
        .chain(regia_oversight::NAVIGATION);
    let console = Console::new(regia_console::Parts {
        messages: messages(),
        navigation: navigation.collect(),
        search: Some(search::PATH),
        clock: clock.clone(),
        live: live.clone(),
    })?;
    let pages = entrance::start()
        .merge(acs.pages())
        .merge(account.pages())
        .merge(administration.pages())
        .merge(oversight.pages())
        .merge(search::router(acs.clone()))
        .merge(live::router(live, lifecycle));
    let app = WebApp {
        api: acs
            .api()
            .merge(account.api())
            .merge(administration.api())
            .merge(oversight.api()),
        open: entrance::router(access.clone(), console.clone())
            .merge(account.open(console.clone())),
        assets: assets::router(),
        error_page: entrance::error_page(console.clone()),
        pages: pages
            .layer(from_fn(explain_denials))
            .layer(Extension(console)),
        access,
        keys,
        limiter,
        enrolment: regia_account::ENROLMENT,
        lifecycle: lifecycle.clone(),
        metrics: metrics.clone(),
        settings,
        clock: clock.clone(),
        chance: chance.clone(),
    };
    Ok(app.into_router())
}

fn cwmp_options(settings: &AcsSettings) -> Result<ListenOptions, ListenError> {
    let AcsSettings {
        listen,
        tls_listen,
        tls_certificate,
        tls_key,
        connections,
        ..
    } = settings;
    let tls = TlsOptions::from_settings(
        "acs",
        *tls_listen,
        tls_certificate.as_deref(),
        tls_key.as_deref(),
    )?;
    Ok(ListenOptions {
        plain: *listen,
        tls,
        connections: connections.clone(),
    })
}

/// Stable for scripts: a name, a space, an address.
fn addresses(name: &str, listener: &Listener) -> Vec<String> {
    let bound = listener.addresses();
    let plain = bound
        .plain
        .map(|address| format!("{name} http://{address}"));
    let tls = bound.tls.map(|address| format!("{name} https://{address}"));
    plain.into_iter().chain(tls).collect()
}

/// For a person at a terminal: where to answer what only an operator can.
fn question(acs: &Acs, console: &[String]) -> Option<String> {
    let page = acs.open_question()?;
    let address = console.first()?.strip_prefix("console ")?;
    std::io::stdout().is_terminal().then(|| {
        format!("new devices are only observed until you say how far to go: {address}{page}")
    })
}

/// The addresses that will be listened on, each with its name.
pub(crate) fn listeners(
    settings: &Settings,
) -> Result<Vec<(&'static str, SocketAddr)>, ListenError> {
    let of = |thing, options: ListenOptions| {
        let tls = options.tls.map(|tls| tls.address);
        options
            .plain
            .into_iter()
            .chain(tls)
            .map(move |address| (thing, address))
    };
    let web = of("console", settings.web.listen_options()?);
    Ok(web
        .chain(of("cwmp", cwmp_options(&settings.acs)?))
        .collect())
}

/// The words of everything that is composed.
fn messages() -> Vec<MessageFile> {
    regia_acs::MESSAGES
        .into_iter()
        .chain(regia_account::MESSAGES)
        .chain(regia_administration::MESSAGES)
        .chain(regia_oversight::MESSAGES)
        .collect()
}

/// What may be allowed in everything that is composed.
pub(crate) fn permissions() -> Vec<Permission> {
    regia_acs::PERMISSIONS
        .into_iter()
        .chain(regia_administration::PERMISSIONS)
        .chain(regia_oversight::PERMISSIONS)
        .chain([regia_keys::KEY_READ, regia_keys::KEY_WRITE])
        .collect()
}

/// Describes the metrics of everything that is composed.
pub(crate) fn describe_metrics() {
    Lifecycle::describe_metrics();
    Live::describe_metrics();
    regia_access::describe_metrics();
    regia_identity::describe_metrics();
    regia_acs::describe_metrics();
    regia_audit::describe_metrics();
    regia_keys::describe_metrics();
    regia_limits::describe_metrics();
    regia_listener::describe_metrics();
    regia_security::describe_metrics();
    regia_store::describe_metrics();
    regia_web::describe_metrics();
}

fn keep_up(
    metrics: PrometheusHandle,
    lifecycle: &Lifecycle,
) -> impl Future<Output = ()> + Send + 'static {
    let stopping = lifecycle.stopping();
    let mut timer = tokio::time::interval(Duration::from_secs(UPKEEP_SECONDS));
    async move {
        while stopping.run_until_cancelled(timer.tick()).await.is_some() {
            metrics.run_upkeep();
        }
    }
}

#[cfg(test)]
mod tests;
