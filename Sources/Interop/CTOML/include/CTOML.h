#ifndef PLANETBED_CTOML_H
#define PLANETBED_CTOML_H

#include <stddef.h>
#include <stdint.h>

/* toml++ behind C: one call reads a document and lays its values out as a flat list, so that no
   C++ type, template or exception crosses the border. */

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CTOML_STRING,
  CTOML_INTEGER,
  CTOML_FLOAT,
  CTOML_BOOLEAN,
  CTOML_DATE_TIME,
  CTOML_ARRAY,
  CTOML_TABLE,
} ctoml_kind;

/* One value. The list is in pre-order: an array's or a table's `children` follow it, each with
   its own. A table's entries come in the order in which the file has their keys. */
typedef struct {
  ctoml_kind kind;
  /* Where the value begins: line, and column in Unicode code points, both from 1. */
  uint32_t line;
  uint32_t column;
  /* The key, for an entry of a table; UTF-8, not terminated. */
  uint32_t key_line;
  uint32_t key_column;
  const char *key;
  size_t key_length;
  /* CTOML_STRING and CTOML_DATE_TIME; UTF-8, not terminated. */
  const char *text;
  size_t text_length;
  /* CTOML_INTEGER, and CTOML_BOOLEAN as 0 or 1. */
  int64_t integer;
  /* CTOML_FLOAT. */
  double number;
  /* CTOML_ARRAY and CTOML_TABLE. */
  size_t children;
} ctoml_value;

typedef struct {
  /* The root table and all below it; NULL when the text is not TOML. */
  const ctoml_value *values;
  size_t count;
  /* What is wrong, when the text is not TOML; UTF-8, not terminated. */
  const char *error;
  size_t error_length;
  uint32_t error_line;
  uint32_t error_column;
  /* What the pointers above point into. */
  void *storage;
} ctoml_document;

/* How deep arrays and inline tables may nest. */
#define CTOML_DEEPEST_VALUE 32

/* Reads a document. The caller has made sure that no dotted key has many parts: toml++ 3.3 keeps no
   limit there, and its recursion would end in a stack overflow. End with ctoml_free. */
void ctoml_read(const char *bytes, size_t length, ctoml_document *document);

/* Frees what ctoml_read filled in. */
void ctoml_free(ctoml_document *document);

#ifdef __cplusplus
}
#endif

#endif
