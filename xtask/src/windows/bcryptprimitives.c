/* What Windows has in bcryptprimitives.dll and Wine 8 has not: the random numbers that Rust's standard library asks for. */

#include <stddef.h>

/* RtlGenRandom, under the name that advapi32.dll exports it by. */
unsigned char SystemFunction036(void *buffer, unsigned long length);

__declspec(dllexport) int ProcessPrng(unsigned char *buffer, size_t length) {
    const size_t most = 1 << 20;
    while (length > 0) {
        size_t part = length < most ? length : most;
        if (!SystemFunction036(buffer, (unsigned long)part)) {
            return 0;
        }
        buffer += part;
        length -= part;
    }
    return 1;
}
