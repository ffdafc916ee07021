#include "readers/mail/mail_message.hpp"

#include "readers/mail/mime.hpp"
#include "readers/sniff.hpp"
#include "readers/text/text_decoder.hpp"

#include <docmind/error.hpp>

#include <cstdint>
#include <map>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_nesting = 32;

/// A part that is not divided any further.
struct Leaf {
    MimePart part;
    MimeValue type, disposition;
    int alternative = 0;  // the innermost multipart/alternative around it; 0: none
    int branch = 0;       // which of its parts it is in
};

struct Pending {
    std::string_view bytes;
    std::size_t depth = 0;
    int alternative = 0, branch = 0;
    bool in_digest = false;
};

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string type_of(const MimeValue& type, bool in_digest) {
    if (!type.value.empty()) return type.value;
    return in_digest ? "message/rfc822" : "text/plain";
}

/// The leaves in the order of the message.
std::vector<Leaf> leaves_of(std::string_view bytes, std::uint32_t max_parts) {
    std::vector<Leaf> leaves;
    std::vector<Pending> pending = {{.bytes = bytes}};
    int alternatives = 0;
    while (!pending.empty()) {
        const Pending next = pending.back();
        pending.pop_back();
        Leaf leaf{.part = MimePart(next.bytes), .type = {}, .disposition = {}, .alternative = next.alternative, .branch = next.branch};
        leaf.type = parse_mime_value(leaf.part.field("content-type"));
        leaf.disposition = parse_mime_value(leaf.part.field("content-disposition"));
        leaf.type.value = type_of(leaf.type, next.in_digest);
        std::vector<std::string_view> parts;
        if (leaf.type.value.starts_with("multipart/") && next.depth < max_nesting)
            parts = split_parts(leaf.part.body(), leaf.type.parameter("boundary"));
        if (parts.empty()) {
            leaves.push_back(std::move(leaf));
        } else {
            const bool is_alternative = leaf.type.value == "multipart/alternative";
            const int alternative = is_alternative ? ++alternatives : next.alternative;
            for (std::size_t i = parts.size(); i-- > 0;) {
                pending.push_back({.bytes = parts[i],
                                   .depth = next.depth + 1,
                                   .alternative = alternative,
                                   .branch = is_alternative ? static_cast<int>(i) : next.branch,
                                   .in_digest = leaf.type.value == "multipart/digest"});
            }
        }
        // The texts of a message are parts, too; more than that is no message that somebody wrote.
        if (leaves.size() + pending.size() > std::size_t{max_parts} + 1000) {
            throw Error(errc::too_large,
                        "This message has more than " + std::to_string(max_parts) + " attachments (ingestion.max_archive_entries).");
        }
    }
    return leaves;
}

std::string name_of(const Leaf& leaf) {
    std::string name = leaf.disposition.parameter("filename");
    if (name.empty()) name = leaf.type.parameter("name");
    const auto folder = name.find_last_of("/\\");
    return folder == std::string::npos ? name : name.substr(folder + 1);
}

bool is_attachment(const Leaf& leaf) {
    const std::string& type = leaf.type.value;
    const bool is_text = type == "text/plain" || type == "text/html" || type.starts_with("multipart/") || type == "text";
    return leaf.disposition.value == "attachment" || !is_text || !leaf.disposition.parameter("filename").empty();
}

/// Signatures and the like: for programs.
bool is_for_programs(const std::string& type) {
    return type == "application/pgp-signature" || type == "application/pkcs7-signature" || type == "application/x-pkcs7-signature" ||
           type == "message/delivery-status" || type == "text/rfc822-headers" || type == "application/pgp-encrypted";
}

std::string decoded(const Leaf& leaf) {
    return decode_body(leaf.part.body(), leaf.part.field("content-transfer-encoding"));
}

/// Lines that end with a space go on with the next (RFC 3676).
std::string unfolded(const std::string& text) {
    std::string out;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto newline = rest.find('\n');
        std::string_view line = rest.substr(0, newline);
        rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with(' ')) line.remove_prefix(1);  // stuffed
        out.append(line);
        const bool goes_on = line.ends_with(' ') && line != "-- " && !line.starts_with('>');
        if (!goes_on && newline != std::string_view::npos) out.push_back('\n');
    }
    return out;
}

MailText text_of(const Leaf& leaf) {
    MailText text{.is_html = leaf.type.value == "text/html", .text = {}};
    const std::string bytes = decoded(leaf);
    std::string charset = leaf.type.parameter("charset");
    if (charset.empty() && text.is_html) charset = declared_charset(bytes);
    text.text = decode_text(bytes, charset);
    if (ascii_lower(leaf.type.parameter("format")) == "flowed") text.text = unfolded(text.text);
    return text;
}

class Reading {
  public:
    Reading(const ReadOptions& options, MailMessage& message) : options_(options), message_(message) {}

    void take(const std::vector<Leaf>& leaves) {
        std::vector<MailText> texts(leaves.size());
        // Of each alternative: how good its best branch is, and which that is.
        std::map<int, std::pair<int, int>> best;
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            if (is_attachment(leaves[i])) continue;
            texts[i] = text_of(leaves[i]);
            const int worth = is_blank(texts[i].text) ? 0 : texts[i].is_html ? 1 : 2;
            auto& chosen = best[leaves[i].alternative];
            if (worth > chosen.first) chosen = {worth, leaves[i].branch};
        }
        for (std::size_t i = 0; i < leaves.size(); ++i) {
            if (is_attachment(leaves[i])) {
                attachment(leaves[i]);
                continue;
            }
            const bool is_chosen = leaves[i].alternative == 0 || best[leaves[i].alternative].second == leaves[i].branch;
            if (is_chosen && !is_blank(texts[i].text)) message_.texts.push_back(std::move(texts[i]));
        }
    }

  private:
    void attachment(const Leaf& leaf) {
        if (is_for_programs(leaf.type.value)) return;
        MailAttachment attachment{.name = name_of(leaf), .media_type = leaf.type.value, .bytes = decoded(leaf)};
        if (attachment.bytes.empty()) return;
        if (attachment.name.empty() && attachment.media_type == "message/rfc822")
            attachment.name = decode_field(MimePart(attachment.bytes).field("subject"));
        if (attachment.name.empty()) attachment.name = "attachment " + std::to_string(message_.attachments.size() + 1);
        bytes_ += attachment.bytes.size();
        if (bytes_ > options_.max_expanded_bytes)
            throw Error(errc::too_large, "The attachments of this mail are over " + std::to_string(options_.max_expanded_bytes) +
                                             " bytes (ingestion.max_expanded_bytes). Save them apart.");
        message_.attachments.push_back(std::move(attachment));
        if (message_.attachments.size() > options_.max_archive_entries)
            throw Error(errc::too_large, "This mail has more than " + std::to_string(options_.max_archive_entries) +
                                             " attachments (ingestion.max_archive_entries). Save them apart.");
    }

    const ReadOptions& options_;
    MailMessage& message_;
    std::uint64_t bytes_ = 0;
};

}  // namespace

MailMessage parse_mail(std::string_view bytes, const ReadOptions& options) {
    MailMessage message;
    const MimePart whole(bytes);
    const auto field = [&whole](const char* name) { return decode_field(whole.field(name)); };
    message.subject = field("subject");
    message.from = field("from");
    message.to = field("to");
    message.cc = field("cc");
    message.date = field("date");
    Reading(options, message).take(leaves_of(bytes, options.max_archive_entries));
    return message;
}

}  // namespace docmind
