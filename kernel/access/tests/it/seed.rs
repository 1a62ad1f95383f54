//! The first start.

use regia_access::{LoginOutcome, Origin, Seed, Seeded};

use crate::site::{API_KEY, PASSWORD, Site, attempt};

#[tokio::test]
async fn what_is_not_given_is_drawn_and_works() {
    let site = Site::empty().await;
    let Seeded::Now {
        drawn_password,
        drawn_api_key,
    } = site.access.seed(Seed::default()).await.unwrap()
    else {
        panic!("somebody was there");
    };
    let (password, key) = (drawn_password.unwrap(), drawn_api_key.unwrap());
    let outcome = site
        .access
        .login(&attempt("admin", password.expose()))
        .await
        .unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
    let found = site
        .access
        .authenticate_key(&key, Origin::default())
        .await
        .unwrap();
    assert_eq!(found.unwrap().to_string(), "key first key");
}

#[tokio::test]
async fn a_later_seed_changes_nothing() {
    let site = Site::new().await;
    let seed = Seed {
        admin_password: Some("other".into()),
        api_key: Some("other key".into()),
    };
    assert!(matches!(
        site.access.seed(seed).await.unwrap(),
        Seeded::Before
    ));
    let outcome = site
        .access
        .login(&attempt("admin", PASSWORD))
        .await
        .unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
    for (key, known) in [(API_KEY, true), ("other key", false)] {
        let found = site
            .access
            .authenticate_key(&key.into(), Origin::default())
            .await
            .unwrap();
        assert_eq!(found.is_some(), known, "{key}");
    }
}

#[tokio::test]
async fn of_nodes_that_start_at_once_one_seeds() {
    let site = Site::empty().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let access = site.access.clone();
        tasks.spawn(async move { access.seed(Seed::default()).await.unwrap() });
    }
    let seeded = tasks.join_all().await;
    let now = seeded
        .iter()
        .filter(|one| matches!(one, Seeded::Now { .. }))
        .count();
    assert_eq!(now, 1, "{seeded:?}");
}
