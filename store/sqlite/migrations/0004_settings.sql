-- setting: what the programs of the server keep by name with an account, or with the server: no client sees it.
CREATE TABLE setting (
	account INTEGER NOT NULL REFERENCES account(id), -- 0: the server
	name    TEXT    NOT NULL,
	value   BLOB    NOT NULL,
	PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
