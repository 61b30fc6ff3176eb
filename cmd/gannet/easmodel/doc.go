// Package easmodel lets three devices of different versions of ActiveSync live with the real binary: over TLS, with
// answers that are lost, requests that come again, and a server that is killed in the middle of what it does and starts
// anew. Its test compares at each quiet point what every device shows with what is in the store's file.
//
// The devices are those of asclient, which note whatever no correct server does. What each answer must say to the byte
// is the business of activesync/model, which runs the same server in one process; here it is that nothing of what was
// answered is lost with the process, and that nothing comes twice.
//
// It runs with the build tag e2e (`make e2e`). A run is made of a seed, which is printed:
// `go test -tags 'sqlite_fts5 e2e' ./cmd/gannet/easmodel -easmodel.seed N -easmodel.steps M` repeats what the devices
// choose; where a kill meets the server is up to the machine.
package easmodel
