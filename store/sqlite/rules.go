package sqlite

// rules are what must hold between tables. Each returns a text for every row that breaks it.
var rules = []string{
	// Counters.
	`SELECT printf('collection %d counts %d entries, %d unread, %d bytes; there are %d, %d, %d',
			c.id, c.total, c.unread, c.size, coalesce(n, 0), coalesce(u, 0), coalesce(b, 0))
		FROM collection c LEFT JOIN (
			SELECT e.collection AS id, count(*) AS n, sum(i.flags & 1 = 0) AS u, sum(i.size) AS b
			FROM entry e JOIN item i ON i.id = e.item WHERE e.removed = 0 GROUP BY e.collection
		) x ON x.id = c.id
		WHERE c.removed = 0 AND (c.total, c.unread, c.size) IS NOT (coalesce(n, 0), coalesce(u, 0), coalesce(b, 0))`,
	`SELECT printf('collection %d counts %d deleted entries of %d bytes; there are %d of %d',
			c.id, c.deleted, c.deleted_size, coalesce(n, 0), coalesce(b, 0))
		FROM collection c LEFT JOIN (
			SELECT e.collection AS id, count(*) AS n, sum(i.size) AS b
			FROM entry e JOIN item i ON i.id = e.item WHERE e.removed = 0 AND i.flags & 8 GROUP BY e.collection
		) x ON x.id = c.id
		WHERE c.removed = 0 AND (c.deleted, c.deleted_size) IS NOT (coalesce(n, 0), coalesce(b, 0))`,
	`SELECT printf('collection %d is removed and counts %d entries, %d unread, %d bytes, %d deleted', id, total, unread, size, deleted)
		FROM collection WHERE removed = 1 AND (total <> 0 OR unread <> 0 OR size <> 0 OR deleted <> 0 OR deleted_size <> 0)`,
	`SELECT printf('account %d uses %d bytes; its collections hold %d', a.id, a.used, coalesce(b, 0))
		FROM account a LEFT JOIN (SELECT account, sum(size) AS b FROM collection WHERE removed = 0 GROUP BY account) x
			ON x.account = a.id
		WHERE a.used <> coalesce(b, 0)`,
	`SELECT printf('collection %d gives out UID %d next and has UID %d', c.id, c.uidnext, e.uid)
		FROM collection c JOIN entry e ON e.collection = c.id AND e.uid >= c.uidnext`,

	// The journal.
	`SELECT printf('entry %d of collection %d has modseq %d; the collection was changed at %d', e.uid, e.collection, e.modseq, c.changed)
		FROM entry e JOIN collection c ON c.id = e.collection WHERE e.modseq > c.changed`,
	`SELECT printf('entry %d of collection %d was created at %d and last changed at %d', uid, collection, created, modseq)
		FROM entry WHERE created > modseq OR created < 1`,
	`SELECT printf('collection %d has modseq %d, changed at %d; its account is at %d', c.id, c.modseq, c.changed, a.modseq)
		FROM collection c JOIN account a ON a.id = c.account
		WHERE c.created > c.modseq OR c.changed > a.modseq OR c.modseq > a.modseq`,
	`SELECT printf('account %d has its floor %d above its modseq %d', id, floor, modseq) FROM account WHERE floor > modseq`,
	`SELECT printf('item %d has a stamp above modseq %d of its entry', i.id, e.modseq)
		FROM item i JOIN entry e ON e.item = i.id AND e.removed = 0
		WHERE max(i.content_at, i.read_at, i.follow_at, i.verb_at, i.labels_at, i.other_at) > e.modseq`,

	// Items and their entries.
	`SELECT printf('entry %d of collection %d names item %d, which does not exist', e.uid, e.collection, e.item)
		FROM entry e LEFT JOIN item i ON i.id = e.item WHERE e.removed = 0 AND i.id IS NULL`,
	`SELECT printf('item %d has no entry', i.id)
		FROM item i LEFT JOIN entry e ON e.item = i.id AND e.removed = 0 WHERE e.item IS NULL`,
	`SELECT printf('item %d of account %d is in collection %d of account %d', i.id, i.account, c.id, c.account)
		FROM item i JOIN entry e ON e.item = i.id AND e.removed = 0 JOIN collection c ON c.id = e.collection WHERE c.account <> i.account`,
	`SELECT printf('entry %d of collection %d and its item %d differ in arrival', e.uid, e.collection, e.item)
		FROM entry e JOIN item i ON i.id = e.item WHERE e.removed = 0 AND e.received <> i.received`,
	`SELECT printf('entry %d of collection %d has no time at which it was saved', uid, collection) FROM entry WHERE saved = 0`,
	`SELECT printf('item %d has keywords or follow-up details that are not JSON', id)
		FROM item WHERE keywords <> '' AND NOT json_valid(keywords) OR follow <> '' AND NOT json_valid(follow)`,
	`SELECT printf('collection %d is removed, not to be purged, and has live entry %d', c.id, e.uid)
		FROM collection c JOIN entry e ON e.collection = c.id AND e.removed = 0 WHERE c.removed = 1 AND c.purge = 0`,

	// The tree.
	`SELECT printf('collection %d is below %d, which is not a live collection of account %d', c.id, c.parent, c.account)
		FROM collection c LEFT JOIN collection p ON p.id = c.parent AND p.account = c.account AND p.removed = 0
		WHERE c.removed = 0 AND c.parent <> 0 AND p.id IS NULL`,
	`WITH RECURSIVE reached(id) AS (
			SELECT id FROM collection WHERE parent = 0 AND removed = 0
			UNION SELECT c.id FROM reached r JOIN collection c ON c.parent = r.id AND c.removed = 0
		) SELECT printf('collection %d is below itself', id) FROM collection
		WHERE removed = 0 AND id NOT IN reached AND parent IN (SELECT id FROM collection WHERE removed = 0)`,

	// Sharing. Grants and annotations of a collection go with it.
	`SELECT printf('account %d has rights %d on collection %d of account %d', g.grantee, g.rights, c.id, c.account)
		FROM acl g JOIN collection c ON c.id = g.collection
		WHERE c.removed = 1 OR c.account = g.grantee OR g.rights < 1 OR g.rights > 2047`,
	`SELECT printf('annotation %s of account %d is on collection %d, which is not live', n.name, n.account, n.collection)
		FROM annotation n LEFT JOIN collection c ON c.id = n.collection AND c.removed = 0
		WHERE n.collection <> 0 AND c.id IS NULL`,
	`SELECT printf('account %d is removed and has grants, annotations, subscriptions or settings', id) FROM account a WHERE name IS NULL AND (
			EXISTS (SELECT 1 FROM acl WHERE grantee = a.id) OR EXISTS (SELECT 1 FROM annotation WHERE account = a.id)
			OR EXISTS (SELECT 1 FROM subscription WHERE account = a.id) OR EXISTS (SELECT 1 FROM setting WHERE account = a.id))`,

	`SELECT printf('account %d is removed, not to be purged, and has collections, items, message ids or words', id)
		FROM account a WHERE name IS NULL AND purge = 0 AND (EXISTS (SELECT 1 FROM collection WHERE account = a.id)
			OR EXISTS (SELECT 1 FROM thread_ref WHERE account = a.id) OR EXISTS (SELECT 1 FROM vocabulary WHERE account = a.id)
			OR id IN (SELECT account FROM item))`,

	// Blobs.
	`SELECT printf('blob %s counts %d references; there are %d', lower(hex(b.hash)), b.refs, coalesce(n, 0))
		FROM blob b LEFT JOIN (
			SELECT blob, count(*) AS n FROM (SELECT blob FROM item UNION ALL SELECT blob FROM queue) GROUP BY blob
		) r ON r.blob = b.hash
		WHERE b.refs <> coalesce(n, 0)`,
	`SELECT printf('%s %d refers to blob %s, which does not exist', x.kind, x.id, lower(hex(x.blob)))
		FROM (SELECT 'item' AS kind, id, blob FROM item UNION ALL SELECT 'queued recipient', id, blob FROM queue) x
		WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE b.hash = x.blob)`,
	`SELECT printf('item %d has %d bytes and its blob %d', i.id, i.size, b.size) FROM item i JOIN blob b ON b.hash = i.blob WHERE b.size <> i.size`,
	`SELECT printf('blob %s has %d chunks; %d bytes need %d', lower(hex(hash)), n, size, need) FROM (
			SELECT hash, size, (size + chunk_size - 1) / chunk_size AS need,
				(SELECT count(*) FROM chunk WHERE chunk.id BETWEEN blob.id << 20 AND (blob.id << 20) + 1048575) AS n
			FROM blob WHERE hash IS NOT NULL
		) WHERE n <> need`,
	`SELECT DISTINCT printf('chunks of blob row %d, which does not exist', id >> 20)
		FROM chunk WHERE id >> 20 NOT IN (SELECT id FROM blob)`,

	// The full-text index.
	`SELECT printf('item %d is not in the full-text index', i.id) FROM item i
		WHERE NOT EXISTS (SELECT 1 FROM fts_docsize d WHERE d.id = i.search_key)
			AND NOT EXISTS (SELECT 1 FROM fts_pending p WHERE p.search_key = i.search_key AND p.deleted = 0)`,
	`SELECT printf('the full-text index has row %d without an item', d.id) FROM fts_docsize d
		WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.search_key = d.id)
			AND NOT EXISTS (SELECT 1 FROM fts_pending p WHERE p.search_key = d.id AND p.deleted = 1)`,
	`SELECT printf('the index of header fields has row %d without an item', d.id) FROM fts_headers_docsize d
		WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.search_key = d.id)
			AND NOT EXISTS (SELECT 1 FROM fts_pending p WHERE p.search_key = d.id AND p.deleted = 1)`,
	`SELECT printf('words of account %d, block %d: %d bytes of %d, or no line feeds around', account, id, octet_length(words), bytes)
		FROM vocabulary WHERE octet_length(words) <> bytes OR substr(words, 1, 1) <> char(10) OR substr(words, -1) <> char(10)`,
	`SELECT printf('text %d is noted as partial without an item of account %d', t.search_key, t.account) FROM fts_partial t
		WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.search_key = t.search_key AND i.account = t.account)
			AND NOT EXISTS (SELECT 1 FROM fts_pending p WHERE p.search_key = t.search_key AND p.deleted = 1)`,
	`SELECT printf('text %d waits to be indexed without an item of account %d', p.search_key, p.account) FROM fts_pending p
		WHERE p.deleted = 0 AND NOT EXISTS (SELECT 1 FROM item i WHERE i.search_key = p.search_key AND i.account = p.account)`,
	`SELECT printf('item %d is about to be taken out of the full-text index', i.id) FROM item i
		JOIN fts_pending p ON p.search_key = i.search_key AND p.deleted = 1`,
	`SELECT printf('items of different accounts share row %d of the full-text index', search_key)
		FROM item GROUP BY search_key HAVING min(account) <> max(account)`,

	// Conversations and the directory.
	`SELECT DISTINCT printf('message ids of conversation %d, which has no item', thread)
		FROM thread_ref WHERE thread NOT IN (SELECT thread FROM item)`,
	`SELECT printf('account %d is named %s and filed under domain %s', id, name, domain)
		FROM account WHERE id > 0 AND name IS NOT NULL AND (domain IS NULL OR substr(name, -length(domain) - 1) <> '@' || domain)`,
}
