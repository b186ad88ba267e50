-- The alliance as a member of it has it: providers of services (FASP), what they are told, and what
-- they were told. `base_url` has no slash at its end.

-- `state` is sought, asked, confirmed, refused, leaving or left. `server_id` is what the provider
-- calls us; it is called by its id here. Each has a key pair of ours. `hub_key` is what a hub signs
-- its charters and receipts with.
CREATE TABLE fasp_providers (
    id @id,
    base_url TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    hub SMALLINT NOT NULL DEFAULT 0,
    hub_key TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    server_id TEXT NOT NULL DEFAULT '',
    public_key TEXT NOT NULL DEFAULT '',
    private_key TEXT NOT NULL DEFAULT '',
    charter_version BIGINT NOT NULL DEFAULT 0,
    share_content SMALLINT NOT NULL DEFAULT 0,
    share_accounts SMALLINT NOT NULL DEFAULT 0,
    contact_email TEXT NOT NULL DEFAULT '',
    fediverse_account TEXT NOT NULL DEFAULT '',
    sign_in_url TEXT NOT NULL DEFAULT '',
    privacy_policy TEXT NOT NULL DEFAULT '[]',
    membership TEXT NOT NULL DEFAULT '',
    rule_text TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    receipt TEXT NOT NULL DEFAULT '',
    confirmed_by_id BIGINT,
    asked_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    visited_at BIGINT,
    left_at BIGINT
);

-- What a provider offers, whether it is wanted, and whether the provider knows that; and how calls
-- of it go. The capability '' stands for what belongs to none.
CREATE TABLE fasp_capabilities (
    provider_id BIGINT NOT NULL,
    capability TEXT NOT NULL,
    version TEXT NOT NULL DEFAULT '',
    offered SMALLINT NOT NULL DEFAULT 0,
    wanted SMALLINT NOT NULL DEFAULT 0,
    active SMALLINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    retry_at BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    error_at BIGINT,
    succeeded_at BIGINT,
    PRIMARY KEY (provider_id, capability)
) @rowless;
CREATE INDEX fasp_capabilities_wanted ON fasp_capabilities (capability, provider_id)
    WHERE wanted = 1;

-- What a provider wants to hear of: `category` is content or account, `kind` lifecycle or trends.
-- The numbers are those of a trend: so many within so many minutes.
CREATE TABLE fasp_subscriptions (
    id @id,
    provider_id BIGINT NOT NULL,
    category TEXT NOT NULL,
    kind TEXT NOT NULL,
    max_batch BIGINT NOT NULL,
    minutes BIGINT NOT NULL DEFAULT 0,
    shares BIGINT NOT NULL DEFAULT 0,
    likes BIGINT NOT NULL DEFAULT 0,
    replies BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX fasp_subscriptions_provider ON fasp_subscriptions (provider_id, id);

-- What a provider wants to have of earlier days; `before` is the id below which it goes on.
-- `state` is ready, waiting (for the provider to ask for more) or done.
CREATE TABLE fasp_backfills (
    id @id,
    provider_id BIGINT NOT NULL,
    category TEXT NOT NULL,
    max_count BIGINT NOT NULL,
    before BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'ready',
    sent BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX fasp_backfills_provider ON fasp_backfills (provider_id, id);

-- What waits to be announced: one row for an object and a subscription, the newest event. `urgent`
-- are withdrawals. `revision` tells whether a row has changed while it was being sent.
CREATE TABLE fasp_announcements (
    id @serial,
    provider_id BIGINT NOT NULL,
    subscription_id BIGINT NOT NULL,
    object_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    urgent SMALLINT NOT NULL DEFAULT 0,
    revision BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    uri TEXT NOT NULL,
    UNIQUE (subscription_id, object_id)
);
CREATE INDEX fasp_announcements_next ON fasp_announcements (provider_id, urgent DESC, id);

-- What a provider was told of, so that it can be told when it no longer may have it.
CREATE TABLE fasp_shared (
    provider_id BIGINT NOT NULL,
    category TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    shared_at BIGINT NOT NULL,
    trended_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (provider_id, category, object_id)
) @rowless;

-- How many addresses a provider was told on a day (UTC, `2026-11-22`).
CREATE TABLE fasp_volume (
    provider_id BIGINT NOT NULL,
    day TEXT NOT NULL,
    category TEXT NOT NULL,
    event TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (provider_id, day, category, event)
) @rowless;
