create trigger device_handed after insert on acs.device_grant
    referencing new table as handed
    for each statement execute function access.note_handed();

-- The owner is held to the policies too, and would find no rows.
alter table acs.device_grant no force row level security;
alter table access.user_account no force row level security;
update access.user_account u set was_handed = true
where exists (select from acs.device_grant g
              where g.territory_id = u.territory_id and g.user_id = u.user_id);
alter table acs.device_grant force row level security;
alter table access.user_account force row level security;
