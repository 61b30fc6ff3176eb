-- Gannet's whole schema as it is today. migrations/ holds the steps that lead here; a test proves that
-- both ways give the same tables.
--
-- Times are Unix milliseconds, UTC; 0 is "never" where a time may be absent. Flags that are true or
-- false are 0 or 1. Ids that the outside sees are AUTOINCREMENT: they are never used again.

-- account: a person or a resource. Row 0 is the server itself: its modseq counts changes of the queue.
CREATE TABLE account (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	name     TEXT UNIQUE,                       -- canonical address; NULL: removed, and this row all that stays
	domain   TEXT REFERENCES domain(name),      -- of the name
	display  TEXT    NOT NULL DEFAULT '',
	created  INTEGER NOT NULL,
	disabled INTEGER NOT NULL DEFAULT 0,
	quota    INTEGER NOT NULL DEFAULT 0,        -- bytes; 0: none
	used     INTEGER NOT NULL DEFAULT 0,        -- bytes of the blobs of all live entries
	modseq   INTEGER NOT NULL DEFAULT 0,        -- the last one given out
	floor    INTEGER NOT NULL DEFAULT 0,        -- tombstones up to here may be gone
	purge    INTEGER NOT NULL DEFAULT 0         -- 1: removed, and its rows are still to be deleted
) STRICT;
CREATE INDEX account_domain ON account(domain);
CREATE INDEX account_purge ON account(id) WHERE purge = 1;

-- domain: what this server is responsible for.
CREATE TABLE domain (
	name    TEXT PRIMARY KEY,                   -- lower case, A-labels
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- alias: one row per address and account that it leads to. "@domain" is the domain's catch-all.
CREATE TABLE alias (
	address TEXT    NOT NULL,
	account INTEGER NOT NULL REFERENCES account(id),
	domain  TEXT    NOT NULL REFERENCES domain(name),
	PRIMARY KEY (address, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_account ON alias(account);
CREATE INDEX alias_domain ON alias(domain);

-- credential: one way to log in to an account.
CREATE TABLE credential (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	account INTEGER NOT NULL REFERENCES account(id),
	kind    INTEGER NOT NULL,                   -- store.CredentialKind
	name    TEXT    NOT NULL,                   -- empty for the main password
	hash    TEXT    NOT NULL,
	scram   TEXT    NOT NULL,
	scopes  TEXT    NOT NULL,                   -- JSON array of protocols; '': all
	created INTEGER NOT NULL,
	used    INTEGER NOT NULL DEFAULT 0,
	UNIQUE (account, kind, name)
) STRICT;

-- collection: a mailbox, a calendar, an address book…, and the tombstone that it leaves behind.
CREATE TABLE collection (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	account       INTEGER NOT NULL REFERENCES account(id),
	parent        INTEGER NOT NULL,             -- 0: top of the tree
	name          TEXT    NOT NULL,
	class         INTEGER NOT NULL,             -- store.Class
	role          TEXT    NOT NULL,             -- store.Role; '': none
	uidvalidity   INTEGER NOT NULL,
	uidnext       INTEGER NOT NULL DEFAULT 1,
	created       INTEGER NOT NULL,             -- modseq at which it appeared
	modseq        INTEGER NOT NULL,             -- modseq of its own last change
	changed       INTEGER NOT NULL,             -- modseq of the last change of anything inside it
	total         INTEGER NOT NULL DEFAULT 0,   -- live entries
	unread        INTEGER NOT NULL DEFAULT 0,   -- of these without Seen
	size          INTEGER NOT NULL DEFAULT 0,   -- bytes of their blobs
	deleted       INTEGER NOT NULL DEFAULT 0,   -- live entries with Deleted
	deleted_size  INTEGER NOT NULL DEFAULT 0,   -- bytes of their blobs
	subscribed    INTEGER NOT NULL DEFAULT 1,   -- 1: shown by clients that list subscriptions
	source        TEXT    NOT NULL DEFAULT '',  -- where its content comes from; '': from those who write to it
	pruned_modseq INTEGER NOT NULL DEFAULT 0,   -- with pruned_uid: the last place whose tombstone was pruned
	pruned_uid    INTEGER NOT NULL DEFAULT 0,
	removed       INTEGER NOT NULL DEFAULT 0,   -- 1: tombstone
	removed_at    INTEGER NOT NULL DEFAULT 0,
	purge         INTEGER NOT NULL DEFAULT 0    -- 1: removed, and its entries are still to be deleted
) STRICT;
CREATE UNIQUE INDEX collection_name ON collection(account, parent, name) WHERE removed = 0;
CREATE UNIQUE INDEX collection_role ON collection(account, role) WHERE removed = 0 AND role <> '';
CREATE INDEX collection_changes ON collection(account, modseq);
CREATE INDEX collection_pruning ON collection(removed_at) WHERE removed = 1;
CREATE INDEX collection_purge ON collection(id) WHERE purge = 1;

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

-- setting: what the programs of the server keep by name with an account, or with the server: no client sees it.
CREATE TABLE setting (
	account INTEGER NOT NULL REFERENCES account(id), -- 0: the server
	name    TEXT    NOT NULL,
	value   BLOB    NOT NULL,
	PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- entry: one row per item in a collection, and the tombstone that it leaves behind. An item has exactly
-- one live entry.
CREATE TABLE entry (
	collection INTEGER NOT NULL REFERENCES collection(id),
	uid        INTEGER NOT NULL,                -- rises, is never used again
	item       INTEGER NOT NULL,                -- survives a move; of a tombstone it may be gone
	created    INTEGER NOT NULL,                -- modseq at which it appeared here
	modseq     INTEGER NOT NULL,                -- modseq of its last change here
	received   INTEGER NOT NULL,                -- the item's arrival
	saved      INTEGER NOT NULL DEFAULT 0,      -- when it came into this collection
	key        TEXT    NOT NULL DEFAULT '',     -- what names the object: the UID of an event, of a card; '': nothing
	removed    INTEGER NOT NULL DEFAULT 0,      -- 1: tombstone, kept until Prune
	removed_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (collection, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_changes ON entry(collection, modseq, uid);
CREATE INDEX entry_newest ON entry(collection, received, uid) WHERE removed = 0;
CREATE UNIQUE INDEX entry_item ON entry(item) WHERE removed = 0;
CREATE UNIQUE INDEX entry_key ON entry(collection, key) WHERE removed = 0 AND key <> '';
CREATE INDEX entry_pruning ON entry(removed_at) WHERE removed = 1;

-- item: one object. What lists need in every case; the summary is apart, so that a walk over flags
-- does not read it.
CREATE TABLE item (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	account    INTEGER NOT NULL REFERENCES account(id),
	class      INTEGER NOT NULL,                -- store.Class
	blob       BLOB    NOT NULL,                -- blob.hash, counted in blob.refs
	size       INTEGER NOT NULL,                -- bytes of the blob
	received   INTEGER NOT NULL,
	flags      INTEGER NOT NULL,                -- store.Flags
	keywords   TEXT    NOT NULL,                -- JSON array; '': none
	thread     INTEGER NOT NULL,                -- id of the item that began the conversation
	follow     TEXT    NOT NULL,                -- store.Follow as JSON; '': none
	verb_time  INTEGER NOT NULL DEFAULT 0,
	content_at INTEGER NOT NULL,                -- the stamps: modseq of the last change of each facet
	read_at    INTEGER NOT NULL,
	follow_at  INTEGER NOT NULL,
	verb_at    INTEGER NOT NULL,
	labels_at  INTEGER NOT NULL,
	other_at   INTEGER NOT NULL,
	search_key INTEGER NOT NULL                 -- rowid in fts: orders by arrival, see searchKey; copies share it
) STRICT;
CREATE INDEX item_search ON item(search_key);
CREATE INDEX item_thread ON item(thread);

-- summary: what the domain package made of the item when it arrived.
CREATE TABLE summary (
	item INTEGER PRIMARY KEY REFERENCES item(id),
	data BLOB NOT NULL
) STRICT;

-- blob: an object's bytes, named by content. A row without a hash is being written, or being removed.
CREATE TABLE blob (
	id         INTEGER PRIMARY KEY,
	hash       BLOB UNIQUE,                     -- SHA-256
	size       INTEGER NOT NULL,
	chunk_size INTEGER NOT NULL,                -- bytes of every chunk but the last, before compression
	refs       INTEGER NOT NULL CHECK (refs >= 0) -- items and queue rows that name it
) STRICT;
CREATE INDEX blob_unreferenced ON blob(id) WHERE refs = 0;

-- chunk: a piece of a blob.
CREATE TABLE chunk (
	id    INTEGER PRIMARY KEY,                  -- blob.id << 20 | number of the piece
	codec INTEGER NOT NULL,                     -- 0: as it is, 1: zstd
	data  BLOB    NOT NULL
) STRICT;

-- thread_ref: which conversation a message id belongs to, whether the message itself or one that names it.
CREATE TABLE thread_ref (
	account INTEGER NOT NULL REFERENCES account(id),
	message INTEGER NOT NULL,                   -- hash of the message id
	subject INTEGER NOT NULL,                   -- hash of the base subject, the guard
	thread  INTEGER NOT NULL,
	PRIMARY KEY (account, message, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_ref_thread ON thread_ref(thread);

-- fts: the full-text index; rowid is item.search_key. scope holds the account as one token.
CREATE VIRTUAL TABLE fts USING fts5(
	scope, subject, sender, recipients, body, attachments,
	content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
-- Segments are merged by the writer in small steps, never by the insert that happens to be the n-th.
INSERT INTO fts (fts, rank) VALUES ('automerge', 0), ('crisismerge', 500);

-- fts_pending: text that is yet to be indexed, or (deleted = 1) to be taken out of the index. Search
-- looks here too.
CREATE TABLE fts_pending (
	search_key  INTEGER PRIMARY KEY,
	account     INTEGER NOT NULL,
	deleted     INTEGER NOT NULL,
	subject     TEXT NOT NULL DEFAULT '',
	sender      TEXT NOT NULL DEFAULT '',
	recipients  TEXT NOT NULL DEFAULT '',
	attachments TEXT NOT NULL DEFAULT '',
	body        TEXT NOT NULL DEFAULT '',
	headers     TEXT NOT NULL DEFAULT ''
) STRICT;

-- fts_headers: the values of header fields that are no column of fts; rowid is item.search_key.
CREATE VIRTUAL TABLE fts_headers USING fts5(
	scope, headers,
	content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO fts_headers (fts_headers, rank) VALUES ('automerge', 0), ('crisismerge', 500);

-- fts_partial: texts of which the index has not all: what is not found there may be in them all the same.
CREATE TABLE fts_partial (
	search_key INTEGER PRIMARY KEY,
	account    INTEGER NOT NULL
) STRICT;
CREATE INDEX fts_partial_account ON fts_partial(account);

-- vocabulary: the words of an account's texts, as they are folded: what lies inside of words is looked for
-- here. A word may stand in several blocks, and stays when its last text is gone.
CREATE TABLE vocabulary (
	id      INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,                   -- length of words
	words   TEXT    NOT NULL                    -- sorted, with a line feed before each and at the end
) STRICT;
CREATE INDEX vocabulary_account ON vocabulary(account, bytes);

-- device: a client that keeps state here.
CREATE TABLE device (
	account       INTEGER NOT NULL REFERENCES account(id),
	id            TEXT    NOT NULL,             -- as the device calls itself
	type          TEXT    NOT NULL,
	model         TEXT    NOT NULL,
	os            TEXT    NOT NULL,
	os_language   TEXT    NOT NULL,
	friendly_name TEXT    NOT NULL,
	imei          TEXT    NOT NULL,
	phone         TEXT    NOT NULL,
	operator      TEXT    NOT NULL,
	user_agent    TEXT    NOT NULL,
	protocol      TEXT    NOT NULL,
	policy_key    INTEGER NOT NULL,
	pending_key   INTEGER NOT NULL,
	policy_hash   TEXT    NOT NULL,
	access        INTEGER NOT NULL,             -- store.Access
	wipe          INTEGER NOT NULL,             -- store.Wipe
	created       INTEGER NOT NULL,
	seen          INTEGER NOT NULL,
	address       TEXT    NOT NULL,
	PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- device_state: what protocols remember for a device; they own the meaning of key and value.
CREATE TABLE device_state (
	account INTEGER NOT NULL,
	device  TEXT    NOT NULL,
	key     TEXT    NOT NULL,
	value   BLOB    NOT NULL,
	PRIMARY KEY (account, device, key),
	FOREIGN KEY (account, device) REFERENCES device(account, id)
) STRICT, WITHOUT ROWID;

-- queue: one recipient of one outbound message.
CREATE TABLE queue (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	account    INTEGER NOT NULL REFERENCES account(id), -- who sent it
	blob       BLOB    NOT NULL,                -- blob.hash, counted in blob.refs
	size       INTEGER NOT NULL,
	sender     TEXT    NOT NULL,
	recipient  TEXT    NOT NULL,
	domain     TEXT    NOT NULL,
	utf8       INTEGER NOT NULL,
	env_id     TEXT    NOT NULL,
	notify     TEXT    NOT NULL,
	created    INTEGER NOT NULL,
	due        INTEGER NOT NULL,
	expires    INTEGER NOT NULL,
	attempts   INTEGER NOT NULL,
	last_error TEXT    NOT NULL
) STRICT;
CREATE INDEX queue_due ON queue(due, id);
CREATE INDEX queue_account ON queue(account);

INSERT INTO account (id, name, created) VALUES (0, '', 0);
