#pragma once
// "What is in this message?" Pure.

#include "readers/read_options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct MailText {
    bool is_html = false;
    std::string text;  ///< UTF-8
};

struct MailAttachment {
    std::string name;  ///< as the message gives it, without folders; made from the kind where it gives none
    std::string media_type;
    std::string bytes;
};

struct MailMessage {
    std::string subject, from, to, cc, date;  ///< UTF-8; empty where they are missing
    std::vector<MailText> texts;              ///< what the message says, in order; of alternatives plain text before HTML
    std::vector<MailAttachment> attachments;
};

/// What is broken is read as far as it goes; multiparts nested deeper than 32 are text. Errors: too_large (options.max_archive_entries
/// attachments; options.max_expanded_bytes in them).
[[nodiscard]] MailMessage parse_mail(std::string_view bytes, const ReadOptions& options);

}  // namespace docmind
