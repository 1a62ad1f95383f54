-- The fleet: one row a device, its parameter tree, its tasks, its timeline.

create schema acs;

-- The device row is all that a periodic inform writes. The columns that change with every inform
-- (session_*, last_inform_at, peer_address) carry no index, and pages keep room, so that the
-- update stays on its page and touches no index (heap-only tuple).
create table acs.device (
    territory_id bigint not null references kernel.territory,
    device_id bigint generated always as identity,
    oui text not null,
    product_class text not null,
    serial_number text not null,
    manufacturer text not null,
    standing text not null default 'active'
        check (standing in ('expected', 'active', 'quarantined', 'retired')),
    -- What the last inform said, read only when its digest changes.
    inform_digest bigint not null default 0,
    dialect text not null default '',
    root text not null default '',
    software_version text not null default '',
    hardware_version text not null default '',
    provisioning_code text not null default '',
    connection_request_url text not null default '',
    external_address text not null default '',
    inform_interval_seconds integer not null default 86400,
    registered_at timestamptz not null default now(),
    booted_at timestamptz,
    last_inform_at timestamptz,
    peer_address text not null default '',
    -- The session that holds the device; taking it over raises the epoch.
    session_id bytea,
    session_node bigint not null default 0,
    session_epoch integer not null default 0,
    session_expires_at timestamptz,
    -- The individual credential: the hash in use, and the one sent but not yet used.
    secret_hash bytea,
    next_secret_hash bytea,
    secret_used boolean not null default false,
    sealed_secret bytea,
    sealed_next_secret bytea,
    connection_request_username text not null default '',
    sealed_connection_request_password bytea,
    -- How the last connection request went; an empty fault is a yes.
    reach_at timestamptz,
    reach_fault text not null default '',
    has_work boolean not null default false,
    discovery text not null default 'pending'
        check (discovery in ('pending', 'running', 'done', 'failed')),
    discovery_after timestamptz not null default now(),
    discovery_failures integer not null default 0,
    onboarding text not null default 'pending'
        check (onboarding in ('pending', 'running', 'done', 'failed')),
    tags text[] not null default '{}',
    notes text not null default '',
    primary key (territory_id, device_id)
) with (fillfactor = 70);

-- A device names itself before anybody knows its territory, so its identity is unique everywhere.
create unique index device_identity on acs.device (oui, product_class, serial_number);
create index device_serial on acs.device (territory_id, serial_number text_pattern_ops, device_id);
create index device_tags on acs.device using gin (tags);
create index device_discovery on acs.device (discovery_after)
    where discovery in ('pending', 'running');

-- The whole parameter tree of a device in one compressed document (modules/acs/README.md).
create table acs.tree (
    territory_id bigint not null,
    device_id bigint not null,
    parameters integer not null,
    body bytea not null,
    updated_at timestamptz not null default now(),
    primary key (territory_id, device_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);
alter table acs.tree alter column body set storage external;

create table acs.task (
    territory_id bigint not null,
    task_id bigint generated always as identity,
    device_id bigint not null,
    kind text not null,
    arguments jsonb not null,
    state text not null default 'queued'
        check (state in ('queued', 'sent', 'waiting', 'done', 'failed', 'uncertain',
                         'cancelled', 'expired')),
    command_key text not null default '',
    attempts integer not null default 0,
    progress jsonb,
    result jsonb,
    fault jsonb,
    not_before timestamptz not null default now(),
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    sent_at timestamptz,
    sent_epoch integer,
    finished_at timestamptz,
    primary key (territory_id, task_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);
create index task_open on acs.task (territory_id, device_id, task_id)
    where state in ('queued', 'sent', 'waiting', 'uncertain');
create index task_of_device on acs.task (territory_id, device_id, task_id);
create index task_finished on acs.task (finished_at) where finished_at is not null;
create index task_expiry on acs.task (expires_at)
    where state in ('queued', 'sent', 'waiting');

create table acs.timeline (
    territory_id bigint not null,
    device_id bigint not null,
    entry_id bigint generated always as identity,
    happened_at timestamptz not null default now(),
    kind text not null,
    detail jsonb not null default '{}',
    primary key (territory_id, device_id, happened_at, entry_id)
) partition by range (happened_at);

-- Credentials that a whole fleet may start with; several may be valid while one replaces another.
create table acs.fleet_credential (
    territory_id bigint not null references kernel.territory,
    credential_id bigint generated always as identity,
    username text not null,
    sealed_password bytea not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    primary key (territory_id, credential_id)
);
