package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Beside the verbs, the control socket carries streams of messages, see transfer.go:
//
//	POST /v1/import.put       a transfer; the answer is as that of a verb
//	POST /v1/items.put        likewise
//	POST /v1/export.get       the request as JSON; the answer is a transfer

// upload is an operation that takes a transfer.
type upload func(a *admin, ctx context.Context, body io.Reader) (any, error)

// download is an operation that answers with a transfer: records up to the end record, which it leaves to its caller.
type download func(a *admin, ctx context.Context, request []byte, out transferWriter) error

func uploads() map[string]upload {
	return map[string]upload{"import.put": (*admin).putImport, "items.put": (*admin).putItems}
}

func downloads() map[string]download { return map[string]download{"export.get": (*admin).getExport} }

// serveStream answers a request for a stream; false when name is none.
func serveStream(a *admin, name string, w http.ResponseWriter, r *http.Request) bool {
	control := http.NewResponseController(w)
	// Who stops sending or reading must not keep a server from stopping.
	defer context.AfterFunc(r.Context(), func() {
		control.SetReadDeadline(time.Unix(1, 0))
		control.SetWriteDeadline(time.Unix(1, 0))
	})()
	if up := uploads()[name]; up != nil {
		result, err := up(a, r.Context(), r.Body)
		a.logVerb(r.Context(), name, nil, err)
		frameWriter{w: w}.finish(result, err)
		return true
	}
	down := downloads()[name]
	if down == nil {
		return false
	}
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return true
	}
	err = sendDown(r.Context(), a, down, request, w)
	a.logVerb(r.Context(), name, request, err)
	return true
}

// sendDown writes a download with its end.
func sendDown(ctx context.Context, a *admin, down download, request []byte, w io.Writer) error {
	out := newTransferWriter(w)
	err := down(a, ctx, request, out)
	end := frame{}
	if err != nil {
		end.Error = &frameError{Code: exitCode(err), Message: explain(err, "")}
	}
	return errors.Join(err, out.record(recordEnd, end), out.flush())
}

// upload sends what write writes to the serving process.
func (r *remote) upload(ctx context.Context, name string, write func(transferWriter) error) (json.RawMessage, error) {
	var answer json.RawMessage
	err := piped(write, func(body io.Reader) error {
		resp, err := r.post(ctx, name, body)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		answer, err = readFrames(ctx, resp.Body, func(string) {})
		return err
	})
	return answer, err
}

func (l *local) upload(ctx context.Context, name string, write func(transferWriter) error) (json.RawMessage, error) {
	var answer json.RawMessage
	err := piped(write, func(body io.Reader) error {
		result, err := uploads()[name](l.admin, ctx, body)
		if err != nil {
			return err
		}
		answer, err = json.Marshal(result)
		return err
	})
	return answer, err
}

// piped lets write feed read. The error is that of reading, unless writing failed by itself.
func piped(write func(transferWriter) error, read func(io.Reader) error) error {
	from, to := io.Pipe()
	done := make(chan error, 1)
	go func() {
		out := newTransferWriter(to)
		err := write(out)
		if err == nil {
			err = out.record(recordEnd, frame{})
		}
		if err == nil {
			err = out.flush()
		}
		to.CloseWithError(err)
		done <- err
	}()
	err := read(from)
	from.CloseWithError(io.ErrClosedPipe)
	if wrote := <-done; wrote != nil && !errors.Is(wrote, io.ErrClosedPipe) {
		return wrote
	}
	return err
}

// download gives the transfer that answers a request to read.
func (r *remote) download(ctx context.Context, name string, request []byte, read func(*transferReader) error) error {
	resp, err := r.post(ctx, name, bytes.NewReader(request))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return read(newTransferReader(resp.Body))
}

func (l *local) download(ctx context.Context, name string, request []byte, read func(*transferReader) error) error {
	from, to := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		to.CloseWithError(sendDown(ctx, l.admin, downloads()[name], request, to))
	}()
	err := read(newTransferReader(from))
	from.CloseWithError(io.ErrClosedPipe)
	<-done
	return err
}

// endOf is the error that an end record carries.
func endOf(text []byte) error {
	var end frame
	if err := json.Unmarshal(text, &end); err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	if end.Error != nil {
		return &verbError{end.Error.Code, errors.New(end.Error.Message)}
	}
	return nil
}
