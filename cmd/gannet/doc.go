// Command gannet is the whole server in one binary: it serves, and it is the operator's tool.
//
// The package chooses the engine, builds the services and starts the listeners; it holds no protocol
// and no domain rule of its own. Where to start reading:
//
//   - main.go: the verbs and their exit codes
//   - config.go: every key of gannet.toml beside its default
//   - serve.go: what is built in which order, and how it stops
//   - admin.go: the administrative verbs, written once, run either in the process that holds the
//     store or through its control socket (control.go)
//
// docs/operator.md is the page for those who run it.
package main
