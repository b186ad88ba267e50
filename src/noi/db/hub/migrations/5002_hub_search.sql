-- Search: tokens made by our own folding, so SQLite only splits at spaces.
CREATE VIRTUAL TABLE hub_post_search USING fts5 (
    exact, folded, scope, content = '', contentless_delete = 1,
    tokenize = "ascii tokenchars '_:'"
);
CREATE VIRTUAL TABLE hub_account_search USING fts5 (
    exact, folded, scope, content = '', contentless_delete = 1,
    tokenize = "ascii tokenchars '_:'"
);
