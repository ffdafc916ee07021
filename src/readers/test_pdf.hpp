#pragma once
// For tests: the smallest PDFs that are whole.

#include <cstdio>
#include <string>
#include <vector>

namespace docmind::test {

/// A PDF with one page per entry, each the content stream of that page ("" = a page without text). Offsets and lengths are right.
inline std::string make_pdf(const std::vector<std::string>& pages, const std::string& info = "<< >>", const std::string& page_extra = "") {
    std::vector<std::string> objects;
    std::string kids;
    for (std::size_t i = 0; i < pages.size(); ++i) kids += std::to_string(5 + 2 * i) + " 0 R ";
    objects.push_back("<< /Type /Catalog /Pages 2 0 R >>");
    objects.push_back("<< /Type /Pages /Kids [" + kids + "] /Count " + std::to_string(pages.size()) + " >>");
    objects.push_back("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    objects.push_back(info);
    for (std::size_t i = 0; i < pages.size(); ++i) {
        objects.push_back("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Resources << /Font << /F1 3 0 R >> >> /Contents " +
                          std::to_string(6 + 2 * i) + " 0 R " + page_extra + " >>");
        objects.push_back("<< /Length " + std::to_string(pages[i].size()) + " >>\nstream\n" + pages[i] + "\nendstream");
    }
    std::string pdf = "%PDF-1.4\n", table;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        char entry[32];
        std::snprintf(entry, sizeof entry, "%010zu 00000 n \n", pdf.size());
        table += entry;
        pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
    }
    const std::string start = std::to_string(pdf.size());
    const std::string size = std::to_string(objects.size() + 1);
    return pdf + "xref\n0 " + size + "\n0000000000 65535 f \n" + table + "trailer\n<< /Size " + size +
           " /Root 1 0 R /Info 4 0 R >>\nstartxref\n" + start + "\n%%EOF\n";
}

/// A content stream with one line of text per entry, 12 points, 14 points apart, from the top.
inline std::string lines(const std::vector<std::string>& texts) {
    std::string content = "BT /F1 12 Tf 14 TL 20 180 Td ";
    for (const auto& text : texts) content += "(" + text + ") Tj T* ";
    return content + "ET";
}

}  // namespace docmind::test
