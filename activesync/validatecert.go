package activesync

import (
	"context"
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts/smime"
)

// validateProtocol is the status of a ValidateCert that breaks the rules. MS-ASCMD, Status (ValidateCert).
const validateProtocol = 2

// maxValidation is how long one ValidateCert may take; certificates that it has no time for are undecided.
const maxValidation = 20 * time.Second

// validateCert answers ValidateCert. The outcomes of package smime are the statuses of certificates.
func (h *Handler) validateCert(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadValidateCert(q.body)
	if err != nil {
		return err
	}
	if len(in.Certificates) > wire.MaxValidated || len(in.Chain) > wire.MaxValidated {
		return fail(validateProtocol, errors.New("too many certificates"))
	}
	var chain smime.Chain
	for _, der := range in.Chain {
		chain.Add(der)
	}
	limited, cancel := context.WithTimeout(ctx, maxValidation)
	defer cancel()
	known := map[string]int{} // a client may send the same one many times
	statuses := make([]int, len(in.Certificates))
	for i, der := range in.Certificates {
		status, ok := known[string(der)]
		if !ok {
			status = int(smime.Undecided)
			if limited.Err() == nil {
				status = int(h.Certificates.Validate(limited, der, chain, in.CheckCRL))
			}
			known[string(der)] = status
		}
		statuses[i] = status
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	wire.WriteValidateCert(w.encoder(), statuses)
	return nil
}
