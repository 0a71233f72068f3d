-- Close events and reopenings are history: the database itself refuses to change one (law 1).
CREATE FUNCTION rebond_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER deals_closeevent_history BEFORE UPDATE ON deals_closeevent
    FOR EACH ROW EXECUTE FUNCTION rebond_append_only();
CREATE TRIGGER deals_reopenevent_history BEFORE UPDATE ON deals_reopenevent
    FOR EACH ROW EXECUTE FUNCTION rebond_append_only();
