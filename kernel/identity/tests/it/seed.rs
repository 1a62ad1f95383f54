//! The first start.

use regia_identity::LoginOutcome;
use regia_users::{Seed, Seeded};

use crate::site::{PASSWORD, Site, attempt};

#[tokio::test]
async fn what_is_not_given_is_drawn_and_works() {
    let site = Site::empty().await;
    let Seeded::Now { drawn_password } = site.access.users().seed(Seed::default()).await.unwrap()
    else {
        panic!("somebody was there");
    };
    let password = drawn_password.unwrap();
    let outcome = site
        .access
        .login(&attempt("admin", password.expose()))
        .await
        .unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
}

#[tokio::test]
async fn a_later_seed_changes_nothing() {
    let site = Site::new().await;
    let seed = Seed {
        admin_password: Some("other".into()),
    };
    assert!(matches!(
        site.access.users().seed(seed).await.unwrap(),
        Seeded::Before
    ));
    let outcome = site
        .access
        .login(&attempt("admin", PASSWORD))
        .await
        .unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
}

#[tokio::test]
async fn of_nodes_that_start_at_once_one_seeds() {
    let site = Site::empty().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let access = site.access.clone();
        tasks.spawn(async move { access.users().seed(Seed::default()).await.unwrap() });
    }
    let seeded = tasks.join_all().await;
    let now = seeded
        .iter()
        .filter(|one| matches!(one, Seeded::Now { .. }))
        .count();
    assert_eq!(now, 1, "{seeded:?}");
}
