#ifndef SWAB_CLIBXML2_SHIM_H
#define SWAB_CLIBXML2_SHIM_H

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>

// xmlFree is a variable that holds a function, which Swift takes for shared mutable state.
static inline void swab_xmlFree(void *memory) { xmlFree(memory); }

#endif
