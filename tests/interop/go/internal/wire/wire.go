// Package wire names what travels. The messages of dogma.interop.v1 are those of the published module interopspec, so
// that whatever talks to this program is held against the original; those of streamtest.* are generated from our .proto
// files by go generate, beside this file, and not kept in the repository.
package wire

//go:generate go run ../generate
