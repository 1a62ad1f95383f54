-- The audit trail shows when somebody changed it behind the server's back: each row carries a keyed
-- hash, and blocks of rows are chained.

-- Keyed hash of the row; none on rows from before.
alter table access.audit add column mac bytea check (octet_length(mac) = 32);
grant usage on sequence access.audit_entry_id_seq to regia_tenant, regia_app, regia_upkeep;

-- One row of the trail is found by its number when its block is looked at.
create index audit_entry on access.audit (territory_id, entry_id);

-- What the next block takes: written with the row, gone with the block's commit.
create table access.audit_unsealed (
    territory_id bigint not null,
    recorded_at timestamptz not null,
    entry_id bigint not null,
    primary key (territory_id, recorded_at, entry_id)
);

-- The chain of a tenant. A block holds rows of one day.
create table access.audit_block (
    territory_id bigint not null,
    sealed_at timestamptz not null,
    number bigint not null check (number > 0),
    day date not null,
    entry_ids bigint[] not null,
    -- Keyed hash of the rows' keyed hashes.
    rows_mac bytea not null check (octet_length(rows_mac) = 32),
    -- The keyed hash of the block before; zeros in the first.
    previous bytea not null check (octet_length(previous) = 32),
    mac bytea not null check (octet_length(mac) = 32),
    primary key (territory_id, sealed_at, number)
) partition by range (sealed_at);
create index audit_block_number on access.audit_block (territory_id, number);
create index audit_block_day on access.audit_block (territory_id, day, number);

create trigger audit_block_stays before update or delete on access.audit_block
    for each row execute function access.refuse_change();

-- The last block of each tenant, a second time: the chain goes on from here also when every block
-- was dropped by age.
create table access.audit_head (
    territory_id bigint not null primary key,
    number bigint not null,
    mac bytea not null,
    sealed_at timestamptz not null
);

call kernel.protect('access.audit_unsealed');
revoke update, delete on access.audit_unsealed from regia_tenant, regia_app;
revoke update on access.audit_unsealed from regia_upkeep;
call kernel.protect('access.audit_block');
revoke insert, update, delete on access.audit_block from regia_tenant, regia_app;
revoke update, delete on access.audit_block from regia_upkeep;
call kernel.protect('access.audit_head');
revoke insert, update, delete on access.audit_head from regia_tenant, regia_app;
revoke delete on access.audit_head from regia_upkeep;

-- The days until the server's upkeep makes the next ones.
select kernel.make_day('access.audit_block', (now() at time zone 'utc')::date + step)
from generate_series(-1, 2) as step;
