-- Who wants to be told of each status: few, of however many followers.

CREATE INDEX follows_notified ON follows (target_id, account_id) WHERE notify = 1;
