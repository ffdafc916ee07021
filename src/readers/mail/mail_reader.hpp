#pragma once
// Mail: one message (EML) or many in one file (mbox), with what is attached to them.

#include "readers/format_reader.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace docmind {

/// Reads a file within a file; throws as read_document does.
using ReadAttached =
    std::function<void(std::string_view bytes, const std::string& name, const std::string& media_type, const DocumentSink& sink)>;

/// A page for the message: its subject as heading, From, To, Cc, Date and the names of the attachments as lines, then what it says; and
/// further pages for each attachment that can be read, as the section of its name. Metadata: title and subject, from, author, to, cc, date,
/// created. Attachments that are empty, damaged, encrypted or of no readable kind are named only. Errors: too_large
/// (options.max_archive_entries attachments, options.max_expanded_bytes in them, options.max_pages pages, and what `read_attached` throws
/// of this kind); empty_document.
void read_mail(std::string_view bytes, const ReadOptions& options, const ReadAttached& read_attached, const DocumentSink& sink);

/// The same for each of the messages, which begin with a line "From ...". options.max_archive_entries counts messages and attachments.
void read_mbox(std::string_view bytes, const ReadOptions& options, const ReadAttached& read_attached, const DocumentSink& sink);

}  // namespace docmind
