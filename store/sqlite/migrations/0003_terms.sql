-- What is needed to find a text inside of words: the words that occur, the values of further header fields, and which texts
-- the index has not all of. Of those that were indexed before it can't say what is not in them.

CREATE TABLE vocabulary (
	id      INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,
	words   TEXT    NOT NULL
) STRICT;
CREATE INDEX vocabulary_account ON vocabulary(account, bytes);

CREATE TABLE fts_partial (
	search_key INTEGER PRIMARY KEY,
	account    INTEGER NOT NULL
) STRICT;
CREATE INDEX fts_partial_account ON fts_partial(account);
INSERT INTO fts_partial (search_key, account) SELECT DISTINCT search_key, account FROM item;

ALTER TABLE fts_pending ADD COLUMN headers TEXT NOT NULL DEFAULT '';

CREATE VIRTUAL TABLE fts_headers USING fts5(
	scope, headers,
	content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO fts_headers (fts_headers, rank) VALUES ('automerge', 0), ('crisismerge', 500);
