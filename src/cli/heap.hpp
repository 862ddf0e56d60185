// How the program's heap asks the system for memory.
#pragma once

namespace berth::cli {

// Keeps freed memory for reuse and takes new memory in large pieces, backed by huge pages where the system
// grants them on request. A run allocates some megabytes in small parts: giving them back and faulting them
// in again page by page cost a third of a cold start and of a run over many documents (scripts/bench).
// Only for the program; the library leaves its host's heap alone. No effect outside glibc.
void prepare_heap();

}  // namespace berth::cli
