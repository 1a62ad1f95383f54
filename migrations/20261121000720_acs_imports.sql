-- Devices that operators announce before they call, read from a file of rows.

create table acs.import (
    territory_id bigint not null references kernel.territory,
    import_id bigint generated always as identity,
    state text not null default 'reading'
        check (state in ('reading', 'ready', 'applying', 'done', 'stopped')),
    -- Columns of the file that say nothing here.
    ignored text[] not null default '{}',
    -- Rows read, and how many of them name new devices, known ones, or none.
    rows integer not null default 0,
    fresh integer not null default 0,
    known integer not null default 0,
    refused integer not null default 0,
    -- The last line that was applied, and how many devices that made.
    position integer not null default 0,
    registered integer not null default 0,
    created_by text not null,
    created_at timestamptz not null default now(),
    -- When its last rows came: one that stays unfinished is removed.
    touched_at timestamptz not null default now(),
    started_by text not null default '',
    started_at timestamptz,
    finished_at timestamptz,
    primary key (territory_id, import_id)
);
create index import_applying on acs.import (import_id) where state = 'applying';

create table acs.import_row (
    territory_id bigint not null,
    import_id bigint not null,
    line integer not null,
    oui text not null,
    product_class text not null,
    serial_number text not null,
    tags text[] not null,
    notes text not null,
    username text not null,
    -- Until its device is registered.
    sealed_password bytea,
    verdict text not null check (verdict in ('new', 'known', 'refused', 'registered')),
    -- Why it is refused, and what belongs to that.
    reason text not null default '',
    detail text not null default '',
    device_id bigint,
    primary key (territory_id, import_id, line),
    foreign key (territory_id, import_id) references acs.import on delete cascade
);
create index import_row_verdict on acs.import_row (territory_id, import_id, verdict, line);

-- The user name of an own credential that the device was not given here; empty: OUI, product class
-- and serial number (TR-069 3.4.4).
alter table acs.device add column login_username text not null default '';
