-- The territory of each device, and the rows of the fleet under the rule of tenant and territory.

grant usage on schema acs to regia_tenant, regia_app, regia_ingest, regia_upkeep;

-- Everything that is there stands at the top of the one tenant there was; the default serves the
-- version before this one while it still runs.
alter table acs.device add column area_id bigint not null default 1;
alter table acs.task add column area_id bigint not null default 1;
alter table acs.fleet_credential add column area_id bigint not null default 1;
alter table acs.import add column area_id bigint not null default 1;
alter table acs.bulk add column area_id bigint not null default 1;
alter table acs.search add column area_id bigint not null default 1;

-- A search looks below these. Each tenant's doubled devices are looked for in turn.
alter table acs.search add column areas bigint[] not null default '{1}';
alter table acs.twin_scan add column looked_at timestamptz not null default now();

do $$
declare
    target text;
begin
    foreach target in array array['device', 'fleet_credential', 'import', 'bulk', 'search'] loop
        execute format(
            'alter table acs.%I add foreign key (territory_id, area_id)
                 references kernel.territory (tenant_id, territory_id)', target);
    end loop;
end
$$;

-- The foreign key to tenant and area says what this one said, and more: one check less for each
-- registration.
alter table acs.device drop constraint device_territory_id_fkey;

-- Lists of one territory, by number and by serial number.
create unique index device_area on acs.device (territory_id, area_id, device_id);
create index device_area_serial
    on acs.device (territory_id, area_id, serial_number text_pattern_ops, device_id);
create index task_area on acs.task (territory_id, area_id, task_id);

-- A task stands where its device stands, also when the device moves.
alter table acs.task
    add foreign key (territory_id, area_id, device_id)
        references acs.device (territory_id, area_id, device_id)
        on update cascade on delete cascade,
    drop constraint task_territory_id_device_id_fkey;

-- Single devices that are handed to a user: 1 may look, 2 may also work on it, 3 may also hand it on.
create table acs.device_grant (
    territory_id bigint not null,
    device_id bigint not null,
    user_id bigint not null,
    level smallint not null check (level between 1 and 3),
    granted_by text not null,
    granted_at timestamptz not null default now(),
    primary key (territory_id, device_id, user_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade,
    foreign key (territory_id, user_id) references access.user_account on delete cascade
);
create index device_grant_of_user on acs.device_grant (territory_id, user_id, device_id);

create function acs.handed() returns bigint[] language sql stable parallel safe
    security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(array_agg(device_id), '{}') from acs.device_grant
    where territory_id = kernel.tenant() and user_id = kernel.grantee()
      and level >= kernel.grant_level()
$$;

do $$
declare
    target text;
begin
    foreach target in array array[
        'device', 'device_grant', 'tree', 'task', 'timeline', 'fleet_credential', 'history',
        'index_path', 'indexed_value', 'search', 'search_hit', 'file', 'file_chunk', 'transfer',
        'trace', 'trace_message', 'onboarding', 'bulk', 'import', 'import_row', 'twin_scan', 'sample'
    ] loop
        call kernel.protect(('acs.' || target)::regclass);
    end loop;
    foreach target in array array['fleet_credential', 'import', 'bulk', 'search'] loop
        call kernel.protect_area(('acs.' || target)::regclass);
    end loop;
    -- Devices and their tasks: by territory, or because the device was handed to the user.
    foreach target in array array['device', 'task'] loop
        execute format(
            'create policy area on acs.%I as restrictive to regia_app using (
                 case when area_id = (select kernel.area()) then true
                 when area_id in (select unnest(kernel.areas())) then true
                 else device_id in (select unnest(acs.handed())) end)', target);
    end loop;
    -- What belongs to a device is there for those for whom the device is there.
    foreach target in array array[
        'tree', 'history', 'indexed_value', 'timeline', 'transfer', 'trace', 'trace_message',
        'search_hit'
    ] loop
        execute format(
            'create policy device on acs.%1$I as restrictive to regia_app using (
                 exists (select from acs.device d where d.territory_id = %1$I.territory_id
                         and d.device_id = %1$I.device_id))', target);
    end loop;
    -- A file for devices is the tenant''s; one that a device sent is the device''s.
    create policy device on acs.file as restrictive to regia_app using (
        device_id is null
        or exists (select from acs.device d where d.territory_id = file.territory_id
                   and d.device_id = file.device_id));
    create policy file on acs.file_chunk as restrictive to regia_app using (
        exists (select from acs.file f where f.territory_id = file_chunk.territory_id
                and f.file_id = file_chunk.file_id));
    create policy import on acs.import_row as restrictive to regia_app using (
        exists (select from acs.import i where i.territory_id = import_row.territory_id
                and i.import_id = import_row.import_id));
    -- Partitions are read by backups under their own names.
    for target in
        select format('%s', i.inhrelid::regclass) from pg_inherits i
        where i.inhparent in ('acs.timeline'::regclass, 'acs.trace_message'::regclass,
                              'access.audit'::regclass)
    loop
        execute format('grant select on %s to regia_upkeep', target);
    end loop;
end
$$;

-- What devices say is written by a role of its own, which no context binds: a device calls before
-- anybody knows its tenant. Each row that it writes is held to its device's own row, by foreign keys
-- or, where a table is dropped by the day and has none, by the policy.
do $$
declare
    target text;
    known text;
begin
    -- All of a device but its credentials: they are written here, and judged by the functions below.
    select string_agg(quote_ident(column_name), ', ') into known
    from information_schema.columns
    where table_schema = 'acs' and table_name = 'device' and column_name not in (
        'secret_hash', 'next_secret_hash', 'sealed_secret', 'sealed_next_secret', 'login_username');
    execute format('grant select (%s) on acs.device to regia_ingest', known);
    grant insert, update on acs.device to regia_ingest;
    grant select, insert, update on acs.tree, acs.history, acs.task, acs.transfer to regia_ingest;
    grant select, insert, update, delete on acs.indexed_value, acs.file, acs.file_chunk
        to regia_ingest;
    grant select on acs.index_path, acs.onboarding to regia_ingest;
    grant insert on acs.timeline to regia_ingest;
    foreach target in array array[
        'device', 'tree', 'history', 'task', 'transfer', 'indexed_value', 'file', 'file_chunk',
        'index_path', 'onboarding'
    ] loop
        execute format('create policy ingest on acs.%I to regia_ingest using (true)', target);
    end loop;
    create policy ingest on acs.timeline for insert to regia_ingest with check (
        exists (select from acs.device d where d.territory_id = timeline.territory_id
                and d.device_id = timeline.device_id));
end
$$;

-- The login of devices: finds their rows by what they show, wherever they stand, and opens their
-- sessions. A fleet credential opens a device of its own tenant that has never used its own, or one
-- that says it was reset to factory settings, which is then quarantined (or onboarded anew). Its own
-- credential, the one in use or the one sent last, always opens it, ends a quarantine, and makes the
-- newer the one in use.
-- In PL/pgSQL, which keeps the plan of its statement; a function in SQL makes it anew at each call.
create function acs.open_sessions(
    ouis text[], classes text[], serials text[], fleets bigint[], secrets bytea[],
    bootstraps boolean[], boots boolean[], sessions bytea[], peers text[],
    node bigint, lease_seconds double precision, readmit boolean
) returns table (
    ord bigint, territory_id bigint, device_id bigint, session_epoch integer, standing text,
    has_work boolean, inform_digest bigint, wants_onboarding boolean, wants_discovery boolean,
    traced boolean
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query update acs.device d set
        last_inform_at = now(),
        booted_at = case when i.booted then now() else d.booted_at end,
        peer_address = i.peer,
        session_id = i.session,
        session_node = node,
        session_epoch = d.session_epoch + 1,
        session_expires_at = now() + make_interval(secs => lease_seconds),
        secret_hash = case when i.secret = d.next_secret_hash
            then d.next_secret_hash else d.secret_hash end,
        sealed_secret = case when i.secret = d.next_secret_hash
            then d.sealed_next_secret else d.sealed_secret end,
        sealed_next_secret = case when i.secret = d.next_secret_hash
            then null else d.sealed_next_secret end,
        next_secret_hash = case when i.secret = d.next_secret_hash
            then null else d.next_secret_hash end,
        secret_used = case when i.secret is not null then true
            when readmit then false else d.secret_used end,
        standing = case when i.secret is not null or readmit then 'active'
            when d.secret_used or d.standing = 'quarantined' then 'quarantined'
            else 'active' end,
        onboarding = case when i.bootstrap and i.secret is null then 'pending'
            else d.onboarding end,
        discovery = case when i.bootstrap then 'pending' else d.discovery end
    from unnest(ouis, classes, serials, fleets, secrets, bootstraps, boots, sessions, peers)
        with ordinality
        as i (oui, class, serial, fleet, secret, bootstrap, booted, session, peer, ord)
    where d.oui = i.oui and d.product_class = i.class and d.serial_number = i.serial
      and d.standing <> 'retired'
      and (i.secret in (d.secret_hash, d.next_secret_hash)
           or (i.fleet = d.territory_id and (not d.secret_used or i.bootstrap)))
    returning i.ord, d.territory_id, d.device_id, d.session_epoch, d.standing, d.has_work,
        d.inform_digest, d.onboarding = 'pending',
        d.discovery = 'pending' and d.discovery_after <= now(),
        coalesce(d.trace_until > now(), false);
end
$$;

-- The sealed credentials of one device, for Digest, which needs them in plain.
create function acs.find_login(oui text, product_class text, serial_number text)
returns table (device_id bigint, sealed_secret bytea, sealed_next_secret bytea, login_username text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select d.device_id, d.sealed_secret, d.sealed_next_secret, d.login_username from acs.device d
    where d.oui = $1 and d.product_class = $2 and d.serial_number = $3
$$;

-- Two conditions that no index can serve beside a policy, because their operators might tell what
-- they looked at. What these find is looked at by the policy all the same.
create function acs.tagged(tag text) returns setof bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select d.device_id from acs.device d
    where d.territory_id = kernel.tenant() and d.tags @> array[tag]
$$;

create function acs.tasks_of_file(file text) returns setof bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.task_id from acs.task t
    where t.territory_id = kernel.tenant() and t.kind = 'download' and t.arguments ->> 'file' = file
$$;

-- They act as the role that is let through to all tenants, not as the owner, for whom the policies
-- hold too.
grant create on schema acs to regia_upkeep;
alter function acs.handed owner to regia_upkeep;
alter function acs.open_sessions owner to regia_upkeep;
alter function acs.find_login owner to regia_upkeep;
alter function acs.tagged owner to regia_upkeep;
alter function acs.tasks_of_file owner to regia_upkeep;
revoke create on schema acs from regia_upkeep;
revoke execute on function acs.open_sessions, acs.find_login, acs.tagged, acs.tasks_of_file
    from public;
grant execute on function acs.open_sessions, acs.find_login to regia_ingest;
grant execute on function acs.tagged, acs.tasks_of_file to regia_tenant, regia_app;

-- Counting rows anew takes their owner.
create function acs.count_anew() returns void language plpgsql
    security definer set search_path = pg_catalog, pg_temp as $$
begin
    analyze acs.device, acs.tree, acs.indexed_value;
end
$$;
revoke execute on function acs.count_anew from public;
grant execute on function acs.count_anew to regia_upkeep;
