-- Search: tokens made by our own folding, stored as vectors. Every search reads the whole pending
-- list of an index, so it is kept short.
CREATE TABLE hub_post_search (
    id BIGINT PRIMARY KEY,
    tokens tsvector NOT NULL
);
CREATE INDEX hub_post_search_tokens ON hub_post_search USING gin (tokens)
    WITH (gin_pending_list_limit = 256);
CREATE TABLE hub_account_search (
    id BIGINT PRIMARY KEY,
    tokens tsvector NOT NULL
);
CREATE INDEX hub_account_search_tokens ON hub_account_search USING gin (tokens)
    WITH (gin_pending_list_limit = 256);
