// The functions of libpq that are used, loaded with the first connection or DSN: libpq and what it brings (Kerberos,
// LDAP, GnuTLS) would be a third of every start.
#pragma once

#include <libpq-fe.h>

namespace backtest {

// clang-format off
#define BACKTEST_LIBPQ_FUNCTIONS(X) \
  X(PQbackendPID) X(PQcancel) X(PQclear) X(PQcmdTuples) X(PQconnectPoll) X(PQconnectStartParams) \
  X(PQconnectdbParams) X(PQconninfoFree) X(PQconninfoParse) X(PQconsumeInput) X(PQerrorMessage) X(PQfinish) \
  X(PQflush) X(PQfname) X(PQfnumber) X(PQfreeCancel) X(PQfreemem) X(PQgetCancel) X(PQgetCopyData) \
  X(PQgetResult) X(PQgetisnull) X(PQgetlength) X(PQgetvalue) X(PQisBusy) X(PQnfields) X(PQnotifies) \
  X(PQntuples) X(PQresultErrorField) X(PQresultErrorMessage) X(PQresultStatus) X(PQsendQuery) \
  X(PQsendQueryParams) X(PQsetNoticeProcessor) X(PQsetnonblocking) X(PQsocket) X(PQstatus) \
  X(PQtransactionStatus)
// clang-format on

struct Libpq {
#define X(name) decltype(&::name) name;
  BACKTEST_LIBPQ_FUNCTIONS(X)
#undef X
};

// Throws std::system_error where libpq cannot be loaded.
const Libpq& libpq();

}  // namespace backtest
