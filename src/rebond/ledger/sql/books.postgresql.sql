-- The books (law of spec/refer: the database itself refuses). A transaction is ONE statement that brings all its legs, so
-- everything is decided at once: no deferred constraint, which SET CONSTRAINTS or a savepoint could put off.
-- One lock for the whole ledger, taken before anything else: every reward touches the same few accounts, and two
-- transactions that book several things in another order would else wait for each other.

CREATE OR REPLACE FUNCTION ledger_refuses(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: %', what USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_refuses(TG_TABLE_NAME || ' is append-only');
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_account_is_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('rebond.ledger'));
    IF NEW.balance_minor <> 0 THEN
        PERFORM ledger_refuses('an account begins at 0');
    END IF;
    IF NEW.currency !~ '^[A-Z]{3}$'
        OR NEW.code <> concat_ws(':', NEW.kind, nullif(NEW.holder, ''), NEW.currency) THEN
        PERFORM ledger_refuses('the code of an account is kind[:holder]:CURRENCY');
    END IF;
    RETURN NEW;
END $$;

-- Payables and recoverables below zero are refused by the CHECK constraints of the table.
CREATE OR REPLACE FUNCTION ledger_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.code, NEW.kind, NEW.holder, NEW.currency)
        IS DISTINCT FROM (OLD.id, OLD.code, OLD.kind, OLD.holder, OLD.currency) THEN
        PERFORM ledger_refuses('an account stays what it is');
    END IF;
    IF NEW.balance_minor IS DISTINCT FROM coalesce(
        (SELECT after_minor FROM ledger_ledgerentry WHERE account_id = OLD.id ORDER BY id DESC LIMIT 1), 0) THEN
        PERFORM ledger_refuses('a balance is what its entries say');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ledger_account_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_ledgerentry WHERE account_id = OLD.id) THEN
        PERFORM ledger_refuses('an account with entries is kept');
    END IF;
    RETURN OLD;
END $$;

CREATE OR REPLACE FUNCTION ledger_transaction_is_right() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('rebond.ledger'));
    IF jsonb_typeof(NEW.legs) IS DISTINCT FROM 'object' THEN
        PERFORM ledger_refuses('legs are minor units by account id');
    END IF;
    IF EXISTS (
        SELECT 1 FROM jsonb_each(NEW.legs) AS leg
        WHERE jsonb_typeof(leg.value) <> 'number' OR leg.value::text !~ '^-?[1-9][0-9]{0,17}$'
            OR leg.key !~ '^[1-9][0-9]{0,17}$') THEN
        PERFORM ledger_refuses('a leg is a whole number other than 0, one for each account');
    END IF;
    IF (SELECT coalesce(sum(leg.value::text::bigint), 1) FROM jsonb_each(NEW.legs) AS leg) <> 0 THEN
        PERFORM ledger_refuses('the legs of a transaction sum to zero');
    END IF;
    IF EXISTS (
        SELECT 1 FROM jsonb_each(NEW.legs) AS leg
        WHERE NOT EXISTS (
            SELECT 1 FROM ledger_account WHERE id = leg.key::bigint AND currency = NEW.currency)) THEN
        PERFORM ledger_refuses('every leg is on an account of the currency of its transaction');
    END IF;
    IF NEW.reverses_id IS NOT NULL AND (
        NOT EXISTS (SELECT 1 FROM ledger_ledgertransaction WHERE id = NEW.reverses_id AND reverses_id IS NULL)
        OR (SELECT count(*) FROM jsonb_each(NEW.legs))
            <> (SELECT count(*) FROM ledger_ledgerentry WHERE transaction_id = NEW.reverses_id)
        OR EXISTS (
            SELECT 1 FROM jsonb_each(NEW.legs) AS leg
            WHERE NOT EXISTS (
                SELECT 1 FROM ledger_ledgerentry
                WHERE transaction_id = NEW.reverses_id AND account_id = leg.key::bigint
                    AND amount_minor = -leg.value::text::bigint))) THEN
        PERFORM ledger_refuses('a reversal is the opposite of what it reverses, which is no reversal');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ledger_transaction_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_ledgerentry (transaction_id, account_id, amount_minor, after_minor)
    SELECT NEW.id, account.id, leg.value::text::bigint, account.balance_minor + leg.value::text::bigint
    FROM jsonb_each(NEW.legs) AS leg JOIN ledger_account AS account ON account.id = leg.key::bigint
    ORDER BY account.id;
    UPDATE ledger_account AS account SET balance_minor = entry.after_minor
    FROM ledger_ledgerentry AS entry WHERE entry.transaction_id = NEW.id AND entry.account_id = account.id;
    RETURN NULL;
END $$;

-- All legs of a transaction are entries since the statement that booked it, so there is none to add by hand.
CREATE OR REPLACE FUNCTION ledger_entry_is_a_leg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM ledger_ledgerentry
        WHERE transaction_id = NEW.transaction_id AND account_id = NEW.account_id
    ) OR NOT EXISTS (
        SELECT 1 FROM ledger_ledgertransaction
        WHERE id = NEW.transaction_id AND legs -> NEW.account_id::text = to_jsonb(NEW.amount_minor)) THEN
        PERFORM ledger_refuses('entries come with their transaction');
    END IF;
    RETURN NEW;
END $$;

-- TRUNCATE is a deletion that no row trigger sees. Of empty tables it is none.
CREATE OR REPLACE FUNCTION ledger_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', TG_TABLE_NAME) INTO filled;
    IF filled THEN
        PERFORM ledger_refuses(TG_TABLE_NAME || ' is append-only');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_account_is_new BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_is_new();
CREATE TRIGGER ledger_account_stays BEFORE UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_stays();
CREATE TRIGGER ledger_account_is_kept BEFORE DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_is_kept();
CREATE TRIGGER ledger_transaction_is_right BEFORE INSERT ON ledger_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_right();
CREATE TRIGGER ledger_transaction_is_booked AFTER INSERT ON ledger_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_transaction_is_booked();
CREATE TRIGGER ledger_transaction_stays BEFORE UPDATE ON ledger_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_transaction_is_kept BEFORE DELETE ON ledger_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_transaction_not_emptied BEFORE TRUNCATE ON ledger_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_not_emptied();
CREATE TRIGGER ledger_entry_is_a_leg BEFORE INSERT ON ledger_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_is_a_leg();
CREATE TRIGGER ledger_entry_stays BEFORE UPDATE ON ledger_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_is_kept BEFORE DELETE ON ledger_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entry_not_emptied BEFORE TRUNCATE ON ledger_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_not_emptied();
