-- A network: accounts and statuses of every origin in the same tables, and what hangs on them.
-- Times are milliseconds UTC, booleans 0 or 1, JSON is text.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) @rowless;

CREATE TABLE process_slots (
    slot BIGINT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
) @rowless;

-- What every page compares comes first in a row, and long texts last: SQLite reads a row from its
-- beginning, and only as far as it must.
CREATE TABLE accounts (
    id @id,
    revision BIGINT NOT NULL DEFAULT 1,
    state SMALLINT NOT NULL DEFAULT 0,
    domain TEXT NOT NULL DEFAULT '',
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'person',
    display_name TEXT NOT NULL DEFAULT '',
    emojis TEXT NOT NULL DEFAULT '[]',
    avatar TEXT NOT NULL DEFAULT '',
    avatar_static TEXT NOT NULL DEFAULT '',
    avatar_description TEXT NOT NULL DEFAULT '',
    header TEXT NOT NULL DEFAULT '',
    header_static TEXT NOT NULL DEFAULT '',
    header_description TEXT NOT NULL DEFAULT '',
    locked SMALLINT NOT NULL DEFAULT 0,
    discoverable SMALLINT NOT NULL DEFAULT 0,
    indexable SMALLINT NOT NULL DEFAULT 0,
    hide_collections SMALLINT NOT NULL DEFAULT 0,
    memorial SMALLINT NOT NULL DEFAULT 0,
    uri TEXT NOT NULL,
    url TEXT NOT NULL,
    inbox_uri TEXT NOT NULL DEFAULT '',
    shared_inbox_uri TEXT NOT NULL DEFAULT '',
    outbox_uri TEXT NOT NULL DEFAULT '',
    followers_uri TEXT NOT NULL DEFAULT '',
    following_uri TEXT NOT NULL DEFAULT '',
    featured_uri TEXT NOT NULL DEFAULT '',
    moved_to_id BIGINT,
    key_id TEXT NOT NULL DEFAULT '',
    sort_key TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    fetched_at BIGINT,
    deleted_at BIGINT,
    last_status_at BIGINT,
    statuses_count BIGINT NOT NULL DEFAULT 0,
    followers_count BIGINT NOT NULL DEFAULT 0,
    following_count BIGINT NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    note_html TEXT NOT NULL DEFAULT '',
    fields TEXT NOT NULL DEFAULT '[]',
    also_known_as TEXT NOT NULL DEFAULT '[]',
    public_key TEXT NOT NULL DEFAULT '',
    private_key TEXT NOT NULL DEFAULT '',
    ed25519_public_key TEXT NOT NULL DEFAULT '',
    ed25519_private_key TEXT NOT NULL DEFAULT '',
    UNIQUE (username_key, domain)
);
CREATE UNIQUE INDEX accounts_uri ON accounts (uri);
CREATE INDEX accounts_url ON accounts (url);
CREATE INDEX accounts_discoverable ON accounts (last_status_at DESC, id) WHERE discoverable = 1;

CREATE TABLE users (
    account_id @id REFERENCES accounts (id),
    email TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'member',
    locale TEXT NOT NULL DEFAULT '',
    time_zone TEXT NOT NULL DEFAULT 'Asia/Ho_Chi_Minh',
    confirmed_at BIGINT,
    approved_at BIGINT,
    signup_reason TEXT NOT NULL DEFAULT '',
    invitation_id BIGINT,
    default_visibility TEXT NOT NULL DEFAULT 'public',
    default_sensitive SMALLINT NOT NULL DEFAULT 0,
    default_language TEXT NOT NULL DEFAULT '',
    preferences TEXT NOT NULL DEFAULT '{}',
    filters_revision BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_active_at BIGINT,
    home_built_at BIGINT
);
CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> '';
CREATE INDEX users_pending ON users (created_at) WHERE approved_at IS NULL;

CREATE TABLE sessions (
    id_hash BYTEA PRIMARY KEY,
    account_id BIGINT NOT NULL,
    user_agent TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) @rowless;
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE one_time_codes (
    code_hash BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id BIGINT,
    subject TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) @rowless;
CREATE INDEX one_time_codes_expiry ON one_time_codes (expires_at);
CREATE INDEX one_time_codes_account ON one_time_codes (account_id, purpose);

CREATE TABLE invitations (
    id @id,
    code_hash BYTEA NOT NULL UNIQUE,
    account_id BIGINT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    max_uses BIGINT,
    uses BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX invitations_account ON invitations (account_id);

CREATE TABLE apps (
    id @id,
    client_id TEXT NOT NULL UNIQUE,
    secret_hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    website TEXT NOT NULL DEFAULT '',
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE access_tokens (
    id @id,
    token_hash BYTEA NOT NULL UNIQUE,
    app_id BIGINT NOT NULL,
    account_id BIGINT,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX access_tokens_account ON access_tokens (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX access_tokens_app ON access_tokens (app_id);

CREATE TABLE authorization_codes (
    code_hash BYTEA PRIMARY KEY,
    app_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    code_challenge TEXT NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL,
    used_token_id BIGINT
) @rowless;
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

CREATE TABLE conversations (
    id @id,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX conversations_uri ON conversations (uri) WHERE uri <> '';

CREATE TABLE statuses (
    id @id,
    revision BIGINT NOT NULL DEFAULT 1,
    account_id BIGINT NOT NULL,
    visibility SMALLINT NOT NULL,
    local SMALLINT NOT NULL,
    local_only SMALLINT NOT NULL DEFAULT 0,
    deleted_at BIGINT,
    hidden_at BIGINT,
    reblog_of_id BIGINT,
    reblog_of_account_id BIGINT,
    conversation_id BIGINT NOT NULL,
    in_reply_to_id BIGINT,
    in_reply_to_account_id BIGINT,
    poll_id BIGINT,
    card_id BIGINT,
    has_media SMALLINT NOT NULL DEFAULT 0,
    has_mentions SMALLINT NOT NULL DEFAULT 0,
    has_tags SMALLINT NOT NULL DEFAULT 0,
    group_id BIGINT,
    quote_of_id BIGINT,
    content_type TEXT NOT NULL DEFAULT 'text/plain',
    sensitive SMALLINT NOT NULL DEFAULT 0,
    language TEXT NOT NULL DEFAULT '',
    app_id BIGINT,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    replies_count BIGINT NOT NULL DEFAULT 0,
    reblogs_count BIGINT NOT NULL DEFAULT 0,
    favourites_count BIGINT NOT NULL DEFAULT 0,
    quotes_count BIGINT NOT NULL DEFAULT 0,
    emojis TEXT NOT NULL DEFAULT '[]',
    uri TEXT NOT NULL,
    url TEXT NOT NULL,
    spoiler_text TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    content TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX statuses_uri ON statuses (uri);
CREATE INDEX statuses_account ON statuses (account_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX statuses_public ON statuses (id DESC)
    WHERE visibility = 0 AND deleted_at IS NULL AND reblog_of_id IS NULL;
CREATE INDEX statuses_public_local ON statuses (id DESC)
    WHERE visibility = 0 AND deleted_at IS NULL AND reblog_of_id IS NULL AND local = 1;
CREATE INDEX statuses_replies ON statuses (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL;
CREATE UNIQUE INDEX statuses_reblogs ON statuses (reblog_of_id, account_id)
    WHERE reblog_of_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX statuses_reblogs_page ON statuses (reblog_of_id, id DESC)
    WHERE reblog_of_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX statuses_quotes ON statuses (quote_of_id, id) WHERE quote_of_id IS NOT NULL;
CREATE INDEX statuses_group ON statuses (group_id, id DESC) WHERE group_id IS NOT NULL;
CREATE INDEX statuses_conversation ON statuses (conversation_id, id);

CREATE TABLE status_edits (
    id @id,
    status_id BIGINT NOT NULL,
    text TEXT NOT NULL,
    content TEXT NOT NULL,
    spoiler_text TEXT NOT NULL,
    sensitive SMALLINT NOT NULL,
    media TEXT NOT NULL DEFAULT '[]',
    poll_options TEXT NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL
);
CREATE INDEX status_edits_status ON status_edits (status_id, id);

-- Who a status names; with `silent` a recipient whom its text does not name.
CREATE TABLE mentions (
    status_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    silent SMALLINT NOT NULL DEFAULT 0,
    position SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (status_id, account_id)
) @rowless;
CREATE INDEX mentions_account ON mentions (account_id, status_id DESC);

CREATE TABLE tags (
    id @id,
    key TEXT NOT NULL UNIQUE,
    family TEXT NOT NULL,
    name TEXT NOT NULL,
    statuses_count BIGINT NOT NULL DEFAULT 0,
    last_status_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX tags_family ON tags (family, statuses_count DESC);

-- `name` is the spelling in that status; `family` serves a page of all spellings in one range.
CREATE TABLE status_tags (
    tag_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    family TEXT NOT NULL,
    name TEXT NOT NULL,
    position SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tag_id, status_id)
) @rowless;
CREATE INDEX status_tags_status ON status_tags (status_id);
CREATE INDEX status_tags_family ON status_tags (family, status_id DESC);

CREATE TABLE followed_tags (
    id @id,
    account_id BIGINT NOT NULL,
    tag_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, tag_id)
);
CREATE INDEX followed_tags_tag ON followed_tags (tag_id);

CREATE TABLE featured_tags (
    id @id,
    account_id BIGINT NOT NULL,
    tag_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    statuses_count BIGINT NOT NULL DEFAULT 0,
    last_status_id BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, tag_id)
);

CREATE TABLE media_attachments (
    id @id,
    account_id BIGINT NOT NULL,
    status_id BIGINT,
    scheduled_status_id BIGINT,
    position SMALLINT NOT NULL DEFAULT 0,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    file TEXT NOT NULL DEFAULT '',
    preview TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL DEFAULT '',
    file_size BIGINT NOT NULL DEFAULT 0,
    meta TEXT NOT NULL DEFAULT '{}',
    blurhash TEXT,
    description TEXT NOT NULL DEFAULT '',
    focus_x DOUBLE PRECISION NOT NULL DEFAULT 0,
    focus_y DOUBLE PRECISION NOT NULL DEFAULT 0,
    remote_url TEXT NOT NULL DEFAULT '',
    upload TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    fetched_at BIGINT
);
CREATE INDEX media_attachments_status ON media_attachments (status_id, position)
    WHERE status_id IS NOT NULL;
CREATE INDEX media_attachments_unused ON media_attachments (created_at)
    WHERE status_id IS NULL AND scheduled_status_id IS NULL;
CREATE INDEX media_attachments_scheduled ON media_attachments (scheduled_status_id)
    WHERE scheduled_status_id IS NOT NULL;
CREATE INDEX media_attachments_account ON media_attachments (account_id, id);
CREATE INDEX media_attachments_remote ON media_attachments (fetched_at)
    WHERE fetched_at IS NOT NULL;

CREATE TABLE polls (
    id @id,
    status_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    expires_at BIGINT,
    multiple SMALLINT NOT NULL DEFAULT 0,
    hide_totals SMALLINT NOT NULL DEFAULT 0,
    votes_count BIGINT NOT NULL DEFAULT 0,
    voters_count BIGINT NOT NULL DEFAULT 0,
    closed_at BIGINT
);

CREATE TABLE poll_options (
    poll_id BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    title TEXT NOT NULL,
    votes_count BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (poll_id, position)
) @rowless;

CREATE TABLE poll_votes (
    poll_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    position SMALLINT NOT NULL,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    PRIMARY KEY (poll_id, account_id, position)
) @rowless;

CREATE TABLE preview_cards (
    id @id,
    url TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT 'link',
    author_name TEXT NOT NULL DEFAULT '',
    author_url TEXT NOT NULL DEFAULT '',
    provider_name TEXT NOT NULL DEFAULT '',
    provider_url TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL DEFAULT '',
    image_description TEXT NOT NULL DEFAULT '',
    width BIGINT NOT NULL DEFAULT 0,
    height BIGINT NOT NULL DEFAULT 0,
    blurhash TEXT,
    language TEXT NOT NULL DEFAULT '',
    published_at BIGINT,
    fetched_at BIGINT,
    state TEXT NOT NULL DEFAULT 'pending'
);
CREATE INDEX statuses_card ON statuses (card_id, id DESC) WHERE card_id IS NOT NULL;

CREATE TABLE custom_emojis (
    id @id,
    shortcode TEXT NOT NULL,
    domain TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL,
    image_static TEXT NOT NULL,
    category TEXT NOT NULL DEFAULT '',
    visible SMALLINT NOT NULL DEFAULT 1,
    disabled SMALLINT NOT NULL DEFAULT 0,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (shortcode, domain)
);

CREATE TABLE favourites (
    id @id,
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, status_id)
);
CREATE INDEX favourites_status ON favourites (status_id, id DESC);
CREATE INDEX favourites_page ON favourites (account_id, id DESC);

CREATE TABLE bookmarks (
    id @id,
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, status_id)
);
CREATE INDEX bookmarks_page ON bookmarks (account_id, id DESC);
CREATE INDEX bookmarks_status ON bookmarks (status_id);

CREATE TABLE pins (
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, status_id)
) @rowless;

CREATE TABLE conversation_mutes (
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) @rowless;

-- The direct conversations of each account, newest first.
CREATE TABLE account_conversations (
    id @id,
    account_id BIGINT NOT NULL,
    conversation_id BIGINT NOT NULL,
    participants TEXT NOT NULL,
    last_status_id BIGINT NOT NULL,
    unread SMALLINT NOT NULL DEFAULT 1,
    UNIQUE (account_id, conversation_id)
);
CREATE INDEX account_conversations_page ON account_conversations (account_id, last_status_id DESC);

CREATE TABLE follows (
    id @id,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    show_reblogs SMALLINT NOT NULL DEFAULT 1,
    notify SMALLINT NOT NULL DEFAULT 0,
    languages TEXT,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX follows_target ON follows (target_id, id DESC);
CREATE INDEX follows_page ON follows (account_id, id DESC);

CREATE TABLE follow_requests (
    id @id,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    show_reblogs SMALLINT NOT NULL DEFAULT 1,
    notify SMALLINT NOT NULL DEFAULT 0,
    languages TEXT,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX follow_requests_target ON follow_requests (target_id, id DESC);

CREATE TABLE blocks (
    id @id,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX blocks_target ON blocks (target_id, account_id);
CREATE INDEX blocks_page ON blocks (account_id, id DESC);

CREATE TABLE mutes (
    id @id,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    notifications SMALLINT NOT NULL DEFAULT 1,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX mutes_page ON mutes (account_id, id DESC);
CREATE INDEX mutes_target ON mutes (target_id);

CREATE TABLE user_domain_blocks (
    id @id,
    account_id BIGINT NOT NULL,
    domain TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, domain)
);

CREATE TABLE endorsements (
    id @id,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX endorsements_target ON endorsements (target_id);

CREATE TABLE account_notes (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    comment TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id)
) @rowless;

CREATE TABLE lists (
    id @id,
    account_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    replies_policy TEXT NOT NULL DEFAULT 'list',
    exclusive SMALLINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX lists_account ON lists (account_id, id);

CREATE TABLE list_accounts (
    id @id,
    list_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    UNIQUE (list_id, account_id)
);
CREATE INDEX list_accounts_account ON list_accounts (account_id, list_id);
CREATE INDEX list_accounts_page ON list_accounts (list_id, id DESC);

-- Home timelines (owner: an account) and list timelines (owner: a list).
CREATE TABLE timeline_entries (
    owner_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    PRIMARY KEY (owner_id, status_id)
) @rowless;
CREATE INDEX timeline_entries_status ON timeline_entries (status_id);

CREATE TABLE filters (
    id @id,
    account_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    contexts TEXT NOT NULL,
    action TEXT NOT NULL DEFAULT 'warn',
    expires_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX filters_account ON filters (account_id, id);

CREATE TABLE filter_keywords (
    id @id,
    filter_id BIGINT NOT NULL,
    keyword TEXT NOT NULL,
    whole_word SMALLINT NOT NULL DEFAULT 1
);
CREATE INDEX filter_keywords_filter ON filter_keywords (filter_id, id);

CREATE TABLE filter_statuses (
    id @id,
    filter_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    UNIQUE (filter_id, status_id)
);

CREATE TABLE notifications (
    id @id,
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    from_account_id BIGINT NOT NULL,
    status_id BIGINT,
    subject_id BIGINT,
    dedup_key TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    filtered SMALLINT NOT NULL DEFAULT 0,
    UNIQUE (account_id, dedup_key)
);
CREATE INDEX notifications_page ON notifications (account_id, id DESC);
CREATE INDEX notifications_from ON notifications (account_id, from_account_id, id DESC);
CREATE INDEX notifications_status ON notifications (status_id) WHERE status_id IS NOT NULL;
CREATE INDEX notifications_filtered ON notifications (account_id, from_account_id, id)
    WHERE filtered = 1;

-- From whom a person wants notifications, whatever their policy says.
CREATE TABLE notification_permissions (
    account_id BIGINT NOT NULL,
    from_account_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, from_account_id)
) @rowless;

CREATE TABLE markers (
    account_id BIGINT NOT NULL,
    timeline TEXT NOT NULL,
    last_read_id BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, timeline)
) @rowless;

CREATE TABLE scheduled_statuses (
    id @id,
    account_id BIGINT NOT NULL,
    params TEXT NOT NULL,
    app_id BIGINT,
    scheduled_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX scheduled_statuses_account ON scheduled_statuses (account_id, id);

CREATE TABLE drafts (
    id @id,
    account_id BIGINT NOT NULL,
    params TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX drafts_account ON drafts (account_id, updated_at DESC);

CREATE TABLE idempotency_keys (
    account_id BIGINT NOT NULL,
    key_hash BYTEA NOT NULL,
    status_id BIGINT,
    scheduled_status_id BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key_hash)
) @rowless;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE rules (
    id @id,
    position BIGINT NOT NULL,
    text TEXT NOT NULL,
    hint TEXT NOT NULL DEFAULT '',
    deleted_at BIGINT
);

CREATE TABLE reports (
    id @id,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    status_ids TEXT NOT NULL DEFAULT '[]',
    rule_ids TEXT NOT NULL DEFAULT '[]',
    category TEXT NOT NULL DEFAULT 'other',
    comment TEXT NOT NULL DEFAULT '',
    forward SMALLINT NOT NULL DEFAULT 0,
    uri TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by_id BIGINT,
    resolution TEXT NOT NULL DEFAULT ''
);
CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;
CREATE INDEX reports_target ON reports (target_id, id);

-- Every restriction of an account or a status by others: a rule, a reason, a notice, an appeal.
CREATE TABLE enforcements (
    id @id,
    moderator_id BIGINT,
    account_id BIGINT NOT NULL,
    status_id BIGINT,
    action TEXT NOT NULL,
    rule_id BIGINT,
    rule_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    report_id BIGINT,
    created_at BIGINT NOT NULL,
    reversed_at BIGINT,
    reversed_by_id BIGINT,
    reversal_reason TEXT NOT NULL DEFAULT '',
    seen_at BIGINT
);
CREATE INDEX enforcements_account ON enforcements (account_id, id);
CREATE INDEX enforcements_status ON enforcements (status_id) WHERE status_id IS NOT NULL;

CREATE TABLE appeals (
    id @id,
    enforcement_id BIGINT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by_id BIGINT,
    accepted SMALLINT,
    answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX appeals_open ON appeals (id) WHERE decided_at IS NULL;

CREATE TABLE exports (
    id @id,
    account_id BIGINT NOT NULL,
    state TEXT NOT NULL,
    file TEXT NOT NULL DEFAULT '',
    file_size BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX exports_account ON exports (account_id, id);

-- Which lines of an import are done, so that it can go on where it stopped.
CREATE TABLE imported_statuses (
    account_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    status_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, source_id)
) @rowless;

-- The transactional outbox. A job in `running` belongs to `worker` until `lease_until`.
CREATE TABLE jobs (
    id @serial,
    name TEXT NOT NULL,
    payload TEXT NOT NULL,
    ordering_key TEXT,
    unique_key TEXT,
    state TEXT NOT NULL DEFAULT 'ready',
    attempts BIGINT NOT NULL DEFAULT 0,
    run_at BIGINT NOT NULL,
    worker TEXT NOT NULL DEFAULT '',
    lease_until BIGINT,
    error TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    failed_at BIGINT
);
CREATE INDEX jobs_ready ON jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_dead ON jobs (failed_at DESC) WHERE state = 'dead';
CREATE INDEX jobs_ordering ON jobs (ordering_key, id)
    WHERE ordering_key IS NOT NULL AND state IN ('ready', 'running');
CREATE UNIQUE INDEX jobs_one_running ON jobs (ordering_key)
    WHERE ordering_key IS NOT NULL AND state = 'running';
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key)
    WHERE unique_key IS NOT NULL AND state = 'ready';

-- SQLite's live bus: rows in commit order. PostgreSQL uses NOTIFY and leaves this empty.
CREATE TABLE live_events (
    id @serial,
    event TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
