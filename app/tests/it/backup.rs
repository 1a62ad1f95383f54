//! `regia backup` and `regia restore`, end to end.

use crate::command::{Said, regia, run};
use crate::server::{Server, place};

const DEVICES: &str = "/api/v1/acs/devices";

fn tool(verb: &str, data_dir: &std::path::Path, file: &std::path::Path) -> Said {
    let (data_dir, file) = (data_dir.to_str().unwrap(), file.to_str().unwrap());
    run(&mut regia(&[verb, "--data-dir", data_dir, file]))
}

#[test]
fn a_backup_of_a_running_or_stopped_server_is_restored_whole() {
    let place = place();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let (running, stopped) = (place.path().join("running"), place.path().join("stopped"));
    let said = tool("backup", &data_dir, &running);
    assert!(said.ok, "{said:?}");
    assert!(server.stop().success());
    let said = tool("backup", &data_dir, &stopped);
    assert!(said.ok, "{said:?}");

    for backup in [running, stopped] {
        let restored = backup.with_extension("restored");
        let said = tool("restore", &restored, &backup);
        assert!(said.ok, "{said:?}");
        let server = Server::start_with(&restored, &[]);
        assert!(server.said.is_empty(), "{:?}", server.said);
        assert_eq!(server.get_with_key(DEVICES).0, 200);
        drop(server);
        let verify = ["audit", "verify", "--data-dir", restored.to_str().unwrap()];
        let said = run(&mut regia(&verify));
        assert!(
            said.ok && said.out.contains("as the server wrote it"),
            "{said:?}"
        );
        let said = tool("restore", &restored, &backup);
        assert!(!said.ok && said.err.contains("is not empty"), "{said:?}");
    }
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_refused_and_leaves_nothing() {
    let place = place();
    let (data_dir, file) = (place.path().join("data"), place.path().join("file"));
    let said = tool("backup", &data_dir, &file);
    assert!(
        !said.ok && said.err.contains("there is no installation in"),
        "{said:?}"
    );
    std::fs::write(&file, "not a backup").unwrap();
    let said = tool("restore", &data_dir, &file);
    assert!(
        !said.ok && said.err.contains("is not a whole backup"),
        "{said:?}"
    );
    assert!(!data_dir.exists());
}

#[test]
fn a_restore_that_did_not_end_is_not_served() {
    let place = place();
    let data_dir = place.path().join("data");
    std::fs::create_dir(&data_dir).unwrap();
    std::fs::write(data_dir.join("restore.unfinished"), "").unwrap();
    let said = run(&mut crate::server::serve(&data_dir));
    assert!(!said.ok && said.err.contains("did not end"), "{said:?}");
}
