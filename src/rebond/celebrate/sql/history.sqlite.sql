-- Moves of a contest are history: no change, no deletion (law 1).
-- What REPLACE deletes fires no delete trigger: what exists already is refused before.
CREATE TRIGGER celebrate_contestmove_history BEFORE UPDATE ON celebrate_contestmove BEGIN
    SELECT RAISE(ABORT, 'celebrate_contestmove is append-only');
END;
CREATE TRIGGER celebrate_contestmove_kept BEFORE DELETE ON celebrate_contestmove BEGIN
    SELECT RAISE(ABORT, 'celebrate_contestmove is append-only');
END;
CREATE TRIGGER celebrate_contestmove_new BEFORE INSERT ON celebrate_contestmove BEGIN
    SELECT RAISE(ABORT, 'celebrate_contestmove is append-only')
    WHERE EXISTS (
        SELECT 1 FROM celebrate_contestmove
        WHERE id = NEW.id OR (contest_id = NEW.contest_id AND number = NEW.number)
    );
END;
