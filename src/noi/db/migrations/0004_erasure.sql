-- What an erased account, or a deleted status, leaves in the tables of others is found by these.

CREATE INDEX poll_votes_account ON poll_votes (account_id, poll_id);

CREATE INDEX filter_statuses_status ON filter_statuses (status_id);
