-- Somebody of one territory that has none below it acts as `regia_area`, whose rule is a plain
-- condition: the planner sees that it is what a list asked for anyway, and looks at it once instead of
-- at each row. For several territories `regia_app` keeps its rule, which the planner does not see
-- through.
--
-- The role is a member of `regia_tenant`, so it has that role's privileges and its rule of the tenant.
-- A table with territories narrows it; without a rule for it, `kernel.protect_area` says one.

create or replace procedure kernel.protect(target regclass, tenant_column text default 'territory_id')
language plpgsql as $$
declare
    numbers regclass;
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    -- Asked in no query of its own: a condition on the tenant in the statement makes it one question
    -- for all rows.
    execute format(
        'create policy tenant on %s to regia_tenant, regia_app using (%I = kernel.tenant())',
        target, tenant_column);
    execute format('create policy upkeep on %s to regia_upkeep using (true)', target);
    execute format('grant select, insert, update, delete on %s to regia_tenant, regia_app, regia_upkeep',
        target);
    -- A backup reads where the numbers go on.
    for numbers in
        select d.objid from pg_depend d join pg_class c on c.oid = d.objid
        where d.refobjid = target and d.deptype = 'i' and c.relkind = 'S'
    loop
        execute format('grant select on %s to regia_upkeep', numbers);
    end loop;
end
$$;

-- The case keeps the planner from reading anything into the rule of several territories: it would
-- read and sort all of them to find the first rows.
create or replace procedure kernel.protect_area(target regclass, area_column text default 'area_id')
language plpgsql as $$
begin
    execute format(
        'create policy area on %2$s as restrictive to regia_app using (
             case when %1$I in (select unnest(kernel.areas())) then true else false end)',
        area_column, target);
    execute format(
        'create policy only_area on %2$s as restrictive to regia_area using (%1$I = kernel.area())',
        area_column, target);
end
$$;

do $$
declare
    target record;
begin
    for target in
        select schemaname, tablename,
               case schemaname when 'kernel' then 'tenant_id' else 'territory_id' end as tenant_column
        from pg_policies where policyname = 'tenant'
    loop
        execute format('alter policy tenant on %I.%I using (%I = kernel.tenant())',
            target.schemaname, target.tablename, target.tenant_column);
    end loop;
end
$$;

-- What they make below their own territory, they see.
create policy only_area on kernel.territory as restrictive to regia_area
    using (kernel.area() in (territory_id, parent_id)) with check (parent_id = kernel.area());
