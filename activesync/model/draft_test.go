package model

import "github.com/gannetmail/gannet/store"

type draftWish struct{ send bool }

func (d *draftWish) elements() []*node { return nil }

func (x *execution) add(c *command, got *node) (string, error) { return "6", nil }
func (x *execution) changeDraft(c *command, rec store.Record, got *node) (string, error) {
	return "6", nil
}
func (x *execution) respondAdd(c *command, status string, got *node) error { return nil }
func (x *execution) respondFiles(c *command, got *node) error              { return nil }
