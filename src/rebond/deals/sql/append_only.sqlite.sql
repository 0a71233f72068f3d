-- Close events and reopenings are history: the database itself refuses to change one (law 1).
CREATE TRIGGER deals_closeevent_history BEFORE UPDATE ON deals_closeevent BEGIN
    SELECT RAISE(ABORT, 'deals_closeevent is append-only');
END;
CREATE TRIGGER deals_reopenevent_history BEFORE UPDATE ON deals_reopenevent BEGIN
    SELECT RAISE(ABORT, 'deals_reopenevent is append-only');
END;
