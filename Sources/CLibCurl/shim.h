#ifndef SWAB_CLIBCURL_SHIM_H
#define SWAB_CLIBCURL_SHIM_H

#include <curl/curl.h>

#endif
