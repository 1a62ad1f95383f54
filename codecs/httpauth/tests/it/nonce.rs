//! Nonces: fresh, stale, forged.

use regia_httpauth::{Freshness, check_nonce, issue_nonce};

const NOW: i64 = 1_800_000_000;

fn mac(key: u8) -> impl Fn(&[u8]) -> [u8; 32] {
    move |message| blake3::keyed_hash(&[key; 32], message).into()
}

#[test]
fn a_nonce_is_fresh_until_its_lifetime_ends() {
    let nonce = issue_nonce(NOW, [7; 8], mac(1));
    for (now, expected) in [
        (NOW, Freshness::Fresh),
        (NOW + 300, Freshness::Fresh),
        (NOW + 301, Freshness::Stale),
        (NOW - 60, Freshness::Fresh),
        (NOW - 61, Freshness::Stale),
        (i64::MAX, Freshness::Stale),
        (i64::MIN, Freshness::Stale),
    ] {
        assert_eq!(check_nonce(&nonce, now, 300, mac(1)), expected, "at {now}");
    }
}

#[test]
fn a_foreign_or_altered_nonce_is_forged() {
    let nonce = issue_nonce(NOW, [7; 8], mac(1));
    let altered = nonce.replacen(nonce.chars().next().unwrap(), "f", 1);
    let older = format!("{:016x}{}", NOW + 1, nonce.get(16..).unwrap());
    for forged in [
        "",
        "x",
        &altered,
        &older,
        nonce.get(1..).unwrap(),
        &format!("{nonce}0"),
        &"é".repeat(32),
    ] {
        assert_eq!(
            check_nonce(forged, NOW, 300, mac(1)),
            Freshness::Forged,
            "{forged}"
        );
    }
    assert_eq!(check_nonce(&nonce, NOW, 300, mac(2)), Freshness::Forged);
}

#[test]
fn two_nonces_of_one_second_differ_by_their_salt() {
    assert_ne!(
        issue_nonce(NOW, [1; 8], mac(1)),
        issue_nonce(NOW, [2; 8], mac(1))
    );
}
