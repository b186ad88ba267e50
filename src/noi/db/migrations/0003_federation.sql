-- Federation: other servers, what is sent to them and received from them, and what they may do.

ALTER TABLE accounts ADD COLUMN inbox_host TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN ed25519_key_id TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN moderators_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN featured_tags_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN moved_at BIGINT;
ALTER TABLE accounts ADD COLUMN completed_at BIGINT;
CREATE INDEX accounts_key ON accounts (key_id) WHERE key_id <> '';
CREATE INDEX accounts_ed25519_key ON accounts (ed25519_key_id) WHERE ed25519_key_id <> '';
CREATE INDEX accounts_domain ON accounts (domain, id) WHERE domain <> '';
CREATE INDEX accounts_inbox_host ON accounts (inbox_host, id) WHERE inbox_host <> '';

-- An answer that came before what it answers waits under that one's address.
ALTER TABLE statuses ADD COLUMN in_reply_to_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE statuses ADD COLUMN replies_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE statuses ADD COLUMN context_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE statuses ADD COLUMN interaction_policy TEXT NOT NULL DEFAULT '';
ALTER TABLE statuses ADD COLUMN dislikes_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE statuses ADD COLUMN reactions_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE statuses ADD COLUMN fetched_at BIGINT;
ALTER TABLE statuses ADD COLUMN replies_fetched_at BIGINT;
CREATE INDEX statuses_waiting ON statuses (in_reply_to_uri)
    WHERE in_reply_to_uri <> '' AND in_reply_to_id IS NULL;

ALTER TABLE favourites ADD COLUMN uri TEXT NOT NULL DEFAULT '';
CREATE INDEX favourites_uri ON favourites (uri) WHERE uri <> '';

CREATE TABLE dislikes (
    id @id,
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, status_id)
);
CREATE INDEX dislikes_status ON dislikes (status_id);
CREATE INDEX dislikes_uri ON dislikes (uri) WHERE uri <> '';

-- `name` is an emoji, or `shortcode@domain` of a custom one (`domain` empty for this network's).
CREATE TABLE reactions (
    id @id,
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, status_id, name)
);
CREATE INDEX reactions_status ON reactions (status_id, id);
CREATE INDEX reactions_uri ON reactions (uri) WHERE uri <> '';

-- `quoted_id` is NULL while the quoted status is not known here.
CREATE TABLE quotes (
    status_id @id,
    account_id BIGINT NOT NULL,
    quoted_id BIGINT,
    quoted_account_id BIGINT,
    quoted_uri TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    request_uri TEXT NOT NULL DEFAULT '',
    authorization_uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX quotes_quoted ON quotes (quoted_id, status_id) WHERE quoted_id IS NOT NULL;
CREATE INDEX quotes_waiting ON quotes (quoted_uri) WHERE quoted_id IS NULL AND quoted_uri <> '';
CREATE INDEX quotes_authorization ON quotes (authorization_uri) WHERE authorization_uri <> '';

-- Another server as it is spoken with: by the host (and port) of its addresses.
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    waiting SMALLINT NOT NULL DEFAULT 0,
    retry_at BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    signatures TEXT NOT NULL DEFAULT '',
    failures BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT,
    dead_at BIGINT,
    delivered_at BIGINT,
    heard_at BIGINT,
    error_at BIGINT,
    error TEXT NOT NULL DEFAULT '',
    software TEXT NOT NULL DEFAULT '',
    software_version TEXT NOT NULL DEFAULT '',
    described_at BIGINT,
    created_at BIGINT NOT NULL
) @rowless;
CREATE INDEX hosts_waiting ON hosts (retry_at) WHERE waiting = 1;

-- `kind` tells how it is sent: see models.federation.OutgoingKind.
CREATE TABLE outgoing_activities (
    id @serial,
    actor_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- One row for each activity and inbox it still has to reach; delivered ones are removed.
CREATE TABLE deliveries (
    id @serial,
    activity_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    host TEXT NOT NULL,
    inbox_uri TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX deliveries_host ON deliveries (host, id);
CREATE INDEX deliveries_activity ON deliveries (activity_id);

-- What came in, until it is handled. `signature` holds what is needed to verify it later, and is
-- empty where that is done. `failed` entries wait for a person.
CREATE TABLE inbox_journal (
    id @serial,
    state TEXT NOT NULL DEFAULT 'ready',
    host TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    worker TEXT NOT NULL DEFAULT '',
    actor_uri TEXT NOT NULL,
    inbox_account_id BIGINT,
    received_at BIGINT NOT NULL,
    signature TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    body BYTEA NOT NULL
);
CREATE INDEX inbox_journal_ready ON inbox_journal (host, run_at, id) WHERE state = 'ready';
CREATE INDEX inbox_journal_due ON inbox_journal (run_at) WHERE state = 'ready';
CREATE INDEX inbox_journal_running ON inbox_journal (lease_until) WHERE state = 'running';
CREATE INDEX inbox_journal_failed ON inbox_journal (id) WHERE state = 'failed';
CREATE INDEX inbox_journal_unverified ON inbox_journal (host) WHERE signature <> '';

-- Hashes of the activities that were handled, so that each is handled once.
CREATE TABLE handled_activities (
    key BYTEA PRIMARY KEY,
    handled_at BIGINT NOT NULL
) @rowless;
CREATE INDEX handled_activities_age ON handled_activities (handled_at);

-- Hashes of actor and address of what was deleted or undone before it came.
CREATE TABLE withdrawn_objects (
    key BYTEA PRIMARY KEY,
    withdrawn_at BIGINT NOT NULL
) @rowless;
CREATE INDEX withdrawn_objects_age ON withdrawn_objects (withdrawn_at);

-- What this network decided about another server and all under its name.
CREATE TABLE domain_policies (
    domain TEXT PRIMARY KEY,
    severity TEXT NOT NULL DEFAULT 'none',
    reject_media SMALLINT NOT NULL DEFAULT 0,
    reject_reports SMALLINT NOT NULL DEFAULT 0,
    obfuscate SMALLINT NOT NULL DEFAULT 0,
    rule_id BIGINT,
    rule_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    private_note TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    moderator_id BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) @rowless;

-- Every decision about a domain, taken back ones too (`severity` is then empty).
CREATE TABLE policy_decisions (
    id @id,
    domain TEXT NOT NULL,
    severity TEXT NOT NULL,
    reject_media SMALLINT NOT NULL DEFAULT 0,
    reject_reports SMALLINT NOT NULL DEFAULT 0,
    rule_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT '',
    moderator_id BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX policy_decisions_domain ON policy_decisions (domain, id);

CREATE TABLE allowed_domains (
    domain TEXT PRIMARY KEY,
    moderator_id BIGINT,
    created_at BIGINT NOT NULL
) @rowless;

-- Lists of domain policies that are kept up to date from an address.
CREATE TABLE policy_lists (
    id @id,
    url TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL DEFAULT '',
    rule_text TEXT NOT NULL,
    mode TEXT NOT NULL DEFAULT 'dry_run',
    moderator_id BIGINT,
    fetched_at BIGINT,
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    content TEXT NOT NULL DEFAULT ''
);

-- A decision about a domain that parted people, and who was parted from whom.
CREATE TABLE severances (
    id @id,
    domain TEXT NOT NULL,
    rule_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE severed_follows (
    severance_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    incoming SMALLINT NOT NULL,
    show_reblogs SMALLINT NOT NULL DEFAULT 1,
    notify SMALLINT NOT NULL DEFAULT 0,
    languages TEXT,
    PRIMARY KEY (account_id, severance_id, incoming, other_id)
) @rowless;

CREATE TABLE relays (
    id @id,
    inbox_uri TEXT NOT NULL UNIQUE,
    actor_uri TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    follow_uri TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    answered_at BIGINT
);

-- Pictures and media of other servers, by the storage key they have here; fetched when looked at.
CREATE TABLE remote_files (
    key TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'unfetched',
    file TEXT NOT NULL DEFAULT '',
    small TEXT NOT NULL DEFAULT '',
    file_size BIGINT NOT NULL DEFAULT 0,
    used_at BIGINT,
    retry_at BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
) @rowless;
CREATE INDEX remote_files_used ON remote_files (used_at) WHERE state = 'stored';
CREATE INDEX remote_files_host ON remote_files (host);

-- Lists that a person brings in or takes along (Mastodon's CSV files), line by line.
CREATE TABLE data_imports (
    id @id,
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    total BIGINT NOT NULL DEFAULT 0,
    done BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX data_imports_account ON data_imports (account_id, id);

CREATE TABLE data_import_lines (
    import_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    error TEXT NOT NULL DEFAULT '',
    target_id BIGINT,
    PRIMARY KEY (import_id, number)
) @rowless;
CREATE INDEX data_import_lines_failed ON data_import_lines (import_id, number)
    WHERE state IN ('failed', 'refused');
