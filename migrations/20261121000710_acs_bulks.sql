-- One command for many devices: a row of its own that its tasks point to.

create table acs.bulk (
    territory_id bigint not null references kernel.territory,
    bulk_id bigint generated always as identity,
    kind text not null,
    -- What is shown of the command: secrets masked.
    arguments jsonb not null,
    -- The whole command, until every device has its task.
    sealed_command bytea,
    -- The devices in order, and how many of them were given their task, or passed over.
    targets bigint[] not null,
    placed integer not null default 0,
    lifetime_seconds double precision not null,
    created_by text not null,
    created_at timestamptz not null default now(),
    stopped_at timestamptz,
    stopped_by text not null default '',
    -- Tasks that ended before this are queued again.
    retry_before timestamptz,
    -- Whether something is left to place, to take back or to queue again.
    work boolean not null default true,
    primary key (territory_id, bulk_id)
);
create index bulk_work on acs.bulk (bulk_id) where work;

alter table acs.task add column bulk_id bigint;
alter table acs.task add foreign key (territory_id, bulk_id) references acs.bulk;
create index task_of_bulk on acs.task (territory_id, bulk_id, state, task_id)
    where bulk_id is not null;
