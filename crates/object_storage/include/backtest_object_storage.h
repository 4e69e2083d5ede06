/* Object storage behind a C interface: libbacktest_object_storage.so, built from crates/object_storage.
 *
 * Every call blocks and may come from any thread; calls on one container may run side by side. Texts are UTF-8 with a
 * size, without a terminator, and need to live only as long as the call. Every call gives a reply, never NULL, that the
 * caller frees; what it points to lives until then. Messages hold no secret.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rises with every change that a program written for the one before would not survive. */
#define BACKTEST_STORAGE_INTERFACE_VERSION 1
int32_t backtest_storage_interface_version(void);

typedef struct {
  const char* data;
  size_t size;
} backtest_text;

typedef struct {
  backtest_text name;
  backtest_text value;
} backtest_option;

typedef struct {
  backtest_text name;
  backtest_text etag; /* without quotes */
  uint64_t size_bytes;
  int64_t modified_at; /* microseconds since 1970; 0 after a write */
} backtest_object;

enum {
  BACKTEST_STORAGE_OK = 0,
  BACKTEST_STORAGE_NOT_FOUND = 1,
  BACKTEST_STORAGE_EXISTS = 2,
  BACKTEST_STORAGE_CHANGED = 3,
  BACKTEST_STORAGE_UNAVAILABLE = 4,
  BACKTEST_STORAGE_INVALID = 5,     /* a name or an option, which the message tells */
  BACKTEST_STORAGE_FILE_FAILED = 6, /* a local file; the message is the system's error number */
  BACKTEST_STORAGE_UNSUPPORTED = 7  /* a feature of a table, which the message names */
};

typedef struct {
  int32_t code;
  backtest_text message;
  int64_t answered_at; /* by the service's Date header, microseconds since 1970; 0 where it gave none */
  uint64_t count;      /* of read: bytes that were filled */
  backtest_text bytes;
  const backtest_object* objects;
  size_t object_count;
  const backtest_text* prefixes;
  size_t prefix_count;
} backtest_reply;

void backtest_storage_free_reply(backtest_reply* reply);

typedef struct backtest_container backtest_container;

/* Sends nothing. Options: kind (azure, s3), container, endpoint, attempt_ms, total_ms, attempts (bounds of a request and
 * its repetitions);
 * azure: account, credential (access_key, sas_token, client_secret, workload_identity, managed_identity, azure_cli) and
 * what it takes: account_key, sas, tenant_id, client_id, client_secret, federated_token_file, authority_host,
 * identity_endpoint, identity_header;
 * s3: region, path_style (true), access_key_id, secret_access_key, session_token, web_identity_token_file, role_arn,
 * role_session_name, sts_endpoint. */
backtest_reply* backtest_storage_open(const backtest_option* options, size_t count, backtest_container** opened);
void backtest_storage_close(backtest_container* container);

/* bytes, and the object. */
backtest_reply* backtest_storage_get(const backtest_container* container, backtest_text name);
/* The object. */
backtest_reply* backtest_storage_head(const backtest_container* container, backtest_text name);
/* Fills the front of `buffer` from `offset` of that version; count. */
backtest_reply* backtest_storage_read(const backtest_container* container, backtest_text name, backtest_text etag,
                                      uint64_t offset, char* buffer, size_t size);

enum {
  BACKTEST_STORAGE_OVER_ANYTHING = 0,
  BACKTEST_STORAGE_OVER_NOTHING = 1,
  BACKTEST_STORAGE_OVER_VERSION = 2 /* the one of `etag` */
};
/* The object as it was written. */
backtest_reply* backtest_storage_write(const backtest_container* container, backtest_text name, backtest_text bytes,
                                       int32_t condition, backtest_text etag);
backtest_reply* backtest_storage_upload(const backtest_container* container, backtest_text name, backtest_text file);
backtest_reply* backtest_storage_remove(const backtest_container* container, backtest_text name);

/* objects by name; with one_level also prefixes, each ending in '/'. */
backtest_reply* backtest_storage_list(const backtest_container* container, backtest_text prefix, int32_t one_level);
backtest_reply* backtest_storage_create_container(const backtest_container* container);

/* Delta tables. */

typedef struct {
  backtest_text name;
  backtest_text type; /* string, long, integer, short, byte, float, double, boolean, binary, date, timestamp,
                         timestamp_ntz, decimal(p,s), array<..>, struct<..>, map<.., ..>, variant */
  backtest_text physical_name; /* in the Parquet files, in partition values and in statistics */
  int64_t field_id;            /* of the Parquet schema; -1 where columns are not mapped */
  int32_t is_nullable;
  int32_t is_partition; /* its value stands in the list of files, not in them */
} backtest_table_column;

typedef struct {
  backtest_text physical_name;
  backtest_text value; /* as the log writes it */
} backtest_partition_value;

typedef struct {
  backtest_text path; /* below the table's directory, decoded */
  uint64_t size_bytes;
  int64_t modified_at;                              /* microseconds since 1970 */
  const backtest_partition_value* partition_values; /* a column that is not named is null */
  size_t partition_count;
  backtest_text statistics; /* JSON text with numRecords, minValues, maxValues, nullCount; empty without */
  const uint64_t* deleted_rows; /* ascending indices of rows that count no more */
  size_t deleted_row_count;
} backtest_table_file;

typedef struct {
  uint64_t version;
  int64_t committed_at;       /* microseconds since 1970 */
  int32_t maps_columns_by_id; /* files are read by field_id, not by physical_name */
  const backtest_table_column* columns;
  size_t column_count;
  const backtest_table_file* files; /* by path */
  size_t file_count;
} backtest_table;

enum {
  BACKTEST_TABLE_LAST = 0,
  BACKTEST_TABLE_VERSION = 1, /* `number` is the version */
  BACKTEST_TABLE_TIME = 2     /* the last version committed at or before `number`, microseconds since 1970 */
};
/* The table at `location`, a directory of the container, or of this machine where `container` is NULL. A table that uses
 * what the Delta kernel lacks is UNSUPPORTED, and the message names the feature; no table or no such version there is
 * NOT_FOUND; a log that cannot be read is INVALID. Only the directory itself is read, whatever its log names. */
backtest_reply* backtest_storage_open_table(const backtest_container* container, backtest_text location, int32_t moment,
                                            int64_t number, backtest_table** opened);
void backtest_storage_free_table(backtest_table* table);

#ifdef __cplusplus
}
#endif
