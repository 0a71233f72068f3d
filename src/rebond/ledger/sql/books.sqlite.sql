-- The books (law of spec/refer: the database itself refuses). A transaction is ONE statement that brings all its legs, so
-- everything is decided at once: no deferred constraint, no dependence on PRAGMA foreign_keys, on savepoints, on commit.
-- Every refusal is a RAISE and not only a CHECK, because INSERT OR IGNORE and OR FAIL would hand their leniency on to what a
-- trigger does. What REPLACE deletes fires no delete trigger, so what exists already is refused before.

CREATE TRIGGER ledger_account_is_new BEFORE INSERT ON ledger_account BEGIN
    SELECT RAISE(ABORT, 'ledger: this account exists already')
    WHERE EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.id OR code = NEW.code);
    SELECT RAISE(ABORT, 'ledger: an account begins at 0')
    WHERE NEW.balance_minor <> 0;
    SELECT RAISE(ABORT, 'ledger: the code of an account is kind[:holder]:CURRENCY')
    WHERE NEW.currency NOT GLOB '[A-Z][A-Z][A-Z]' OR NEW.code <> NEW.kind
        || CASE NEW.holder WHEN '' THEN '' ELSE ':' || NEW.holder END || ':' || NEW.currency;
END;

CREATE TRIGGER ledger_account_stays BEFORE UPDATE ON ledger_account BEGIN
    SELECT RAISE(ABORT, 'ledger: an account stays what it is')
    WHERE (NEW.id, NEW.code, NEW.kind, NEW.holder, NEW.currency)
        IS NOT (OLD.id, OLD.code, OLD.kind, OLD.holder, OLD.currency);
    SELECT RAISE(ABORT, 'ledger: a balance is what its entries say')
    WHERE NEW.balance_minor IS NOT coalesce(
        (SELECT after_minor FROM ledger_ledgerentry WHERE account_id = OLD.id ORDER BY id DESC LIMIT 1), 0);
    SELECT RAISE(ABORT, 'ledger: payable_never_below_zero')
    WHERE NEW.kind = 'payable' AND NEW.balance_minor > 0;
    SELECT RAISE(ABORT, 'ledger: recoverable_never_below_zero')
    WHERE NEW.kind = 'recoverable' AND NEW.balance_minor < 0;
END;

CREATE TRIGGER ledger_account_is_kept BEFORE DELETE ON ledger_account BEGIN
    SELECT RAISE(ABORT, 'ledger: an account with entries is kept')
    WHERE EXISTS (SELECT 1 FROM ledger_ledgerentry WHERE account_id = OLD.id);
END;

CREATE TRIGGER ledger_transaction_is_right BEFORE INSERT ON ledger_ledgertransaction BEGIN
    SELECT RAISE(ABORT, 'ledger: this is booked already')
    WHERE EXISTS (
        SELECT 1 FROM ledger_ledgertransaction
        WHERE id = NEW.id OR key = NEW.key OR reverses_id = NEW.reverses_id);
    SELECT RAISE(ABORT, 'ledger: legs are minor units by account id')
    WHERE json_valid(NEW.legs) IS NOT 1 OR json_type(NEW.legs) IS NOT 'object';
    SELECT RAISE(ABORT, 'ledger: a leg is a whole number other than 0, one for each account')
    WHERE EXISTS (
        SELECT 1 FROM json_each(NEW.legs)
        WHERE type <> 'integer' OR typeof(value) <> 'integer' OR value = 0
            OR abs(value) >= 1000000000000000000 OR CAST(CAST(key AS INTEGER) AS TEXT) <> key
    ) OR (SELECT count(*) <> count(DISTINCT key) FROM json_each(NEW.legs));
    SELECT RAISE(ABORT, 'ledger: the legs of a transaction sum to zero')
    WHERE (SELECT coalesce(sum(value), 1) FROM json_each(NEW.legs)) <> 0;
    SELECT RAISE(ABORT, 'ledger: every leg is on an account of the currency of its transaction')
    WHERE EXISTS (
        SELECT 1 FROM json_each(NEW.legs) AS leg
        WHERE NOT EXISTS (
            SELECT 1 FROM ledger_account WHERE id = CAST(leg.key AS INTEGER) AND currency = NEW.currency));
    SELECT RAISE(ABORT, 'ledger: a reversal is the opposite of what it reverses, which is no reversal')
    WHERE NEW.reverses_id IS NOT NULL AND (
        NOT EXISTS (SELECT 1 FROM ledger_ledgertransaction WHERE id = NEW.reverses_id AND reverses_id IS NULL)
        OR (SELECT count(*) FROM json_each(NEW.legs))
            <> (SELECT count(*) FROM ledger_ledgerentry WHERE transaction_id = NEW.reverses_id)
        OR EXISTS (
            SELECT 1 FROM json_each(NEW.legs) AS leg
            WHERE NOT EXISTS (
                SELECT 1 FROM ledger_ledgerentry
                WHERE transaction_id = NEW.reverses_id AND account_id = CAST(leg.key AS INTEGER)
                    AND amount_minor = -leg.value)));
END;

CREATE TRIGGER ledger_transaction_is_booked AFTER INSERT ON ledger_ledgertransaction BEGIN
    INSERT INTO ledger_ledgerentry (transaction_id, account_id, amount_minor, after_minor)
    SELECT NEW.id, account.id, leg.value, account.balance_minor + leg.value
    FROM json_each(NEW.legs) AS leg JOIN ledger_account AS account ON account.id = CAST(leg.key AS INTEGER)
    ORDER BY account.id;
    UPDATE ledger_account
    SET balance_minor = (
        SELECT after_minor FROM ledger_ledgerentry WHERE transaction_id = NEW.id AND account_id = ledger_account.id)
    WHERE id IN (SELECT account_id FROM ledger_ledgerentry WHERE transaction_id = NEW.id);
    SELECT RAISE(ABORT, 'ledger: not every leg was booked')
    WHERE (SELECT count(*) FROM json_each(NEW.legs)) <> (
        SELECT count(*) FROM ledger_ledgerentry AS entry JOIN ledger_account AS account ON account.id = entry.account_id
        WHERE entry.transaction_id = NEW.id AND account.balance_minor = entry.after_minor);
END;

CREATE TRIGGER ledger_transaction_stays BEFORE UPDATE ON ledger_ledgertransaction BEGIN
    SELECT RAISE(ABORT, 'ledger: ledger_ledgertransaction is append-only');
END;

CREATE TRIGGER ledger_transaction_is_kept BEFORE DELETE ON ledger_ledgertransaction BEGIN
    SELECT RAISE(ABORT, 'ledger: ledger_ledgertransaction is append-only');
END;

-- All legs of a transaction are entries since the statement that booked it, so there is none to add by hand.
CREATE TRIGGER ledger_entry_is_a_leg BEFORE INSERT ON ledger_ledgerentry BEGIN
    SELECT RAISE(ABORT, 'ledger: entries come with their transaction')
    WHERE EXISTS (
        SELECT 1 FROM ledger_ledgerentry
        WHERE id = NEW.id OR (transaction_id = NEW.transaction_id AND account_id = NEW.account_id)
    ) OR NOT EXISTS (
        SELECT 1 FROM ledger_ledgertransaction AS made, json_each(made.legs) AS leg
        WHERE made.id = NEW.transaction_id AND CAST(leg.key AS INTEGER) = NEW.account_id
            AND leg.value = NEW.amount_minor);
END;

CREATE TRIGGER ledger_entry_stays BEFORE UPDATE ON ledger_ledgerentry BEGIN
    SELECT RAISE(ABORT, 'ledger: ledger_ledgerentry is append-only');
END;

CREATE TRIGGER ledger_entry_is_kept BEFORE DELETE ON ledger_ledgerentry BEGIN
    SELECT RAISE(ABORT, 'ledger: ledger_ledgerentry is append-only');
END;
