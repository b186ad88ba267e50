-- What people still missed of the alliance: hiding trends, reading new charters, its networks.

-- Hashtags and links (by the id of the tag or card) that moderators keep out of the trends, and
-- those that they let in again (`shown_at`). Posts are kept out by an enforcement.
CREATE TABLE hidden_trends (
    id @id,
    kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    rule_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    moderator_id BIGINT,
    created_at BIGINT NOT NULL,
    shown_at BIGINT,
    shown_by_id BIGINT,
    shown_reason TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX hidden_trends_in_force ON hidden_trends (kind, object_id)
    WHERE shown_at IS NULL;
CREATE INDEX enforcements_trends ON enforcements (status_id)
    WHERE action = 'hide_trend' AND reversed_at IS NULL;

-- The versions of a hub's charter, as it signed them (`document`, as it came).
CREATE TABLE fasp_charters (
    provider_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    PRIMARY KEY (provider_id, version)
) @rowless;

-- The networks of an alliance as its hub lists them; `subjects` and `languages` are JSON.
CREATE TABLE alliance_networks (
    provider_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    host TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    url TEXT NOT NULL,
    registrations TEXT NOT NULL,
    subjects TEXT NOT NULL,
    languages TEXT NOT NULL,
    PRIMARY KEY (provider_id, place)
) @rowless;

-- The role that whoever takes an invitation gets; only owners give one.
ALTER TABLE invitations ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
