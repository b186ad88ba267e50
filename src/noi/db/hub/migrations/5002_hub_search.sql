-- Search: tokens made by our own folding, so SQLite only splits at spaces. `pairs` are folded words
-- that follow one another: a phrase of frequent words is found without reading all that have them.
-- `names` and `starts` are of names and handles alone, `starts` also as they begin.
CREATE VIRTUAL TABLE hub_post_search USING fts5 (
    exact, folded, pairs, scope, content = '', contentless_delete = 1,
    tokenize = "ascii tokenchars '_:'"
);
CREATE VIRTUAL TABLE hub_account_search USING fts5 (
    exact, folded, pairs, names, starts, scope, content = '', contentless_delete = 1,
    tokenize = "ascii tokenchars '_:'"
);
