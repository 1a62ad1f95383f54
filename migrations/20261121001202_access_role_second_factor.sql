-- Whoever holds such a role sets up a second factor before anything else.
alter table access.role add column requires_second_factor boolean not null default false;

-- What a tenant asks of those who hold a role that comes with the server. A role without a row asks
-- for nothing. The roles themselves stand in the server's code, so what is said of them is kept
-- beside them, for each tenant.
create table access.system_role_rule (
    territory_id bigint not null references kernel.territory,
    system_role text not null,
    requires_second_factor boolean not null,
    changed_at timestamptz not null default now(),
    primary key (territory_id, system_role)
);
call kernel.protect('access.system_role_rule');
