#pragma once

namespace hypergan::server {

// Gives the memory that was freed back to the system, which the allocator keeps
// otherwise (hypergan/workers.h). Others who allocate wait meanwhile: some tens
// of milliseconds a GiB.
void ReturnFreeMemory() noexcept;

}  // namespace hypergan::server
