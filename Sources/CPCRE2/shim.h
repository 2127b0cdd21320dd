#ifndef SWAB_CPCRE2_SHIM_H
#define SWAB_CPCRE2_SHIM_H

// The 8-bit library: a Swift String is UTF-8 already. The generic names (pcre2_compile, …) are macros
// that Swift can't see; it calls the names that end in _8.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#endif
