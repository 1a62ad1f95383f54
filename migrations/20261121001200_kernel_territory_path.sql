-- The names of a territory and of every one above it, from the top. Whoever may see only a part of
-- the tree gets the part of the path that they may see.
create function kernel.territory_path(territory bigint) returns text language sql stable
    set search_path = pg_catalog, pg_temp as $$
    select string_agg(t.name, ' / ' order by
               (select count(*) from kernel.territory_above over_it
                where over_it.territory_id = t.territory_id))
    from kernel.territory_above above
    join kernel.territory t on t.territory_id = above.ancestor_id
    where above.territory_id = territory
$$;
