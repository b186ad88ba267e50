-- Whether an account's own server has suspended it, which no decision of this network changes.

ALTER TABLE accounts ADD COLUMN suspended SMALLINT NOT NULL DEFAULT 0;

-- What somebody quotes of whom: taken back where one blocks the other.

CREATE INDEX quotes_accounts ON quotes (account_id, quoted_account_id) WHERE quoted_account_id IS NOT NULL;
