-- What exists before any module: the tree of territories and what this installation is.

create schema if not exists kernel;

-- Part of the key of every domain row. One root for now.
create table kernel.territory (
    territory_id bigint primary key,
    parent_id bigint references kernel.territory,
    name text not null
);

insert into kernel.territory (territory_id, parent_id, name) values (1, null, 'root');

-- Facts that must stay the same for as long as the rows live.
create table kernel.installation (
    fact text primary key,
    value text not null,
    recorded_at timestamptz not null default now()
);
