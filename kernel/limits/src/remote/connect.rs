//! Connections to Redis: one server, a cluster, or whom sentinels name.

use std::fmt;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, FromRedisValue, IntoConnectionInfo, RedisError,
    RedisResult, ScriptInvocation, TlsMode,
};

use super::{RedisFailure, addresses};
use crate::settings::{RedisKind, RedisSettings};

/// Where Redis is.
pub(super) struct Place {
    kind: Kind,
    config: AsyncConnectionConfig,
}

enum Kind {
    Single(Client),
    Cluster(Box<ClusterClient>),
    Sentinel {
        nodes: Vec<ConnectionInfo>,
        master: String,
    },
}

/// A connection; clones speak over the same, each question beside the others.
#[derive(Clone)]
pub(super) enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Place {
    /// Nothing without `redis.url`.
    pub(super) fn new(settings: &RedisSettings) -> Result<Option<Self>, RedisFailure> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        // Its own words about an address may hold the password.
        let wrong = |error: RedisError| RedisFailure::Address(format!("{:?}", error.kind()));
        let nodes: Vec<ConnectionInfo> = addresses(url)
            .map(IntoConnectionInfo::into_connection_info)
            .collect::<RedisResult<_>>()
            .map_err(wrong)?;
        let response = Duration::from_millis(settings.timeout_ms);
        let connection = Duration::from_millis(settings.connect_timeout_ms);
        let kind = match settings.kind {
            RedisKind::Single => match <[ConnectionInfo; 1]>::try_from(nodes) {
                Ok([node]) => Kind::Single(Client::open(node).map_err(wrong)?),
                Err(nodes) => {
                    let count = nodes.len();
                    let text = format!("one address is expected, there are {count}");
                    return Err(RedisFailure::Address(text));
                }
            },
            RedisKind::Cluster => {
                // A question that is sent a second time would be too late, and count twice.
                let client = ClusterClient::builder(nodes)
                    .retries(0)
                    .connection_timeout(connection)
                    .response_timeout(response)
                    .build();
                Kind::Cluster(Box::new(client.map_err(wrong)?))
            }
            RedisKind::Sentinel => {
                let master = settings.sentinel_master.clone();
                let master = master.ok_or(RedisFailure::NoMaster)?;
                Kind::Sentinel { nodes, master }
            }
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(connection))
            .set_response_timeout(Some(response));
        Ok(Some(Self { kind, config }))
    }

    /// A connection that has answered.
    pub(super) async fn connect(&self) -> RedisResult<Link> {
        let mut link = match &self.kind {
            Kind::Single(client) => {
                let config = &self.config;
                let found = client.get_multiplexed_async_connection_with_config(config);
                Link::One(found.await?)
            }
            Kind::Cluster(client) => Link::Cluster(client.get_async_connection().await?),
            Kind::Sentinel { nodes, master } => {
                let mut client = sentinel(nodes, master)?;
                let found = client.get_async_connection_with_config(&self.config);
                Link::One(found.await?)
            }
        };
        link.query::<String>("PING", &[]).await?;
        Ok(link)
    }

    /// The server's version.
    pub(super) async fn version(&self) -> RedisResult<String> {
        let mut link = self.connect().await?;
        link.query::<Vec<String>>("TIME", &[]).await?;
        let Link::One(_) = &link else {
            return Ok("of a cluster".to_owned());
        };
        let info: String = link.query("INFO", &["server"]).await?;
        let version = info
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"));
        Ok(version.unwrap_or("unknown").to_owned())
    }

    /// What one script may name together: in a cluster what has the same tag.
    pub(super) fn groups<'a, T>(&self, all: &'a [T], tag: impl Fn(&T) -> &str) -> Vec<Vec<&'a T>> {
        let mut groups: Vec<Vec<&T>> = Vec::new();
        let apart = matches!(self.kind, Kind::Cluster(_));
        for one in all {
            let same = |group: &&mut Vec<&T>| {
                !apart || group.first().is_some_and(|first| tag(first) == tag(one))
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        groups
    }
}

fn sentinel(
    nodes: &[ConnectionInfo],
    master: &str,
) -> RedisResult<redis::sentinel::SentinelClient> {
    let addresses = nodes.iter().map(|node| node.addr().clone());
    let mut builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?;
    // Name, password and database are those of the primary.
    if let Some(node) = nodes.first() {
        let login = node.redis_settings();
        if matches!(node.addr(), redis::ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(name) = login.username() {
            builder = builder.set_client_to_redis_username(name);
        }
        if let Some(password) = login.password() {
            builder = builder.set_client_to_redis_password(password);
        }
        builder = builder.set_client_to_redis_db(login.db());
    }
    builder.build()
}

impl Link {
    /// Runs a script.
    pub(super) async fn invoke<T: FromRedisValue>(
        mut self,
        call: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        match &mut self {
            Self::One(connection) => call.invoke_async(connection).await,
            Self::Cluster(connection) => call.invoke_async(connection).await,
        }
    }

    async fn query<T: FromRedisValue>(&mut self, name: &str, words: &[&str]) -> RedisResult<T> {
        let mut command = redis::cmd(name);
        command.arg(words);
        match self {
            Self::One(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
