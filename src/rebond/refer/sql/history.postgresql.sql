-- Moves of a referral, and what a version of the programme promises, are history: no change, no deletion (law 1).
-- The function comes with deals/sql/append_only.
CREATE TRIGGER refer_move_history BEFORE UPDATE OR DELETE ON refer_move
    FOR EACH ROW EXECUTE FUNCTION rebond_append_only();
CREATE TRIGGER refer_programme_history BEFORE UPDATE OR DELETE ON refer_programme
    FOR EACH ROW EXECUTE FUNCTION rebond_append_only();
CREATE TRIGGER refer_rewardrule_history BEFORE UPDATE OR DELETE ON refer_rewardrule
    FOR EACH ROW EXECUTE FUNCTION rebond_append_only();
