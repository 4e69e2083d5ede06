#include "edge/cli/data_commands.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/ascii_text.hpp"
#include "base/dataset_reference.hpp"
#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "base/sha256.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/service_client.hpp"
#include "edge/cli/text_table.hpp"

namespace backtest {

namespace {

constexpr std::size_t shown_complaints = 20;

// The name that a data set gets from its file: prices.csv.gz gives prices.
std::string name_of_file(const std::string& file) {
  std::string name = std::filesystem::path(file).filename().string();
  for (const std::string_view ending : {".gz", ".csv", ".parquet", ".pq"}) {
    if (lower_case(name).ends_with(ending)) name.resize(name.size() - ending.size());
  }
  if (valid_dataset_name(name)) return name;
  throw InvalidInput(Diagnostic{
      .file = file,
      .message = "its name is none that a data set may have; give one with --name: letters, digits and . _ -"});
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    throw InvalidInput(Diagnostic{.file = path, .message = "cannot be read as a file"});
  }
  Sha256 hash;
  std::string buffer(1u << 18, '\0');
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    hash.update(std::string_view(buffer).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  return hash.hex();
}

std::string path_of(const std::string& dataset) {
  return "/datasets/" + percent_encoded(dataset, "@");
}

std::string number_of(const json::object& object, const char* name) {
  const auto number = number_field(object, name);
  return number ? fmt::format("{:.0f}", *number) : "";
}

std::string megabytes_of(const json::object& object) {
  return fmt::format("{:.1f}", number_field(object, "size_bytes").value_or(0.0) / 1e6);
}

void print_complaints(const char* title, const json::array& complaints) {
  if (complaints.empty()) return;
  fmt::print("{}\n", title);
  for (std::size_t i = 0; i < std::min(complaints.size(), shown_complaints); ++i) {
    const json::object& entry = complaints[i].as_object();
    std::string at = text_field(entry, "file");
    if (const auto line = number_field(entry, "line")) at += fmt::format(":{:.0f}", *line);
    if (const std::string column = text_field(entry, "column"); !column.empty()) at += ":" + column;
    fmt::print("  {}{}{}\n", at, at.empty() ? "" : ": ", text_field(entry, "message"));
  }
  if (complaints.size() > shown_complaints) fmt::print("  and {} more\n", complaints.size() - shown_complaints);
}

void print_description(const json::object& dataset) {
  const json::object& told = dataset.at("description").as_object();
  fmt::print("{}\n{} MB, put {} by {}\n", text_field(dataset, "path"), megabytes_of(dataset),
             text_field(dataset, "uploaded_at"), text_field(dataset, "submitter"));
  fmt::print("{} rows, {} dates from {} to {}, {} symbols\n", number_of(told, "rows"), number_of(told, "dates"),
             text_field(told, "first_date"), text_field(told, "last_date"), number_of(told, "symbols"));
  std::string columns;
  for (const json::value& column : told.at("columns").as_array()) {
    columns += (columns.empty() ? "" : ", ") + text_field(column.as_object(), "name") + " (" +
               text_field(column.as_object(), "kind") + ")";
  }
  fmt::print("columns: {}\n", columns);
  const json::object& holes = told.at("holes").as_object();
  if (number_field(holes, "days").value_or(0) > 0) {
    fmt::print("holes: {} days of {} symbols\n", number_of(holes, "days"), number_of(holes, "symbols"));
  }
  print_complaints("rows that no run can read:", told.at("refused").as_array());
  const json::object& prices = told.at("as_prices").as_object();
  print_complaints("as prices it is refused:", prices.at("errors").as_array());
  print_complaints("as prices it is read with warnings:", prices.at("warnings").as_array());
}

}  // namespace

int data_put_command(const DataOptions& options) {
  return client_status([&] {
    const std::string name = options.dataset.empty() ? name_of_file(options.file) : options.dataset;
    ServiceClient client;
    const json::value reply = client.put_file(
        path_of(name), options.file,
        {{"X-Content-SHA256", sha256_of_file(options.file)}, {"Content-Type", "application/octet-stream"}});
    if (options.json) {
      fmt::print("{}\n", json_text(reply, JsonLayout::indented));
    } else {
      fmt::print("{}\n", text_field(reply.as_object(), "path"));
    }
    return exit_done;
  });
}

int data_list_command(const DataOptions& options) {
  return client_status([&] {
    ServiceClient client;
    const json::value reply = client.get("/datasets");
    if (options.json) {
      fmt::print("{}\n", json_text(reply, JsonLayout::indented));
      return exit_done;
    }
    TextTable table({"name", "version", "versions", "MB", "rows", "symbols", "from", "to", "put"});
    for (const json::value& entry : reply.at("datasets").as_array()) {
      const json::object& dataset = entry.as_object();
      table.add({text_field(dataset, "name"), text_field(dataset, "version"), number_of(dataset, "versions"),
                 megabytes_of(dataset), number_of(dataset, "rows"), number_of(dataset, "symbols"),
                 text_field(dataset, "first_date"), text_field(dataset, "last_date"),
                 text_field(dataset, "uploaded_at").substr(0, 19)});
    }
    fmt::print("{}", table.text());
    return exit_done;
  });
}

int data_show_command(const DataOptions& options) {
  return client_status([&] {
    ServiceClient client;
    const json::value reply = client.get(path_of(options.dataset));
    if (options.json) {
      fmt::print("{}\n", json_text(reply, JsonLayout::indented));
    } else {
      print_description(reply.as_object());
    }
    return exit_done;
  });
}

int data_remove_command(const DataOptions& options) {
  return client_status([&] {
    ServiceClient client;
    client.remove(path_of(options.dataset));
    if (!options.json) fmt::print("{}: removed\n", options.dataset);
    return exit_done;
  });
}

}  // namespace backtest
