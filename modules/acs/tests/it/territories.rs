//! Devices in territories, and in the hands of single users.

use std::sync::Arc;

use regia_access::{Authority, LoginId, Origin, Principal, SystemRole, UserId, authority_of};
use regia_ident::TerritoryId;
use regia_store::{Areas, Scope};
use serde_json::{Value as Json, json};
use sqlx::AssertSqlSafe;

use crate::api::Api;
use crate::cpe::{Cpe, basic, parameter};
use crate::things::{key, things};
use crate::world::World;

use SystemRole::{Administrator, Operator, Technician, Viewer};

#[tokio::test]
async fn a_device_that_was_handed_to_a_user_is_all_they_see() {
    let world = World::new().await;
    let things = things(&world).await;
    world
        .run(
            "insert into access.user_account (territory_id, user_id, name, password_hash)
                 overriding system value values (1, 50, 'field', '-'), (1, 51, 'other', '-')",
        )
        .await;
    let user = |number| Principal::User {
        user_id: UserId(number),
        name: "field".into(),
        login_id: LoginId(1),
        authority: Arc::new(Authority {
            tenant: TerritoryId::ROOT,
            user: Some(UserId(number)),
            grants: Vec::new(),
            only: None,
        }),
        origin: Origin::default(),
    };
    let (field, other) = (Api::of(&world, user(50)), Api::of(&world, user(51)));
    let administrator = Api::new(&world);
    let number = things.names[0].1;
    let handed = json!({ "user": 50, "level": "manager", "devices": [number, 999] });
    let handed = administrator.ask("POST", "/grants", Some(handed)).await;
    assert_eq!(handed, (200, json!({ "devices": [number] })));
    let device = things.fill("/devices/{device}");
    let grants = administrator.get(&format!("{device}/grants")).await.1;
    assert_eq!(grants["items"][0]["level"], "manager");
    for (path, of_field, of_other) in [
        ("/devices/{device}", 200, 404),
        ("/devices/{device}/parameters", 200, 404),
        ("/devices/{device}/timeline", 200, 404),
        ("/tasks/{task}", 200, 404),
        ("/devices/{device}/trace", 200, 404),
        ("/files", 403, 403),
        ("/bulks", 403, 403),
    ] {
        let path = things.fill(path);
        assert_eq!(field.get(&path).await.0, of_field, "{path}");
        assert_eq!(other.get(&path).await.0, of_other, "{path}");
    }
    assert_eq!(
        field.get("/devices").await.1["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(other.get("/devices").await.1["items"], json!([]));
    let refresh = Some(json!({ "command": { "kind": "refresh" } }));
    let reset = Some(json!({ "command": { "kind": "factory_reset" } }));
    let tasks = format!("{device}/tasks");
    assert_eq!(field.ask("POST", &tasks, refresh.clone()).await.0, 201);
    // Level 2 works on the device and does not bring it back to factory settings.
    assert_eq!(field.ask("POST", &tasks, reset).await.0, 403);
    assert_eq!(other.ask("POST", &tasks, refresh).await.0, 404);
    assert_eq!(field.ask("DELETE", &device, None).await.0, 403);
    // Only whoever was handed something is looked up among those who have devices.
    for (number, expected) in [(50, Some(UserId(50))), (51, None)] {
        let mut tx = world.store.upkeep(TerritoryId::ROOT).await.unwrap();
        let found = authority_of(&mut tx, TerritoryId::ROOT, UserId(number)).await;
        assert_eq!(found.unwrap().0.user, expected);
    }
    let back = Some(json!({ "user": 50, "devices": [number] }));
    assert_eq!(
        administrator.ask("POST", "/grants/remove", back).await.0,
        200
    );
    assert_eq!(field.get(&device).await.0, 404);
}

#[tokio::test]
async fn a_user_has_two_thousand_devices_at_most() {
    let world = World::new().await;
    world
        .run(
            "insert into access.user_account (territory_id, user_id, name, password_hash)
                 overriding system value values (1, 50, 'field', '-');
             insert into acs.device (territory_id, area_id, oui, product_class, serial_number,
                 manufacturer)
             select 1, 1, '00D09E', 'HG', 'M' || i, 'Acme' from generate_series(1, 2001) i;
             insert into acs.device_grant (territory_id, device_id, user_id, level, granted_by)
             select 1, device_id, 50, 1, 'x' from acs.device order by device_id limit 1999",
        )
        .await;
    let administrator = Api::new(&world);
    for (devices, status) in [("[2000, 2001]", 422), ("[2000]", 200), ("[2001]", 422)] {
        let devices: Json = serde_json::from_str(devices).unwrap();
        let wish = json!({ "user": 50, "level": "viewer", "devices": devices });
        let answer = administrator.ask("POST", "/grants", Some(wish)).await;
        assert_eq!(answer.0, status, "{answer:?}");
    }
}

/// Whoever has one territory and nothing else acts under rules of their own.
#[tokio::test]
async fn one_territory_shows_the_same_whether_it_is_all_or_one_of_several() {
    let world = World::new().await;
    things(&world).await;
    world
        .run(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (11, 1, 1, 'north'), (12, 1, 1, 'south')",
        )
        .await;
    let tables = "select jsonb_agg(oid::regclass::text order by oid::regclass::text) from pg_class
                  where relnamespace = 'acs'::regnamespace and relrowsecurity
                    and not relispartition";
    let tables: Vec<String> = serde_json::from_value(world.value(tables).await).unwrap();
    let mut seen = 0;
    for of_north in [true, false] {
        let place = match of_north {
            true => {
                "update acs.device set area_id = 11; update acs.bulk set area_id = 11;
                     update acs.search set area_id = 11; update acs.import set area_id = 11;
                     update acs.fleet_credential set area_id = 11"
            }
            false => {
                "update acs.device set area_id = 12; update acs.bulk set area_id = 12;
                      update acs.search set area_id = 12; update acs.import set area_id = 12;
                      update acs.fleet_credential set area_id = 12"
            }
        };
        world.run(place).await;
        for table in &tables {
            let north = TerritoryId(11);
            let several = Areas::Below {
                tops: [north].into(),
                few: None,
            };
            let (one, several) = (
                rows(&world, Areas::Only(north), table).await,
                rows(&world, several, table).await,
            );
            assert_eq!(one, several, "{table}, north {of_north}");
            let all = rows(&world, Areas::Whole, table).await;
            assert!(one == all || !of_north, "{table}: {one} of {all}");
            seen += i64::from(one != all);
        }
    }
    assert!(seen > 5, "{seen} tables are narrowed");
}

async fn rows(world: &World, areas: Areas, table: &str) -> i64 {
    let scope = Scope {
        areas,
        ..Scope::whole(TerritoryId::ROOT)
    };
    let mut tx = world.store.begin(scope).await.unwrap();
    let count = AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(count)
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_becomes_of_a_task_takes_what_giving_its_command_takes() {
    let world = World::new().await;
    let things = things(&world).await;
    let device = things.names[0].1;
    let of = |role| Api::of(&world, key(1, 1, Some(role)));
    let (operator, technician) = (of(Operator), of(Technician));
    for (kind, by_technician) in [("factory_reset", 403), ("refresh", 200)] {
        let task = world.queue(device, kind, json!({})).await;
        for verb in ["cancel", "retry", "cancel"] {
            let path = format!("/tasks/{task}/{verb}");
            let answer = technician.ask("POST", &path, None).await;
            assert_eq!(answer.0, by_technician, "{verb} of {kind}: {answer:?}");
            if by_technician == 403 {
                let answer = operator.ask("POST", &path, None).await;
                assert_eq!(answer.0, 200, "{verb} of {kind}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_device_moves_with_its_tasks_and_its_credential_says_where_it_begins() {
    let world = World::new().await;
    world
        .run(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (2, 2, null, 'other'), (11, 1, 1, 'north'), (12, 1, 1, 'south')",
        )
        .await;
    let things = things(&world).await;
    let (administrator, north) = (Api::new(&world), key(1, 11, Some(Operator)));
    let operator = Api::of(&world, north);
    let place = things.fill("/devices/{device}/territory");
    for (territory, status) in [(2, 404), (999, 404), (11, 204)] {
        let wish = Some(json!({ "territory": territory }));
        assert_eq!(
            administrator.ask("PUT", &place, wish).await.0,
            status,
            "{territory}"
        );
    }
    for path in ["/devices/{device}", "/tasks/{task}"] {
        assert_eq!(operator.get(&things.fill(path)).await.0, 200, "{path}");
    }
    assert_eq!(
        operator.get("/tasks").await.1["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // Whoever moves something sees where it goes.
    for (territory, status) in [(12, 404), (1, 404), (11, 204)] {
        let wish = Some(json!({ "territory": territory }));
        assert_eq!(
            operator.ask("PUT", &place, wish).await.0,
            status,
            "{territory}"
        );
    }
    // A credential that was made in a territory lets its devices in there.
    let southern = Api::of(&world, key(1, 12, Some(Administrator)));
    let credential = Some(json!({ "username": "south", "password": "of-the-south" }));
    assert_eq!(
        southern.ask("POST", "/credentials", credential).await.0,
        201
    );
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.authorization = Some(basic("south", "of-the-south"));
    cpe.parameters = vec![parameter("Device.A", "1")];
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 200);
    let seen = southern.get("/devices").await.1;
    assert_eq!(seen["items"][0]["serial_number"], "S1");
    assert_eq!(seen["items"][0]["territory"], 12);
    // Many at once: those that the caller may move, if there is one.
    let number = things.names[0].1;
    let second = seen["items"][0]["id"].as_i64().unwrap();
    let viewer = Api::of(&world, key(1, 1, Some(Viewer)));
    for (who, devices, territory, expected) in [
        (
            &administrator,
            vec![number, second, 999],
            12,
            Ok(vec![number, second]),
        ),
        (&administrator, vec![number], 999, Err(404)),
        (&administrator, vec![999], 11, Err(404)),
        (&administrator, vec![], 11, Err(422)),
        (&administrator, (1..=1_001).collect(), 11, Err(422)),
        (&operator, vec![number], 11, Err(404)),
        (&viewer, vec![number], 11, Err(403)),
        (
            &southern,
            vec![second, number],
            12,
            Ok(vec![number, second]),
        ),
    ] {
        let wish = json!({ "territory": territory, "devices": devices });
        let (status, answer) = who.ask("POST", "/devices/move", Some(wish)).await;
        let moved = match status {
            200 => Ok(answer),
            status => Err(status),
        };
        let expected = expected.map(|devices| json!({ "devices": devices }));
        assert_eq!(moved, expected, "{devices:?} {territory}");
    }
    // A credential of another tenant does not open it.
    let foreign = Api::of(&world, key(2, 2, Some(Administrator)));
    let credential = Some(json!({ "username": "foreign", "password": "of-the-others" }));
    assert_eq!(foreign.ask("POST", "/credentials", credential).await.0, 201);
    cpe.authorization = Some(basic("foreign", "of-the-others"));
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 401);
}
