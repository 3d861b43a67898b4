#include "server/app/free_memory.h"

#include <malloc.h>

namespace hypergan::server {

void ReturnFreeMemory() noexcept {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace hypergan::server
