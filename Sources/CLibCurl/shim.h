#ifndef SWAB_CLIBCURL_SHIM_H
#define SWAB_CLIBCURL_SHIM_H

// The type checks are macros around the variadic functions, which are called below with the types they want.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Swift cannot call variadic functions: one function for each type of the last argument.
static inline CURLcode swab_easy_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode swab_easy_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode swab_easy_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode swab_easy_set_write(CURL *handle, curl_write_callback function) {
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
}

static inline CURLcode swab_easy_set_header(CURL *handle, curl_write_callback function) {
  return curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, function);
}

static inline CURLcode swab_easy_set_debug(CURL *handle, curl_debug_callback function) {
  return curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, function);
}

static inline CURLcode swab_easy_set_before_request(CURL *handle, curl_prereq_callback function) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, function);
}

static inline CURLcode swab_easy_set_progress(CURL *handle, curl_xferinfo_callback function) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}

static inline CURLcode swab_easy_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode swab_easy_get_pointer(CURL *handle, CURLINFO info, void **value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode swab_multi_set_long(CURLM *handle, CURLMoption option, long value) {
  return curl_multi_setopt(handle, option, value);
}

static inline CURLMcode swab_multi_set_pointer(CURLM *handle, CURLMoption option, void *value) {
  return curl_multi_setopt(handle, option, value);
}

static inline CURLMcode swab_multi_set_socket(CURLM *handle, curl_socket_callback function) {
  return curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, function);
}

static inline CURLMcode swab_multi_set_timer(CURLM *handle, curl_multi_timer_callback function) {
  return curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, function);
}

static inline CURLSHcode swab_share_add(CURLSH *handle, curl_lock_data what) {
  return curl_share_setopt(handle, CURLSHOPT_SHARE, what);
}

// The result of a finished transfer is in a union.
static inline CURLcode swab_message_result(const CURLMsg *message) { return message->data.result; }

#endif
