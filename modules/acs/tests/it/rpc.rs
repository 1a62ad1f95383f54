//! Methods that an operator writes: sent once, as they are.

use regia_cwmp::{AcsMessage, CpeFault, CpeMessage, Fragment};
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::cpe::Cpe;
use crate::world::World;

const TASK: &str = "select jsonb_build_array(state, result) from acs.task";

struct Stage {
    world: World,
    cpe: Cpe,
    device: i64,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
        cpe.call(&[("1 BOOT", "")]).await;
        world.run("update acs.device set discovery = 'done'").await;
        let device = world
            .value("select to_jsonb(device_id) from acs.device")
            .await;
        let device = device.as_i64().unwrap();
        Self { world, cpe, device }
    }

    async fn order(&self, method: &str, content: &str) -> (u16, Json) {
        let command = json!({ "kind": "rpc", "method": method, "content": content });
        let path = format!("/devices/{}/tasks", self.device);
        let body = json!({ "command": command });
        Api::new(&self.world).ask("POST", &path, Some(body)).await
    }

    /// What the device is asked, as it is written.
    async fn question(&mut self) -> String {
        self.cpe.inform(&[("2 PERIODIC", "")]).await;
        self.cpe.nothing().await.text
    }
}

fn id(question: &str) -> String {
    let after = question.split("mustUnderstand=\"1\">").nth(1).unwrap();
    after.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_method_is_sent_as_it_is_and_its_answer_kept() {
    let mut stage = Stage::new().await;
    let content = "<Level xsi:type=\"xsd:int\">3</Level><v:More xmlns:v=\"urn:v\"/>";
    let (status, task) = stage.order("X_ACME_Tune", content).await;
    assert_eq!(
        (status, &task["command"]["content"]),
        (201, &json!(content))
    );
    let question = stage.question().await;
    let expected = format!("<cwmp:X_ACME_Tune>{content}</cwmp:X_ACME_Tune>");
    assert!(question.contains(&expected), "{question}");
    let answer = CpeMessage::Unknown {
        name: "X_ACME_TuneResponse".to_owned(),
        content: Fragment::parse("<Was>2</Was>").unwrap(),
    };
    let ended = stage.cpe.say(Some(&id(&question)), answer).await;
    assert_eq!(ended.status, 204);
    let task = stage.world.value(TASK).await;
    assert_eq!(task[0], "done");
    let told = task[1]["answer"].as_str().unwrap();
    assert!(told.contains("X_ACME_TuneResponse><Was>2</Was>"), "{told}");
}

#[tokio::test]
async fn a_known_method_and_a_fault_are_answers_too() {
    let mut stage = Stage::new().await;
    assert_eq!(stage.order("GetRPCMethods", "").await.0, 201);
    let question = stage.question().await;
    let answer = CpeMessage::GetRpcMethodsResponse(vec!["Reboot".to_owned()]);
    assert_eq!(
        stage.cpe.say(Some(&id(&question)), answer).await.status,
        204
    );
    let task = stage.world.value(TASK).await;
    assert_eq!(
        (&task[0], &task[1]["method"]),
        (&json!("done"), &json!("GetRPCMethodsResponse"))
    );
    stage.world.run("delete from acs.task").await;
    assert_eq!(stage.order("X_Odd", "<A/>").await.0, 201);
    let question = stage.question().await;
    let fault = CpeFault {
        code: 9_000,
        ..CpeFault::default()
    };
    let fault = CpeMessage::Fault(fault);
    assert_eq!(stage.cpe.say(Some(&id(&question)), fault).await.status, 204);
    let fault = "select jsonb_build_array(state, fault -> 'code') from acs.task";
    assert_eq!(stage.world.value(fault).await, json!(["failed", 9_000]));
}

#[tokio::test]
async fn it_is_sent_once_and_uncertain_when_the_answer_is_lost() {
    let mut stage = Stage::new().await;
    stage.order("X_ACME_Wipe", "<All>1</All>").await;
    let question = stage.question().await;
    assert!(question.contains("X_ACME_Wipe"));
    assert_eq!(stage.cpe.call(&[("2 PERIODIC", "")]).await, None);
    assert_eq!(stage.world.value(TASK).await[0], "uncertain");
}

#[tokio::test]
async fn a_request_of_the_device_is_no_answer() {
    let mut stage = Stage::new().await;
    stage.order("X_ACME_Wipe", "").await;
    let question = stage.question().await;
    let other = CpeMessage::Unknown {
        name: "X_ACME_OtherResponse".to_owned(),
        content: Fragment::default(),
    };
    assert_eq!(stage.cpe.say(Some(&id(&question)), other).await.status, 400);
    assert_eq!(stage.cpe.call(&[("2 PERIODIC", "")]).await, None);
    assert_eq!(stage.world.value(TASK).await[0], "uncertain");
}

#[tokio::test]
async fn its_secrets_are_sent_and_nowhere_else_seen() {
    const SECRET: &str = "zQxJkVwY";
    let mut stage = Stage::new().await;
    let content = format!("<Name>wlan</Name><Password>{SECRET}</Password>");
    let (status, task) = stage.order("X_ACME_Key", &content).await;
    assert_eq!(status, 201);
    assert!(!task.to_string().contains(SECRET), "{task}");
    let question = stage.question().await;
    assert!(question.contains(SECRET), "{question}");
    let answer = CpeMessage::Unknown {
        name: "X_ACME_KeyResponse".to_owned(),
        content: Fragment::parse(&format!("<Said>{SECRET} is set</Said>")).unwrap(),
    };
    assert_eq!(
        stage.cpe.say(Some(&id(&question)), answer).await.status,
        204
    );
    let stored = "select to_jsonb(t) || jsonb_build_object('audit', (select jsonb_agg(to_jsonb(a))
        from access.audit a)) from acs.task t";
    let stored = stage.world.value(stored).await.to_string();
    assert!(!stored.contains(SECRET), "{stored}");
    assert!(stored.contains("is set"), "{stored}");
}

#[tokio::test]
async fn what_would_break_the_envelope_is_refused_before_it_is_queued() {
    let stage = Stage::new().await;
    let long = format!("<A>{}</A>", "x".repeat(70_000));
    for (method, content) in [
        ("", ""),
        ("a b", ""),
        ("1a", ""),
        ("x:y", ""),
        ("x>", ""),
        (&"x".repeat(49), ""),
        ("X", "<a>"),
        ("X", "</cwmp:X></soap:Body>"),
        ("X", "<!DOCTYPE a><a/>"),
        ("X", "<v:a/>"),
        ("X", "text"),
        ("X", &long),
    ] {
        let (status, problem) = stage.order(method, content).await;
        assert_eq!(status, 422, "{method} {problem}");
        assert_eq!(problem["code"], "acs.bad_command", "{problem}");
    }
    let sealed = json!({ "kind": "rpc", "method": "X", "sealed": "x" });
    let path = format!("/devices/{}/tasks", stage.device);
    let body = json!({ "command": sealed });
    let (status, _) = Api::new(&stage.world).ask("POST", &path, Some(body)).await;
    assert!(matches!(status, 400 | 422), "{status}");
    let many = stage
        .world
        .value("select to_jsonb(count(*)) from acs.task")
        .await;
    assert_eq!(many, 0);
}

#[tokio::test]
async fn another_node_takes_the_answer() {
    let mut stage = Stage::new().await;
    stage.order("X_ACME_Tune", "").await;
    let question = stage.question().await;
    let second = stage.world.second_node().await;
    stage.cpe.move_to(second.cwmp());
    let answer = CpeMessage::Unknown {
        name: "X_ACME_TuneResponse".to_owned(),
        content: Fragment::parse("<Was>2</Was>").unwrap(),
    };
    let ended = stage.cpe.say(Some(&id(&question)), answer).await;
    assert_eq!(ended.status, 204, "{ended:?}");
    let task = stage.world.value(TASK).await;
    assert!(
        task[1]["answer"].as_str().unwrap().contains("<Was>2</Was>"),
        "{task}"
    );
    assert!(matches!(
        regia_cwmp::parse_acs(question.as_bytes(), &regia_cwmp::Limits::default())
            .unwrap()
            .message,
        AcsMessage::Unknown { .. }
    ));
}
