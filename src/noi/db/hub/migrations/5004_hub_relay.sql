-- The relay: who takes part in which of its lists, and what was passed on of late.

-- A list of what is passed on, each an actor of its own: everything (the hub's own actor, which has
-- no row here), a hashtag (`value` is its family) or a language.
CREATE TABLE hub_relay_topics (
    account_id @id,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (kind, value)
);

-- `relay_id` is the account of the topic, or the hub's own. `kind` is mastodon or litepub.
CREATE TABLE hub_relay_subscriptions (
    id @id,
    relay_id BIGINT NOT NULL,
    actor_uri TEXT NOT NULL,
    member_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    inbox_uri TEXT NOT NULL,
    follow_uri TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (relay_id, actor_uri)
);
CREATE INDEX hub_relay_subscriptions_member ON hub_relay_subscriptions (member_id);

-- Hashes of the activities that were passed on, so that each is once.
CREATE TABLE hub_relayed (
    key BYTEA PRIMARY KEY,
    relayed_at BIGINT NOT NULL
) @rowless;
CREATE INDEX hub_relayed_age ON hub_relayed (relayed_at);
