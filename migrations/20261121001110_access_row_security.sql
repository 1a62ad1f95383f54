-- Who may do what, where; and the rows of users, logins and keys under the rule of their tenant.

grant usage on schema access to regia_tenant, regia_app, regia_upkeep;

-- Roles that a tenant made itself. Those that come with the server stand in its code.
create table access.role (
    territory_id bigint not null references kernel.territory,
    role_id bigint generated always as identity,
    name text not null check (name <> ''),
    permissions text[] not null,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (territory_id, role_id)
);
create unique index role_name on access.role (territory_id, lower(name));

-- A user holds a role in a territory and everything below it, for a time.
create table access.mandate (
    territory_id bigint not null,
    mandate_id bigint generated always as identity,
    user_id bigint not null,
    -- A role that comes with the server, or one that the tenant made.
    system_role text,
    role_id bigint,
    area_id bigint not null,
    valid_from timestamptz not null default now(),
    -- Absent: until it is taken away.
    valid_until timestamptz,
    created_at timestamptz not null default now(),
    primary key (territory_id, mandate_id),
    foreign key (territory_id, user_id) references access.user_account on delete cascade,
    foreign key (territory_id, role_id) references access.role,
    foreign key (territory_id, area_id) references kernel.territory (tenant_id, territory_id),
    check ((system_role is null) <> (role_id is null)),
    check (valid_until > valid_from)
);
create index mandate_of_user on access.mandate (territory_id, user_id);
create index mandate_of_role on access.mandate (territory_id, role_id) where role_id is not null;
create index mandate_of_area on access.mandate (territory_id, area_id);

-- Until now whoever could log in could do everything.
insert into access.mandate (territory_id, user_id, system_role, area_id)
select territory_id, user_id, 'super_administrator', territory_id from access.user_account;

-- What a key may do, and where. Keys made before this could do everything.
alter table access.api_key add column permissions text[] not null default '{*}';
alter table access.api_key add column area_id bigint;
update access.api_key set area_id = territory_id where area_id is null;
alter table access.api_key
    add foreign key (territory_id, area_id) references kernel.territory (tenant_id, territory_id);

call kernel.protect('access.user_account');
call kernel.protect('access.login');
call kernel.protect('access.api_key');
call kernel.protect('access.role');
call kernel.protect('access.mandate');
call kernel.protect('access.audit');
-- The trail is only ever added to.
revoke update, delete on access.audit from regia_tenant, regia_app, regia_upkeep;
