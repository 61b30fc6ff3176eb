package store

// Annotation is a value that clients keep by name with a collection or with the account: a comment, a
// colour, a setting. RFC 5464. The value is opaque.
type Annotation struct {
	Collection CollectionID // 0: the account itself
	Name       string       // lower case, "/private/comment"; printable ASCII without * and %, 2–255 bytes
	Value      []byte       // at most MaxAnnotation; empty is a value, nil is none
}

// MaxAnnotation is the size of the largest annotation, in bytes.
const MaxAnnotation = 64 << 10
