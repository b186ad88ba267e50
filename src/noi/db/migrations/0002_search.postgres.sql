-- Search: tokens made by our own folding, stored as vectors. Every search reads the whole pending
-- list of an index, so it is kept short.
CREATE TABLE status_search (
    id BIGINT PRIMARY KEY,
    tokens tsvector NOT NULL
);
CREATE INDEX status_search_tokens ON status_search USING gin (tokens)
    WITH (gin_pending_list_limit = 256);
CREATE TABLE account_search (
    id BIGINT PRIMARY KEY,
    tokens tsvector NOT NULL
);
CREATE INDEX account_search_tokens ON account_search USING gin (tokens)
    WITH (gin_pending_list_limit = 256);
-- Prefixes compare bytewise, whatever the database's collation.
CREATE INDEX tags_family_prefix ON tags (family text_pattern_ops);
