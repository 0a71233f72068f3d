-- Moves of a contest are history: no change, no deletion (law 1). The function comes with deals/sql/append_only.
CREATE TRIGGER celebrate_contestmove_history BEFORE UPDATE OR DELETE ON celebrate_contestmove
    FOR EACH ROW EXECUTE FUNCTION rebond_append_only();
