-- A territory that is made with none above it is a tenant of its own.
create function kernel.begin_tenant() returns trigger language plpgsql
    set search_path = pg_catalog, pg_temp as $$
begin
    new.tenant_id := new.territory_id;
    return new;
end
$$;
create trigger territory_begins_tenant before insert on kernel.territory
    for each row when (new.parent_id is null) execute function kernel.begin_tenant();

-- Territories are found by the beginning of what is in them, and a delete looks for what is below.
create index territory_parent on kernel.territory (tenant_id, parent_id, lower(name), territory_id);
drop index kernel.territory_of_tenant;
