#include "CTOML.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_MAX_NESTED_VALUES CTOML_DEEPEST_VALUE
#include <toml++/toml.h>

#include <algorithm>
#include <deque>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

// What a document's pointers point into.
struct storage {
  toml::parse_result result;
  std::vector<ctoml_value> values;
  // A deque, since its elements never move.
  std::deque<std::string> texts;

  explicit storage(toml::parse_result &&parsed) : result(std::move(parsed)) {}

  void set_text(ctoml_value &value, std::string_view text) {
    value.text = text.data();
    value.text_length = text.size();
  }

  template <typename T> void set_date_time(ctoml_value &value, const T &date_time) {
    std::ostringstream text;
    text << date_time;
    texts.push_back(text.str());
    value.kind = CTOML_DATE_TIME;
    set_text(value, texts.back());
  }

  void add_table(ctoml_value value, const toml::table &table) {
    value.kind = CTOML_TABLE;
    value.children = table.size();
    values.push_back(value);
    // toml++ keeps a table sorted by key; a person's order is the file's.
    std::vector<std::pair<const toml::key *, const toml::node *>> entries;
    entries.reserve(table.size());
    for (auto entry = table.cbegin(); entry != table.cend(); ++entry)
      entries.emplace_back(&entry->first, &entry->second);
    std::sort(entries.begin(), entries.end(), [](const auto &left, const auto &right) {
      const auto &a = left.first->source().begin;
      const auto &b = right.first->source().begin;
      return a.line != b.line ? a.line < b.line : a.column < b.column;
    });
    for (const auto &[key, node] : entries) {
      ctoml_value child = {};
      const std::string_view name = key->str();
      child.key = name.data();
      child.key_length = name.size();
      child.key_line = key->source().begin.line;
      child.key_column = key->source().begin.column;
      add(child, *node);
    }
  }

  void add(ctoml_value value, const toml::node &node) {
    value.line = node.source().begin.line;
    value.column = node.source().begin.column;
    if (const auto *table = node.as_table())
      return add_table(value, *table);
    if (const auto *array = node.as_array()) {
      value.kind = CTOML_ARRAY;
      value.children = array->size();
      values.push_back(value);
      for (const toml::node &element : *array)
        add(ctoml_value{}, element);
      return;
    }
    if (const auto *text = node.as_string()) {
      value.kind = CTOML_STRING;
      set_text(value, text->get());
    } else if (const auto *integer = node.as_integer()) {
      value.kind = CTOML_INTEGER;
      value.integer = integer->get();
    } else if (const auto *number = node.as_floating_point()) {
      value.kind = CTOML_FLOAT;
      value.number = number->get();
    } else if (const auto *boolean = node.as_boolean()) {
      value.kind = CTOML_BOOLEAN;
      value.integer = boolean->get() ? 1 : 0;
    } else if (const auto *date = node.as_date()) {
      set_date_time(value, date->get());
    } else if (const auto *time = node.as_time()) {
      set_date_time(value, time->get());
    } else if (const auto *date_time = node.as_date_time()) {
      set_date_time(value, date_time->get());
    }
    values.push_back(value);
  }
};

// noexcept: what C++ still throws here is out of memory alone, and no Swift frame may be unwound.
void read(const char *bytes, size_t length, ctoml_document *document) noexcept {
  auto *kept = new storage(toml::parse(std::string_view(bytes, length)));
  *document = {};
  document->storage = kept;
  if (!kept->result) {
    const toml::parse_error &error = kept->result.error();
    document->error = error.description().data();
    document->error_length = error.description().size();
    document->error_line = error.source().begin.line;
    document->error_column = error.source().begin.column;
    return;
  }
  kept->add(ctoml_value{}, kept->result.table());
  document->values = kept->values.data();
  document->count = kept->values.size();
}

} // namespace

extern "C" void ctoml_read(const char *bytes, size_t length, ctoml_document *document) {
  read(bytes, length, document);
}

extern "C" void ctoml_free(ctoml_document *document) {
  delete static_cast<storage *>(document->storage);
  *document = {};
}
