-- What stewards keep out of the alliance's trends, and what they let in again (`shown_at`): `kind`
-- is hashtag, link or post. `key` is a hashtag's family, a link, or a hash of a post's address, so
-- that nothing names a post that was withdrawn; `post_id` is the post's while it is held.
CREATE TABLE hub_hidden_trends (
    id @id,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    post_id BIGINT NOT NULL DEFAULT 0,
    rule_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    steward_id BIGINT,
    created_at BIGINT NOT NULL,
    shown_at BIGINT,
    shown_by_id BIGINT,
    shown_reason TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX hub_hidden_trends_in_force ON hub_hidden_trends (kind, key)
    WHERE shown_at IS NULL;
CREATE INDEX hub_hidden_trends_posts ON hub_hidden_trends (post_id) WHERE post_id <> 0;
