//! The part Access of a device: what it offers, moves and hands out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::Response;
use regia_access::{Allowed, Principal, SystemRole};
use regia_ident::TerritoryId;
use regia_web::{Form, Path, Problem, Query};
use serde_json::json;

use super::super::offered::{Fleet, check, fleet, input, of_tenant, opened, text, with};

use SystemRole::{Administrator, Operator, Viewer};

const MOVE: &str = "/move\"";
const HAND: &str = "/hand\"";

/// A device; two territories of its tenant, one of another; two users, one of them another tenant's.
async fn world() -> Fleet {
    let fleet = fleet().await;
    let rows = "
        insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
            (2, 2, null, 'other'), (11, 1, 1, 'north'), (12, 1, 1, 'south'), (13, 1, 11, 'south');
        insert into access.user_account (territory_id, user_id, name, password_hash)
            overriding system value values (1, 50, 'Field', '-'), (2, 51, 'stranger', '-')";
    fleet.world.run(rows).await;
    fleet
}

async fn shown(fleet: &Fleet, principal: &Principal, query: serde_json::Value) -> String {
    let (caller, page) = opened(principal, "/acs/devices/1/access");
    let (state, id) = (State(fleet.context.clone()), Path(fleet.device));
    text(super::show(state, caller, id, Query(input(query)), page).await).await
}

async fn moved(fleet: &Fleet, principal: &Principal, to: &str) -> Result<Response, Problem> {
    let (caller, page) = opened(principal, "/acs/devices/1/move");
    let (state, id) = (State(fleet.context.clone()), Path(fleet.device));
    let form = Form(input(json!({ "territory": to })));
    super::place(state, caller, id, page, form).await
}

async fn handed(fleet: &Fleet, principal: &Principal, name: &str) -> Result<Response, Problem> {
    let (caller, page) = opened(principal, "/acs/devices/1/hand");
    let (state, id) = (State(fleet.context.clone()), Path(fleet.device));
    let form = Form(input(json!({ "name": name, "level": "manager" })));
    super::hand(state, caller, id, page, form).await
}

#[tokio::test]
async fn forms_are_for_those_who_may_move_the_device_or_hand_it_on() {
    let fleet = world().await;
    for (role, moves, hands) in [
        (Viewer, false, false),
        (Operator, true, false),
        (Administrator, true, true),
    ] {
        let page = shown(&fleet, &with(role), json!({})).await;
        check(&page, &[MOVE, "name=\"territory\""], moves);
        check(&page, &[HAND, "In nobody"], hands);
        check(
            &page,
            &["/administration/territories/1\"", "/access\""],
            true,
        );
        for (answer, may) in [
            (moved(&fleet, &with(role), "1").await, moves),
            (handed(&fleet, &with(role), "Nobody").await, hands),
        ] {
            assert_eq!(answer.is_ok(), may, "{role:?}");
        }
    }
    let stranger = of_tenant(TerritoryId(2), Allowed::Role(Administrator));
    let (caller, page) = opened(&stranger, "/acs/devices/1/access");
    let (state, id) = (State(fleet.context.clone()), Path(fleet.device));
    let query = Query(input(json!({})));
    assert!(super::show(state, caller, id, query, page).await.is_err());
}

#[tokio::test]
async fn a_device_moves_to_a_territory_that_is_meant_and_reached_and_to_no_other() {
    let fleet = world().await;
    let operator = with(Operator);
    // Nothing, none, another tenant's, a name that two have.
    for wrong in ["", "nowhere", "2", "other", "south"] {
        let answer = moved(&fleet, &operator, wrong).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        let page = text(Ok(answer)).await;
        let says = ["id=\"territory-error\"", "There is no such territory"];
        check(&page, &says, true);
        check(&page, &[&format!("value=\"{wrong}\"")], true);
    }
    let answer = moved(&fleet, &operator, "North").await.unwrap();
    let id = fleet.device;
    let to = format!("/acs/devices/{id}/access?moved_from=1");
    assert_eq!(answer.headers()[LOCATION], to);
    let page = shown(&fleet, &operator, json!({ "moved_from": 1 })).await;
    check(&page, &["<del>", "/ north</ins>", "territories/11\""], true);
    // Where another tenant's devices stand is not told.
    let page = shown(&fleet, &operator, json!({ "moved_from": 2 })).await;
    check(&page, &["<del>", "other"], false);
}

#[tokio::test]
async fn a_device_is_handed_to_who_logs_in_with_a_name_and_taken_back() {
    let fleet = world().await;
    let administrator = with(Administrator);
    for wrong in ["nobody", "stranger", "a\0b"] {
        let answer = handed(&fleet, &administrator, wrong).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        let page = text(Ok(answer)).await;
        check(&page, &["id=\"name-error\"", "Nobody logs in"], true);
        check(&page, &["<option value=\"manager\" selected>"], true);
    }
    let answer = handed(&fleet, &administrator, " field ").await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = shown(&fleet, &administrator, json!({})).await;
    let row = ["Field</th>", "Manager</span>", "/take-back\""];
    check(&page, &row, true);
    for _again in 0..2 {
        let (caller, _) = opened(&administrator, "/acs/devices/1/take-back");
        let (state, id) = (State(fleet.context.clone()), Path(fleet.device));
        let form = Form(input(json!({ "user": 50 })));
        let answer = super::take_back(state, caller, id, form).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }
    let page = shown(&fleet, &administrator, json!({})).await;
    check(&page, &row, false);
}
