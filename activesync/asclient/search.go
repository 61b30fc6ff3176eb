package asclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// MailQuery is what to look for in the mailbox, and which of the results are wanted. All conditions must hold.
type MailQuery struct {
	Text         string    // words, or KQL
	Folders      []string  // server ids; of Find at most one. None: everywhere
	Deep         bool      // the folders below them too
	After        time.Time // received later; Search only. Zero: no bound
	Before       time.Time // received earlier; Search only
	Conversation []byte    // ConversationId; Search only
	Range        string    // "0-9"; empty: as many as the server likes
	Rebuild      bool      // Search only
	Bodies       []BodyPreference
}

// Found is a page of results.
type Found struct {
	Hits  []Hit
	First int // place of the first hit
	Last  int // place of the last
	Total int // results that there are
}

// Hit is one result.
type Hit struct {
	LongID       string // of Search
	ServerID     string // of Find
	CollectionID string
	Properties   *Node
}

// Search looks for messages. A status of the store other than 1 is a [*StatusError]. MS-ASCMD, Search.
func (c *Client) Search(ctx context.Context, q MailQuery) (*Found, error) {
	and := El(wbxml.SearchAnd, El(wbxml.AirSyncClass, "Email"))
	for _, id := range q.Folders {
		and.Children = append(and.Children, El(wbxml.AirSyncCollectionId, id))
	}
	if q.Text != "" {
		and.Children = append(and.Children, El(wbxml.SearchFreeText, q.Text))
	}
	if q.Conversation != nil {
		and.Children = append(and.Children, Data(wbxml.SearchConversationId, q.Conversation))
	}
	for _, bound := range []struct {
		tag wbxml.Tag
		at  time.Time
	}{{wbxml.SearchGreaterThan, q.After}, {wbxml.SearchLessThan, q.Before}} {
		if !bound.at.IsZero() {
			value := bound.at.UTC().Format("2006-01-02T15:04:05.000Z")
			and.Children = append(and.Children, El(bound.tag, El(wbxml.EmailDateReceived), El(wbxml.SearchValue, value)))
		}
	}
	options := El(wbxml.SearchOptions, optional(wbxml.SearchRange, q.Range), given(wbxml.SearchRebuildResults, q.Rebuild),
		given(wbxml.SearchDeepTraversal, q.Deep), c.bodies(q.Bodies))
	return c.search(ctx, "Mailbox", El(wbxml.SearchQuery, and), options)
}

// SearchPeople looks for people in the address list. MS-ASCMD, Search.
func (c *Client) SearchPeople(ctx context.Context, text, span string, pictures bool) (*Found, error) {
	options := El(wbxml.SearchOptions, optional(wbxml.SearchRange, span), given(wbxml.SearchPicture, pictures))
	return c.search(ctx, "GAL", El(wbxml.SearchQuery, text), options)
}

func (c *Client) search(ctx context.Context, store string, query, options *Node) (*Found, error) {
	answer, err := c.Do(ctx, "Search", El(wbxml.SearchSearch, El(wbxml.SearchStore, El(wbxml.SearchName, store), query, options)))
	if err != nil {
		return nil, err
	}
	if err := check("Search", answer, wbxml.SearchStatus); err != nil {
		return nil, err
	}
	found := answer.Find(wbxml.SearchResponse, wbxml.SearchStore)
	if err := check("Search", found, wbxml.SearchStatus); err != nil {
		return nil, err
	}
	return c.found("Search", found, wbxml.SearchResult, wbxml.SearchProperties, wbxml.SearchRange, wbxml.SearchTotal)
}

// Find looks for messages. id names the search for all of its pages. MS-ASCMD, Find.
func (c *Client) Find(ctx context.Context, id string, q MailQuery) (*Found, error) {
	query := El(wbxml.FindQuery, El(wbxml.AirSyncClass, "Email"))
	for _, folder := range q.Folders {
		query.Children = append(query.Children, El(wbxml.AirSyncCollectionId, folder))
	}
	query.Children = append(query.Children, El(wbxml.FindFreeText, q.Text))
	options := El(wbxml.FindOptions, optional(wbxml.FindRange, q.Range), given(wbxml.FindDeepTraversal, q.Deep))
	return c.find(ctx, id, El(wbxml.FindMailBoxSearchCriterion, query, options))
}

// FindPeople looks for people in the address list. MS-ASCMD, Find.
func (c *Client) FindPeople(ctx context.Context, id, text, span string, pictures bool) (*Found, error) {
	options := El(wbxml.FindOptions, optional(wbxml.FindRange, span), given(wbxml.FindPicture, pictures))
	return c.find(ctx, id, El(wbxml.FindGalSearchCriterion, El(wbxml.FindQuery, text), options))
}

func (c *Client) find(ctx context.Context, id string, criterion *Node) (*Found, error) {
	answer, err := c.Do(ctx, "Find", El(wbxml.FindFind, El(wbxml.FindSearchId, id), El(wbxml.FindExecuteSearch, criterion)))
	if err != nil {
		return nil, err
	}
	if err := check("Find", answer, wbxml.FindStatus); err != nil {
		return nil, err
	}
	found := answer.Find(wbxml.FindResponse)
	if err := check("Find", found, wbxml.FindStatus); err != nil {
		return nil, err
	}
	return c.found("Find", found, wbxml.FindResult, wbxml.FindProperties, wbxml.FindRange, wbxml.FindTotal)
}

// found reads the results of either command, and notes what does not fit together.
func (c *Client) found(cmd string, n *Node, result, properties, span, total wbxml.Tag) (*Found, error) {
	f := &Found{Total: n.Int(total)}
	for _, r := range n.All(result) {
		if len(r.Children) == 0 {
			continue // the one empty result
		}
		f.Hits = append(f.Hits, Hit{
			LongID: r.Value(wbxml.SearchLongId), ServerID: r.Value(wbxml.AirSyncServerId),
			CollectionID: r.Value(wbxml.AirSyncCollectionId), Properties: r.Find(properties),
		})
	}
	first, last, ok := strings.Cut(n.Value(span), "-")
	if len(f.Hits) == 0 {
		if ok || n.Find(total) != nil {
			c.violate("%s: a range without results", cmd)
		}
		return f, nil
	}
	var err1, err2 error
	f.First, err1 = strconv.Atoi(first)
	f.Last, err2 = strconv.Atoi(last)
	if !ok || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%s: range %q", cmd, n.Value(span))
	}
	if f.Last-f.First+1 < len(f.Hits) || f.Last >= f.Total {
		c.violate("%s: %d results in range %d-%d of %d", cmd, len(f.Hits), f.First, f.Last, f.Total)
	}
	return f, nil
}

// FetchLongID returns the properties of an item that Search found. MS-ASCMD, Fetch (ItemOperations).
func (c *Client) FetchLongID(ctx context.Context, longID string, body ...BodyPreference) (*Node, error) {
	fetch := El(wbxml.ItemOperationsFetch, El(wbxml.ItemOperationsStore, "Mailbox"), El(wbxml.SearchLongId, longID))
	if len(body) > 0 {
		fetch.Children = append(fetch.Children, El(wbxml.ItemOperationsOptions, c.bodies(body)))
	}
	answer, err := c.Do(ctx, "ItemOperations", El(wbxml.ItemOperationsItemOperations, fetch))
	if err != nil {
		return nil, err
	}
	got, err := fetched(answer)
	if err != nil {
		return nil, err
	}
	return got.Find(wbxml.ItemOperationsProperties), nil
}

// optional is an element that holds text, nil where there is none.
func optional(tag wbxml.Tag, text string) *Node {
	if text == "" {
		return nil
	}
	return El(tag, text)
}

// given is an empty element, nil where it does not apply.
func given(tag wbxml.Tag, is bool) *Node {
	if !is {
		return nil
	}
	return El(tag)
}

// StatusOf is the status that err carries, 0 where it carries none or an HTTP code.
func StatusOf(err error) int {
	var e *StatusError
	if errors.As(err, &e) && e.HTTP == http.StatusOK {
		return e.Status
	}
	return 0
}
