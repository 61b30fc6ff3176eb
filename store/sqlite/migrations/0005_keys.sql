-- What names an object beside its UID in a collection, and is there once: the UID of an event or of a card.
ALTER TABLE entry ADD COLUMN key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX entry_key ON entry(collection, key) WHERE removed = 0 AND key <> '';
