-- Collections of other servers that an account let itself be shown in (FEP-7aa9).

CREATE TABLE featurings (
    id @id,
    account_id BIGINT NOT NULL,
    collector_id BIGINT NOT NULL,
    collection_uri TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX featurings_account ON featurings (account_id, collection_uri);
CREATE INDEX featurings_collector ON featurings (collector_id, account_id);
