#include "readers/mail/mail_reader.hpp"

#include "readers/mail/mail_message.hpp"
#include "readers/page_writer.hpp"
#include "readers/text/dates.hpp"
#include "readers/text/html_reader.hpp"
#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_value = 1000;
constexpr int max_level = 9;

/// Gives the pages of messages and of what is attached to them to the sink, numbered.
class Pages {
  public:
    Pages(const ReadOptions& options, const ReadAttached& read_attached, const DocumentSink& sink)
        : options_(options), read_attached_(read_attached), sink_(sink) {}

    /// `level`: of the attachments' headings; the subject has level 1.
    void message(const MailMessage& message, int level) {
        PageWriter writer;
        write(message, writer);
        put(writer.take(1));
        for (const auto& attachment : message.attachments) this->attachment(attachment, level);
    }

  private:
    static void write(const MailMessage& message, PageWriter& writer) {
        writer.begin_heading(1);
        writer.text(message.subject.empty() ? "(no subject)" : message.subject);
        writer.end_heading();
        const auto line = [&writer](std::string_view name, const std::string& value) {
            if (value.empty()) return;
            writer.line_break();
            writer.text(std::string(name) + ": " + value);
            writer.line_break();
        };
        line("From", message.from);
        line("To", message.to);
        line("Cc", message.cc);
        line("Date", message.date);
        std::string names;
        for (const auto& attachment : message.attachments) names += (names.empty() ? "" : ", ") + attachment.name;
        line("Attachments", names);
        for (const auto& text : message.texts) {
            writer.paragraph();
            if (text.is_html) {
                read_html_into(text.text, HtmlPart::everything, writer);
            } else {
                writer.preformatted(sanitize(text.text));
            }
            writer.paragraph();
        }
    }

    void attachment(const MailAttachment& attachment, int level) {
        bool is_first = true;
        DocumentSink within;
        within.document = [](const std::string&, const Metadata&) {};
        within.page = [&](Page page) {
            for (Heading& heading : page.headings) heading.level = std::min(heading.level + level, max_level);
            if (std::exchange(is_first, false)) page.headings.insert(page.headings.begin(), {0, level, sanitize(attachment.name)});
            put(std::move(page));
        };
        try {
            read_attached_(attachment.bytes, attachment.name, attachment.media_type, within);
        } catch (const Error& error) {
            const bool is_about_it = error.code() == errc::unsupported || error.code() == errc::empty_document ||
                                     error.code() == errc::corrupt || error.code() == errc::encrypted;
            if (!is_about_it) throw;
        }
    }

    void put(Page page) {
        if (++number_ > options_.max_pages) {
            throw Error(errc::too_large, "This mail has more than " + std::to_string(options_.max_pages) +
                                             " pages (ingestion.max_pages). Split it into smaller files.");
        }
        page.number = static_cast<int>(number_);
        sanitize(page);
        sink_.page(std::move(page));
    }

    const ReadOptions& options_;
    const ReadAttached& read_attached_;
    const DocumentSink& sink_;
    std::uint32_t number_ = 0;
};

Metadata metadata_of(const MailMessage& message) {
    Metadata metadata;
    const auto keep = [&metadata](const char* key, const std::string& value) {
        std::string sane = sanitize(value);
        if (!sane.empty() && sane.size() <= max_value) metadata[key] = std::move(sane);
    };
    keep("title", message.subject);
    keep("subject", message.subject);
    keep("from", message.from);
    keep("author", message.from);
    keep("to", message.to);
    keep("cc", message.cc);
    const std::string date = rfc3339(message.date);
    keep("date", date);
    keep("created", date);
    return metadata;
}

bool begins_message(std::string_view text, std::size_t at) {
    if (text.substr(at, 5) != "From ") return false;
    // The time is in it, which somebody's sentence seldom has.
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    const auto is_digit = [line](std::size_t i) { return i < line.size() && line[i] >= '0' && line[i] <= '9'; };
    for (auto colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
        if (is_digit(colon - 1) && is_digit(colon + 1)) return true;
    }
    return false;
}

/// Where the next message begins, behind an empty line.
std::size_t next_message(std::string_view text, std::size_t from) {
    for (auto at = text.find("\nFrom ", from); at != std::string_view::npos; at = text.find("\nFrom ", at + 1)) {
        const bool behind_empty_line = at > 0 && (text[at - 1] == '\n' || (text[at - 1] == '\r' && at > 1 && text[at - 2] == '\n'));
        if (behind_empty_line && begins_message(text, at + 1)) return at + 1;
    }
    return text.size();
}

/// Without the "From " line, and without the marks before such lines in the text.
std::string message_in(std::string_view text) {
    std::string message;
    message.reserve(text.size());
    text.remove_prefix(std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto marks = line.find_first_not_of('>');
        if (marks != std::string_view::npos && marks > 0 && line.substr(marks, 5) == "From ") line.remove_prefix(1);
        message.append(line).push_back('\n');
    }
    return message;
}

}  // namespace

void read_mail(std::string_view bytes, const ReadOptions& options, const ReadAttached& read_attached, const DocumentSink& sink) {
    const MailMessage message = parse_mail(bytes, options);
    if (message.subject.empty() && message.texts.empty() && message.attachments.empty())
        throw Error(errc::empty_document, "There is no text in this message.");
    sink.document("message/rfc822", metadata_of(message));
    Pages(options, read_attached, sink).message(message, 1);
}

void read_mbox(std::string_view bytes, const ReadOptions& options, const ReadAttached& read_attached, const DocumentSink& sink) {
    sink.document("application/mbox", {});
    Pages pages(options, read_attached, sink);
    std::uint64_t entries = 0, attached = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = next_message(bytes, at);
        const MailMessage message = parse_mail(message_in(bytes.substr(at, end - at)), options);
        entries += 1 + message.attachments.size();
        for (const auto& attachment : message.attachments) attached += attachment.bytes.size();
        if (entries > options.max_archive_entries) {
            throw Error(errc::too_large, "This file has more than " + std::to_string(options.max_archive_entries) +
                                             " messages and attachments (ingestion.max_archive_entries). Split it into smaller files.");
        }
        if (attached > options.max_expanded_bytes) {
            throw Error(errc::too_large, "The attachments in this file are over " + std::to_string(options.max_expanded_bytes) +
                                             " bytes (ingestion.max_expanded_bytes). Split it into smaller files.");
        }
        pages.message(message, 2);
        at = end;
    }
}

}  // namespace docmind
