//! Many devices at once: what is shown before they are moved or handed on, what is done and told, and
//! what is refused.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, State};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use regia_access::{Allowed, Principal, SystemRole};
use regia_ident::TerritoryId;
use regia_web::{Form, Problem, Query};
use serde_json::{Value as Json, json};

use super::super::offered::{Fleet, check, fleet, holding, of_tenant, only, opened, text, with};
use super::super::{bulk_new, devices, many_hand, many_move};
use super::Draft;
use crate::permissions;

use SystemRole::{Administrator, Operator, Technician, Viewer};

const NORTH: TerritoryId = TerritoryId(11);

/// As many devices as make a thousand of those that are there.
const MORE: &str = "
    insert into acs.device (territory_id, oui, product_class, serial_number, manufacturer)
    select 1, '00D09E', 'HG1', 'G' || i, 'Acme' from generate_series(1, 996) i";

/// The devices S1 and F1 at the top, F2 in the north, F3 in the south; two territories of the tenant,
/// one of another; two users, one of them another tenant's. F1 is in the hands of Field.
async fn world() -> Fleet {
    let fleet = fleet().await;
    fleet.world.multiply("S1", 3).await;
    let rows = "
        insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
            (2, 2, null, 'other'), (11, 1, 1, 'north'), (12, 1, 1, 'south');
        insert into access.user_account (territory_id, user_id, name, password_hash)
            overriding system value values (1, 50, 'Field', '-'), (2, 51, 'stranger', '-');
        update acs.device set area_id = 11 where serial_number = 'F2';
        update acs.device set area_id = 12 where serial_number = 'F3';
        insert into acs.device_grant (territory_id, device_id, user_id, level, granted_by)
            select 1, device_id, 50, 1, 'somebody' from acs.device where serial_number = 'F1'";
    fleet.world.run(rows).await;
    fleet
}

impl Fleet {
    /// The numbers of all devices as a form has them.
    async fn all(&self) -> String {
        let ids = "select jsonb_agg(device_id order by device_id) from acs.device";
        let ids = self.world.value(ids).await;
        let ids = ids.as_array().unwrap().iter().map(|id| format!("id={id}"));
        ids.collect::<Vec<_>>().join("&")
    }

    /// Serial number and territory of each device.
    async fn stand(&self) -> Json {
        let stand = "select jsonb_object_agg(serial_number, area_id) from acs.device";
        self.world.value(stand).await
    }

    /// Serial number and level of each device that Field has.
    async fn held(&self) -> Json {
        let held = "select coalesce(jsonb_object_agg(serial_number, level), '{}')
                    from acs.device_grant join acs.device using (territory_id, device_id)";
        self.world.value(held).await
    }

    /// The last line of the trail: what it names, before and after.
    async fn line(&self) -> Json {
        let line = "select jsonb_build_array(action, object, before, after)
                    from access.audit order by entry_id desc limit 1";
        self.world.value(line).await
    }

    /// Opens one of the pages.
    async fn asks(&self, who: &Principal, verb: &str, query: &str) -> Result<Response, Problem> {
        let request = Request::get(format!("/acs/devices/{verb}?{query}"));
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let wanted = Query::<Draft>::from_request_parts(&mut parts, &()).await?;
        let (state, (caller, page)) = (State(self.context.clone()), opened(who, "/acs/devices"));
        match verb {
            "move" => many_move::ask(state, caller, wanted, page).await,
            "hand" => many_hand::ask(state, caller, wanted, page).await,
            _ => many_hand::ask_back(state, caller, wanted, page).await,
        }
    }

    /// Sends the form of one of the pages.
    async fn does(&self, who: &Principal, verb: &str, form: &str) -> Result<Response, Problem> {
        let request = Request::post(format!("/acs/devices/{verb}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        let form = Form::<Draft>::from_request(request.unwrap(), &()).await?;
        let (state, (caller, page)) = (State(self.context.clone()), opened(who, "/acs/devices"));
        match verb {
            "move" => many_move::place(state, caller, page, form).await,
            "hand" => many_hand::hand(state, caller, page, form).await,
            _ => many_hand::take_back(state, caller, page, form).await,
        }
    }

    /// What one of the pages shows.
    async fn page(&self, who: &Principal, verb: &str, query: &str) -> String {
        text(self.asks(who, verb, query).await).await
    }

    /// What is told once it is done.
    async fn told(&self, who: &Principal, verb: &str, form: &str) -> String {
        text(self.does(who, verb, form).await).await
    }

    /// Both the page and its form are refused with this status.
    async fn refuses(&self, who: &Principal, verb: &str, (rest, asked, done): (&str, u16, u16)) {
        let before = (self.stand().await, self.held().await);
        let status = |answer: Result<Response, Problem>| match answer {
            Ok(answer) => answer.status().as_u16(),
            Err(problem) => problem.status().as_u16(),
        };
        let page = status(self.asks(who, verb, rest).await);
        let form = format!("{rest}&confirmation=1");
        let form = status(self.does(who, verb, &form).await);
        assert_eq!((page, form), (asked, done), "{verb} {rest}");
        assert_eq!((self.stand().await, self.held().await), before, "{rest}");
    }
}

/// The part of a page that follows a text.
#[track_caller]
fn after<'a>(page: &'a str, text: &str) -> &'a str {
    let found = page.split_once(text);
    found.unwrap_or_else(|| panic!("no {text} in {page}")).1
}

/// Each of the texts is there.
#[track_caller]
fn sees(page: &str, texts: &[&str]) {
    check(page, texts, true);
}

/// Each of the texts is there after the first.
#[track_caller]
fn follows(page: &str, first: &str, texts: &[&str]) {
    sees(after(page, first), texts);
}

#[tokio::test]
async fn devices_move_as_it_was_shown_and_what_was_left_out_is_told() {
    let fleet = world().await;
    let operator = with(Operator);
    let all = format!("{}&id=999", fleet.all().await);
    let page = fleet.page(&operator, "move", &all).await;
    let stands = [
        "5 devices selected",
        "Where they stand",
        "root / south</a>",
        "name=\"territory\"",
    ];
    sees(&page, &stands);
    follows(&page, ">root</a>", &["<td class=\"num\">2</td>"]);
    sees(
        &page,
        &[
            "1 device is not there any more",
            "name=\"id\" value=\"999\"",
        ],
    );
    check(&page, &["confirmation", "<del>"], false);
    let wanted = format!("{all}&territory=north");
    let page = fleet.page(&operator, "move", &wanted).await;
    let rows = after(&page, "2 devices</th>");
    sees(
        rows,
        &[
            "<del>root</del>",
            "<ins>root / north</ins>",
            "1 device</th>",
        ],
    );
    follows(
        rows,
        "1 device</th>",
        &["<del>root / south</del>", "data-must-be=\"3\""],
    );
    follows(&page, "1 device stands there already:", &[">F2</a>"]);
    let before = fleet.stand().await;
    // Nothing was done yet, and nothing else is done than was confirmed.
    for confirmation in ["", "confirmation=2", "confirmation=4"] {
        let form = format!("{wanted}&{confirmation}");
        assert!(
            fleet.does(&operator, "move", &form).await.is_err(),
            "{form}"
        );
    }
    assert_eq!(fleet.stand().await, before);
    let form = format!("{wanted}&confirmation=3");
    let page = fleet.told(&operator, "move", &form).await;
    sees(&page, &["3 devices were moved", "<del>root / south</del>"]);
    follows(&page, "1 device stands there already:", &[">F2</a>"]);
    sees(&page, &["1 device is not there any more"]);
    let north = json!({ "S1": 11, "F1": 11, "F2": 11, "F3": 11 });
    assert_eq!(fleet.stand().await, north);
    let moves = "select jsonb_agg(jsonb_build_array(d.serial_number, before -> 'territory',
                     after -> 'territory') order by d.serial_number)
                 from access.audit join acs.device d on object = 'device:' || d.device_id
                 where action = 'acs.device.move'";
    let south = before["F3"].clone();
    let told = json!([
        ["F1", before["F1"], 11],
        ["F3", south, 11],
        ["S1", before["S1"], 11]
    ]);
    assert_eq!(fleet.world.value(moves).await, told);
    // The page again: there is nothing to do.
    let page = fleet.page(&operator, "move", &wanted).await;
    sees(
        &page,
        &["Nothing would change", "4 devices stand there already"],
    );
    check(&page, &["confirmation"], false);
}

#[tokio::test]
async fn devices_are_handed_over_at_a_level_and_taken_back() {
    let fleet = world().await;
    let administrator = with(Administrator);
    let all = fleet.all().await;
    let page = fleet.page(&administrator, "hand", &all).await;
    let held = after(&page, "Field</th>");
    sees(
        held,
        &[
            "Viewer</span>",
            "<td class=\"num\">1</td>",
            "/acs/devices/take-back?",
        ],
    );
    sees(held, &["name=Field", "name=\"level\""]);
    let wanted = format!("{all}&name=%20field&level=manager");
    let page = fleet.page(&administrator, "hand", &wanted).await;
    let rows = after(&page, "3 devices</th>");
    sees(
        rows,
        &[
            "<del>Not handed to Field</del>",
            "<ins>Field: Manager</ins>",
        ],
    );
    let last = after(rows, "1 device</th>");
    sees(
        last,
        &[
            "<del>Field: Viewer</del>",
            "<ins>Field: Manager</ins>",
            "data-must-be=\"4\"",
        ],
    );
    assert_eq!(fleet.held().await, json!({ "F1": 1 }));
    let form = format!("{wanted}&confirmation=4");
    let page = fleet.told(&administrator, "hand", &form).await;
    sees(
        &page,
        &["4 devices were handed over", "<del>Field: Viewer</del>"],
    );
    assert_eq!(
        fleet.held().await,
        json!({ "S1": 2, "F1": 2, "F2": 2, "F3": 2 })
    );
    let line = fleet.line().await;
    assert_eq!(
        (&line[0], &line[2][0]["level"]),
        (&json!("acs.device.grant"), &json!("viewer"))
    );
}

#[tokio::test]
async fn devices_are_taken_back_at_whichever_level_they_were_handed() {
    let fleet = world().await;
    let administrator = with(Administrator);
    let all = fleet.all().await;
    let held = "insert into acs.device_grant (territory_id, device_id, user_id, level, granted_by)
        select 1, device_id, 50, 3, 'somebody' from acs.device where serial_number in ('F2', 'F3')";
    fleet.world.run(held).await;
    let wanted = format!("{all}&name=Field");
    let page = fleet.page(&administrator, "take-back", &wanted).await;
    let rows = after(&page, "2 devices</th>");
    sees(
        rows,
        &["<del>Field: Admin</del>", "<ins>Not handed to Field</ins>"],
    );
    follows(
        rows,
        "1 device</th>",
        &["<del>Field: Viewer</del>", "data-must-be=\"3\""],
    );
    follows(&page, "1 device is not in their hands:", &[">S1</a>"]);
    let form = format!("{wanted}&confirmation=3");
    let page = fleet.told(&administrator, "take-back", &form).await;
    sees(
        &page,
        &[
            "3 devices were taken back",
            "1 device is not in their hands:",
        ],
    );
    assert_eq!(fleet.held().await, json!({}));
    let page = fleet.page(&administrator, "hand", &all).await;
    sees(&page, &["In nobody"]);
}

#[tokio::test]
async fn all_that_a_filter_matches_is_meant_up_to_a_thousand_devices() {
    let fleet = world().await;
    let operator = with(Operator);
    let page = fleet
        .page(&operator, "move", "matching=q%3DF&territory=11")
        .await;
    sees(
        &page,
        &["3 devices selected", "name=\"matching\" value=\"q=F\""],
    );
    sees(&page, &["data-must-be=\"2\""]);
    check(&page, &["name=\"id\""], false);
    // A thousand, and one more.
    fleet.world.run(MORE).await;
    let form = "matching=&territory=11&confirmation=999";
    let page = fleet.told(&operator, "move", form).await;
    sees(&page, &["999 devices were moved"]);
    follows(&page, "1 device stands there already:", &[">F2</a>"]);
    fleet.world.inform("S2", &[]).await;
    for (who, verb, rest) in [
        (operator, "move", "matching=&territory=12"),
        (with(Administrator), "hand", "matching=&name=Field"),
        (with(Administrator), "take-back", "matching=&name=Field"),
    ] {
        fleet.refuses(&who, verb, (rest, 200, 422)).await;
        let page = fleet.page(&who, verb, rest).await;
        sees(&page, &["More than 1,000 devices are selected"]);
        let offers = ["confirmation", "name=\"territory\"", "name=\"level\""];
        check(&page, &offers, false);
    }
}

#[tokio::test]
async fn what_is_forged_or_not_theirs_is_refused() {
    let fleet = world().await;
    let (operator, administrator) = (with(Operator), with(Administrator));
    let all = fleet.all().await;
    // Nobody's devices, no numbers; territories and users of nobody or of another tenant.
    for (rest, asked, done) in [
        ("", 200, 422),
        ("id=999&territory=11", 200, 404),
        ("id=-1&territory=11", 200, 404),
        ("id=x&territory=11", 422, 422),
        ("id=99999999999999999999&territory=11", 422, 422),
        (&*format!("{all}&territory=2"), 422, 404),
        (&*format!("{all}&territory=999"), 422, 404),
        (&*format!("{all}&territory=nowhere"), 422, 404),
        (&*format!("{all}&territory="), 422, 404),
    ] {
        fleet.refuses(&operator, "move", (rest, asked, done)).await;
    }
    for (rest, asked, done) in [
        ("id=999&name=Field", 200, 404),
        (&*format!("{all}&name=stranger"), 422, 422),
        (&*format!("{all}&name=a%00b"), 422, 422),
        (&*format!("{all}&name=Field&level=owner"), 422, 422),
    ] {
        fleet
            .refuses(&administrator, "hand", (rest, asked, done))
            .await;
    }
    let gone = ("id=999&name=Field", 200, 404);
    fleet.refuses(&administrator, "take-back", gone).await;
    // Whoever may not is told what it takes; for another tenant nothing is there.
    let stranger = of_tenant(TerritoryId(2), Allowed::Role(Administrator));
    for (verb, rest, least) in [
        ("move", "territory=11", permissions::DEVICE_MOVE),
        ("hand", "name=Field&level=admin", permissions::DEVICE_GRANT),
        ("take-back", "name=Field", permissions::DEVICE_GRANT),
    ] {
        let rest = format!("{all}&{rest}");
        fleet.refuses(&with(Viewer), verb, (&rest, 403, 403)).await;
        let problem = fleet.does(&with(Viewer), verb, &rest).await.unwrap_err();
        assert!(
            problem.detail().contains(least.name),
            "{}",
            problem.detail()
        );
        fleet.refuses(&stranger, verb, (&rest, 200, 404)).await;
    }
}

#[tokio::test]
async fn only_the_devices_of_ones_own_territories_move_and_only_into_these() {
    let fleet = world().await;
    let (looks, moves) = (Allowed::Role(Viewer), Allowed::Role(Operator));
    let of_north = holding(
        TerritoryId::ROOT,
        [(TerritoryId::ROOT, looks), (NORTH, moves.clone())],
    );
    let all = fleet.all().await;
    for elsewhere in ["south", "12", "1"] {
        let wanted = format!("{all}&territory={elsewhere}");
        fleet.refuses(&of_north, "move", (&wanted, 422, 404)).await;
    }
    fleet
        .world
        .run("insert into kernel.territory (territory_id, tenant_id, parent_id, name) values (13, 1, 11, 'hill')")
        .await;
    let hill = TerritoryId(13);
    let of_both = holding(
        TerritoryId::ROOT,
        [
            (TerritoryId::ROOT, Allowed::Role(Viewer)),
            (NORTH, moves.clone()),
            (hill, moves),
        ],
    );
    let wanted = format!("{all}&territory=hill");
    let page = fleet.page(&of_both, "move", &wanted).await;
    follows(
        &page,
        "3 devices are not yours to move:",
        &[">S1</a>", ">F1</a>", ">F3</a>"],
    );
    sees(&page, &["<ins>north / hill</ins>", "data-must-be=\"1\""]);
    let form = format!("{wanted}&confirmation=1");
    let answer = fleet.does(&of_both, "move", &form).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let page = text(Ok(answer)).await;
    sees(
        &page,
        &["1 device was moved", "3 devices are not yours to move:"],
    );
    let stand = json!({ "S1": 1, "F1": 1, "F2": 13, "F3": 12 });
    assert_eq!(fleet.stand().await, stand);
    // One device is told of as where it is moved on its own page.
    let line = fleet.line().await;
    assert_eq!(
        (&line[2], &line[3]),
        (&json!({ "territory": 11 }), &json!({ "territory": 13 }))
    );
}

#[tokio::test]
async fn the_list_offers_what_whoever_looks_may_do_with_a_selection() {
    let fleet = world().await;
    for (who, commands, moves, hands) in [
        (with(Technician), false, false, false),
        (with(Operator), true, true, false),
        (with(Administrator), true, true, true),
    ] {
        let (caller, page) = opened(&who, "/acs/devices");
        let list = devices::show(State(fleet.context.clone()), caller, page).await;
        let list = text(list).await;
        check(&list, &["value=\"reboot\"", "value=\"set\""], commands);
        check(&list, &["value=\"move\""], moves);
        check(&list, &["value=\"hand\""], hands);
        check(
            &list,
            &["data-selection", "id=\"select-"],
            commands || moves || hands,
        );
    }
    // A selection goes to the page of what is to be done with it.
    for (form, to) in [
        ("kind=move&id=1&id=2", "/acs/devices/move?id=1&id=2"),
        (
            "kind=hand&id=1&matching=q%3DF",
            "/acs/devices/hand?matching=q%3DF",
        ),
        ("kind=reboot&id=1", "/acs/tasks/bulks/new?kind=reboot&id=1"),
    ] {
        let request = Request::post("/acs/tasks/bulks/choose")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form));
        let draft = Form::from_request(request.unwrap(), &()).await.unwrap();
        let (caller, _) = opened(&only(permissions::DEVICE_MOVE), "/acs/devices");
        let chosen = bulk_new::choose(State(fleet.context.clone()), caller, draft).await;
        assert_eq!(chosen.unwrap().headers()["location"], to);
    }
}
