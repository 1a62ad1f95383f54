//! What pages offer, and to whom: what somebody may not do is left out, or stands there as a value.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use regia_access::{
    Allowed, ApiKeyId, Authority, Grant, Origin, Permission, Principal, SystemRole,
};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::locale::Locale;
use regia_console::{Console, Page, Parts, Theme, Visitor};
use regia_ident::TerritoryId;
use regia_web::{Caller, Path, Problem, Query};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::{
    MESSAGES, bulk_new, device, devices, files, home, imports, onboarding, parameter, send,
};
use crate::context::Context;
use crate::flows::import;
use crate::model::identity::DeviceId;
use crate::permissions;
use crate::testing::{TESTER, World};

use SystemRole::{Administrator, Operator, Technician, Viewer};

const NAME: &str = "Device.DeviceInfo.ProvisioningCode";
const SECRET: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";

pub(super) fn of_tenant(tenant: TerritoryId, allowed: Allowed) -> Principal {
    holding(tenant, [(tenant, allowed)])
}

/// Somebody of a tenant who may do things in some of its territories.
pub(super) fn holding<const N: usize>(
    tenant: TerritoryId,
    grants: [(TerritoryId, Allowed); N],
) -> Principal {
    let grant = |(area, allowed)| Grant {
        area,
        few: (area != tenant).then(|| vec![area]),
        allowed,
    };
    Principal::ApiKey {
        id: ApiKeyId(1),
        name: "looks".into(),
        owner: None,
        requests_per_minute: None,
        authority: Arc::new(Authority {
            tenant,
            user: None,
            grants: grants.into_iter().map(grant).collect(),
            only: None,
        }),
        origin: Origin::default(),
    }
}

pub(super) fn with(role: SystemRole) -> Principal {
    of_tenant(TerritoryId::ROOT, Allowed::Role(role))
}

pub(super) fn only(permission: Permission) -> Principal {
    let names = std::iter::once(permission.name.to_owned());
    of_tenant(TerritoryId::ROOT, Allowed::These(names.collect()))
}

/// An address as somebody opens it.
pub(super) fn opened(principal: &Principal, address: &'static str) -> (Caller, Page) {
    let console = Console::new(Parts {
        messages: MESSAGES.into(),
        navigation: Vec::new(),
        search: None,
        clock: Clock::system(),
        live: Live::new(Chance::seeded(1)),
    });
    let visitor = Visitor {
        name: Some("looks".into()),
        authority: principal.shared_authority(),
        ..Visitor::default()
    };
    let uri = Uri::from_static(address);
    let page = Page::new(console.unwrap(), &uri, Locale::En, Theme::Light, visitor);
    (Caller(principal.clone()), page)
}

pub(super) async fn text(answer: Result<Response, Problem>) -> String {
    let bytes = to_bytes(answer.unwrap().into_body(), usize::MAX);
    String::from_utf8(bytes.await.unwrap().to_vec()).unwrap()
}

pub(super) fn input<T: DeserializeOwned>(value: Json) -> T {
    serde_json::from_value(value).unwrap()
}

/// Each text is there, or none is.
#[track_caller]
pub(super) fn check(page: &str, texts: &[&str], there: bool) {
    for text in texts {
        assert_eq!(page.contains(text), there, "{text} in {page}");
    }
}

pub(super) struct Fleet {
    pub(super) context: Arc<Context>,
    pub(super) device: DeviceId,
    pub(super) world: World,
}

pub(super) async fn fleet() -> Fleet {
    let world = World::new().await;
    let device = world
        .inform("S1", &[(NAME, "one"), (SECRET, "hush-hush")])
        .await;
    Fleet {
        context: Arc::clone(&world.context),
        device,
        world,
    }
}

#[tokio::test]
async fn who_may_run_no_bulk_selects_nothing_and_sees_no_preview() {
    let fleet = fleet().await;
    let offers = ["data-selection", "/acs/tasks/bulks/choose", "id=\"select-"];
    for (role, there) in [(Technician, false), (Operator, true)] {
        let (caller, page) = opened(&with(role), "/acs/devices");
        let list = devices::show(State(fleet.context.clone()), caller, page).await;
        check(&text(list).await, &offers, there);
        let draft =
            json!({ "kind": "set", "id": [fleet.device], "path": [NAME], "value": ["two"] });
        let (caller, page) = opened(&with(role), "/acs/tasks/bulks/new");
        let wanted = Query(input(draft.clone()));
        let asked = bulk_new::ask(State(fleet.context.clone()), caller, wanted, page).await;
        let (caller, page) = opened(&with(role), "/acs/tasks/bulks/preview");
        let wanted = regia_web::Form(input(draft));
        let preview = bulk_new::preview(State(fleet.context.clone()), caller, page, wanted).await;
        for answer in [asked, preview] {
            match answer {
                Ok(_) => assert!(there, "{role:?}"),
                Err(problem) => {
                    assert!(!there, "{role:?}: {}", problem.detail());
                    assert!(problem.detail().contains(permissions::BULK_RUN.name));
                }
            }
        }
    }
}

#[tokio::test]
async fn who_may_only_read_imports_is_shown_no_form() {
    let fleet = fleet().await;
    let rows = axum::body::Body::from("oui,serial_number\n00D09E,NEW1\n");
    let id = import::upload(&fleet.context, &TESTER, rows).await.unwrap();
    for (principal, there) in [
        (only(permissions::IMPORT_READ), false),
        (with(Operator), true),
    ] {
        let (caller, page) = opened(&principal, "/acs/devices/imports");
        let list = imports::list(State(fleet.context.clone()), caller, page).await;
        let list = text(list).await;
        check(
            &list,
            &["type=\"file\"", "<textarea", "/imports/paste"],
            there,
        );
        check(&list, &["/acs/devices/imports/1"], true);
        let (caller, page) = opened(&principal, "/acs/devices/imports/1");
        let one = imports::show(State(fleet.context.clone()), caller, Path(id), page).await;
        let one = text(one).await;
        check(
            &one,
            &["/apply\"", "/discard\"", "data-open=\"discard\""],
            there,
        );
        check(&one, &["NEW1"], true);
    }
}

#[tokio::test]
async fn only_who_may_answer_is_asked_how_far_the_server_goes() {
    let fleet = fleet().await;
    let other = TerritoryId(2);
    let foreign = of_tenant(other, Allowed::Role(Administrator));
    for (principal, there) in [
        (with(Viewer), false),
        (with(Operator), false),
        (foreign, false),
        (with(Administrator), true),
    ] {
        let offers = ["action=\"/acs/onboarding\"", "name=\"mode\""];
        let (caller, page) = opened(&principal, "/acs/onboarding");
        let shown = onboarding::show(State(fleet.context.clone()), caller, page).await;
        let shown = text(shown).await;
        check(&shown, &offers, there);
        // What is in force can be read.
        check(&shown, &["Observe"], true);
        if principal.tenant() == TerritoryId::ROOT {
            let (caller, page) = opened(&principal, "/acs");
            let home = home::show(State(fleet.context.clone()), caller, page).await;
            check(&text(home).await, &offers, there);
        }
    }
    let (caller, page) = opened(&only(permissions::DEVICE_READ), "/acs/onboarding");
    let refused = onboarding::show(State(fleet.context.clone()), caller, page).await;
    assert!(
        refused.is_err_and(|problem| problem.detail().contains(permissions::ONBOARDING_READ.name))
    );
}

#[tokio::test]
async fn parameters_are_values_for_who_may_not_set_them() {
    let fleet = fleet().await;
    let id = || Path(fleet.device);
    for (role, sets, reveals) in [
        (Viewer, false, false),
        (Technician, true, false),
        (Operator, true, true),
    ] {
        let principal = with(role);
        let (caller, page) = opened(&principal, "/acs/devices/1/parameters");
        let search = Query(input(json!({ "q": "" })));
        let tree = device::parameters(State(fleet.context.clone()), caller, id(), search, page);
        let tree = text(tree.await).await;
        check(&tree, &["/reveal\""], reveals);
        check(&tree, &["one", "Details"], true);
        let (caller, page) = opened(&principal, "/acs/devices/1/parameters/edit");
        let which = Query(input(json!({ "path": NAME })));
        let one = parameter::edit(State(fleet.context.clone()), caller, id(), which, page).await;
        let one = text(one).await;
        let forms = ["/set\"", "name=\"value\"", "/notify\"", "/attributes\""];
        check(&one, &forms, sets);
        check(&one, &[NAME, "one"], true);
        let (caller, page) = opened(&principal, "/acs/devices/1");
        let device = device::overview(State(fleet.context.clone()), caller, id(), page).await;
        let device = text(device).await;
        check(&device, &["<textarea", "/annotate\"", "/trace\""], sets);
        check(&device, &["data-open=\"reset\""], reveals);
    }
}

#[tokio::test]
async fn pages_that_only_do_something_are_refused_to_who_may_not() {
    let fleet = fleet().await;
    for (role, there) in [(Viewer, false), (Operator, true)] {
        let (caller, page) = opened(&with(role), "/acs/files/new");
        let new = files::new(State(fleet.context.clone()), caller, page).await;
        let search = Query(input(json!({ "q": "" })));
        let (caller, page) = opened(&with(role), "/acs/devices/1/upgrade");
        let device = Path(fleet.device);
        let send = send::upgrade(State(fleet.context.clone()), caller, device, search, page).await;
        for (answer, permission) in [
            (new, permissions::FILE_WRITE.name),
            (send, permissions::FILE_SEND.name),
        ] {
            match answer {
                Ok(_) => assert!(there, "{role:?} {permission}"),
                Err(problem) => {
                    assert!(!there && problem.detail().contains(permission), "{role:?}");
                }
            }
        }
    }
}
