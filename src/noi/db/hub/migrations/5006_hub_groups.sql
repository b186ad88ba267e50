-- Groups that want to be found, so that newcomers can be offered some.
CREATE INDEX hub_accounts_groups ON hub_accounts (language, id)
    WHERE kind = 'group' AND discoverable = 1;
