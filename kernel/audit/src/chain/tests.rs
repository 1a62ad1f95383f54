//! What is signed.

use regia_secrets::{KeyRing, Secret};
use time::macros::{date, datetime};

use super::*;

fn key() -> Key {
    let hex = Secret::from("ab".repeat(32));
    KeyRing::from_hex(&hex, &[]).unwrap().derive("test")
}

fn row() -> Row {
    Row {
        tenant: TerritoryId(1),
        entry_id: 7,
        recorded_at: datetime!(2026-03-04 05:06:07.000008 UTC),
        actor_kind: "user".into(),
        actor_id: Some(3),
        actor_name: "admin".into(),
        action: "acs.device.reboot".into(),
        object: "device:1".into(),
        before: None,
        after: Some("{}".into()),
        address: Some("192.0.2.1".into()),
        trace_id: Some("trace".into()),
    }
}

#[test]
fn every_column_of_a_row_is_signed() {
    let mac = row().mac(&key());
    assert!(row().is_signed_by(&key(), &mac));
    let changes: [fn(&mut Row); 14] = [
        |row| row.tenant = TerritoryId(2),
        |row| row.entry_id = 8,
        |row| row.recorded_at += time::Duration::microseconds(1),
        |row| row.actor_kind = "key".into(),
        |row| row.actor_id = None,
        |row| row.actor_id = Some(4),
        |row| row.actor_name = "eve".into(),
        |row| row.action = "acs.device.read".into(),
        |row| row.object = "device:2".into(),
        |row| row.before = Some("{}".into()),
        |row| row.before = Some(String::new()),
        |row| row.after = None,
        |row| row.address = None,
        |row| row.trace_id = row.address.take(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = row();
        change(&mut changed);
        assert!(!changed.is_signed_by(&key(), &mac), "change {number}");
    }
}

#[test]
fn every_column_of_a_block_is_signed() {
    let block = Block {
        tenant: TerritoryId(1),
        number: 2,
        sealed_at: datetime!(2026-03-04 05:06:07 UTC),
        day: date!(2026 - 03 - 04),
        entry_ids: vec![1, 2],
        rows_mac: [1; 32],
        previous: [2; 32],
    };
    let mac = block.mac(&key());
    assert!(block.is_signed_by(&key(), &mac));
    let changes: [fn(&mut Block); 8] = [
        |block| block.tenant = TerritoryId(2),
        |block| block.number = 3,
        |block| block.sealed_at += time::Duration::microseconds(1),
        |block| block.day = date!(2026 - 03 - 03),
        |block| block.entry_ids = vec![2, 1],
        |block| block.entry_ids = vec![1],
        |block| block.rows_mac = [3; 32],
        |block| block.previous = [3; 32],
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = block.clone();
        change(&mut changed);
        assert!(!changed.is_signed_by(&key(), &mac), "change {number}");
    }
}

#[test]
fn rows_of_a_block_are_signed_in_their_order() {
    let mac = rows_mac(&key(), &[[1; 32], [2; 32]]);
    for (rows, signed) in [
        (vec![[1; 32], [2; 32]], true),
        (vec![[2; 32], [1; 32]], false),
        (vec![[1; 32]], false),
        (vec![], false),
    ] {
        assert_eq!(rows_are_signed(&key(), &rows, &mac), signed);
    }
}
