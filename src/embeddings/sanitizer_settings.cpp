// In sanitizer builds only: what programs that load OpenVINO need to run under a sanitizer.

#include <dlfcn.h>

// NOLINTBEGIN: the sanitizers' names
extern "C" void* __interceptor_dlopen(const char* file, int flags);

// TBB asks for its optional parts with RTLD_DEEPBIND, and the sanitizers end a program that does: the wish is taken out. The sanitizer's
// own dlopen is weak, so that a program may put one before it. And what is loaded stays loaded, so that reports can name it.
extern "C" void* dlopen(const char* file, int flags) {
    return __interceptor_dlopen(file, (flags & ~RTLD_DEEPBIND) | RTLD_NODELETE);
}

// With a plugin's thread-local data the sanitizer reads before the start of a block and crashes by itself.
extern "C" const char* __asan_default_options() {
    return "intercept_tls_get_addr=0";
}
// OpenVINO and TBB are not instrumented: what they synchronise among their own threads cannot be seen.
extern "C" const char* __tsan_default_options() {
    return "intercept_tls_get_addr=0 ignore_noninstrumented_modules=1";
}
// NOLINTEND
