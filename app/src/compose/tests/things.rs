//! Things of the first tenant, made when a line of the list names them.

use std::collections::BTreeMap;

use regia_testkit::Owner;

/// What stands for a name in braces: the statement that makes it. It may name other things, which are
/// made before it. All of them are called `homely`, so that nobody else's page may hold the word.
const THINGS: &[(&str, &str)] = &[
    ("device", "insert into acs.device (territory_id, oui, product_class, serial_number, manufacturer, discovery, onboarding)
        values (1, '00D09E', 'HG1', 'homely-{n}', 'Acme', 'done', 'done') returning device_id::text"),
    ("twin", "insert into acs.device (territory_id, oui, product_class, serial_number, manufacturer, discovery, onboarding)
        values (1, '00D09E', 'HG2', 'homely-{n}', 'Acme', 'done', 'done') returning device_id::text"),
    ("quarantined", "update acs.device set standing = 'quarantined' where device_id = {device} returning device_id::text"),
    ("traced", "update acs.device set trace_until = now() + interval '1 hour' where device_id = {device} returning device_id::text"),
    ("handed", "insert into acs.device_grant (territory_id, device_id, user_id, level, granted_by)
        values (1, {device}, {user}, 1, 'homely') returning device_id::text"),
    ("secretive", "select device_id::text from acs.device where serial_number = 'homely-secretive'"),
    ("task", "insert into acs.task (territory_id, device_id, kind, arguments, created_by, expires_at)
        values (1, {device}, 'refresh', '{\"kind\": \"refresh\", \"path\": \"\"}', 'homely', now() + interval '1 day')
        returning task_id::text"),
    ("failed", "update acs.task set state = 'failed', finished_at = now() where task_id = {task} returning task_id::text"),
    ("uncertain", "update acs.task set state = 'uncertain' where task_id = {task} returning task_id::text"),
    ("shipped", "with made as (insert into acs.transfer (territory_id, task_id, device_id, is_upload, file_id, token_hash)
        values (1, {task}, {device}, false, {file}, sha256('homely-{n}')))
        update acs.task set kind = 'download', arguments = '{\"kind\": \"download\", \"file\": {file}}'
        where task_id = {task} returning task_id::text"),
    ("file", "with made as (insert into acs.file (territory_id, name, file_type, bytes, sha256, state, created_by)
            values (1, 'homely-{n}.cfg', '3 Vendor Configuration File', 3, sha256('abc'), 'ready', 'homely') returning *),
        filled as (insert into acs.file_chunk select territory_id, file_id, 0, 'abc' from made)
        select file_id::text from made"),
    ("bulk", "with made as (insert into acs.bulk (territory_id, kind, arguments, targets, placed, lifetime_seconds, created_by, work)
            values (1, 'refresh', '{\"kind\": \"refresh\", \"path\": \"\"}', array[{device}], 1, 600, 'homely', false) returning *),
        taken as (update acs.task set bulk_id = made.bulk_id from made where task_id = {failed})
        select bulk_id::text from made"),
    ("search", "insert into acs.search (territory_id, path, matching, value, created_by)
        values (1, 'Device.Homely', 'equals', 'homely', 'homely') returning search_id::text"),
    ("import", "with made as (insert into acs.import (territory_id, state, rows, fresh, created_by)
            values (1, 'ready', 1, 1, 'homely') returning *),
        filled as (insert into acs.import_row (territory_id, import_id, line, oui, product_class, serial_number, tags, notes, username, verdict)
            select 1, import_id, 2, '00D09E', 'HG4', 'homely-{n}', '{}', '', '', 'new' from made)
        select import_id::text from made"),
    ("applying", "update acs.import set state = 'applying' where import_id = {import} returning import_id::text"),
    ("credential", "insert into acs.fleet_credential (territory_id, username, sealed_password)
        select 1, 'homely-{n}', sealed_password from acs.fleet_credential where retired_at is null limit 1
        returning credential_id::text"),
    ("indexed", "insert into acs.index_path (territory_id, path, state, created_by)
        values (1, 'Homely{n}', 'ready', 'homely') returning path"),
    ("user", "insert into access.user_account (territory_id, name, password_hash)
        select 1, 'homely-{n}', password_hash from access.user_account where name = 'admin' returning user_id::text"),
    ("username", "select name from access.user_account where user_id = {user}"),
    ("invited", "update access.user_account set password_hash = null where user_id = {user} returning user_id::text"),
    ("suspended", "update access.user_account set state = 'suspended' where user_id = {user} returning user_id::text"),
    ("guarded", "insert into access.second_factor (territory_id, user_id, sealed_key, confirmed_at)
        values (1, {user}, '', now()) returning user_id::text"),
    ("login", "insert into access.login (territory_id, user_id, token_hash, address, user_agent)
        values (1, {user}, sha256('homely-{n}'), '192.0.2.1', 'homely') returning login_id::text"),
    ("entered", "select user_id::text from access.login where login_id = {login}"),
    ("ownlogin", "insert into access.login (territory_id, user_id, token_hash, address, user_agent)
        values (1, {asker}, sha256('homely-{n}'), '192.0.2.1', 'homely') returning login_id::text"),
    ("mandate", "insert into access.mandate (territory_id, user_id, system_role, area_id)
        values (1, {user}, 'viewer', 1) returning mandate_id::text"),
    ("role", "insert into access.role (territory_id, name, permissions)
        values (1, 'homely-{n}', '{acs.device.read}') returning role_id::text"),
    ("territory", "insert into kernel.territory (tenant_id, parent_id, name) values (1, 1, 'homely-{n}') returning territory_id::text"),
    ("sibling", "insert into kernel.territory (tenant_id, parent_id, name) values (1, 1, 'homely-{n}-2') returning territory_id::text"),
    ("north", "select territory_id::text from kernel.territory where name = 'north'"),
    ("key", "insert into access.api_key (territory_id, name, key_hash, permissions, area_id)
        values (1, 'homely-{n}', sha256('homely-{n}'), '{acs.device.read}', 1) returning key_id::text"),
    ("ownkey", "update access.api_key set user_id = {asker} where key_id = {key} returning key_id::text"),
    ("ban", "insert into access.ban (territory_id, network, reason, banned_by, until)
        values (1, '2001:db8:{n}::/64', 'homely', 'homely', now() + interval '1 hour') returning ban_id::text"),
    ("line", "select entry_id::text from access.audit where territory_id = 1 order by entry_id limit 1"),
    // A word, not a thing: a role of the server that takes no second factor so far.
    ("lax", "with gone as (delete from access.system_role_rule) select 'viewer'"),
    ("today", "select ((now() at time zone 'utc')::date)::text"),
];

/// The names in braces in a text.
fn names(text: &str) -> Vec<&str> {
    let pieces = text.split('{').skip(1);
    let names = pieces.filter_map(|piece| piece.split_once('}').map(|(name, _)| name));
    let is_name = |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase());
    names.filter(is_name).collect()
}

/// Whether a text names a thing that belongs to the tenant.
pub(super) fn names_a_thing(text: &str) -> bool {
    let words = ["north", "lax", "today"];
    let is_thing =
        |name: &&str| THINGS.iter().any(|(known, _)| known == name) && !words.contains(name);
    names(text).iter().any(is_thing)
}

/// What was made for one request.
#[derive(Debug)]
pub(super) struct Things(BTreeMap<String, String>);

impl Things {
    pub(super) fn new(words: &[(&str, &str)]) -> Self {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Self(words.iter().map(owned).collect())
    }

    /// The text with what its names stand for.
    pub(super) async fn fill(&mut self, owner: &mut Owner, text: &str) -> String {
        let mut filled = text.to_owned();
        for name in names(text) {
            if !self.0.contains_key(name) {
                let Some((_, statement)) = THINGS.iter().find(|(known, _)| *known == name) else {
                    continue;
                };
                let statement = Box::pin(self.fill(owner, statement)).await;
                let made = owner.texts(&statement).await.remove(0);
                self.0.insert(name.to_owned(), made);
            }
            filled = filled.replace(&format!("{{{name}}}"), &self.0[name]);
        }
        filled
    }
}
