-- Moves of a referral, and what a version of the programme promises, are history: no change, no deletion (law 1).
-- What REPLACE deletes fires no delete trigger: what exists already is refused before.
CREATE TRIGGER refer_move_history BEFORE UPDATE ON refer_move BEGIN
    SELECT RAISE(ABORT, 'refer_move is append-only');
END;
CREATE TRIGGER refer_move_kept BEFORE DELETE ON refer_move BEGIN
    SELECT RAISE(ABORT, 'refer_move is append-only');
END;
CREATE TRIGGER refer_move_new BEFORE INSERT ON refer_move BEGIN
    SELECT RAISE(ABORT, 'refer_move is append-only')
    WHERE EXISTS (SELECT 1 FROM refer_move WHERE id = NEW.id OR (referral_id = NEW.referral_id AND number = NEW.number));
END;
CREATE TRIGGER refer_programme_history BEFORE UPDATE ON refer_programme BEGIN
    SELECT RAISE(ABORT, 'refer_programme is append-only');
END;
CREATE TRIGGER refer_programme_kept BEFORE DELETE ON refer_programme BEGIN
    SELECT RAISE(ABORT, 'refer_programme is append-only');
END;
CREATE TRIGGER refer_programme_new BEFORE INSERT ON refer_programme BEGIN
    SELECT RAISE(ABORT, 'refer_programme is append-only')
    WHERE EXISTS (SELECT 1 FROM refer_programme WHERE id = NEW.id OR version = NEW.version);
END;
CREATE TRIGGER refer_rewardrule_history BEFORE UPDATE ON refer_rewardrule BEGIN
    SELECT RAISE(ABORT, 'refer_rewardrule is append-only');
END;
CREATE TRIGGER refer_rewardrule_kept BEFORE DELETE ON refer_rewardrule BEGIN
    SELECT RAISE(ABORT, 'refer_rewardrule is append-only');
END;
CREATE TRIGGER refer_rewardrule_new BEFORE INSERT ON refer_rewardrule BEGIN
    SELECT RAISE(ABORT, 'refer_rewardrule is append-only')
    WHERE EXISTS (SELECT 1 FROM refer_rewardrule WHERE id = NEW.id);
END;
