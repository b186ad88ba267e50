-- What is talked about, counted anew every ten minutes, so that reading it is cheap. `kind` is
-- hashtag, link or post, `language` is empty for all, `hours` the time looked at; `hourly` and
-- `examples` (ids of posts) are JSON.
CREATE TABLE hub_trends (
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    hours BIGINT NOT NULL,
    place BIGINT NOT NULL,
    name TEXT NOT NULL,
    rank BIGINT NOT NULL,
    people BIGINT NOT NULL,
    networks BIGINT NOT NULL,
    hourly TEXT NOT NULL,
    examples TEXT NOT NULL,
    PRIMARY KEY (kind, language, hours, place)
) @rowless;

-- Which members say that a post is talked about among their people; kept for some hours
-- where the post is not held.
CREATE TABLE hub_post_trending (
    uri TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    announced_at BIGINT NOT NULL,
    PRIMARY KEY (uri, member_id)
) @rowless;
CREATE INDEX hub_post_trending_time ON hub_post_trending (announced_at);

-- People of a language who wrote last, or came last.
CREATE INDEX hub_accounts_active ON hub_accounts (language, last_post_at)
    WHERE discoverable = 1 AND last_post_at IS NOT NULL;
CREATE INDEX hub_accounts_new ON hub_accounts (language, id) WHERE discoverable = 1;
