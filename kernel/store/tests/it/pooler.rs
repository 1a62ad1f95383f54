//! Behind a pooler that hands out connections by the transaction (PgBouncer), in front of which many
//! requests share few connections.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use regia_ident::TerritoryId;
use regia_store::{Areas, ConnectOptions, Scope, Store, StoreSettings};
use regia_testkit::TestDb;
use tempfile::TempDir;

const MISSING: &str = "this test needs PgBouncer: apt-get install pgbouncer";

/// Connections to PostgreSQL that all share.
const SHARED: u32 = 2;

struct Pooler {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// PgBouncer refuses to run as root; it then drops to the account that owns its folder.
fn start(db: &TestDb) -> Pooler {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = url::Url::parse(db.url().expose()).unwrap();
    let host = url
        .query_pairs()
        .find(|(name, _)| name == "host")
        .map(|(_, host)| host.into_owned());
    let host = host.unwrap_or_else(|| url.host_str().unwrap().to_owned());
    let configuration = format!(
        "[databases]\n{database} = host={host} port={server} dbname={database} user={user}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = any\npool_mode = transaction\ndefault_pool_size = {SHARED}\nmax_client_conn = 100\n\
         server_reset_query =\nlogfile = {log}\n",
        database = url.path().trim_start_matches('/'),
        server = url.port().unwrap_or(5432),
        user = url.username(),
        log = folder.path().join("log").display(),
    );
    let file = folder.path().join("pgbouncer.ini");
    fs::write(&file, configuration).unwrap();
    let process = run(&file, folder.path());
    Pooler {
        process,
        port,
        _folder: folder,
    }
}

fn run(file: &Path, folder: &Path) -> Child {
    // Debian keeps it where the search path of most users does not lead.
    let debian = Path::new("/usr/sbin/pgbouncer");
    let mut command = Command::new(match debian.exists() {
        true => debian,
        false => Path::new("pgbouncer"),
    });
    if rustix::process::getuid().is_root() {
        let account = "postgres";
        let own = Command::new("chown")
            .args(["-R", account])
            .arg(folder)
            .status()
            .unwrap();
        assert!(own.success());
        command.args(["-u", account]);
    }
    command
        .arg("-q")
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
        .spawn()
        .unwrap_or_else(|error| panic!("{MISSING} ({error})"))
}

async fn connect(db: &TestDb, pooler: &Pooler) -> Store {
    let url = url::Url::parse(db.url().expose()).unwrap();
    let address = format!(
        "postgres://{}@127.0.0.1:{}{}?sslmode=disable",
        url.username(),
        pooler.port,
        url.path()
    );
    let options = ConnectOptions {
        transaction_pooler: true,
        listen_url: Some(db.url()),
        acquire_timeout: Duration::from_secs(30),
        ..ConnectOptions::new(address.into(), &StoreSettings::default())
    };
    // A refused connection is tried again until the timeout.
    Store::connect(&options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_transaction_reaches_stays_with_it() {
    let db = TestDb::new().await;
    db.own(
        "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             select i, i, null, 'tenant' || i from generate_series(1000, 1049) i",
    )
    .await;
    let pooler = start(&db);
    let store = connect(&db, &pooler).await;
    let tasks = (0..16_i64).map(|worker| {
        let store = store.clone();
        tokio::spawn(async move {
            for turn in 0..250_i64 {
                let tenant = 1000 + (worker * 250 + turn) % 50;
                let nothing = turn % 5 == 0;
                let scope = Scope {
                    areas: if nothing {
                        Areas::Below {
                            tops: [].into(),
                            few: None,
                        }
                    } else {
                        Areas::Whole
                    },
                    ..Scope::whole(TerritoryId(tenant))
                };
                let mut tx = store.begin(scope).await.unwrap();
                let found: Vec<i64> =
                    sqlx::query_scalar("select territory_id from kernel.territory")
                        .fetch_all(tx.conn())
                        .await
                        .unwrap();
                let limit: String = sqlx::query_scalar("show statement_timeout")
                    .fetch_one(tx.conn())
                    .await
                    .unwrap();
                assert_eq!(found, if nothing { vec![] } else { vec![tenant] });
                assert_eq!(limit, "30s");
                if turn % 3 != 0 {
                    tx.commit().await.unwrap();
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // Few connections served all, and what they keep is nobody's.
    let mut listener = store.listener().await.unwrap();
    listener.listen("news").await.unwrap();
    store.notify("news", "heard").await.unwrap();
    assert_eq!(listener.recv().await.unwrap().payload(), "heard");
}
