-- Where what is in a collection comes from, when the server keeps it and clients only read it.
ALTER TABLE collection ADD COLUMN source TEXT NOT NULL DEFAULT '';
