//! Devices announced by a file, and their first call.

use serde_json::json;

use crate::api::Api;
use crate::cpe::{Cpe, basic};
use crate::world::World;

const FILE: &str = "oui,product_class,serial_number,tags,username,password\r\n\
    00D09E,HG1,S1,\"north, new\",,first-password\r\n\
    00D09E,HG1,S2,,box-2,second-password\r\n\
    00D09E,HG1,S3,,,\r\n\
    9E,HG1,S4,,,secret-of-refused\r\n";

#[tokio::test]
async fn a_device_with_an_announced_credential_is_opened_by_it_alone() {
    let world = World::new().await;
    let api = Api::new(&world);
    let (status, import) = api
        .send_text("/devices/import?apply=true", "text/csv", FILE.as_bytes())
        .await;
    assert_eq!(
        (status, &import["new"], &import["refused"]),
        (201, &json!(3), &json!(1))
    );
    let path = format!("/imports/{}", import["id"]);
    api.until(&path, |import| import["state"] == "done").await;
    let (_, page) = api.get("/devices?standing=expected&count=exact").await;
    assert_eq!(page["total"], 3);

    let mut one = Cpe::new(world.acs.cwmp(), "S1");
    assert_eq!(
        one.inform(&[("2 PERIODIC", "")]).await.status,
        401,
        "the fleet's"
    );
    one.authorization = Some(basic("00D09E-HG1-S1", "first-password"));
    assert_eq!(one.inform(&[("1 BOOT", "")]).await.status, 200);
    let mut two = Cpe::new(world.acs.cwmp(), "S2");
    two.authorization = Some(basic("box-2", "second-password"));
    assert_eq!(two.inform(&[("1 BOOT", "")]).await.status, 200);
    let mut three = Cpe::new(world.acs.cwmp(), "S3");
    assert_eq!(
        three.inform(&[("1 BOOT", "")]).await.status,
        200,
        "the fleet's"
    );
    let rows = "select jsonb_agg(jsonb_build_array(serial_number, standing, manufacturer, tags)
        order by serial_number) from acs.device";
    assert_eq!(
        world.value(rows).await,
        json!([
            ["S1", "active", "Acme", ["north", "new"]],
            ["S2", "active", "Acme", []],
            ["S3", "active", "Acme", []]
        ])
    );

    let (_, refused) = api.get(&format!("{path}/rows?verdict=refused")).await;
    assert_eq!(
        (&refused["items"][0]["line"], &refused["items"][0]["reason"]),
        (&json!(5), &json!("oui"))
    );
    let kept = "select jsonb_build_array(
        (select jsonb_agg(to_jsonb(r)) from acs.import_row r),
        (select jsonb_agg(after) from access.audit), (select jsonb_agg(detail) from acs.timeline))";
    let kept = world.value(kept).await.to_string();
    assert!(
        !kept.contains("-password") && !kept.contains("secret-of"),
        "{kept}"
    );
    let sealed = "select to_jsonb(count(*)) from acs.import_row where sealed_password is not null";
    assert_eq!(world.value(sealed).await, 0);
}

#[tokio::test]
async fn a_file_or_a_request_that_is_none_is_refused() {
    let world = World::new().await;
    let api = Api::new(&world);
    for (text, status) in [
        (&b""[..], 422),
        (b"serial\nS1\n", 422),
        (b"oui,serial\n00D09E,\xE9\n", 422),
        (b"oui,serial\n00D09E,S1\n", 201),
    ] {
        let (got, problem) = api.send_text("/devices/import", "text/csv", text).await;
        assert_eq!(got, status, "{problem}");
    }
    let (_, page) = api.get("/imports").await;
    let path = format!("/imports/{}", page["items"][0]["id"]);
    for (method, path, status) in [
        ("GET", "/imports/99999".to_owned(), 404),
        ("POST", "/imports/99999/apply".to_owned(), 404),
        ("GET", "/imports/99999/rows".to_owned(), 404),
        ("GET", format!("{path}/rows?verdict=odd"), 422),
        ("GET", format!("{path}/rows?cursor=forged"), 422),
        ("POST", format!("{path}/stop"), 409),
        ("DELETE", path.clone(), 204),
        ("DELETE", path, 404),
    ] {
        assert_eq!(
            api.ask(method, &path, None).await.0,
            status,
            "{method} {path}"
        );
    }
}
