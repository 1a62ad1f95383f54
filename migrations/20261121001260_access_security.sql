-- What somebody tried at the doors, and who is kept out.

-- What happened at the doors of console and API. What repeats within a minute is one row.
create table access.security_event (
    territory_id bigint not null,
    event_id bigint generated always as identity,
    -- The minute in which it happened; what repeats in it counts up.
    minute timestamptz not null,
    kind text not null check (kind <> ''),
    -- Empty where it is not known.
    address text not null,
    actor text not null,
    count bigint not null check (count > 0),
    last_at timestamptz not null,
    -- Of the first time.
    route text not null,
    detail text not null,
    trace_id text not null,
    primary key (territory_id, minute, kind, address, actor)
) partition by range (minute);
create index security_event_page on access.security_event (territory_id, minute, event_id);
create index security_event_kind on access.security_event (territory_id, kind, minute, event_id);
create index security_event_address on access.security_event (territory_id, address, minute, event_id);
create index security_event_actor on access.security_event (territory_id, actor, minute, event_id);

-- Addresses that are kept out of console and API: of the whole installation, so they are the first
-- tenant's.
create table access.ban (
    territory_id bigint not null references kernel.territory,
    ban_id bigint generated always as identity,
    -- An address, or a network of IPv6 (/64).
    network text not null unique,
    reason text not null,
    -- Who did it; empty for the server itself.
    banned_by text not null,
    created_at timestamptz not null default now(),
    until timestamptz not null,
    primary key (territory_id, ban_id),
    check (until > created_at)
);

call kernel.protect('access.security_event');
revoke insert, update, delete on access.security_event from regia_tenant, regia_app;
revoke delete on access.security_event from regia_upkeep;
call kernel.protect('access.ban');

-- The days until the server's upkeep makes the next ones.
select kernel.make_day('access.security_event', (now() at time zone 'utc')::date + step)
from generate_series(-1, 2) as step;
