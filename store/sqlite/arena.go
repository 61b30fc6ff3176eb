//go:build cgo

package sqlite

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>

// Runs before Go does: the C library decides about its heaps when the second thread asks for memory.
__attribute__((constructor)) static void few_arenas(void) {
	mallopt(M_ARENA_MAX, 1);
}
#endif
*/
import "C"

// The lines above keep the C library from giving each thread that calls SQLite a heap of its own. The
// engine has few connections and SQLite serialises its allocations anyway; such heaps cost a busy server
// tens of megabytes, and nothing of them comes back to the system.
