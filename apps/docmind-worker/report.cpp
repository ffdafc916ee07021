#include "report.hpp"

#include "sandbox.hpp"

#include "readers/pdf/recognizer.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace docmind {

namespace {

bool can_open_socket() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor >= 0) ::close(descriptor);
    return descriptor >= 0;
}

bool can_read(const char* path) {
    const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) ::close(descriptor);
    return descriptor >= 0;
}

}  // namespace

int report_sandbox() {
    std::vector<Measure> measures = confine_process({language_data_folder()});
    const bool files_hidden = measures.back().active;
    const Measure filter = filter_system_calls(files_hidden);
    const bool filtered = filter.active;
    measures.push_back(filter);
    bool sound = true;
    for (Measure& measure : measures) {
        const bool leaks = (measure.name == "files" && measure.active && can_read("/etc/passwd")) ||
                           (measure.name == filter.name && filtered && can_open_socket());
        sound = sound && !leaks;
        if (leaks) measure = {measure.name, false, "it was set up, but does not hold"};
        std::printf("%s: %s (%s)\n", measure.name.c_str(), measure.active ? "ok" : "not available", measure.detail.c_str());
    }
    std::fflush(stdout);
    return sound ? 0 : 1;
}

}  // namespace docmind
