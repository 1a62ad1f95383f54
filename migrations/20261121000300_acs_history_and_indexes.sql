-- What parameters were before, which parameters are indexed, and searches by all others.

-- The replaced values of a device in one compressed document, as its tree.
create table acs.history (
    territory_id bigint not null,
    device_id bigint not null,
    body bytea not null,
    primary key (territory_id, device_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);
alter table acs.history alter column body set storage external;

-- Every change writes a document anew, so the room of old ones is won back early and without the
-- usual pauses: otherwise a fleet in motion takes several times its size.
alter table acs.tree set (
    autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_cost_delay = 0
);
alter table acs.history set (
    autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_cost_delay = 0
);

-- Parameters by whose values devices are found. The path has no root object, so one row serves
-- both data models.
create table acs.index_path (
    territory_id bigint not null references kernel.territory,
    path_id bigint generated always as identity,
    path text not null,
    state text not null default 'building' check (state in ('building', 'ready', 'removing')),
    -- Transactions older than this may not know the path's state yet; work on it waits for them.
    barrier xid8,
    -- Building: the last device whose tree was read, how many were, and how many there are.
    position bigint not null default 0,
    scanned bigint not null default 0,
    total bigint not null default 0,
    created_by text not null,
    created_at timestamptz not null default now(),
    primary key (territory_id, path_id),
    unique (territory_id, path)
);

-- Values in lower case, at most 256 characters, ordered by their bytes.
create table acs.indexed_value (
    territory_id bigint not null,
    device_id bigint not null,
    path_id bigint not null,
    value text not null,
    primary key (territory_id, device_id, path_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);
create index indexed_value_search
    on acs.indexed_value (territory_id, path_id, value text_pattern_ops, device_id);

-- A fleet that is there already is read in the background.
insert into acs.index_path (territory_id, path, state, created_by)
select 1, path,
    case when exists (select from acs.device) then 'building' else 'ready' end, 'system:regia'
from (values
    ('DeviceInfo.SoftwareVersion'),
    ('DeviceInfo.HardwareVersion'),
    ('DeviceInfo.ProvisioningCode'),
    ('DeviceInfo.ModelName'),
    ('WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress'),
    ('WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.MACAddress'),
    ('WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Username'),
    ('LANDevice.1.WLANConfiguration.1.SSID'),
    ('IP.Interface.1.IPv4Address.1.IPAddress'),
    ('Ethernet.Interface.1.MACAddress'),
    ('PPP.Interface.1.Username'),
    ('WiFi.SSID.1.SSID')
) as shipped (path);

-- Searches by all other parameters read every tree, in the background.
create table acs.search (
    territory_id bigint not null references kernel.territory,
    search_id bigint generated always as identity,
    path text not null,
    matching text not null check (matching in ('equals', 'prefix')),
    value text not null,
    state text not null default 'running' check (state in ('running', 'done', 'cancelled')),
    -- The last device whose tree was read, how many were, and how many there are.
    position bigint not null default 0,
    scanned bigint not null default 0,
    total bigint not null default 0,
    hits bigint not null default 0,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '1 day',
    primary key (territory_id, search_id)
);
create index search_expiry on acs.search (expires_at);

create table acs.search_hit (
    territory_id bigint not null,
    search_id bigint not null,
    device_id bigint not null,
    value text not null,
    primary key (territory_id, search_id, device_id),
    foreign key (territory_id, search_id) references acs.search on delete cascade
);
