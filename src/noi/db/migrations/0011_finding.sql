-- What people feel of the alliance: whom they might follow, and what is talked about.

-- Nobody waits for a service that did not answer within a moment the last time.
ALTER TABLE fasp_capabilities ADD COLUMN slow SMALLINT NOT NULL DEFAULT 0;

-- When suggestions were last made for somebody.
CREATE TABLE suggestion_rounds (
    account_id BIGINT PRIMARY KEY,
    made_at BIGINT NOT NULL
) @rowless;

-- Whom somebody might follow: `provider` is who says so ('' for this network), `kind` and `params`
-- (JSON) why.
CREATE TABLE suggestions (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    provider TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL,
    params TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (account_id, target_id)
) @rowless;
CREATE INDEX suggestions_target ON suggestions (target_id);

CREATE TABLE dismissed_suggestions (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id)
) @rowless;
CREATE INDEX dismissed_suggestions_target ON dismissed_suggestions (target_id);

-- What is talked about as each provider says, and as this network counts itself (provider 0):
-- `kind` is tag, status or link, `object_id` the row of that here; `counted_at` when it was told.
CREATE TABLE trends (
    provider_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    place BIGINT NOT NULL,
    object_id BIGINT NOT NULL,
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (provider_id, kind, place)
) @rowless;
