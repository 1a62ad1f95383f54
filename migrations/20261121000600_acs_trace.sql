-- The protocol trace: what a device and the server said to each other, kept while an operator looks.

-- Until when a device is traced. An Inform's statement reads it with the row it writes anyway.
alter table acs.device add column trace_until timestamptz;

-- One row a device that was ever traced: who asked last, and how much is kept.
create table acs.trace (
    territory_id bigint not null,
    device_id bigint not null,
    started_at timestamptz not null default now(),
    started_by text not null,
    -- Bytes kept, never less than there are: rows that went with their day are still counted.
    bytes bigint not null default 0,
    -- Messages that made room for newer ones since the trace was started.
    rolled bigint not null default 0,
    primary key (territory_id, device_id),
    foreign key (territory_id, device_id) references acs.device on delete cascade
);

-- Redacted before it comes here. Shown for 24 hours, dropped with its day.
create table acs.trace_message (
    territory_id bigint not null,
    device_id bigint not null,
    entry_id bigint generated always as identity,
    happened_at timestamptz not null,
    -- Absent for connection requests and gaps.
    session_id bytea,
    kind text not null check (kind in ('received', 'sent', 'called', 'gap')),
    -- HTTP status of what was sent.
    status smallint,
    -- UTF-8; bytes, since a device may send characters that a text cannot hold.
    body bytea not null,
    -- Bytes of the body as it came, before redaction and cutting.
    bytes integer not null,
    remark text not null default '' check (remark in ('', 'unreadable', 'cut', 'refused')),
    -- Messages that were not kept, for a gap.
    missed integer not null default 0,
    primary key (territory_id, device_id, happened_at, entry_id)
) partition by range (happened_at);
