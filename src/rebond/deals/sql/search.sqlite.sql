-- Full-text index over deals_searchentry.text (already without accents and case). Triggers keep it in step, so that
-- no code path can forget to. Prefix lengths 2 and 3 make "search as you type" an index look-up.
CREATE VIRTUAL TABLE deals_search USING fts5 (
    text, content = 'deals_searchentry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER deals_search_insert AFTER INSERT ON deals_searchentry BEGIN
    INSERT INTO deals_search (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER deals_search_delete AFTER DELETE ON deals_searchentry BEGIN
    INSERT INTO deals_search (deals_search, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER deals_search_update AFTER UPDATE OF text ON deals_searchentry BEGIN
    INSERT INTO deals_search (deals_search, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO deals_search (rowid, text) VALUES (new.id, new.text);
END;
