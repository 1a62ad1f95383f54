//! All that the writers write, checked against the Broadband Forum's schemas by `xmllint`.

use std::path::{Path, PathBuf};
use std::process::Command;

use regia_cwmp::{Dialect, Envelope, write_acs, write_cpe};

use crate::every_message::{Valid, of_acs, of_cpe};

/// Every message in a dialect, with its name.
fn written(dialect: &Dialect) -> Vec<(String, Vec<u8>)> {
    let cpe = of_cpe(&mut Valid).into_iter().map(|message| {
        let name = format!("{} of a CPE", message.name());
        (
            name,
            write_cpe(&Envelope::new("id-1".to_owned(), dialect.clone(), message)),
        )
    });
    let acs = of_acs(&mut Valid).into_iter().map(|message| {
        let mut envelope = Envelope::new("id-1".to_owned(), dialect.clone(), message);
        envelope.header.hold_requests = true;
        (
            format!("{} of an ACS", envelope.message.name()),
            write_acs(&envelope),
        )
    });
    cpe.chain(acs).collect()
}

/// Refuses what the schema of CWMP 1.`minor` refuses; gives the number of messages that it names.
fn validate(schemas: &Path, minor: u8, dialect: &Dialect) -> Option<usize> {
    let schema = std::fs::read_to_string(schemas.join(format!("cwmp-1-{minor}.xsd"))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut files: Vec<PathBuf> = Vec::new();
    for (name, bytes) in written(dialect) {
        let element = name.split(' ').next().unwrap();
        if !schema.contains(&format!("element name=\"{element}\"")) {
            continue;
        }
        // Versions that share a namespace share the schema; see the README beside the schemas.
        let text = String::from_utf8(bytes)
            .unwrap()
            .replace("cwmp-1-4\"", "cwmp-1-2\"");
        let file = folder.path().join(format!("{name}.xml"));
        std::fs::write(&file, text).unwrap();
        files.push(file);
    }
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--nonet", "--noout", "--schema"]);
    xmllint
        .arg(schemas.join(format!("envelope-1-{minor}.xsd")))
        .args(&files);
    let output = match xmllint.output() {
        Ok(output) => output,
        Err(error) => {
            println!("skipped: xmllint: {error}");
            return None;
        }
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(files.len())
}

#[test]
fn every_message_is_valid_in_every_version() {
    let Some(schemas) = crate::shared_data("bbf") else {
        return;
    };
    let every = written(&Dialect::default()).len();
    for minor in 0..=2 {
        let Some(checked) = validate(&schemas, minor, &Dialect::cwmp(minor)) else {
            return;
        };
        // 1.1 brought autonomous and all queued transfers, 1.2 scheduled and cancelled downloads
        // and software units.
        let expected = [every - 14, every - 10, every][usize::from(minor)];
        assert_eq!(checked, expected, "messages of CWMP 1.{minor}");
    }
}

#[test]
fn every_message_is_valid_in_every_spelling() {
    let Some(schemas) = crate::shared_data("bbf") else {
        return;
    };
    let odd = Dialect::from_text(
        "S _e c-1 i.2 d http://www.w3.org/2001/XMLSchema-instance \
         http://www.w3.org/2001/XMLSchema urn:dslforum-org:cwmp-1-4",
    );
    validate(&schemas, 2, &odd.unwrap());
}
