#include "agent/order_words.hpp"

#include <array>

namespace docmind {

namespace {

using Text = std::string_view;
using Pair = std::pair<Text, Text>;
using std::to_array;

namespace english {
constexpr auto courtesies = to_array<Text>({"please ", "can you ", "could you "});
constexpr auto summary =
    to_array<Pair>({{"summarise ", ""}, {"summarize ", ""}, {"sum up ", ""}, {"give me a summary of ", ""}, {"write a summary of ", ""}});
constexpr auto compare = to_array<Text>({"compare "});
constexpr auto on =
    to_array<Text>({" on ", " regarding ", " concerning ", " as to ", " with respect to ", " with regard to ", " in terms of "});
constexpr auto ands = to_array<Text>({" and "});
constexpr auto between = to_array<Text>({"and", "with", "to", "vs", "versus", "against", "the", "document", "documents", "file", "files"});
constexpr auto pointers = to_array<Text>({"these", "those", "them", "this", "it", "the", "all", "my", "both", "chosen", "selected"});
}  // namespace english

namespace german {
constexpr auto courtesies = to_array<Text>({"bitte ", "kannst du ", "könntest du ", "können sie ", "könnten sie "});
constexpr auto summary = to_array<Pair>({{"fasse ", " zusammen"},
                                         {"fass ", " zusammen"},
                                         {"fassen sie ", " zusammen"},
                                         {"", " zusammenfassen"},
                                         {"schreib eine zusammenfassung von ", ""},
                                         {"schreibe eine zusammenfassung von ", ""}});
constexpr auto compare = to_array<Text>({"vergleiche ", "vergleich ", "vergleichen sie "});
constexpr auto on = to_array<Text>({" hinsichtlich ", " bezüglich ", " in bezug auf ", " im hinblick auf ", " nach "});
constexpr auto ands = to_array<Text>({" und "});
constexpr auto between = to_array<Text>({"und", "mit", "der", "die", "das", "den", "dem", "dokument", "dokumente", "datei", "dateien"});
constexpr auto pointers = to_array<Text>({"diese", "dieses", "die", "beide", "beiden", "alle", "sie", "es", "meine"});
}  // namespace german

namespace french {
constexpr auto courtesies = to_array<Text>({"peux-tu ", "pouvez-vous ", "merci de "});
constexpr auto summary = to_array<Pair>({{"résume ", ""},
                                         {"résumez ", ""},
                                         {"résumer ", ""},
                                         {"fais un résumé de ", ""},
                                         {"faites un résumé de ", ""},
                                         {"fais-moi un résumé de ", ""},
                                         {"donne-moi un résumé de ", ""}});
constexpr auto compare = to_array<Text>({"compare ", "comparez ", "comparer "});
constexpr auto on =
    to_array<Text>({" sur ", " concernant ", " quant à ", " quant au ", " quant aux ", " en ce qui concerne ", " au niveau de "});
constexpr auto ands = to_array<Text>({" et "});
constexpr auto between = to_array<Text>({"et", "avec", "a", "au", "le", "la", "les", "document", "documents", "fichier", "fichiers"});
constexpr auto pointers = to_array<Text>({"ces", "ce", "cet", "cette", "les", "tous", "mes"});
}  // namespace french

namespace spanish {
constexpr auto courtesies = to_array<Text>({"por favor ", "por favor, ", "puedes ", "podrías "});
constexpr auto summary = to_array<Pair>({{"resume ", ""},
                                         {"resuma ", ""},
                                         {"resumir ", ""},
                                         {"haz un resumen de ", ""},
                                         {"hazme un resumen de ", ""},
                                         {"dame un resumen de ", ""}});
constexpr auto compare = to_array<Text>({"compara ", "compare ", "comparar "});
constexpr auto on = to_array<Text>({" en cuanto a ", " respecto a ", " respecto de ", " con respecto a ", " sobre "});
constexpr auto ands = to_array<Text>({" y ", " e "});
constexpr auto between = to_array<Text>({"y", "e", "con", "el", "la", "los", "las", "documento", "documentos", "archivo", "archivos"});
constexpr auto pointers = to_array<Text>({"estos", "este", "los", "ambos", "todos", "mis"});
}  // namespace spanish

namespace italian {
constexpr auto courtesies = to_array<Text>({"per favore ", "per favore, ", "puoi ", "potresti "});
constexpr auto summary = to_array<Pair>({{"riassumi ", ""},
                                         {"riassuma ", ""},
                                         {"riassumere ", ""},
                                         {"fai un riassunto di ", ""},
                                         {"fammi un riassunto di ", ""},
                                         {"dammi un riassunto di ", ""}});
constexpr auto compare = to_array<Text>({"confronta ", "confrontare ", "paragona "});
constexpr auto on = to_array<Text>({" su ", " riguardo a ", " rispetto a ", " per quanto riguarda ", " in merito a ", " in termini di "});
constexpr auto ands = to_array<Text>({" e ", " ed "});
constexpr auto between = to_array<Text>({"e", "ed", "con", "il", "lo", "la", "i", "gli", "le", "documento", "documenti", "file"});
constexpr auto pointers = to_array<Text>({"questi", "questo", "i", "entrambi", "tutti", "miei"});
}  // namespace italian

namespace portuguese {
constexpr auto courtesies = to_array<Text>({"por favor ", "por favor, ", "podes ", "pode "});
constexpr auto summary = to_array<Pair>({{"resume ", ""},
                                         {"resuma ", ""},
                                         {"resumir ", ""},
                                         {"faz um resumo de ", ""},
                                         {"faça um resumo de ", ""},
                                         {"dá-me um resumo de ", ""}});
constexpr auto compare = to_array<Text>({"compara ", "compare ", "comparar "});
constexpr auto on =
    to_array<Text>({" quanto a ", " em relação a ", " relativamente a ", " no que diz respeito a ", " em termos de ", " sobre "});
constexpr auto ands = to_array<Text>({" e "});
constexpr auto between =
    to_array<Text>({"e", "com", "o", "a", "os", "as", "documento", "documentos", "ficheiro", "ficheiros", "arquivo", "arquivos"});
constexpr auto pointers = to_array<Text>({"estes", "este", "os", "ambos", "todos", "meus"});
}  // namespace portuguese

namespace russian {
constexpr auto courtesies = to_array<Text>({"пожалуйста ", "пожалуйста, "});
constexpr auto summary = to_array<Pair>({{"резюмируй ", ""},
                                         {"обобщи ", ""},
                                         {"обобщите ", ""},
                                         {"перескажи ", ""},
                                         {"кратко перескажи ", ""},
                                         {"кратко изложи ", ""},
                                         {"сделай резюме ", ""}});
constexpr auto compare = to_array<Text>({"сравни ", "сравните ", "сравнить "});
constexpr auto on = to_array<Text>({" по ", " относительно ", " в отношении ", " с точки зрения ", " касательно "});
constexpr auto ands = to_array<Text>({" и "});
constexpr auto between = to_array<Text>({"и", "с", "со", "документ", "документы", "документа", "документов", "файл", "файлы", "файла"});
constexpr auto pointers = to_array<Text>({"эти", "этот", "оба", "их", "все", "мои"});
}  // namespace russian

constexpr auto languages = to_array<OrderWords>(
    {{english::courtesies, english::summary, english::compare, english::on, english::ands, english::between, english::pointers},
     {german::courtesies, german::summary, german::compare, german::on, german::ands, german::between, german::pointers},
     {french::courtesies, french::summary, french::compare, french::on, french::ands, french::between, french::pointers},
     {spanish::courtesies, spanish::summary, spanish::compare, spanish::on, spanish::ands, spanish::between, spanish::pointers},
     {italian::courtesies, italian::summary, italian::compare, italian::on, italian::ands, italian::between, italian::pointers},
     {portuguese::courtesies, portuguese::summary, portuguese::compare, portuguese::on, portuguese::ands, portuguese::between,
      portuguese::pointers},
     {russian::courtesies, russian::summary, russian::compare, russian::on, russian::ands, russian::between, russian::pointers}});

}  // namespace

std::span<const OrderWords> order_words() noexcept {
    return languages;
}

}  // namespace docmind
