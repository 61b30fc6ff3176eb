-- Grants, subscriptions, annotations; counters of what is marked Deleted; when an entry was saved.

-- The row of a removed account stays: SQLite would look for references to it in every item.
ALTER TABLE account ADD COLUMN purge INTEGER NOT NULL DEFAULT 0;
UPDATE account SET purge = 1 WHERE name IS NULL;
CREATE INDEX account_purge ON account(id) WHERE purge = 1;

ALTER TABLE collection ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collection ADD COLUMN deleted_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collection ADD COLUMN subscribed INTEGER NOT NULL DEFAULT 1;
UPDATE collection SET (deleted, deleted_size) = (
	SELECT count(*), coalesce(sum(i.size), 0) FROM entry e JOIN item i ON i.id = e.item
	WHERE e.collection = collection.id AND e.removed = 0 AND i.flags & 8 -- store.Deleted
) WHERE removed = 0;

-- When an entry came in was not kept. That it is here now is certain; an older guess would let a client
-- that clears out what was saved long ago take what was moved here yesterday.
ALTER TABLE entry ADD COLUMN saved INTEGER NOT NULL DEFAULT 0;
UPDATE entry SET saved = CAST(unixepoch('subsec') * 1000 AS INTEGER);

-- acl: what other accounts may do with a collection. RFC 4314.
CREATE TABLE acl (
	collection INTEGER NOT NULL REFERENCES collection(id),
	grantee    INTEGER NOT NULL REFERENCES account(id), -- 0: every account
	rights     INTEGER NOT NULL,                -- store.Rights, never 0
	PRIMARY KEY (collection, grantee)
) STRICT, WITHOUT ROWID;
CREATE INDEX acl_grantee ON acl(grantee);

-- subscription: names that an account subscribed to beside its own collections, which say so themselves.
CREATE TABLE subscription (
	account INTEGER NOT NULL REFERENCES account(id),
	name    BLOB    NOT NULL,                   -- the protocol's, opaque
	PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- annotation: values that clients keep with a collection or with their account. RFC 5464.
CREATE TABLE annotation (
	account    INTEGER NOT NULL REFERENCES account(id), -- who put it there, and alone sees it
	collection INTEGER NOT NULL,                -- may be another account's; 0: the account itself
	name       TEXT    NOT NULL,
	value      BLOB    NOT NULL,
	PRIMARY KEY (account, collection, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX annotation_collection ON annotation(collection);
