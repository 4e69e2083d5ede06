#include "report/tearsheet_table.hpp"

#include "report/html.hpp"

namespace backtest {

std::string cell(const std::string& text, bool negative) {
  return negative ? "<td class=\"neg\">" + text + "</td>" : "<td>" + text + "</td>";
}

std::string left_cell(const std::string& text) {
  return "<td class=\"l\">" + text + "</td>";
}

std::string percent_cell(OptionalNumber value, int decimals) {
  return cell(shown_percent(value, decimals), value && *value < 0.0);
}

std::string table(std::string_view label, std::string_view head, const std::string& rows, std::string_view css_class) {
  // It scrolls where it is wider than the page, so it takes the focus of who has no pointer.
  std::string out =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + std::string(label) + "\"><table";
  if (!css_class.empty()) out += " class=\"" + std::string(css_class) + "\"";
  return out + "><thead><tr>" + std::string(head) + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string short_name(std::string_view name) {
  constexpr std::size_t most_characters = 24;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(name[i]) & 0xC0) != 0x80;
    if (begins && ++characters > most_characters) return std::string(name.substr(0, i)) + "\u2026";
  }
  return std::string(name);
}

}  // namespace backtest
