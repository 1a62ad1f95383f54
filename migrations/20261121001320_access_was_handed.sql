-- Whether single things were ever handed to a user. Whoever has none is asked about nothing but
-- territories. Once true it stays: things that were taken back are looked for in vain.
alter table access.user_account add column was_handed boolean not null default false;

-- For each table that says which thing a user has, by `territory_id` and `user_id`: before anybody can
-- see the row, it counts.
create function access.note_handed() returns trigger language plpgsql
    set search_path = pg_catalog, pg_temp as $$
begin
    update access.user_account u set was_handed = true
    where not u.was_handed
      and (u.territory_id, u.user_id) in (select territory_id, user_id from handed);
    return null;
end
$$;
