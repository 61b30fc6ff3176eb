package model

func (d *device) moveSome() error     { return nil }
func (d *device) estimateSome() error { return nil }
func (d *device) operateSome() error  { return nil }
func (d *device) pingSome() error     { return nil }
func (d *device) sendSome() error     { return nil }
func (d *device) writeSome() error    { return nil }
func (d *device) emptySync() error    { return nil }

type sentLedger struct{}
