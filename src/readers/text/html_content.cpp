#include "readers/text/html_content.hpp"

#include "readers/sniff.hpp"
#include "readers/text/html_tree.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_notice = 2000;  // characters of a cookie notice

// Words of class and id. With these an element is left out where a third of its text is links.
constexpr std::array leading_words = {"ad"sv,          "ads"sv,       "advert"sv,       "advertisement"sv, "banner"sv,  "breadcrumb"sv,
                                      "breadcrumbs"sv, "footer"sv,    "header"sv,       "menu"sv,          "menubar"sv, "modal"sv,
                                      "nav"sv,         "navbar"sv,    "navigation"sv,   "newsletter"sv,    "overlay"sv, "pager"sv,
                                      "pagination"sv,  "popup"sv,     "promo"sv,        "recommended"sv,   "related"sv, "share"sv,
                                      "sharing"sv,     "sidebar"sv,   "signup"sv,       "social"sv,        "sponsor"sv, "sponsored"sv,
                                      "submenu"sv,     "subscribe"sv, "subscription"sv, "toolbar"sv,       "topbar"sv};
// With these it is left out whatever it says.
constexpr std::array notice_words = {"cookie"sv, "cookies"sv, "consent"sv, "gdpr"sv, "ccpa"sv};
constexpr std::array leading_roles = {"navigation"sv, "menu"sv, "menubar"sv, "search"sv, "toolbar"sv, "dialog"sv, "alertdialog"sv};

template <class Words>
bool contains(const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// Whether one of the words stands in a class or id such as "site-nav", "siteNav" or "main_menu".
template <class Words>
bool names_one(std::string_view name, const Words& words) {
    std::string word;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        const char c = i < name.size() ? name[i] : ' ';
        const bool lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
        if (!lower && !word.empty()) {
            if (contains(words, word)) return true;
            word.clear();
        }
        if (lower || upper) word.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return false;
}

template <class Words>
bool calls_itself(const GumboNode* element, const Words& words) {
    return names_one(attribute_of(element, "class"), words) || names_one(attribute_of(element, "id"), words);
}

std::size_t letters_in(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c != ' ' && c != '\n' && c != '\t' && c != '\r'; }));
}

/// What is known of an element when its end is reached.
struct Facts {
    const GumboNode* element;
    std::size_t text = 0;       // characters
    std::size_t link_text = 0;  // of those, in links
    bool has_title = false;     // an <h1>

    [[nodiscard]] bool is_mostly_links() const { return link_text * 3 >= text; }
};

class Survey {
  public:
    explicit Survey(const GumboNode* root) : root_(root) {
        walk_html(root, [this](const GumboNode* node) { return enter(node); }, [this](const GumboNode* node) { leave(node); });
    }

    HtmlContent choose() {
        const std::size_t enough = (total_.text - total_.link_text + 3) / 4;
        // In the order of how much they leave out.
        HtmlContent choice{mains_, left_out()};
        if (!mains_.empty() && kept_by(choice) >= enough) return choice;
        choice.roots = articles_;
        if (!articles_.empty() && kept_by(choice) >= enough) return choice;
        choice.roots.clear();
        if (enough > 0 && kept_by(choice) >= enough) return choice;
        return {};
    }

  private:
    bool enter(const GumboNode* node) {
        if (is_text(node)) {
            const std::size_t letters = letters_in(node->v.text.text);
            if (!open_.empty()) {
                open_.back().text += letters;
                if (links_ > 0) open_.back().link_text += letters;
            }
            return false;
        }
        if (!is_element(node)) return false;
        const GumboTag tag = node->v.element.tag;
        if (tag == GUMBO_TAG_HEAD) return false;
        open_.push_back({node});
        if (tag == GUMBO_TAG_A) ++links_;
        if (is_main(node)) mains_.insert(node);
        if (tag == GUMBO_TAG_ARTICLE && articles_open_++ == 0) articles_.insert(node);
        if (tag == GUMBO_TAG_ARTICLE || is_main(node)) ++bodies_open_;
        return true;
    }

    void leave(const GumboNode* node) {
        // A <head> was not entered.
        if (open_.empty() || open_.back().element != node) return;
        Facts facts = open_.back();
        open_.pop_back();
        const GumboTag tag = node->v.element.tag;
        if (tag == GUMBO_TAG_H1) facts.has_title = true;
        if (tag == GUMBO_TAG_A) --links_;
        if (tag == GUMBO_TAG_ARTICLE) --articles_open_;
        if (tag == GUMBO_TAG_ARTICLE || is_main(node)) --bodies_open_;
        if (open_.empty()) {
            total_ = facts;
        } else {
            Facts& parent = open_.back();
            parent.text += facts.text;
            parent.link_text += facts.link_text;
            parent.has_title = parent.has_title || facts.has_title;
        }
        const bool within_body = bodies_open_ > 0;
        const bool is_whole = tag == GUMBO_TAG_HTML || tag == GUMBO_TAG_BODY || tag == GUMBO_TAG_ARTICLE || is_main(node);
        if (is_whole) return;
        if (leads(facts, within_body)) {
            always_left_out_.insert(node);
        } else if (facts.text > 0 && calls_itself(node, notice_words) && facts.text < longest_notice) {
            by_name_.push_back(facts);
        } else if (facts.is_mostly_links() && !facts.has_title && facts.text > 0 && calls_itself(node, leading_words)) {
            by_name_.push_back(facts);
        }
    }

    static bool is_main(const GumboNode* element) {
        return element->v.element.tag == GUMBO_TAG_MAIN || attribute_of(element, "role") == "main";
    }

    static bool leads(const Facts& facts, bool within_body) {
        const std::string_view role = attribute_of(facts.element, "role");
        if (contains(leading_roles, role)) return true;
        const auto unless_part_of_the_text = [&] { return !within_body || facts.is_mostly_links(); };
        if (role == "banner") return !facts.has_title;
        if (role == "contentinfo" || role == "complementary") return unless_part_of_the_text();
        switch (facts.element->v.element.tag) {
            case GUMBO_TAG_NAV:
            case GUMBO_TAG_MENU:
            case GUMBO_TAG_NOSCRIPT:
            case GUMBO_TAG_BUTTON:
            case GUMBO_TAG_SELECT:
            case GUMBO_TAG_DATALIST: return true;
            case GUMBO_TAG_HEADER: return !facts.has_title && unless_part_of_the_text();
            case GUMBO_TAG_FOOTER:
            case GUMBO_TAG_ASIDE: return unless_part_of_the_text();
            default: return false;
        }
    }

    std::unordered_set<const GumboNode*> left_out() const {
        std::unordered_set<const GumboNode*> all = always_left_out_;
        for (const Facts& facts : by_name_) {
            // What holds most of the page is the page, whatever its class is.
            if (facts.text * 2 < total_.text) all.insert(facts.element);
        }
        return all;
    }

    /// Characters outside links.
    std::size_t kept_by(const HtmlContent& content) const {
        std::size_t kept = 0;
        int within = content.roots.empty() ? 1 : 0, links = 0;
        const auto count = [&](const GumboNode* node, int by) {
            if (!is_element(node)) return;
            if (content.roots.contains(node)) within += by;
            if (node->v.element.tag == GUMBO_TAG_A) links += by;
        };
        walk_html(
            root_,
            [&](const GumboNode* node) {
                if (is_text(node) && within > 0 && links == 0) kept += letters_in(node->v.text.text);
                count(node, 1);
                return is_element(node) && node->v.element.tag != GUMBO_TAG_HEAD && !content.left_out.contains(node);
            },
            [&](const GumboNode* node) { count(node, -1); });
        return kept;
    }

    const GumboNode* root_;
    std::vector<Facts> open_;
    std::vector<Facts> by_name_;
    std::unordered_set<const GumboNode*> mains_, articles_, always_left_out_;
    Facts total_{};
    int links_ = 0, articles_open_ = 0, bodies_open_ = 0;
};

}  // namespace

HtmlContent main_content(const GumboNode* root) {
    return Survey(root).choose();
}

}  // namespace docmind
