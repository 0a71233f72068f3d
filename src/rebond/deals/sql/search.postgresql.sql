-- Full-text index over deals_searchentry.text (already without accents and case), word beginnings included by ':*'.
CREATE INDEX deals_search ON deals_searchentry USING gin (to_tsvector('simple', text));
