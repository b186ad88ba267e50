-- The alliance's interface: what was signed within the time for which signatures are good, by the
-- SHA-256 of the text that was signed.

CREATE TABLE fasp_replays (
    key BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
) @rowless;
CREATE INDEX fasp_replays_expiry ON fasp_replays (expires_at);
