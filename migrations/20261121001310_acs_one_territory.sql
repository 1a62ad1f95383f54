-- The rules of the fleet for somebody of one territory, and those of several without what was for one.
do $$
declare
    target record;
begin
    for target in
        select tablename from pg_policies where schemaname = 'acs' and policyname = 'area'
    loop
        execute format('drop policy area on acs.%I', target.tablename);
        call kernel.protect_area(format('acs.%I', target.tablename)::regclass);
        -- Devices and their tasks are also there because the device was handed to the user.
        if target.tablename in ('device', 'task') then
            execute format(
                'alter policy area on acs.%I using (
                     case when area_id in (select unnest(kernel.areas())) then true
                     else device_id in (select unnest(acs.handed())) end)', target.tablename);
        end if;
    end loop;
    -- What belongs to something is there for those for whom that is there.
    for target in
        select tablename, policyname from pg_policies
        where schemaname = 'acs' and policyname in ('device', 'file', 'import')
    loop
        execute format('alter policy %I on acs.%I to regia_app, regia_area',
            target.policyname, target.tablename);
    end loop;
end
$$;
