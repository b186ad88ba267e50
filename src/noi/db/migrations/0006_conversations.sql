-- A conversation that turns out to be part of another is found by its own id.

CREATE INDEX account_conversations_conversation ON account_conversations (conversation_id);

CREATE INDEX conversation_mutes_conversation ON conversation_mutes (conversation_id);
