//! The tree, over API and pages.

use http::Method;
use serde_json::{Value, json};

use crate::site::{PASSWORD, Site};

const TREE: &str = "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
    (2, 2, null, 'other'), (11, 1, 1, 'north'), (12, 1, 1, 'south'), (111, 1, 11, 'lake <b>')";

async fn site() -> Site {
    let site = Site::new().await;
    site.db.own(TREE).await;
    // Numbers that were given by hand are not given again.
    site.db
        .own("alter sequence kernel.territory_territory_id_seq restart with 1000")
        .await;
    site
}

#[expect(clippy::too_many_lines, reason = "a table: one line for each change")]
#[tokio::test]
async fn the_tree_is_read_and_changed() {
    let site = site().await;
    let names = async |query: &str| {
        let path = format!("/territories{query}");
        let list = site.api(Method::GET, &path, "").await.json();
        let items = list["items"].as_array().unwrap().clone();
        let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
        items.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["root"]);
    assert_eq!(names("?parent=1").await, ["north", "south"]);
    assert_eq!(names("?text=LAKE").await, ["lake <b>"]);
    assert_eq!(names("?parent=2").await, Vec::<String>::new());
    let made = json!({ "parent": 12, "name": "bay" });
    let made = site
        .api(Method::POST, "/territories", &made.to_string())
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!(made["path"], "root / south / bay");
    let bay = format!("/territories/{}", made["id"]);
    for (method, path, body, status) in [
        (Method::PATCH, bay.clone(), json!({ "name": "gulf" }), 204),
        (
            Method::PUT,
            format!("{bay}/parent"),
            json!({ "parent": 111 }),
            204,
        ),
        (
            Method::PUT,
            format!("{bay}/parent"),
            json!({ "parent": 2 }),
            404,
        ),
        (
            Method::PUT,
            "/territories/11/parent".into(),
            json!({ "parent": 111 }),
            409,
        ),
        (
            Method::PATCH,
            "/territories/12".into(),
            json!({ "name": "North" }),
            409,
        ),
        (
            Method::PATCH,
            "/territories/12".into(),
            json!({ "name": " " }),
            422,
        ),
        (
            Method::PATCH,
            "/territories/2".into(),
            json!({ "name": "x" }),
            404,
        ),
        (Method::DELETE, "/territories/11".into(), json!({}), 409),
        (Method::DELETE, "/territories/1".into(), json!({}), 409),
        (Method::DELETE, "/territories/2".into(), json!({}), 404),
        (
            Method::POST,
            "/territories".into(),
            json!({ "parent": 2, "name": "x" }),
            404,
        ),
        (
            Method::POST,
            "/territories".into(),
            json!({ "name": "x" }),
            422,
        ),
    ] {
        let answer = site.api(method.clone(), &path, &body.to_string()).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {body} {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_territory_shows_its_way_and_goes_when_it_is_empty() {
    let site = site().await;
    let made = json!({ "parent": 111, "name": "gulf" }).to_string();
    let made = site.api(Method::POST, "/territories", &made).await.json();
    let bay = format!("/territories/{}", made["id"]);
    let shown = site.api(Method::GET, &bay, "").await.json();
    let way: Vec<&str> = shown["way"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(way, ["root", "north", "lake <b>", "gulf"]);
    let refused = site
        .api(Method::DELETE, "/territories/111", "")
        .await
        .json();
    assert_eq!(refused["code"], "access.territory_not_empty");
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("territories below")
    );
    assert_eq!(site.api(Method::DELETE, &bay, "").await.status, 204);
    assert_eq!(site.api(Method::GET, &bay, "").await.status, 404);
    for odd in ["?cursor=x", "?limit=0", "?parent=x"] {
        let path = format!("/territories{odd}");
        assert_eq!(site.api(Method::GET, &path, "").await.status, 422, "{odd}");
    }
}

#[tokio::test]
async fn a_key_of_an_area_sees_and_changes_its_part() {
    let site = site().await;
    site.db.own("update access.api_key set area_id = 11").await;
    let listed = site.api(Method::GET, "/territories", "").await.json();
    assert_eq!(listed["items"][0]["id"], 11);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    for (path, status) in [
        ("/territories/111", 200),
        ("/territories/12", 404),
        ("/territories/1", 404),
    ] {
        assert_eq!(
            site.api(Method::GET, path, "").await.status,
            status,
            "{path}"
        );
    }
    let below = json!({ "parent": 11, "name": "hill" }).to_string();
    assert_eq!(
        site.api(Method::POST, "/territories", &below).await.status,
        201
    );
    let beside = json!({ "parent": 1, "name": "hill" }).to_string();
    assert_eq!(
        site.api(Method::POST, "/territories", &beside).await.status,
        404
    );
    // Users are the whole tenant's.
    assert_eq!(site.api(Method::GET, "/users", "").await.status, 403);
}

#[tokio::test]
async fn the_pages_show_a_level_at_a_time_and_say_what_is_wrong() {
    let site = site().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let page = "/administration/territories";
    let tops = site.page(&browser, page).await.body;
    assert!(
        tops.contains("/administration/territories/1/below"),
        "{tops}"
    );
    let part = site.page(&browser, &format!("{page}/1/below")).await.body;
    assert!(part.contains("north") && part.contains("south") && !part.contains("<html"));
    let one = site.page(&browser, &format!("{page}/111")).await.body;
    assert!(one.contains("lake &#60;b&#62;"), "{one}");
    assert!(one.contains("href=\"/administration/territories/11\""));
    let found = site.page(&browser, &format!("{page}?q=lake")).await.body;
    assert!(found.contains("root / north / lake"), "{found}");
    let none = site.page(&browser, &format!("{page}?q=nowhere")).await.body;
    assert!(none.contains("Nothing matches these filters"));
    let options = format!("{page}/options?territory=sou");
    let options = site.page(&browser, &options).await.body;
    assert!(options.contains("12 · root / south"), "{options}");
    for (path, form, status, words) in [
        ("11/create", "name=hill", 303, ""),
        (
            "11/create",
            "name=hill",
            422,
            "Another one in the same place",
        ),
        ("11/create", "name=", 422, "1 to 120 characters"),
        ("12/rename", "name=South", 303, ""),
        ("12/move", "territory=lake+%3Cb%3E", 303, ""),
        (
            "12/move",
            "territory=nowhere",
            422,
            "There is no such territory",
        ),
        ("12/move", "territory=", 422, "There is no such territory"),
        (
            "11/move",
            "territory=12+%C2%B7+root",
            422,
            "cannot stand in itself",
        ),
        ("1/move", "territory=11", 422, "top of all that you reach"),
        ("11/delete", "", 422, "there are others below it"),
        ("12/delete", "", 303, ""),
        ("12/delete", "", 404, ""),
        ("2/rename", "name=x", 404, ""),
    ] {
        let answer = site.post(&browser, &format!("{page}/{path}"), form).await;
        assert_eq!(answer.status, status, "{path} {form} {}", answer.body);
        assert!(answer.body.contains(words), "{path} {form} {}", answer.body);
    }
}

#[tokio::test]
async fn a_level_of_hundreds_comes_in_pages() {
    let site = site().await;
    site.db
        .own(
            "insert into kernel.territory (tenant_id, parent_id, name)
             select 1, 12, 'town ' || to_char(n, 'FM000') from generate_series(1, 120) n",
        )
        .await;
    let browser = site.log_in("admin", PASSWORD).await;
    let mut address = "/administration/territories/12/below".to_owned();
    let (mut towns, mut pages) = (0, 0);
    loop {
        let part = site.page(&browser, &address).await.body;
        towns += part.matches("<span class=\"name\">town").count();
        pages += 1;
        // The same goes on without scripts.
        match part.split("hx-get=\"").nth(1) {
            Some(next) => {
                assert!(part.contains("href=\"/administration/territories/12?after="));
                address = next.split('"').next().unwrap().replace("&#38;", "&");
            }
            None => break,
        }
    }
    assert_eq!((towns, pages), (120, 3));
}
