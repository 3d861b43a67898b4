#pragma once

namespace hypergan::server {

// Gives the memory that was freed back to the system, which the allocator keeps
// otherwise (hypergan/runtime/workers.h). All threads that allocate wait
// meanwhile, some tenths of a second a GiB.
void ReturnFreeMemory() noexcept;

}  // namespace hypergan::server
