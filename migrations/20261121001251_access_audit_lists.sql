-- What the trail is asked for: the newest lines first, of one actor, action, object, address or request.
create index audit_actor on access.audit (territory_id, actor_name, recorded_at, entry_id);
create index audit_action on access.audit (territory_id, action collate "C", recorded_at, entry_id);
create index audit_object on access.audit (territory_id, object, recorded_at, entry_id);
create index audit_address on access.audit (territory_id, address, recorded_at, entry_id)
    where address is not null;
create index audit_trace on access.audit (territory_id, trace_id) where trace_id is not null;
