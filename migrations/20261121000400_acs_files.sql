-- Files for devices and from devices, and the transfers that move them.

create table acs.file (
    territory_id bigint not null references kernel.territory,
    file_id bigint generated always as identity,
    name text not null,
    -- As CWMP spells it (TR-069 A.3.2.8, A.4.1.5).
    file_type text not null,
    bytes bigint not null default 0,
    sha256 bytea not null default '',
    -- What an image is for and what it makes of a device; empty fits all.
    target_version text not null default '',
    oui text not null default '',
    product_classes text[] not null default '{}',
    hardware_versions text[] not null default '{}',
    -- The device that sent it.
    device_id bigint,
    state text not null default 'receiving' check (state in ('receiving', 'ready')),
    created_by text not null,
    created_at timestamptz not null default now(),
    -- When its last chunk came: a file that stays unfinished is removed.
    touched_at timestamptz not null default now(),
    primary key (territory_id, file_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);
create index file_of_device on acs.file (territory_id, device_id) where device_id is not null;
create index file_receiving on acs.file (touched_at) where state = 'receiving';

-- The content in pieces of 256 KiB; only the last is shorter, so an offset names its chunk.
create table acs.file_chunk (
    territory_id bigint not null,
    file_id bigint not null,
    chunk_no integer not null,
    body bytea not null,
    primary key (territory_id, file_id, chunk_no),
    foreign key (territory_id, file_id) references acs.file on delete cascade
);
-- Images are compressed already.
alter table acs.file_chunk alter column body set storage external;

-- One Download or Upload that was sent. Its CommandKey is 't' and its number.
create table acs.transfer (
    territory_id bigint not null,
    transfer_id bigint generated always as identity,
    task_id bigint not null,
    device_id bigint not null,
    is_upload boolean not null,
    -- What is fetched; for an upload what has arrived.
    file_id bigint,
    token_hash bytea not null,
    created_at timestamptz not null default now(),
    -- When the device said that it is over, and how.
    reported_at timestamptz,
    fault_code bigint not null default 0,
    primary key (territory_id, transfer_id),
    foreign key (territory_id, task_id) references acs.task on delete cascade,
    foreign key (territory_id, device_id) references acs.device on delete cascade,
    foreign key (territory_id, file_id) references acs.file on delete cascade
);
-- A device shows its token before anybody knows its territory.
create unique index transfer_token on acs.transfer (token_hash);
create index transfer_of_task on acs.transfer (territory_id, task_id);
create index transfer_of_device on acs.transfer (territory_id, device_id);
create index transfer_of_file on acs.transfer (territory_id, file_id) where file_id is not null;
create index transfer_age on acs.transfer (created_at);

-- Whether a file is still wanted.
create index task_of_file on acs.task (territory_id, (arguments ->> 'file'))
    where kind = 'download' and state in ('queued', 'sent', 'waiting', 'uncertain');
